package cluster

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/mysqldns/mysqldns"
	"github.com/mysqldns/mysqldns/test/coredns"
	"github.com/mysqldns/mysqldns/test/faults"
	"github.com/mysqldns/mysqldns/test/mariadb"

	_ "github.com/go-sql-driver/mysql" // for database/sql
)

var (
	program string          // CoreDNS
	machine *faults.Machine // may stand still itself
)

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	if _, err := findProvider(); missing(err) {
		fmt.Fprintf(os.Stderr, "\nNOT TESTED on more than one server: %v\n\n", err)
		return 0
	}
	dir, err := os.MkdirTemp("", "mysqldns-coredns-")
	if err == nil {
		defer os.RemoveAll(dir)
		program, err = coredns.Build(dir)
	}
	if err == nil {
		machine, err = faults.WatchMachine()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer machine.Close()
	code := m.Run()
	fmt.Print(verdicts.markdown())
	return code
}

// missing reports whether something is not installed, and need not be.
func missing(err error) bool {
	return errors.Is(err, ErrNotInstalled) && os.Getenv("MYSQLDNS_REQUIRE_SERVERS") == ""
}

// folder is a folder that other users may enter, unlike t.TempDir.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mysqldns-cluster-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// script makes what a database has: the table as its users make it, a user who may only read, and one for the proxy's checks.
var script = mysqldns.Schema + `
CREATE USER reader@'%' IDENTIFIED BY 'secret';
GRANT SELECT ON dns.tb_dns TO reader@'%';
GRANT SELECT ON dns.tb_dns_changes TO reader@'%';
CREATE USER haproxy@'%';
` + knownRows

// dsn is for the user who may only read.
func dsn(server *mariadb.Server) string { return server.DSN("reader", "secret", mariadb.Database) }

// open opens a pool for root.
func open(t *testing.T, server *mariadb.Server) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", server.DSN("root", "", mariadb.Database)+"?timeout=2s&interpolateParams=true")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func execute(t *testing.T, db *sql.DB, statement string, args ...any) {
	t.Helper()
	if _, err := db.Exec(statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
