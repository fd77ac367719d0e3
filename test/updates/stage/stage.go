// Package stage is a table, and nameservers that answer from it and take updates of it: for tests with real clients.
package stage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns"
	"github.com/mysqldns/mysqldns/test/coredns"

	"github.com/go-sql-driver/mysql"
	"github.com/miekg/dns"
)

// Keys that the nameservers know; the rules of most tests name only the first.
const (
	KeyName      = "key.example."
	OtherKey     = "other.example."
	KeySecret    = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0MTI=" // of both, in base64
	KeyAlgorithm = dns.HmacSHA256
	KeyNsupdate  = "hmac-sha256:" + KeyName + ":" + KeySecret
)

// ZoneRows are example.org with a serial of its owner's, and a reverse zone whose serial moves by itself.
var ZoneRows = []string{
	"example.org SOA ns1.example.org. hostmaster.example.org. 7 7200 3600 1209600 300",
	"example.org NS ns1.example.org.",
	"ns1.example.org A 192.0.2.1",
	"2.0.192.in-addr.arpa SOA ns1.example.org. hostmaster.example.org. 0 7200 3600 1209600 300",
	"2.0.192.in-addr.arpa NS ns1.example.org.",
}

// Stage is an empty table with ZoneRows, and who reads and writes it.
type Stage struct {
	Pool *sql.DB // as root
	Read string  // DSN of a user who may only read
	Full string  // DSN of one who may update

	t       testing.TB
	program string
}

// New makes the tables anew at the server that root is the DSN of; program is CoreDNS.
func New(t testing.TB, program, root string, rows ...string) *Stage {
	t.Helper()
	cfg, err := mysql.ParseDSN(root)
	if err != nil {
		t.Fatal(err)
	}
	cfg.MultiStatements = true
	pool, err := sql.Open("mysql", cfg.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	dsn := func(user string) string { return user + ":secret@tcp(" + cfg.Addr + ")/" + cfg.DBName }
	s := &Stage{Pool: pool, Read: dsn("reader"), Full: dsn("writer"), t: t, program: program}
	for _, table := range []string{"tb_dns", "tb_dns_changes", "tb_dns_zones", "tb_dns_journal", "tb_dns_updates"} {
		s.Exec("DROP TABLE IF EXISTS " + table)
	}
	s.Load(mysqldns.Schema)
	for user, rights := range map[string]string{"reader": "SELECT", "writer": "SELECT, INSERT, UPDATE, DELETE"} {
		s.Exec("CREATE USER IF NOT EXISTS " + user + "@'%' IDENTIFIED BY 'secret'")
		for _, table := range []string{"tb_dns", "tb_dns_zones", "tb_dns_journal"} {
			s.Exec("GRANT " + rights + " ON " + table + " TO " + user + "@'%'")
		}
		if user == "writer" {
			s.Exec("GRANT " + rights + " ON tb_dns_updates TO writer@'%'")
		}
		s.Exec("GRANT SELECT ON tb_dns_changes TO " + user + "@'%'")
	}
	s.Insert(append(slices.Clone(ZoneRows), rows...)...)
	return s
}

// Load executes a script in one session.
func (s *Stage) Load(script string) {
	s.t.Helper()
	conn, err := s.Pool.Conn(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(context.Background(), script); err != nil {
		s.t.Fatal(err)
	}
}

// Exec executes a statement as root.
func (s *Stage) Exec(statement string, args ...any) {
	s.t.Helper()
	if _, err := s.Pool.Exec(statement, args...); err != nil {
		s.t.Fatalf("%s: %v", statement, err)
	}
}

// Insert adds rows written as "name type record", with a ttl of 300.
func (s *Stage) Insert(rows ...string) {
	s.t.Helper()
	for _, row := range rows {
		f := strings.SplitN(row, " ", 3)
		s.Exec("INSERT INTO tb_dns (name, type, ttl, record) VALUES (?, ?, 300, ?)", f[0], f[1], f[2])
	}
}

// Rows lists the rows at a name as "type ttl record", sorted.
func (s *Stage) Rows(name string) (rows []string) {
	s.t.Helper()
	found, err := s.Pool.Query("SELECT type, COALESCE(ttl, '-'), record FROM tb_dns WHERE name IN (?, ?)", name, name+".")
	if err != nil {
		s.t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var rrtype, ttl, record string
		if err := found.Scan(&rrtype, &ttl, &record); err != nil {
			s.t.Fatal(err)
		}
		rows = append(rows, rrtype+" "+ttl+" "+record)
	}
	if err := found.Err(); err != nil {
		s.t.Fatal(err)
	}
	slices.Sort(rows)
	return rows
}

// Want checks the rows at a name.
func (s *Stage) Want(name string, rows ...string) {
	s.t.Helper()
	slices.Sort(rows)
	if got := s.Rows(name); !slices.Equal(got, rows) {
		s.t.Fatalf("rows of %s:\n got      %q\n expected %q", name, got, rows)
	}
}

// Corefile is a Corefile with rules, and what else the server block has.
func (s *Stage) Corefile(rules, others string) string {
	return ".:{$PORT} {\n bind 127.0.0.1\n mysqldns {\n  dsn " + s.Read + "\n  write_dsn " + s.Full + "\n" + rules + "\n }\n" + others + "\n}\n"
}

// Keys is the tsig plugin with both Keys.
const Keys = " tsig {\n  secret " + KeyName + " " + KeySecret + "\n  secret " + OtherKey + " " + KeySecret + "\n }\n"

// Anything is rules by which the first key may change all of both zones.
const Anything = "  update " + KeyName + " *.example.org\n  update " + KeyName + " example.org\n" +
	"  update " + KeyName + " example.org SOA NS\n  update " + KeyName + " *.2.0.192.in-addr.arpa\n"

// Nameserver is a CoreDNS.
type Nameserver struct {
	*coredns.Server
	t testing.TB
}

// Serve starts a Nameserver, which stops when the test ends.
func (s *Stage) Serve(corefile string) *Nameserver {
	s.t.Helper()
	server, err := coredns.Start(s.program, s.t.TempDir(), corefile)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			s.t.Error(err)
		}
		if s.t.Failed() {
			s.t.Logf("%s logged:\n%s", server.Addr, server.Log())
		}
	})
	return &Nameserver{server, s.t}
}

