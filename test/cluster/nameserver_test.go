package cluster

import (
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/client"
	"github.com/mysqldns/mysqldns/test/coredns"
	"github.com/mysqldns/mysqldns/test/mariadb"

	"github.com/miekg/dns"
)

// nameserver is a CoreDNS that is asked all the time.
type nameserver struct {
	*coredns.Server
	name   string
	client *client.Client
	before client.Tally // what was counted until mark was called last
}

// known are questions with one right answer, whatever happens.
var known = []client.Question{
	{Name: "www.example.org", Type: dns.TypeA, Want: []string{"NOERROR; A 192.0.2.1"}},
	{Name: "alias.example.org", Type: dns.TypeA, Want: []string{"NOERROR; CNAME www.example.org.; A 192.0.2.1"}},
	{Name: "any.wild.example.org", Type: dns.TypeA, Want: []string{"NOERROR; A 192.0.2.2"}},
	{Name: "www.example.org", Type: dns.TypeMX, Want: []string{"NOERROR"}},
	{Name: "nobody.example.org", Type: dns.TypeA, Want: []string{"NXDOMAIN"}},
}

// knownRows answer them.
const knownRows = "INSERT INTO tb_dns (name, type, ttl, record) VALUES" +
	" ('example.org', 'SOA', 300, 'ns1.example.org. hostmaster.example.org. 1 7200 3600 1209600 300')," +
	" ('example.org', 'NS', 300, 'ns1.example.org.')," +
	" ('www.example.org', 'A', 300, '192.0.2.1')," +
	" ('alias.example.org', 'CNAME', 300, 'www.example.org.')," +
	" ('*.wild.example.org', 'A', 300, '192.0.2.2')"

// askEvery is how often a client asks a nameserver.
const askEvery = 20 * time.Millisecond

// serve starts a nameserver with these DSNs. When the test ends, no answer may have been wrong, SERVFAIL, missing or late.
func serve(t *testing.T, name string, dsns ...string) *nameserver {
	t.Helper()
	return serveWith(t, name, "", dsns...)
}

// serveEach opens a pool to each of some servers, and starts a nameserver for each that prefers it to the others.
func serveEach(t *testing.T, all []*mariadb.Server) (pools []*sql.DB, servers []*nameserver) {
	t.Helper()
	var dsns []string
	for _, one := range all {
		pools = append(pools, open(t, one))
		dsns = append(dsns, dsn(one))
	}
	for n := range all {
		servers = append(servers, serve(t, fmt.Sprintf("nameserver %d", n+1), slices.Concat(dsns[n:], dsns[:n])...))
	}
	return pools, servers
}

// serveWith is serve with one more property.
func serveWith(t *testing.T, name, property string, dsns ...string) *nameserver {
	t.Helper()
	dir := t.TempDir()
	server, err := coredns.Start(program, dir, ".:{$PORT} {\n bind 127.0.0.1\n debug\n mysqldns {\n  dsn "+strings.Join(dsns, " ")+"\n  "+property+"\n }\n"+
		" prometheus 127.0.0.3:{$PORT}\n}\n") // of the loopback network, so that one port is enough
	if err != nil {
		t.Fatal(err)
	}
	n := &nameserver{Server: server, name: name, client: client.Start(server.Addr, askEvery, known)}
	t.Cleanup(func() {
		all := add(n.before, n.client.Stop())
		late := all.Late - machine.Stalled(all.Spans)
		t.Logf("%s: %d answers, %d wrong, %d SERVFAIL, %d lost, %d late (%d of them while the machine stood still); the slowest took %s", name,
			all.Asked, all.Wrong, all.ServFail, all.Lost, all.Late, all.Late-late, all.Slowest.Round(time.Millisecond))
		if all.Wrong+all.ServFail+late > 0 || all.Right == 0 { // who is lost is late
			t.Errorf("%s: not every answer was right: %v", name, all.Samples)
		}
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("%s printed:\n%s", name, withoutFollowing(server.Log()))
		}
	})
	return n
}

// mark returns what was counted since the start or the last mark.
func (n *nameserver) mark() client.Tally {
	t := n.client.Mark()
	n.before = add(n.before, t)
	return t
}

// add adds what was counted later.
func add(t, later client.Tally) client.Tally {
	t.Asked, t.Right, t.Wrong, t.ServFail = t.Asked+later.Asked, t.Right+later.Right, t.Wrong+later.Wrong, t.ServFail+later.ServFail
	t.Late, t.Lost, t.Slowest = t.Late+later.Late, t.Lost+later.Lost, max(t.Slowest, later.Slowest)
	t.Samples, t.Spans = append(t.Samples, later.Samples...), append(t.Spans, later.Spans...)
	return t
}

// metric is the value of the first metric of that name; 0 without one.
func (n *nameserver) metric(t *testing.T, name string) float64 {
	t.Helper()
	_, number, _ := strings.Cut(n.Addr, ":")
	reply, err := http.Get("http://127.0.0.3:" + number + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, name+"{") {
			value, err := strconv.ParseFloat(strings.TrimSpace(line[strings.LastIndexByte(line, ' '):]), 64)
			if err != nil {
				t.Fatal(err)
			}
			return value
		}
	}
	return 0
}

// following are lines that tell nothing about a failure.
var following = regexp.MustCompile(`(?m)^.*followed tb_dns: .*\n`)

func withoutFollowing(log string) string { return following.ReplaceAllString(log, "") }

// ask asks once, and returns the answer in short.
func (n *nameserver) ask(name string, qtype uint16) (string, error) {
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(name), qtype)
	reply, _, err := (&dns.Client{Timeout: 2 * time.Second}).Exchange(q, n.Addr)
	if err == nil && reply.Truncated {
		reply, _, err = (&dns.Client{Timeout: 2 * time.Second, Net: "tcp"}).Exchange(q, n.Addr)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", n.name, err)
	}
	return client.Short(reply), nil
}

// expect waits until an address is the answer.
func (n *nameserver) expect(t *testing.T, name, expected string) {
	t.Helper()
	n.expectType(t, name, dns.TypeA, expected)
}

func (n *nameserver) expectType(t *testing.T, name string, qtype uint16, expected string) {
	t.Helper()
	eventually(t, soon, fmt.Sprintf("%s answers %s for %s", n.name, expected, name), func() bool {
		got, err := n.ask(name, qtype)
		return err == nil && got == expected
	})
}

// lists is how often the nameserver has read the whole table.
func (n *nameserver) lists() int { return strings.Count(n.Log(), "listed tb_dns: ") }

// follows waits until the nameserver follows a host, for the so-manieth time.
func (n *nameserver) follows(t *testing.T, addr string, times int, within time.Duration) {
	t.Helper()
	eventually(t, within, fmt.Sprintf("%s follows %s (%d)", n.name, addr, times), func() bool {
		return strings.Count(n.Log(), " tb_dns at "+addr+" ") >= times
	})
}

// goesTo waits until the nameserver has gone to a host since its log had a length.
func (n *nameserver) goesTo(t *testing.T, since int, addr string, within time.Duration) {
	t.Helper()
	n.says(t, since, " tb_dns at "+addr+" ", within)
}

// says waits until the nameserver has logged a text since its log had a length.
func (n *nameserver) says(t *testing.T, since int, text string, within time.Duration) {
	t.Helper()
	eventually(t, within, fmt.Sprintf("%s says %q", n.name, text), func() bool { return strings.Contains(n.Log()[since:], text) })
}

// eventually waits until a condition holds.
func eventually(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", within, what)
		}
	}
}
