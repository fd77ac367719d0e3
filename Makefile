# make run          try it: CoreDNS with mysqldns and a MySQL-compatible server in one process
# make test         everything, against real servers
# make build        bin/coredns and bin/mysqldns
# make test-builds  the plugin compiled into each supported CoreDNS (minutes)
# make test-cluster-faults  servers of a cluster fail at random, for an hour; also MySQL Group Replication, which it installs into bin/mysql
# make bench        measure against whoami, file, PowerDNS, NSD and Knot (45 minutes; BENCH=-quick: five)
# make bench-churn  ten minutes of questions while rows change, every answer judged (CHURN="-minutes 1": for trying)
# make bench-scale  the same with 10,000,000 records, 500,000 zones and 1,000 changed rows a second (half an hour)
# make test-cluster deploy/README.md walked through on a real kube-apiserver (compiles it: some twelve minutes of CPU, once)
# make bench-transfers zone transfers, with Knot and NSD beside it, and what versions of zones cost
# make bench-updates updates (RFC 2136) a second, with BIND beside it, alone and beside questions (UPDATES=200x: for trying)
# make profile      a flame graph of the server under load (docs/profiling.md)
# make man          the manual pages, into bin/man
# make test-image   what docker build makes of the Dockerfile (compiles most of docker build)
# make test-clients external-dns, cert-manager, lego, certbot, dhcpd and dnspython change rows
# make test-writers eight writers of updates at random for minutes, while servers are killed; also on the server of MYSQLDNS_TEST_DSN
# make fuzz-updates ten million update messages at random (FUZZ=100000: for trying)
# make test-portable all packages of the plugin on emulated machines: 32 bits, big-endian (some ten minutes)
# make lint         gofmt, go vet and staticcheck
# make vuln         known holes in what is compiled in (govulncheck; needs the internet)

DNS   ?= 127.0.0.1:1053
MYSQL ?= 127.0.0.1:3307
HTTP  ?= 127.0.0.1:8053
FORWARD ?=

# What bin/coredns and bin/mysqldns say they are: the newest tag, and how far from it. The go command does not know: the programs are in a
# module of their own, for which it looks for tags cmd/vX.Y.Z.
VERSION ?= $(shell git describe --tags --match 'v[0-9]*' --dirty 2>/dev/null)
version := github.com/mysqldns/mysqldns/internal/version

MODULES := cmd demo test bench deploy release

GOVULNCHECK ?= golang.org/x/vuln/cmd/govulncheck@v1.9.0

.PHONY: all build run test test-unit test-servers test-builds test-clients test-writers fuzz-updates test-portable test-differential test-faults test-cluster-faults test-transfers test-deploy test-image test-cluster bench bench-churn bench-scale bench-transfers bench-updates bench-tools profile man lint vuln clean \
	servers deploy-tools coredns-to-test

all: build

build:
	@echo "building bin/coredns and bin/mysqldns (the first time takes some minutes: all of CoreDNS is compiled)"
	go -C cmd build -o ../bin/ $(if $(VERSION),-ldflags "-X $(version).number=$(VERSION)") ./coredns ./mysqldns

run:
	@mkdir -p bin && demo/build bin/demo
	@bin/demo -dns $(DNS) -mysql $(MYSQL) -http $(HTTP) $(if $(FORWARD),-forward $(FORWARD))

test: test-unit test-servers test-faults test-differential test-deploy

# Most of the time that checks take in a fresh clone goes into compiling CoreDNS. So all of them compile it in one way, which is with the race detector and without
# the plugins that bring the clients of clouds (cmd/coredns/lean.go). Only the CoreDNS that tests start is compiled once more, as it is for people: without the
# detector. With LEAN= it has all plugins. The plugin is checked in the module of the program, with the versions that people get: with the lowest, which go.mod in the
# root names, test/portable checks its types, and make test-builds runs its tests.
LEAN ?= -tags=lean
raced := -race -tags=lean
plugin_and_programs := github.com/mysqldns/mysqldns/...

