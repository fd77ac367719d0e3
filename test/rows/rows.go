// Package rows writes what tests read: statements, scripts and rows, each of which ends the test if it fails.
package rows

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns"
	"github.com/mysqldns/mysqldns/demo/engine"
)

// Reset makes the tables anew, empty and with their change log.
func Reset(t testing.TB, pool *sql.DB) {
	t.Helper()
	Exec(t, pool, "DROP TABLE IF EXISTS tb_dns", "DROP TABLE IF EXISTS tb_dns_changes", "DROP TABLE IF EXISTS tb_dns_zones",
		"DROP TABLE IF EXISTS tb_dns_journal", "DROP TABLE IF EXISTS tb_dns_updates", "DROP VIEW IF EXISTS dns_view")
	Load(t, pool, mysqldns.Schema)
}

// Load executes a whole script in one session, also where the server takes one statement at a time.
func Load(t testing.TB, pool *sql.DB, script string) {
	t.Helper()
	statements, err := engine.Split(script)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, statement := range statements {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// Exec executes statements.
func Exec(t testing.TB, pool *sql.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := pool.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// Insert adds rows written as "name type record", with a ttl of 300.
func Insert(t testing.TB, pool *sql.DB, rows ...string) {
	t.Helper()
	for _, row := range rows {
		field := strings.SplitN(row, " ", 3)
		if _, err := pool.Exec("INSERT INTO tb_dns (name, type, ttl, record) VALUES (?, ?, 300, ?)", field[0], field[1], field[2]); err != nil {
			t.Fatalf("%s: %v", row, err)
		}
	}
}
