// Package hostile shows what a table full of mistakes, clients that mean harm and configurations that leak or inject do to a
// CoreDNS with mysqldns: each test runs one as a process of its own, on a private MariaDB.
package hostile

import (
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/client"
	"github.com/mysqldns/mysqldns/test/coredns"
	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/port"
	"github.com/mysqldns/mysqldns/test/suite"

	"github.com/miekg/dns"
)

// What all tests share.
var (
	program string // CoreDNS
	server  *mariadb.Server
)

func TestMain(m *testing.M) {
	suite.Main(m, func(p string, d *mariadb.Server) { program, server = p, d }, "--max-allowed-packet=64M")
}

// open connects to the database, as root.
func open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", server.DSN("root", "", mariadb.Database)+"?interpolateParams=true&maxAllowedPacket=0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// exec executes statements as root, in one session.
func exec(t *testing.T, statements ...string) {
	t.Helper()
	if err := server.Exec(statements...); err != nil {
		t.Fatal(err)
	}
}

// makeTable makes tb_dns anew as schema.sql does. Changes are made to the text before: old and new, in turn.
func makeTable(t *testing.T, changes ...string) {
	t.Helper()
	exec(t, "DROP TABLE IF EXISTS tb_dns, tb_dns_changes")
	schema, err := os.ReadFile("../../schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("mysql", server.DSN("root", "", mariadb.Database)+"?multiStatements=true")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(strings.NewReplacer(changes...).Replace(string(schema))); err != nil {
		t.Fatal(err)
	}
}

// insert adds rows of the form "name type record".
func insert(t *testing.T, rows ...string) {
	t.Helper()
	db := open(t)
	for _, row := range rows {
		field := strings.SplitN(row, " ", 3)
		if _, err := db.Exec("INSERT INTO tb_dns (name, type, ttl, record) VALUES (?, ?, 300, ?)", field[0], field[1], field[2]); err != nil {
			t.Fatalf("%s: %v", row, err)
		}
	}
}

// instance is a running CoreDNS.
type instance struct {
	*coredns.Server
	metrics string // host:port
}

// start starts CoreDNS with one server block; properties are the directive's. The debug plugin lets a panic end the
// process, so that none goes unseen.
func start(t *testing.T, properties, plugins string) *instance {
	t.Helper()
	addr := freeAddr(t)
	s := &instance{startCorefile(t, fmt.Sprintf(".:{$PORT} {\nbind 127.0.0.1\ndebug\nerrors\nprometheus %s\nmysqldns {\n%s\n}\n%s\n}\n",
		addr, properties, plugins)), addr}
	return s
}

// startCorefile starts CoreDNS. When the test ends it must still run, and end well.
func startCorefile(t *testing.T, corefile string) *coredns.Server {
	t.Helper()
	s, err := coredns.Start(program, t.TempDir(), corefile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		if crash.MatchString(s.Log()) {
			t.Errorf("logged:\n%s", s.Log())
		}
	})
	return s
}

var crash = regexp.MustCompile(`(?i)panic|goroutine \d+ \[|recovered`)

func freeAddr(t *testing.T) string {
	t.Helper()
	addr, err := port.Free()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

// dsn is the directive's property for the private MariaDB.
func dsn() string { return "dsn " + server.DSN("root", "", mariadb.Database) }

// ask asks over UDP, and over TCP if the reply is truncated. A reply that does not come is asked for again, as clients do.
func ask(t *testing.T, addr, name string, qtype uint16) *dns.Msg {
	t.Helper()
	q := new(dns.Msg).SetQuestion(name, qtype)
	q.SetEdns0(1232, false)
	var reply *dns.Msg
	var err error
	for _, network := range []string{"udp", "udp", "tcp"} {
		c := &dns.Client{Net: network, Timeout: 5 * time.Second, UDPSize: 1232}
		if reply, _, err = c.Exchange(q, addr); err == nil && !reply.Truncated {
			return reply
		}
	}
	if err != nil {
		t.Fatalf("%s %s: %v", name, dns.Type(qtype), err)
	}
	return reply
}

// within waits until an answer, in the form of client.Short, is as expected.
func within(t *testing.T, limit time.Duration, addr, name string, qtype uint16, expected string) {
	t.Helper()
	got := ""
	if !eventually(limit, func() bool {
		got = client.Short(ask(t, addr, name, qtype))
		return got == expected
	}) {
		t.Fatalf("%s %s: got %q for %s, expected %q", name, dns.Type(qtype), got, limit, expected)
	}
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

// limit is how long to wait for what takes a moment on an idle machine.
const limit = 30 * time.Second

// scrape returns all metrics as text.
func (s *instance) scrape(t *testing.T) string {
	t.Helper()
	response, err := http.Get("http://" + s.metrics + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// metric is the sum of a metric's series, those that have a text in their labels.
func (s *instance) metric(t *testing.T, name, labels string) (sum float64) {
	t.Helper()
	for line := range strings.Lines(s.scrape(t)) {
		series, value, ok := strings.Cut(strings.TrimSpace(line), "} ")
		if !ok {
			series, value, ok = strings.Cut(strings.TrimSpace(line), " ")
		}
		if found, rest, _ := strings.Cut(series, "{"); !ok || found != name || !strings.Contains(rest, labels) {
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		sum += n
	}
	return sum
}

// startRefused starts a CoreDNS that should not start, and returns what it printed.
func startRefused(t *testing.T, properties string) (printed string, err error) {
	t.Helper()
	dir := t.TempDir()
	s, err := coredns.Start(program, dir, ".:{$PORT} {\nbind 127.0.0.1\ndebug\nmysqldns {\n"+properties+"\n}\n}\n")
	if err == nil {
		s.Kill()
		return s.Log(), nil
	}
	return err.Error(), err
}