// Message is an UPDATE of lines in the words of nsupdate.
func Message(t testing.TB, zone string, lines ...string) *dns.Msg {
	t.Helper()
	m := new(dns.Msg)
	m.SetUpdate(dns.Fqdn(zone))
	for _, line := range lines {
		section := &m.Ns
		if strings.HasPrefix(line, "prereq ") {
			section = &m.Answer
		}
		rr, err := parseLine(strings.Fields(line))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		*section = append(*section, rr)
	}
	return m
}

func parseLine(f []string) (dns.RR, error) {
	bare := func(name, rrtype string, class uint16) (dns.RR, error) {
		return &dns.ANY{Hdr: dns.RR_Header{Name: dns.Fqdn(name), Rrtype: dns.StringToType[rrtype], Class: class}}, nil
	}
	full := func(class uint16, name string, rest ...string) (dns.RR, error) {
		rr, err := dns.NewRR(dns.Fqdn(name) + " " + strings.Join(rest, " "))
		if err == nil {
			rr.Header().Class = class
		}
		return rr, err
	}
	switch {
	case f[0] == "add":
		return full(dns.ClassINET, f[1], f[2:]...)
	case f[0] == "delete" && len(f) == 2:
		return bare(f[1], "ANY", dns.ClassANY)
	case f[0] == "delete" && len(f) == 3:
		return bare(f[1], f[2], dns.ClassANY)
	case f[0] == "delete":
		return full(dns.ClassNONE, f[1], append([]string{"0"}, f[2:]...)...)
	case f[1] == "yxdomain":
		return bare(f[2], "ANY", dns.ClassANY)
	case f[1] == "nxdomain":
		return bare(f[2], "ANY", dns.ClassNONE)
	case f[1] == "nxrrset":
		return bare(f[2], f[3], dns.ClassNONE)
	case f[1] == "yxrrset" && len(f) == 4:
		return bare(f[2], f[3], dns.ClassANY)
	case f[1] == "yxrrset":
		return full(dns.ClassINET, f[2], append([]string{"0"}, f[3:]...)...)
	}
	return nil, fmt.Errorf("no such line")
}

// Exchange sends a Message, signed unless the key is "".
func (n *Nameserver) Exchange(m *dns.Msg, key, network string) (*dns.Msg, error) {
	c := &dns.Client{Net: network, Timeout: 10 * time.Second, TsigSecret: map[string]string{KeyName: KeySecret, OtherKey: KeySecret}}
	if key != "" {
		m.SetTsig(key, KeyAlgorithm, 300, time.Now().Unix())
	}
	reply, _, err := c.Exchange(m, n.Addr)
	if errors.Is(err, dns.ErrAuth) && reply != nil { // NOTAUTH, in a signed Message
		err = nil
	}
	return reply, err
}

// Update sends an update with the first key, and checks the RCODE.
func (n *Nameserver) Update(rcode int, zone string, lines ...string) {
	n.t.Helper()
	n.UpdateAs(rcode, KeyName, Message(n.t, zone, lines...))
}

// UpdateAs sends a message with a key, and checks the RCODE.
func (n *Nameserver) UpdateAs(rcode int, key string, m *dns.Msg) {
	n.t.Helper()
	reply, err := n.Exchange(m, key, "tcp")
	if err != nil {
		n.t.Fatal(err)
	}
	if reply.Rcode != rcode {
		n.t.Fatalf("got %s, expected %s\n%s\n%s", dns.RcodeToString[reply.Rcode], dns.RcodeToString[rcode], m, n.Log())
	}
}

// Ask returns the RCODE and the records of the answer section without owner names, sorted.
func (n *Nameserver) Ask(name, rrtype string) string {
	n.t.Helper()
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(name), dns.StringToType[rrtype])
	reply, err := n.Exchange(q, "", "udp")
	if err != nil {
		n.t.Fatal(err)
	}
	var all []string
	for _, rr := range reply.Answer {
		all = append(all, dns.Type(rr.Header().Rrtype).String()+" "+strings.TrimPrefix(rr.String(), rr.Header().String()))
	}
	slices.Sort(all)
	return strings.Join(append([]string{dns.RcodeToString[reply.Rcode]}, all...), "; ")
}

// Shows checks an answer, at once.
func (n *Nameserver) Shows(name, rrtype, expected string) {
	n.t.Helper()
	if got := n.Ask(name, rrtype); got != expected {
		n.t.Fatalf("%s %s: got %q, expected %q", name, rrtype, got, expected)
	}
}

// WaitFor waits until a condition holds.
func WaitFor(t testing.TB, what string, limit time.Duration, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not in %s: %s", limit, what)
		}
	}
}
