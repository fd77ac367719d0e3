package cluster

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/mariadb"
)

// group is a group with nameservers that each prefer another member.
type group struct {
	*Group
	pools   []*sql.DB
	servers []*nameserver // each prefers the member of the same number
}

// watcherUser may see who is in the group, too.
const watcherUser = "\nCREATE USER watcher@'%' IDENTIFIED BY 'secret';\nGRANT SELECT ON dns.tb_dns TO watcher@'%';\nGRANT SELECT ON dns.tb_dns_changes TO watcher@'%';\n" +
	"GRANT SELECT ON performance_schema.replication_group_members TO watcher@'%';\n"

func startGroup(t *testing.T, mode Mode) *group {
	started := startMembers(t, mode)
	g := &group{Group: started}
	g.pools, g.servers = serveEach(t, g.Members[:])
	return g
}

// startMembers starts a group, where MySQL can be had. Most machines have none, those of MYSQLDNS_REQUIRE_SERVERS too.
func startMembers(t *testing.T, mode Mode) *Group {
	if _, err := mariadb.FindMySQL(); errors.Is(err, mariadb.ErrNoMySQL) {
		t.Skipf("NOT TESTED on MySQL Group Replication: %v", err)
	}
	started, err := StartGroup(t.TempDir(), script+";"+watcherUser, mode)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := started.Stop(); err != nil {
			t.Error(err)
		}
		for n, member := range started.Members {
			if t.Failed() {
				t.Logf("the end of the log of member %d:\n%s", n+1, tail(member))
			}
		}
	})
	return started
}

// toPrimary executes a statement on the primary, wherever that is. It looks for the primary anew after each error.
func (g *group) toPrimary() executor {
	var mu sync.Mutex
	var at *sql.DB
	return func(ctx context.Context, statement string, args ...any) error {
		mu.Lock()
		defer mu.Unlock()
		if at == nil {
			primary, err := g.Primary()
			if err != nil {
				return err
			}
			at = g.pools[slices.Index(g.Members, primary)]
		}
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		_, err := at.ExecContext(ctx, statement, args...)
		if err != nil {
			at = nil
		}
		return err
	}
}

// to executes a statement on one member.
func (g *group) to(member int) executor {
	return func(ctx context.Context, statement string, args ...any) error {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		_, err := g.pools[member].ExecContext(ctx, statement, args...)
		return err
	}
}

// primary is the number of the primary, and where the log of the nameserver ends that prefers it.
func (g *group) primary(t *testing.T) (n int, logged int) {
	t.Helper()
	n = g.primaryNumber(t)
	return n, len(g.servers[n].Log())
}

func (g *group) primaryNumber(t *testing.T) int {
	t.Helper()
	member, err := g.Primary()
	if err != nil {
		t.Fatal(err)
	}
	return slices.Index(g.Members, member)
}

// leaves waits until the nameserver that prefers a member follows another.
func (g *group) leaves(t *testing.T, member, since int, within time.Duration) {
	t.Helper()
	server := g.servers[member]
	eventually(t, within, fmt.Sprintf("%s leaves %s", server.name, g.Members[member].Addr), func() bool {
		log := server.Log()[since:]
		return slices.ContainsFunc(g.Members, func(m *mariadb.Server) bool { return strings.Contains(log, " tb_dns at "+m.Addr+" ") })
	})
}

// elects waits until another member is the primary.
func (g *group) elects(t *testing.T, after int) {
	t.Helper()
	eventually(t, time.Minute, "another member is the primary", func() bool {
		primary, err := g.Primary()
		return err == nil && primary != g.Members[after]
	})
}

// flows waits until a number written from now on is answered by all.
func (g *group) flows(t *testing.T, p *pulse) {
	t.Helper()
	next := p.tries() + 1
	eventually(t, time.Minute, "writes go on", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		for n := range p.written {
			if n > next {
				return true
			}
		}
		return false
	})
	p.expect(t, next, g.servers...)
}

func TestGroupSinglePrimary(t *testing.T) {
	g := startGroup(t, SinglePrimary)
	t.Run("the primary is killed", g.testPrimaryKilled)
	t.Run("the primary hangs, is expelled, and goes on answering", g.testPrimaryHangs)
	t.Run("the primary is cut off, and goes on answering", g.testPrimaryCutOff)
}

