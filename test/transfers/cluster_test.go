package transfers

import (
	"errors"
	"flag"
	"os"
	"regexp"
	"testing"

	"github.com/mysqldns/mysqldns"
	"github.com/mysqldns/mysqldns/test/cluster"
	"github.com/mysqldns/mysqldns/test/mariadb"
)

var onGalera = flag.Bool("galera", false, "TestSecondariesFollow on three nodes of a Galera cluster in place of one MariaDB")

// newGaleraTable makes a table on a cluster of its own.
func newGaleraTable(t *testing.T) *table {
	t.Helper()
	dir, err := os.MkdirTemp("", "mysqldns-transfers-galera-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // the servers run as another user
		t.Fatal(err)
	}
	g, err := cluster.StartGalera(dir, script(mariadb.Database))
	if errors.Is(err, cluster.ErrNotInstalled) && os.Getenv("MYSQLDNS_REQUIRE_SERVERS") == "" {
		t.Skip("NOT TESTED on Galera: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Stop() })
	tb := &table{t: t, name: mariadb.Database, nodes: g.Nodes}
	tb.open()
	return tb
}

// triggers are the statements of schema.sql that make them, without its lock, which Galera does not have.
var triggers = regexp.MustCompile(`(?s)(DROP|CREATE) TRIGGER [^;]*;`).FindAllString(mysqldns.Schema, -1)

// swap puts another table in the place of tb_dns, as tools for changes of schema do: no trigger tells of it.
func (tb *table) swap() error {
	statements := []string{
		"DROP TABLE IF EXISTS tb_dns_new, tb_dns_old",
		"CREATE TABLE tb_dns_new LIKE tb_dns",
		"INSERT INTO tb_dns_new SELECT * FROM tb_dns WHERE name NOT LIKE 'h2%'",
		"RENAME TABLE tb_dns TO tb_dns_old, tb_dns_new TO tb_dns",
		"DROP TABLE tb_dns_old",
	}
	return tb.all(append(statements, triggers...)...)
}

// backUp keeps what the tables have now, and restore makes that what they have. A backup is of the tables that the plugin writes, too.
func (tb *table) backUp() error {
	var statements []string
	for _, name := range backedUp {
		statements = append(statements, "CREATE TABLE backup_"+name+" LIKE "+name, "INSERT INTO backup_"+name+" SELECT * FROM "+name)
	}
	return tb.all(statements...)
}

func (tb *table) restore() error {
	statements := []string{"BEGIN"}
	for _, name := range backedUp {
		statements = append(statements, "DELETE FROM "+name, "INSERT INTO "+name+" SELECT * FROM backup_"+name)
	}
	return tb.all(append(statements, "COMMIT")...)
}

var backedUp = []string{"tb_dns", "tb_dns_zones", "tb_dns_journal"}

// truncate empties tb_dns, which no trigger logs, and fills it again with a zone.
func (tb *table) truncate(apex string) error {
	statements := []string{"TRUNCATE TABLE tb_dns"}
	for _, row := range zoneRows(apex, 0) {
		statements = append(statements, insertion(row))
	}
	return tb.all(statements...)
}

// all executes statements in one session, which ends with them.
func (tb *table) all(statements ...string) error {
	conn, err := tb.pool.Conn(tb.t.Context())
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, statement := range statements {
		if _, err := conn.ExecContext(tb.t.Context(), statement); err != nil {
			conn.ExecContext(tb.t.Context(), "ROLLBACK")
			return err
		}
	}
	return nil
}
