package transfers

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns"
	"github.com/mysqldns/mysqldns/test/coredns"
	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/suite"

	"github.com/go-sql-driver/mysql"
)

var (
	program string // CoreDNS
	server  *mariadb.Server
)

func TestMain(m *testing.M) {
	suite.Main(m, func(p string, d *mariadb.Server) { program, server = p, d })
}

// table is an empty table in a database of its own, which a reader and a writer have just the rights to that schema.sql says.
type table struct {
	t     testing.TB
	name  string // of the database
	pool  *sql.DB
	nodes []*mariadb.Server // that have it: one, or those of a cluster
}

var tables int

func newTable(t testing.TB) *table {
	t.Helper()
	tables++
	tb := &table{t: t, name: fmt.Sprintf("dns%d", tables), nodes: []*mariadb.Server{server}}
	root := tb.root("")
	defer root.Close()
	if _, err := root.Exec("CREATE DATABASE " + tb.name + "; USE " + tb.name + ";" + script(tb.name)); err != nil {
		t.Fatal(err)
	}
	tb.open()
	return tb
}

// script makes the tables in a database, and the users.
func script(database string) string {
	statements := mysqldns.Schema + "\nCREATE OR REPLACE USER reader@'%' IDENTIFIED BY 'r', writer@'%' IDENTIFIED BY 'w';"
	for _, name := range []string{"tb_dns", "tb_dns_changes", "tb_dns_zones", "tb_dns_journal"} {
		statements += "GRANT SELECT ON " + database + "." + name + " TO reader@'%', writer@'%';"
	}
	for _, name := range []string{"tb_dns_zones", "tb_dns_journal"} {
		statements += "GRANT INSERT, UPDATE, DELETE ON " + database + "." + name + " TO writer@'%';"
	}
	return statements
}

// open opens connections for the test itself.
func (tb *table) open() {
	tb.t.Helper()
	var err error
	if tb.pool, err = sql.Open("mysql", tb.nodes[0].DSN("root", "", tb.name)); err != nil {
		tb.t.Fatal(err)
	}
	tb.t.Cleanup(func() { tb.pool.Close() })
}

// root is a connection of the administrator to a database, which takes scripts.
func (tb *table) root(database string) *sql.DB {
	tb.t.Helper()
	root, err := sql.Open("mysql", tb.nodes[0].DSN("root", "", database)+"?multiStatements=true")
	if err != nil {
		tb.t.Fatal(err)
	}
	return root
}

// insert adds rows written as "name type record", with a ttl of 60.
func (tb *table) insert(rows ...string) {
	tb.t.Helper()
	for _, row := range rows {
		f := strings.SplitN(row, " ", 3)
		tb.exec("INSERT INTO tb_dns (name, type, ttl, record) VALUES (?, ?, 60, ?)", f[0], f[1], f[2])
	}
}

func (tb *table) exec(statement string, args ...any) {
	tb.t.Helper()
	if _, err := tb.pool.Exec(statement, args...); err != nil {
		tb.t.Fatalf("%s: %v", statement, err)
	}
}

// zone adds a zone with a serial, a name server and an address.
func (tb *table) zone(apex string, serial uint32) {
	tb.t.Helper()
	tb.insert(zoneRows(apex, serial)...)
}

func zoneRows(apex string, serial uint32) []string {
	return []string{
		fmt.Sprintf("%s SOA ns1.%s hostmaster.%s %d 3600 1 86400 300", apex, apex, apex, serial),
		apex + " NS ns1." + apex, "ns1." + apex + " A 192.0.2.1", "www." + apex + " A 192.0.2.2",
	}
}

// insertion is the statement that inserts a row written as insert takes it, which has no quote.
func insertion(row string) string {
	f := strings.SplitN(row, " ", 3)
	return fmt.Sprintf("INSERT INTO tb_dns (name, type, ttl, record) VALUES ('%s', '%s', 60, '%s')", f[0], f[1], f[2])
}

// dsn is the part of a directive that says where the table is, and, if it writes, where to write versions.
func (tb *table) dsn(writes bool) string {
	lines := "dsn" + tb.userDSNs("reader", "r") + "\n"
	if writes {
		lines += "write_dsn" + tb.userDSNs("writer", "w") + "\n"
	}
	return lines
}

// userDSNs names all nodes to a directive.
func (tb *table) userDSNs(user, password string) (list string) {
	for _, node := range tb.nodes {
		cfg, err := mysql.ParseDSN(node.DSN("root", "", tb.name))
		if err != nil {
			panic(err)
		}
		cfg.User, cfg.Passwd = user, password
		list += " " + cfg.FormatDSN()
	}
	return list
}

// primary starts a CoreDNS that transfers the table's zones to the addresses in to.
func (tb *table) primary(writes bool, to, others string) *coredns.Server {
	tb.t.Helper()
	return tb.start(to, tb.dsn(writes), others)
}

// corefile has a block that transfers zones to the addresses in to, with some properties of the directive and other plugins.
func corefile(to, properties, others string) string {
	return ".:{$PORT} {\n transfer {\n to " + to + "\n }\n mysqldns {\n" + properties + "}\n" + others + "}\n"
}

// start starts a CoreDNS that transfers zones to the addresses in to, with some properties of its directive and other plugins.
func (tb *table) start(to, properties, others string) *coredns.Server {
	tb.t.Helper()
	s, err := coredns.Start(program, tb.t.TempDir(), corefile(to, properties, others))
	if err != nil {
		tb.t.Fatal(err)
	}
	tb.t.Cleanup(func() {
		s.Stop()
		if tb.t.Failed() {
			tb.t.Logf("CoreDNS at %s said:\n%s", s.Addr, s.Log())
		}
	})
	return s
}

// eventually polls a condition until it holds, and reports whether it did before the limit.
func eventually(limit time.Duration, condition func() bool) bool {
	for deadline := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) {
		if condition() {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}
