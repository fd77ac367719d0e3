// Package cli tests the command-line tool as a program of its own, against real servers.
package cli

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/demo/engine"
	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/rows"

	_ "github.com/go-sql-driver/mysql" // for database/sql
)

// program is the tool.
var program string

// database is a server with a database that the tests may do anything in.
type database struct {
	name   string
	dsn    string
	pool   *sql.DB
	server *mariadb.Server // nil unless it is the private one
}

var databases []*database

// TestMain builds the tool, starts the embedded engine and a private MariaDB, or uses the server that MYSQLDNS_TEST_DSN names in its place.
func TestMain(m *testing.M) {
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "mysqldns-cli-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "mysqldns")
	build := exec.Command("go", "-C", "../../cmd", "build", "-o", program, "./mysqldns")
	if output, err := build.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("%s: %w\n%s", build, err, output)
	}
	embedded, err := engine.Start("127.0.0.1:0")
	if err != nil {
		return 1, err
	}
	defer embedded.Close()
	add("embedded", embedded.DSN(), nil)
	if dsn := os.Getenv("MYSQLDNS_TEST_DSN"); dsn != "" {
		add("MYSQLDNS_TEST_DSN", dsn, nil)
		return m.Run(), nil
	}
	server, err := mariadb.Start(dir)
	if errors.Is(err, mariadb.ErrNotInstalled) && os.Getenv("MYSQLDNS_REQUIRE_SERVERS") == "" {
		fmt.Fprintf(os.Stderr, "\nNOT TESTED against a real server: %v\n\n", err)
		return m.Run(), nil
	}
	if err != nil {
		return 1, err
	}
	defer server.Stop()
	add("MariaDB", server.DSN("root", "", mariadb.Database), server)
	return m.Run(), nil
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
	databases[1].reset(t)
	test(t, databases[1])
}

// onPrivate is for tests that need a server of their own, to make users.
func onPrivate(t *testing.T, test func(*testing.T, *database)) {
	if len(databases) < 2 || databases[1].server == nil {
		t.Skip("NOT TESTED: there is no private MariaDB")
	}
	databases[1].reset(t)
	test(t, databases[1])
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

// rows are those of the table, as "name type class ttl record".
func (db *database) rows(t *testing.T) (all []string) {
	t.Helper()
	return db.column(t, "SELECT CONCAT_WS(' ', name, type, class, ttl, record) FROM tb_dns ORDER BY id")
}

func (db *database) column(t *testing.T, query string) (all []string) {
	t.Helper()
	rows, err := db.pool.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var row string
		if err := rows.Scan(&row); err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// outcome is what a run of the tool came to.
type outcome struct {
	stdout, stderr string
	status         int
}

// run runs the tool on a database.
func (db *database) run(t *testing.T, args ...string) outcome {
	t.Helper()
	return runTool(t, db.command(t, args...))
}

func (db *database) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, program, args...)
	c.Env = append(os.Environ(), "MYSQLDNS_DSN="+db.dsn)
	return c
}

func runTool(t *testing.T, c *exec.Cmd) outcome {
	t.Helper()
	return startTool(t, c)()
}

// startTool starts the tool; what it returns waits for the end, in any goroutine.
func startTool(t *testing.T, c *exec.Cmd) (wait func() outcome) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Start(); err != nil {
		t.Fatalf("%s: %v", c, err)
	}
	return func() outcome {
		var exit *exec.ExitError
		if err := c.Wait(); err != nil && !errors.As(err, &exit) {
			t.Errorf("%s: %v", c, err)
		}
		return outcome{stdout.String(), stderr.String(), c.ProcessState.ExitCode()}
	}
}

// must runs the tool and expects it to end well.
func (db *database) must(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	o := db.run(t, args...)
	if o.status != 0 {
		t.Fatalf("%q: status %d\n%s%s", args, o.status, o.stdout, o.stderr)
	}
	return o.stdout
}

// file writes a file and returns its path.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "example.zone")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