test-unit: servers
	cd cmd && go test $(raced) $$(go list $(plugin_and_programs) | grep -v /plugin/follow$$)
	cd cmd && ../test/race github.com/mysqldns/mysqldns/plugin/follow
	cd cmd && go test github.com/mysqldns/mysqldns/plugin/follow
	cd bench && go test -race ./...
	cd release && go test -race -count=1 ./...

# One CoreDNS for all packages of tests: each would link its own.
test-servers test-faults test-cluster-faults test-transfers test-writers test-clients test-deploy bench-updates: export MYSQLDNS_TEST_COREDNS = $(CURDIR)/bin/test/coredns

coredns-to-test:
	go -C cmd build -buildvcs=false $(LEAN) -o ../bin/test/coredns ./coredns

# End to end: real sockets, a private MariaDB (or the server that MYSQLDNS_TEST_DSN names), the embedded server. -count=1: some tests compile
# the programs, of which go test knows nothing when it decides whether a result that it has is still good. portable is without the detector, under which the types of the
# standard library take five times as long to check.
test-servers: servers coredns-to-test
	cd demo && go test -race ./...
	cd test && go test -race -count=1 -timeout 20m $$(go list ./... | grep -vE '/(differential|faults|cluster|portable)$$')
	cd test && go test -count=1 -timeout 20m ./portable

# The plugin's own tests with the lowest versions of what it imports; and the plugin compiled into each CoreDNS that README.md names, out of the module cache: their
# dependencies are compiled too.
test-builds: servers
	go test -race $$(go list ./... | grep -v /plugin/follow$$)
	./test/race ./plugin/follow
	cd test && MYSQLDNS_TEST_BUILDS=1 go test -count=1 -timeout 60m -v -run '^(TestCompiledIntoCoreDNS|TestMovesNoVersionOfCoreDNS)$$' .

# Whatever happens to the database: every answer of a client that asks all the time is checked.
test-faults: servers coredns-to-test
	cd test && go test -count=1 -timeout 30m -v -p 1 ./faults ./cluster

# Galera, MySQL Group Replication, MySQL Router, replication, chains, a split brain, and random faults for so long on each cluster; -seed N in SEED repeats those.
# `make test-faults` does the same with random faults for half a minute, and without MySQL unless MYSQLDNS_MYSQLD names its mysqld.
CLUSTER_FAULTS ?= 1h
test-cluster-faults: servers coredns-to-test
	@$${MYSQLDNS_MYSQLD:+true} ./test/install-mysql
	cd test && MYSQLDNS_MYSQLD="$${MYSQLDNS_MYSQLD:-$(CURDIR)/bin/mysql/mysqld}" go test -count=1 -timeout 0 -v ./cluster -args -random $(CLUSTER_FAULTS) $(SEED)

# The clients of docs/updates.md that take long to compile or to run: external-dns, cert-manager, lego, certbot, dhcpd, dnspython. Not part of make test.
test-clients: servers coredns-to-test
	@./test/clients/install-clients
	cd test/clients && go test -count=1 -timeout 20m .

# Eight writers at random through two CoreDNS, on MariaDB, with kills of both, and on Galera; or on the server that MYSQLDNS_TEST_DSN names, of a user with all rights. KILL
# is a command that kills that server and starts it again. The outcomes must be such as if all had been one after the other. `make test-servers` does so for some seconds.
WRITERS ?= 3m
KILL ?=
test-writers: servers coredns-to-test
	cd test && go test -count=1 -timeout 0 -v -run Writers ./updates -args -writers $(WRITERS) -database '$(MYSQLDNS_TEST_DSN)' -kill '$(KILL)'

# As many messages as FUZZ says, however long that takes. What it fails with it leaves in plugin/update/testdata.
FUZZ ?= 10000000
fuzz-updates:
	go test -run '^$$' -fuzz '^FuzzMessage$$' -fuzztime $(FUZZ)x -timeout 0 ./plugin/update

