package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/mysqldns/mysqldns"
)

func TestMain(m *testing.M) {
	mysql.SetLogger(log.New(io.Discard, "", 0)) // it tells of connections that tests break
	m.Run()
}

// start starts a server with the schema and returns it with a pool of connections.
func start(t *testing.T, scripts ...string) (*Server, *sql.DB) {
	t.Helper()
	s, err := Start("127.0.0.1:0", append([]string{mysqldns.Schema}, scripts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, pool(t, s.DSN())
}

func pool(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

type querier interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}

// column is the first column of a result.
func column(t *testing.T, q querier, query string, args ...any) (values []string) {
	t.Helper()
	rows, err := q.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return values
}

func exec(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

const insert = "INSERT INTO tb_dns (name, type, record) VALUES (?, 'A', '192.0.2.1')"

func TestSchemaLoadsTwiceAndItsTriggersLogNames(t *testing.T) {
	s, db := start(t, mysqldns.Schema)
	exec(t, db,
		"INSERT INTO tb_dns (name, type, ttl, record) VALUES ('a.lan', 'A', 60, '192.0.2.1'), ('b.lan', 1, NULL, '192.0.2.2')",
		"UPDATE tb_dns SET record = '192.0.2.3' WHERE name = 'A.LAN'",
		"UPDATE tb_dns SET name = 'c.lan' WHERE name = 'b.lan'",
		"DELETE FROM tb_dns WHERE name = 'c.lan'",
	)
	expected := []string{"a.lan", "b.lan", "a.lan", "a.lan", "b.lan", "c.lan", "c.lan"}
	if got := column(t, db, "SELECT name FROM tb_dns_changes ORDER BY seq"); !slices.Equal(got, expected) {
		t.Errorf("logged %q, expected %q", got, expected)
	}

	// Once more, in one string over a connection: rows and log stay, triggers are not doubled.
	multi := pool(t, s.DSN()+"?multiStatements=true")
	exec(t, multi, mysqldns.Schema, "INSERT INTO tb_dns (name, type, record) VALUES ('d.lan', 'A', '192.0.2.4'); DELETE FROM tb_dns WHERE name = 'a.lan'; -- done\n")
	expected = append(expected, "d.lan", "a.lan")
	if got := column(t, db, "SELECT name FROM tb_dns_changes ORDER BY seq"); !slices.Equal(got, expected) {
		t.Errorf("logged %q, expected %q", got, expected)
	}
}

func TestNamesAreComparedWithoutCase(t *testing.T) {
	_, db := start(t)
	if _, err := db.Exec(insert, "WWW.Example.org"); err != nil {
		t.Fatal(err)
	}
	if got := column(t, db, "SELECT name FROM tb_dns WHERE name IN (?, ?)", "www.example.ORG", "x"); !slices.Equal(got, []string{"WWW.Example.org"}) {
		t.Errorf("got %q", got)
	}
}

func TestWritersBesideReadersLoseNothing(t *testing.T) {
	_, db := start(t)
	const writers, rows = 4, 25
	done := make(chan struct{})
	var readers, writing sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				tx, err := db.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
				if err != nil {
					t.Error(err)
					return
				}
				column(t, tx, "SELECT name FROM tb_dns")
				if err := tx.Commit(); err != nil {
					t.Error(err)
				}
				column(t, db, "SELECT COALESCE(MAX(seq), 0) FROM tb_dns_changes")
			}
		})
	}
	for w := range writers {
		writing.Go(func() {
			for i := range rows {
				if _, err := db.Exec(insert, fmt.Sprintf("n%d.w%d.lan", i, w)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writing.Wait()
	close(done)
	readers.Wait()
	for _, table := range []string{"tb_dns", "tb_dns_changes"} {
		if got := len(column(t, db, "SELECT name FROM "+table)); got != writers*rows {
			t.Errorf("%d rows in %s, expected %d", got, table, writers*rows)
		}
	}
}

func TestTransactionSeesOneMomentOfAllTables(t *testing.T) {
	_, db := start(t)
	tx, err := db.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := db.Exec(insert, "late.lan"); err != nil {
		t.Fatal(err)
	}
	if got := column(t, tx, "SELECT name FROM tb_dns UNION ALL SELECT name FROM tb_dns_changes"); got != nil {
		t.Errorf("sees %q, which came after its start", got)
	}
	if _, err := tx.Exec(insert, "x.lan"); !isError(err, 1792) {
		t.Errorf("writing in a read-only transaction: %v", err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := column(t, db, "SELECT name FROM tb_dns"); !slices.Equal(got, []string{"late.lan"}) {
		t.Errorf("got %q", got)
	}
}

func TestTransactionShowsAtItsCommitOnly(t *testing.T) {
	_, db := start(t)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	column(t, tx, "SELECT name FROM tb_dns") // a look before the other's commit must not bring old rows back
	if _, err := db.Exec(insert, "other.lan"); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(insert, "tx.lan"); err != nil {
		t.Fatal(err)
	}
	if got := column(t, db, "SELECT name FROM tb_dns"); !slices.Equal(got, []string{"other.lan"}) {
		t.Errorf("before the commit others see %q", got)
	}
	waiting := make(chan error)
	go func() {
		_, err := db.Exec(insert, "waits.lan")
		waiting <- err
	}()
	select {
	case err := <-waiting:
		t.Errorf("a second writer did not wait: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-waiting; err != nil {
		t.Error(err)
	}
	if got := column(t, db, "SELECT name FROM tb_dns ORDER BY id"); !slices.Equal(got, []string{"other.lan", "tx.lan", "waits.lan"}) {
		t.Errorf("got %q", got)
	}
}

func TestFailedStatementDoesNotFreezeWhatItsConnectionSees(t *testing.T) {
	_, db := start(t)
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	column(t, c, "SELECT name FROM tb_dns")
	if _, err := c.ExecContext(t.Context(), "INSERT INTO tb_dns (id, name, type, record) VALUES (7, 'x', 'A', ''), (7, 'y', 'A', '')"); err == nil {
		t.Error("a duplicate key is no error")
	}
	if _, err := db.Exec(insert, "a.lan"); err != nil {
		t.Fatal(err)
	}
	if got := column(t, c, "SELECT name FROM tb_dns"); !slices.Equal(got, []string{"a.lan"}) {
		t.Errorf("sees %q", got)
	}
}

// Each of these leaves a transaction, or what looks like one; none may keep others from writing.
func TestNobodyKeepsTheTurn(t *testing.T) {
	endings := map[string]func(*testing.T, *sql.Conn){
		"rollback": func(t *testing.T, c *sql.Conn) {
			for _, statement := range []string{"BEGIN", "DELETE FROM tb_dns", "ROLLBACK"} {
				if _, err := c.ExecContext(t.Context(), statement); err != nil {
					t.Error(err)
				}
			}
		},
		"failed statement": func(t *testing.T, c *sql.Conn) {
			if _, err := c.ExecContext(t.Context(), "INSERT INTO tb_dns (id, name, type, record) VALUES (7, 'x', 'A', ''), (7, 'y', 'A', '')"); err == nil {
				t.Error("a duplicate key is no error")
			}
		},
		"syntax error": func(t *testing.T, c *sql.Conn) {
			if _, err := c.ExecContext(t.Context(), "INSERT tb_dns tb_dns"); err == nil {
				t.Error("no error")
			}
		},
		"lost connection": func(t *testing.T, c *sql.Conn) {
			for _, statement := range []string{"BEGIN", "DELETE FROM tb_dns"} {
				if _, err := c.ExecContext(t.Context(), statement); err != nil {
					t.Error(err)
				}
			}
			c.Raw(func(any) error { return errors.New("throw it away") })
		},
	}
	for name, ending := range endings {
		t.Run(name, func(t *testing.T) {
			s, db := start(t)
			if _, err := db.Exec(insert, "a.lan"); err != nil {
				t.Fatal(err)
			}
			one := pool(t, s.DSN())
			c, err := one.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			ending(t, c)
			c.Close()
			one.Close()
			if _, err := db.Exec(insert, "b.lan"); err != nil {
				t.Fatal(err)
			}
			if got := column(t, db, "SELECT name FROM tb_dns ORDER BY id"); !slices.Equal(got, []string{"a.lan", "b.lan"}) {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestUsersHaveTheRightsTheyAreGranted(t *testing.T) {
	s, db := start(t)
	exec(t, db, "CREATE USER reader@localhost IDENTIFIED BY 'secret'", "GRANT SELECT ON dns.tb_dns TO reader@localhost")
	reader := pool(t, strings.Replace(s.DSN(), "root@", "reader:secret@", 1))
	column(t, reader, "SELECT name FROM tb_dns")
	for _, statement := range []string{"SELECT name FROM tb_dns_changes", "DELETE FROM tb_dns"} {
		if _, err := reader.Exec(statement); err == nil {
			t.Errorf("reader may %s", statement)
		}
	}
	wrong := pool(t, strings.Replace(s.DSN(), "root@", "reader:wrong@", 1))
	if err := wrong.Ping(); !isError(err, 1045) {
		t.Errorf("wrong password: %v", err)
	}
}

func isError(err error, number uint16) bool {
	var e *mysql.MySQLError
	return errors.As(err, &e) && e.Number == number
}

func TestAddressInUse(t *testing.T) {
	s, _ := start(t)
	_, err := Start(s.Addr())
	if !errors.Is(err, ErrAddrInUse) || !strings.Contains(err.Error(), s.Addr()) {
		t.Errorf("got %v, expected ErrAddrInUse with the address", err)
	}
}

func TestCloseEndsConnections(t *testing.T) {
	s, db := start(t)
	exec(t, db, "SELECT 1")
	s.Close()
	if err := db.Ping(); err == nil {
		t.Error("answers after Close")
	}
	again, err := Start(s.Addr())
	if err != nil {
		t.Fatalf("the address is not free after Close: %v", err)
	}
	again.Close()
}

func TestBadScriptIsNamed(t *testing.T) {
	_, err := Start("127.0.0.1:0", "SELECT 1; CREATE NONSENSE")
	if err == nil || !strings.Contains(err.Error(), "CREATE NONSENSE") {
		t.Errorf("got %v, expected the statement", err)
	}
}

func TestSplit(t *testing.T) {
	for _, test := range []struct {
		script   string
		expected []string
	}{
		{"", nil},
		{"-- only; a comment\n", nil},
		{"SELECT 1", []string{"SELECT 1"}},
		{"-- it's; one\nSELECT ';'; /* two; */ SELECT 2 ;\n-- end", []string{"SELECT ';'", "SELECT 2"}},
	} {
		if got, err := Split(test.script); err != nil || !slices.Equal(got, test.expected) {
			t.Errorf("%q: got %q, %v, expected %q", test.script, got, err, test.expected)
		}
	}
}
