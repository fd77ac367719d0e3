package cluster

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/client"
	"github.com/mysqldns/mysqldns/test/coredns"

	"github.com/miekg/dns"
)

// nameserver is a CoreDNS that is asked all the time.
type nameserver struct {
	*coredns.Server
	name   string
	client *client.Client
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
	dir := t.TempDir()
	server, err := coredns.Start(program, dir, ".:{$PORT} {\n bind 127.0.0.1\n debug\n mysqldns {\n  dsn "+strings.Join(dsns, " ")+"\n }\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	n := &nameserver{server, name, client.Start(server.Addr, askEvery, known)}
	t.Cleanup(func() {
		all := n.client.Stop()
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
	eventually(t, soon, fmt.Sprintf("%s answers %s for %s", n.name, expected, name), func() bool {
		got, err := n.ask(name, dns.TypeA)
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

// eventually waits until a condition holds.
func eventually(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", within, what)
		}
	}
}
