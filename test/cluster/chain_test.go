package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/mariadb"

	"github.com/miekg/dns"
)

// chain is a primary, its replica, and that one's replica, with nameservers that each prefer another.
type chain struct {
	Chain
	servers []*nameserver
}

func startChain(t *testing.T, length int) *chain {
	started, err := StartChain(t.TempDir(), length)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := started.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := load(started[0], script); err != nil {
		t.Fatal(err)
	}
	c := &chain{Chain: started}
	var dsns []string
	for n, server := range started {
		if n > 0 {
			c.catchUp(t, n)
		}
		dsns = append(dsns, dsn(server))
	}
	for n := range started {
		rotated := append(slices.Clone(dsns[n:]), dsns[:n]...)
		c.servers = append(c.servers, serve(t, fmt.Sprintf("nameserver of server %d", n+1), rotated...))
	}
	return c
}

// catchUp waits until a replica has what the one before it has.
func (c *chain) catchUp(t *testing.T, replica int) {
	t.Helper()
	if err := AwaitCaughtUp(c.Chain[replica], c.Chain[replica-1]); err != nil {
		t.Fatal(err)
	}
}

func TestChain(t *testing.T) {
	c := startChain(t, 3)
	t.Run("the replica in the middle stands still, and with it its own", c.testMiddleStops)
	t.Run("the primary is killed, and the replica in the middle promoted", c.testPromotion)
}

// Then two of three are behind, in whatever order they are named: the one that is furthest along counts.
func (c *chain) testMiddleStops(t *testing.T) {
	p := judge(t, "Chain primary → replica → replica: the one in the middle stops to replicate", "`… stands still or lags`, `stalled_servers_total`",
		execOn(t, c.Chain[0]), c.servers...)
	var logged []int
	for _, server := range c.servers {
		logged = append(logged, len(server.Log()))
	}
	execute(t, open(t, c.Chain[1]), "STOP SLAVE")
	for n := 1; n < len(c.servers); n++ {
		c.servers[n].goesTo(t, logged[n], c.Chain[0].Addr, 2*soon)
		c.servers[n].says(t, logged[n], "stands still or lags", soon)
		if stalled := c.servers[n].metric(t, "coredns_mysqldns_stalled_servers_total"); stalled != 1 {
			t.Errorf("%s: stalled_servers_total is %v", c.servers[n].name, stalled)
		}
	}
	time.Sleep(time.Second) // in which more is written
	for n := range c.servers {
		logged[n] = len(c.servers[n].Log())
	}
	execute(t, open(t, c.Chain[1]), "START SLAVE")
	for n := 1; n < len(c.servers); n++ {
		c.servers[n].goesTo(t, logged[n], c.Chain[n].Addr, 4*soon)
	}
	if log := c.servers[0].Log()[logged[0]:]; strings.Contains(log, "following ") {
		t.Errorf("%s left the primary:\n%s", c.servers[0].name, log)
	}
	p.expect(t, p.pause(), c.servers...)
}

func (c *chain) testPromotion(t *testing.T) {
	var primary atomic.Int32
	to := []executor{execOn(t, c.Chain[0]), execOn(t, c.Chain[1])}
	p := judge(t, "Chain primary → replica → replica: primary killed, the one in the middle promoted", "`following … at` the next server",
		func(ctx context.Context, statement string, args ...any) error {
			return to[primary.Load()](ctx, statement, args...)
		}, c.servers...)
	time.Sleep(time.Second)
	logged := len(c.servers[0].Log())
	if err := c.Chain[0].Kill(); err != nil {
		t.Fatal(err)
	}
	if err := Promote(c.Chain[1]); err != nil {
		t.Fatal(err)
	}
	primary.Store(1)
	c.servers[0].goesTo(t, logged, c.Chain[1].Addr, soon)
	time.Sleep(time.Second)
	p.expect(t, p.pause(), c.servers...)
}

// Two primaries that both take writes have each what the other has not. Each nameserver answers what the one has that it prefers, and nothing of the other.
func TestSplitBrain(t *testing.T) {
	c := startChain(t, 2)
	both := judge(t, "Split brain: two primaries, both written to", "`… have each changes of tb_dns that the other has not`, an error", execOn(t, c.Chain[0]), c.servers...)
	time.Sleep(time.Second)
	both.expect(t, both.pause(), c.servers...)
	c.catchUp(t, 1)
	logged := []int{len(c.servers[0].Log()), len(c.servers[1].Log())}
	if err := Promote(c.Chain[1]); err != nil {
		t.Fatal(err)
	}
	t.Run("each is answered from alone", func(t *testing.T) { c.testSplit(t, logged) })
	t.Run("one is taken away", c.testEndOfSplit)
}

func (c *chain) testSplit(t *testing.T, logged []int) {
	own := []*pulse{
		beat(t, "first.example.org", c.Chain[0], c.servers[0]),
		beat(t, "second.example.org", c.Chain[1], c.servers[1]),
	}
	for n, server := range c.servers {
		server.says(t, logged[n], "have each changes of tb_dns that the other has not", 2*soon)
	}
	for deadline := time.Now().Add(soon); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		for n, server := range c.servers {
			other := own[1-n].name
			if got, err := server.ask(other, dns.TypeTXT); err == nil && got != "NXDOMAIN" {
				t.Fatalf("%s answers %s for %s, which the other primary has", server.name, got, other)
			}
		}
	}
	for n, server := range c.servers {
		own[n].expect(t, own[n].pause(), server)
		log := server.Log()[logged[n]:]
		if said := strings.Count(log, "have each changes"); said != 1 || strings.Contains(log, "following ") {
			t.Errorf("%s says so %d times, or goes elsewhere:\n%s", server.name, said, log)
		}
	}
}

// When one of the two is taken away, the other is all that there is, as soon as it has gone on.
func (c *chain) testEndOfSplit(t *testing.T) {
	logged := len(c.servers[1].Log())
	first := execOn(t, c.Chain[0])
	for range 500 { // so that it is ahead by number, too
		if err := first(t.Context(), "UPDATE tb_dns SET ttl = ttl + 1 WHERE name = 'first.example.org'"); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Chain[1].Kill(); err != nil {
		t.Fatal(err)
	}
	c.servers[1].goesTo(t, logged, c.Chain[0].Addr, 2*soon)
	c.servers[1].expectType(t, "second.example.org", dns.TypeTXT, "NXDOMAIN")
}

// execOn executes statements on a server.
func execOn(t *testing.T, server *mariadb.Server) executor {
	db := open(t, server)
	return func(ctx context.Context, statement string, args ...any) error {
		_, err := db.ExecContext(ctx, statement, args...)
		return err
	}
}