func (g *group) testPrimaryKilled(t *testing.T) {
	p := judge(t, "Group Replication: primary killed, joins again", "`following … at` the next member", g.toPrimary(), g.servers...)
	n, logged := g.primary(t)
	if err := g.Members[n].Kill(); err != nil {
		t.Fatal(err)
	}
	g.leaves(t, n, logged, soon)
	g.elects(t, n)
	g.flows(t, p)
	logged = len(g.servers[n].Log())
	if err := errors.Join(g.Members[n].Restart(), g.Join(g.Members[n])); err != nil {
		t.Fatal(err)
	}
	g.servers[n].goesTo(t, logged, g.Members[n].Addr, 2*soon)
	g.flows(t, p)
}

// The others go on without a primary that hangs. When it goes on itself it learns that, and answers what it had, read-only.
func (g *group) testPrimaryHangs(t *testing.T) {
	p := judge(t, "Group Replication: primary hung, expelled, answers again", "`following … at` the next member; `… is behind the copy`", g.toPrimary(), g.servers...)
	n, logged := g.primary(t)
	if err := g.Members[n].Pause(); err != nil {
		t.Fatal(err)
	}
	g.leaves(t, n, logged, soon)
	g.elects(t, n)
	g.flows(t, p)
	logged = len(g.servers[n].Log())
	if err := errors.Join(g.Members[n].Resume(), g.AwaitExpelled(g.Members[n])); err != nil {
		t.Fatal(err)
	}
	g.isNotReturnedTo(t, n, logged)
	g.flows(t, p)
	g.returns(t, n)
	g.flows(t, p)
}

// isNotReturnedTo looks for some tries to return whether a nameserver goes to a member that it should not.
func (g *group) isNotReturnedTo(t *testing.T, member, since int) {
	t.Helper()
	const tries = 12 * time.Second
	for deadline := time.Now().Add(tries); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if strings.Contains(g.servers[member].Log()[since:], " tb_dns at "+g.Members[member].Addr+" ") {
			t.Fatalf("%s follows %s, which is no member any more", g.servers[member].name, g.Members[member].Addr)
		}
	}
}

// returns lets a member join again and waits until the nameserver that prefers it follows it.
func (g *group) returns(t *testing.T, member int) {
	t.Helper()
	logged := len(g.servers[member].Log())
	if err := g.Rejoin(g.Members[member]); err != nil {
		t.Fatal(err)
	}
	g.servers[member].goesTo(t, logged, g.Members[member].Addr, time.Minute)
}

func (g *group) testPrimaryCutOff(t *testing.T) {
	n, logged := g.primary(t)
	alone := serve(t, "nameserver of the primary alone", g.Members[n].DSN("watcher", "secret", mariadb.Database))
	p := judge(t, "Group Replication: primary cut off from the others, answers on", "`… stands still or lags`, `stalled_servers_total`", g.toPrimary(), g.servers...)
	heal := g.cutOff(t, n)
	g.leaves(t, n, logged, time.Minute)
	g.servers[n].says(t, logged, "stands still or lags", soon)
	if stalled := g.servers[n].metric(t, "coredns_mysqldns_stalled_servers_total"); stalled != 1 {
		t.Errorf("stalled_servers_total is %v", stalled)
	}
	g.flows(t, p)
	alone.says(t, 0, "gets no changes any more", soon)
	if age := alone.metric(t, "coredns_mysqldns_copy_age_seconds"); age < 5 {
		t.Errorf("copy_age_seconds is %v with a member that gets nothing", age)
	}
	heal()
	if err := g.AwaitExpelled(g.Members[n]); err != nil {
		t.Fatal(err)
	}
	logged = len(g.servers[n].Log())
	g.isNotReturnedTo(t, n, logged)
	g.returns(t, n)
	alone.says(t, 0, "gets changes again", soon)
	g.flows(t, p)
}

// The member that is cut off sees no other and is expelled, and the others go on. Nothing of that depends on a nameserver.
func TestCutOff(t *testing.T) {
	g := &group{Group: startMembers(t, MultiPrimary)}
	heal := g.cutOff(t, 1)
	eventually(t, joinsWithin, "the others have expelled it", func() bool { return g.seen(0) == nodes-1 && g.seen(2) == nodes-1 })
	heal()
	if err := errors.Join(g.AwaitExpelled(g.Members[1]), g.Rejoin(g.Members[1]), g.AwaitWhole()); err != nil {
		t.Error(err)
	}
}

