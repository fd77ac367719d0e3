package cluster

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/mariadb"

	"github.com/miekg/dns"
)

var (
	randomFor  = flag.Duration("random", 30*time.Second, "how long each cluster has random faults")
	randomSeed = flag.Uint64("seed", 0, "of the random faults; 0 is any")
)

// breakable is servers that have the same data; each can be harmed in several ways.
type breakable struct {
	servers []*mariadb.Server
	pools   []*sql.DB
	ways    []way
	whole   func() error // waits until all are members
}

// way is one in which a server is harmed. It stays so until heal, which returns when the server is a member again.
type way struct {
	name string
	harm func(server int) (heal func() error, err error)
}

// TestRandomFaults harms one server after the other, each for some time, while all that take writes are written to and four nameservers are asked. No answer goes
// back, each is at most ten seconds (soon), in which a majority of the servers answers, older than what a majority has had, and in the end nothing is lost.
func TestRandomFaults(t *testing.T) {
	seed := *randomSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-seed %d", seed)
	t.Run("Galera", func(t *testing.T) { randomFaults(t, breakableGalera(t), rand.New(rand.NewPCG(seed, 1))) })
	t.Run("Group Replication", func(t *testing.T) {
		random := rand.New(rand.NewPCG(seed, 2))
		randomFaults(t, breakableGroup(t, Mode(random.IntN(2) == 1)), random)
	})
}

func breakableGalera(t *testing.T) *breakable {
	g, err := StartGalera(folder(t), script)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Stop() }) //nolint:errcheck // one may be harmed still
	b := &breakable{servers: g.Nodes, whole: func() error { return g.AwaitMembers(nodes) }}
	synced := func(server int) error { return errors.Join(AwaitSynced(g.Nodes[server]), b.whole()) }
	b.ways = append(crashes(g.Nodes, synced, synced),
		way{"cut off", func(n int) (func() error, error) {
			return func() error { return errors.Join(Rejoin(g.Nodes[n]), synced(n)) }, Isolate(g.Nodes[n])
		}},
		way{"stands still, as for a backup", func(n int) (func() error, error) {
			conn, err := b.pools[n].Conn(t.Context())
			if err != nil {
				return nil, err
			}
			if err := execOnConn(t.Context(), conn, "FLUSH TABLES WITH READ LOCK"); err != nil {
				return nil, errors.Join(err, conn.Close())
			}
			return func() error {
				conn.Raw(func(any) error { return driver.ErrBadConn }) //nolint:errcheck // that closes it, and unlocks; a node may not take UNLOCK TABLES just then
				return synced(n)
			}, nil
		}})
	return b
}

func execOnConn(ctx context.Context, conn *sql.Conn, statement string) error {
	_, err := conn.ExecContext(ctx, statement)
	return err
}

func breakableGroup(t *testing.T, mode Mode) *breakable {
	started := startMembers(t, mode)
	t.Logf("multi-primary: %v", mode)
	b := &breakable{servers: started.Members, whole: started.AwaitWhole}
	joins := func(n int) error { return errors.Join(started.Join(started.Members[n]), b.whole()) }
	returns := func(n int) error { return errors.Join(started.Return(started.Members[n]), b.whole()) }
	b.ways = append(crashes(started.Members, joins, returns),
		way{"leaves its group and answers on", func(n int) (func() error, error) {
			return func() error { return joins(n) }, execAlone(started.Members[n], "STOP GROUP_REPLICATION")
		}})
	if canCut(started.Members[0]) {
		b.ways = append(b.ways, way{"cut off", func(n int) (func() error, error) {
			heal, err := started.CutOff(started.Members[n])
			return func() error { heal(); return returns(n) }, err
		}})
	}
	return b
}

// crashes are the ways that need no cluster.
func crashes(servers []*mariadb.Server, restarted, resumed func(server int) error) []way {
	return []way{
		{"killed", func(n int) (func() error, error) {
			return func() error { return errors.Join(servers[n].Restart(), restarted(n)) }, servers[n].Kill()
		}},
		{"stopped", func(n int) (func() error, error) {
			return func() error { return errors.Join(servers[n].Resume(), resumed(n)) }, servers[n].Pause()
		}},
	}
}