# Secondaries (BIND, Knot, NSD) that follow rows which change at random, for an hour on one database and one on a Galera cluster, and a thousand restarts;
# TRANSFERS=2m and RESTARTS=20 for less. `make test-servers` does so for some seconds.
TRANSFERS ?= 1h
RESTARTS ?= 1000
test-transfers: servers coredns-to-test
	cd test && go test -count=1 -timeout 0 -v ./transfers -args -duration $(TRANSFERS) -restarts $(RESTARTS)
	cd test && go test -count=1 -timeout 0 -v -run SecondariesFollow ./transfers -args -duration $(TRANSFERS) -galera

# How fast zones are transferred, with Knot and NSD beside it; what versions cost in memory, CPU and rows; how soon a change is at three secondaries.
bench-transfers: servers coredns-to-test
	go test -run '^$$' -bench Memory -benchtime 1x ./plugin/journal
	cd test && go test -run '^$$' -bench . -benchtime 1x -timeout 60m ./transfers

test-portable: servers
	cd test && MYSQLDNS_EMULATE=all go test -count=1 -timeout 60m -v ./portable

# The same questions to mysqldns, NSD, Knot and BIND.
test-differential: servers
	cd test && go test -count=1 -timeout 20m -v ./differential && go test -count=1 -timeout 10m -v ./textforms -rounds 12 -each 6 -seed 100

# Dockerfile, compose, Kubernetes, Helm values, dashboard and rules.
test-deploy: deploy-tools coredns-to-test
	cd deploy && go test -race -count=1 ./...

# `make test-deploy` reads the Dockerfile's instructions; this makes the image of them, as far as that goes without a network.
test-image:
	cd deploy && go test -race -tags=image -count=1 -v -run '^TestDockerfile' .

# Not part of "make test": compiling the API server takes long.
test-cluster:
	go -C deploy/cluster build -ldflags "-s -w" -o ../../bin/cluster/ tool
	cd deploy && MYSQLDNS_CLUSTER=../bin/cluster go test -count=1 -v -run TestKubernetesSection .

bench: bench-tools
	cd bench && go run . $(BENCH)

# Updates a second, with BIND beside it, alone and while 20,000 questions a second are answered. UPDATES=200x is for trying.
UPDATES ?= 2000x
bench-updates: servers coredns-to-test
	cd test && go test -run '^$$' -bench Updates -benchtime $(UPDATES) -timeout 20m ./updates

bench-churn: bench-tools
	cd test && go run ./soak $(CHURN)

# SCALE="-minutes 1 -names 20000 -zones 1000 -rate 2000" for trying.
bench-scale: bench-tools
	cd test && go run ./soak -minutes 20 -lists 4 -reloads 2 -names 4000000 -zones 500000 -changes 1000 -snapshot -out ../bench/plots/scale $(SCALE)

profile: bench-tools
	cd bench && go run ./profile -out ../bin $(PROFILE)

man:
	go -C release run ./manual -out ../bin/man

vuln:
	cd cmd && go run $(GOVULNCHECK) ./...

# What the benchmarks need besides Go. Installed on Debian by root; elsewhere the command says what is missing.
bench-tools:
	@./bench/install-tools

# What the tests need besides Go. Installed on Debian by root; elsewhere the tests say what is missing.
servers:
	@./test/install-servers

deploy-tools:
	@./deploy/install-tools

# test/lint is compiled without the race detector, as a program that runs is. Its own check is too, for what it imports is compiled so.
lint:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt -w these:"; echo "$$unformatted"; exit 1; fi
	go -C test/lint build -o ../../bin/test/lint .
	cd test/lint && ../../bin/test/lint ./... && go test ./...
	@for module in $(MODULES); do \
		case $$module in cmd) packages='$(plugin_and_programs)';; *) packages=./...;; esac; \
		(cd $$module && echo "lint $$module" && GOFLAGS="$$(go env GOFLAGS) $(raced)" ../bin/test/lint -tags=lean $$packages) || exit 1; \
	done

clean:
	rm -rf bin
