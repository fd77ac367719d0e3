# make run    try it: CoreDNS with mysqldns and a MySQL-compatible server in one process
# make test   everything, against a real MariaDB
# make build  bin/coredns and bin/mysqldns
# make bench  measure against whoami, file and PowerDNS (half an hour; BENCH=-quick: three minutes)
# make lint   gofmt, go vet, staticcheck

DNS   ?= 127.0.0.1:1053
MYSQL ?= 127.0.0.1:3307
HTTP  ?= 127.0.0.1:8053
FORWARD ?=

STATICCHECK ?= honnef.co/go/tools/cmd/staticcheck@v0.8.2
MODULES := . demo test bench

.PHONY: all build run test test-unit test-servers test-differential bench bench-tools lint clean servers

all: build

build:
	@echo "building bin/coredns (the first time takes some minutes: all of CoreDNS is compiled)"
	go build -o bin/coredns ./cmd/coredns
	go build -o bin/mysqldns ./cmd/mysqldns

run:
	@echo "building the demo (the first time takes some minutes: CoreDNS and a database are compiled)"
	cd demo && go build -o ../bin/demo .
	@bin/demo -dns $(DNS) -mysql $(MYSQL) -http $(HTTP) $(if $(FORWARD),-forward $(FORWARD))

test: test-unit test-servers test-differential

test-unit: servers
	go test -race ./...
	cd bench && go test ./...

# End to end: real sockets, a private MariaDB (or the server that MYSQLDNS_TEST_DSN names), the embedded server.
test-servers: servers
	cd demo && go test -race ./...
	cd test && go test -race -timeout 20m $$(go list ./... | grep -v /differential)

# The same questions to mysqldns, NSD, Knot and BIND.
test-differential: servers
	cd test && go test -timeout 20m -v ./differential

bench: bench-tools
	cd bench && go run . $(BENCH)

# What the benchmarks need besides Go. Installed on Debian by root; elsewhere the command says what is missing.
bench-tools:
	@./bench/install-tools

# What the tests need besides Go. Installed on Debian by root; elsewhere the tests say what is missing.
servers:
	@./test/install-servers

lint:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt -w these:"; echo "$$unformatted"; exit 1; fi
	@for module in $(MODULES); do (cd $$module && echo "lint $$module" && go vet ./... && go run $(STATICCHECK) ./...) || exit 1; done

clean:
	rm -rf bin
