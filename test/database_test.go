package test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/mysqldns/mysqldns/demo/engine"
	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/rows"

	"github.com/go-sql-driver/mysql" // for database/sql, too
)

// database is a server that the tests read rows from, with a database that they may do anything in.
type database struct {
	name   string
	dsn    string
	pool   *sql.DB
	server *mariadb.Server // nil unless it is the private one, which can be stopped and has users
}

var databases []*database

// work is a folder for as long as the tests run.
var work string

// TestMain starts the embedded engine and a private MariaDB, or uses the server that MYSQLDNS_TEST_DSN names in its place.
func TestMain(m *testing.M) {
	os.Exit(runAll(m))
}

func runAll(m *testing.M) int {
	var err error
	if work, err = os.MkdirTemp("", "mysqldns-test-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(work)
	embedded, err := engine.Start("127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer embedded.Close()
	add("embedded", "root@tcp("+embedded.Addr()+")/dns", nil)

	if dsn := os.Getenv("MYSQLDNS_TEST_DSN"); dsn != "" {
		add("MYSQLDNS_TEST_DSN", dsn, nil)
		return m.Run()
	}
	server, err := mariadb.Start(filepath.Join(work, "mariadb"))
	if errors.Is(err, mariadb.ErrNotInstalled) && os.Getenv("MYSQLDNS_REQUIRE_SERVERS") == "" {
		fmt.Fprintf(os.Stderr, "\nNOT TESTED against a real server: %v\n\n", err)
		return m.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer server.Stop()
	add("MariaDB", server.DSN("root", "", "dns"), server)
	return m.Run()
}

func add(name, dsn string, server *mariadb.Server) {
	pool, err := sql.Open("mysql", dsn)
	if err != nil {
		panic(err)
	}
	databases = append(databases, &database{name, dsn, pool, server})
}

// onEach runs a test on every database, with an empty tb_dns and its change log.
func onEach(t *testing.T, test func(*testing.T, *database)) {
	for _, db := range databases {
		t.Run(db.name, func(t *testing.T) {
			db.reset(t)
			test(t, db)
		})
	}
}

// onReal is onEach for what the embedded engine has not got.
func onReal(t *testing.T, test func(*testing.T, *database)) {
	if len(databases) < 2 {
		t.Skip("NOT TESTED: there is no real server")
	}
	db := databases[1]
	db.reset(t)
	test(t, db)
}

// onPrivate is for tests that need a server of their own, to stop it or to make users.
func onPrivate(t *testing.T, test func(*testing.T, *database)) {
	if len(databases) < 2 || databases[1].server == nil {
		t.Skip("NOT TESTED: there is no private MariaDB")
	}
	db := databases[1]
	db.reset(t)
	test(t, db)
}

func (db *database) reset(t *testing.T) {
	t.Helper()
	rows.Reset(t, db.pool)
}

func (db *database) load(t *testing.T, script string) {
	t.Helper()
	rows.Load(t, db.pool, script)
}

func (db *database) exec(t *testing.T, statements ...string) {
	t.Helper()
	rows.Exec(t, db.pool, statements...)
}

func (db *database) insert(t *testing.T, all ...string) {
	t.Helper()
	rows.Insert(t, db.pool, all...)
}

// corefile is a Corefile of one block with the plugin on this database, and what else it has.
func (db *database) corefile(properties, others string) string {
	return ".:0 {\n mysqldns {\n dsn " + db.dsn + "\n" + properties + "\n}\n" + others + "\n}\n"
}

// status is one of the server's counters.
func (db *database) status(t *testing.T, variable string) (value int64) {
	t.Helper()
	if err := db.pool.QueryRow("SHOW GLOBAL STATUS LIKE '"+variable+"'").Scan(new(string), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// makeUsers executes statements, and skips the test where the user of the tests has no right to make others.
func (db *database) makeUsers(t *testing.T, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := db.pool.Exec(statement); err != nil {
			t.Skipf("NOT TESTED: %s: %v", statement, err)
		}
	}
}

// dsnOf is the database as another user reaches it.
func (db *database) dsnOf(t *testing.T, user, password string) string {
	t.Helper()
	cfg, err := mysql.ParseDSN(db.dsn)
	if err != nil {
		t.Fatal(err)
	}
	return user + ":" + password + "@tcp(" + cfg.Addr + ")/" + cfg.DBName
}