func randomFaults(t *testing.T, b *breakable, random *rand.Rand) {
	var dsns []string
	for _, server := range b.servers {
		b.pools = append(b.pools, open(t, server))
		dsns = append(dsns, dsn(server))
	}
	var nameservers []*nameserver
	for n, order := range [][]int{{0, 1, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		nameservers = append(nameservers, serve(t, fmt.Sprintf("nameserver %d", n+1), dsns[order[0]], dsns[order[1]], dsns[order[2]]))
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	stop := sync.OnceFunc(func() { cancel(); running.Wait() })
	defer stop()
	b.beat(t, ctx, &running, nameservers)
	c := newChurn("churn", 60)
	for n := range b.servers {
		own := rand.New(rand.NewPCG(random.Uint64(), 0))
		running.Go(func() { b.churn(ctx, c, n, own) })
	}
	b.harm(t, random)
	stop()
	t.Logf("%d statements committed; %d transactions rolled back, %d refused", c.committed.Load(), c.rolled.Load(), c.refused.Load())
	c.compare(t, b.pools[0], nameservers...)
}

// beat has each server write a pulse, where it takes writes, and watches which numbers each has.
func (b *breakable) beat(t *testing.T, ctx context.Context, running *sync.WaitGroup, nameservers []*nameserver) {
	pulses := map[string]*majority{}
	for n := range b.servers {
		name := fmt.Sprintf("random%d.example.org", n+1)
		pulses[name] = newMajority(len(b.servers))
		if err := b.toAny(t.Context(), n, "INSERT INTO tb_dns (name, type, ttl, record) VALUES (?, 'TXT', 0, '0')", name); err != nil {
			t.Fatal(err)
		}
		for _, server := range nameservers {
			server.expectType(t, name, dns.TypeTXT, `NOERROR; TXT "0"`)
		}
		resume(t, name, func(ctx context.Context, statement string, args ...any) error {
			return b.to(ctx, n, statement, args...)
		},
			pulses[name], nameservers...)
	}
	for n, pool := range b.pools {
		running.Go(func() { watchServer(ctx, pool, n, pulses) })
	}
}

// to executes a statement on a server, if that takes it soon.
func (b *breakable) to(ctx context.Context, server int, statement string, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err := b.pools[server].ExecContext(ctx, statement, args...)
	return err
}

// toAny executes a statement on the first server that takes it, beginning with one.
func (b *breakable) toAny(ctx context.Context, first int, statement string, args ...any) (err error) {
	for n := range b.servers {
		if err = b.to(ctx, (first+n)%len(b.servers), statement, args...); err == nil {
			return nil
		}
	}
	return err
}

// churn makes random changes over one server until ctx ends.
func (b *breakable) churn(ctx context.Context, c *churn, server int, random *rand.Rand) {
	for every(ctx, time.Duration(20+random.IntN(80))*time.Millisecond) {
		within, cancel := context.WithTimeout(ctx, 5*time.Second)
		c.once(within, b.pools[server], random)
		cancel()
	}
}

// harm harms one server after the other.
func (b *breakable) harm(t *testing.T, random *rand.Rand) {
	began := time.Now()
	for time.Since(began) < *randomFor {
		n, way := random.IntN(len(b.servers)), b.ways[random.IntN(len(b.ways))]
		lasts := time.Duration(1000+random.IntN(19_000)) * time.Millisecond
		t.Logf("%s: server %d %s, for %s", time.Since(began).Round(time.Second), n+1, way.name, lasts)
		heal, err := way.harm(n)
		for deadline := time.Now().Add(joinsWithin); err != nil && time.Now().Before(deadline); heal, err = way.harm(n) { // a cluster may be busy with what was healed last
			time.Sleep(time.Second)
		}
		if err != nil {
			t.Fatalf("server %d %s: %v", n+1, way.name, err)
		}
		time.Sleep(lasts)
		if err := heal(); err != nil {
			t.Fatalf("server %d, healed: %v", n+1, err)
		}
		time.Sleep(time.Duration(random.IntN(5000)) * time.Millisecond)
	}
}