// seen is how many members a member sees.
func (g *group) seen(by int) (members int) {
	if look(g.Members[by], "SELECT COUNT(*) FROM performance_schema.replication_group_members", &members) != nil {
		return 0
	}
	return members
}

// cutOff cuts a member off from the others until heal or the end of the test.
func (g *group) cutOff(t *testing.T, member int) (heal func()) {
	t.Helper()
	heal, err := g.CutOff(g.Members[member])
	if errors.Is(err, ErrNoCut) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	heal = sync.OnceFunc(heal)
	t.Cleanup(heal)
	return heal
}

func TestGroupMultiPrimary(t *testing.T) {
	g := startGroup(t, MultiPrimary)
	t.Run("changes on all members at once are all followed", g.testChurn)
	t.Run("a member is killed and joins again while the others are written to", g.testMemberKilled)
	t.Run("a member is expelled and goes on answering", g.testMemberExpelled)
}

// testChurn has transactions on all members get into each other's way: those that a member can not know of fail when they are certified.
func (g *group) testChurn(t *testing.T) {
	var increment int
	if err := g.pools[0].QueryRow("SELECT @@auto_increment_increment").Scan(&increment); err != nil || increment != 7 {
		t.Errorf("auto_increment_increment is %d (%v), expected 7", increment, err)
	}
	p := judge(t, "Group Replication, multi-primary: writers on all members, rollbacks, failed certifications", "-", g.to(1), g.servers...)
	c := g.churn(t, "multi", 600, 0, 1, 2)
	if c.refused.Load() == 0 || c.rolled.Load() == 0 {
		t.Error("the members did not get into each other's way")
	}
	c.compare(t, g.pools[0], g.servers...)
	g.flows(t, p)
}

// churn makes so many changes on some members, and returns when these are committed.
func (g *group) churn(t *testing.T, prefix string, changes int64, members ...int) *churn {
	t.Helper()
	c := newChurn(prefix, 60)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var writers sync.WaitGroup
	for writer := range 3 * len(members) {
		writers.Go(func() {
			if err := c.run(ctx, g.pools[members[writer%len(members)]], rand.New(rand.NewPCG(uint64(writer), 3)), changes); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	t.Logf("%d statements committed; %d transactions rolled back, %d refused", c.committed.Load(), c.rolled.Load(), c.refused.Load())
	return c
}

func (g *group) testMemberKilled(t *testing.T) {
	const dies = 2
	p := judge(t, "Group Replication, multi-primary: member killed, joins again", "`following … at` the next member", g.to(0), g.servers...)
	logged := len(g.servers[dies].Log())
	if err := g.Members[dies].Kill(); err != nil {
		t.Fatal(err)
	}
	g.leaves(t, dies, logged, soon)
	c := g.churn(t, "without", 200, 0, 1)
	logged = len(g.servers[dies].Log())
	var joining sync.WaitGroup
	joining.Go(func() {
		if err := errors.Join(g.Members[dies].Restart(), g.Join(g.Members[dies])); err != nil {
			t.Error(err)
		}
	})
	joins := g.churn(t, "joining", 200, 0, 1)
	joining.Wait()
	g.servers[dies].goesTo(t, logged, g.Members[dies].Addr, 2*soon)
	joined := g.churn(t, "joined", 200, 0, 1, 2)
	for _, c := range []*churn{c, joins, joined} {
		c.compare(t, g.pools[0], g.servers...)
	}
	g.flows(t, p)
}

func (g *group) testMemberExpelled(t *testing.T) {
	const leaves = 1
	p := judge(t, "Group Replication, multi-primary: member expelled, answers on", "`… stands still or lags`, `stalled_servers_total`", g.to(0), g.servers...)
	logged := len(g.servers[leaves].Log())
	heal := g.cutOff(t, leaves)
	g.leaves(t, leaves, logged, time.Minute)
	eventually(t, joinsWithin, "the others have expelled it", func() bool { return g.seen(0) == nodes-1 })
	heal()
	if err := g.AwaitExpelled(g.Members[leaves]); err != nil {
		t.Fatal(err)
	}
	c := g.churn(t, "expelled", 200, 0, 2)
	logged = len(g.servers[leaves].Log())
	g.isNotReturnedTo(t, leaves, logged)
	c.compare(t, g.pools[0], g.servers...)
	g.returns(t, leaves)
	g.flows(t, p)
}
