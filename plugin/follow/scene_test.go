package follow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/miekg/dns"
)

// scene is a database with its servers and the followers of it, in virtual time: time passes only while nothing has anything to do.
type scene struct {
	t  *testing.T
	db *database
	servers
	followers []*follower
}

// play plays a scene with so many servers, whose table has the names www.lan and other.lan. When the test has ended all followers must end without leaving anything behind; synctest
// finds goroutines.
func play(t *testing.T, hosts int, test func(*scene)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sc := &scene{t: t, db: newDatabase()}
		for n := range hosts {
			sc.servers = append(sc.servers, newServer(sc.db, n))
		}
		sc.db.put("www.lan", "192.0.2.1")
		sc.db.put("other.lan", "192.0.2.1") // a table that becomes empty is taken for another
		time.Sleep(time.Hour)               // since, so that no test depends on the table being new
		test(sc)
		for _, f := range sc.followers {
			f.stop()
		}
		for _, s := range sc.servers {
			if open := s.sessions(); open > 0 {
				t.Errorf("%s: %d sessions are open after the end", s.id, open)
			}
		}
	})
}

// withoutRaceDetector leaves a long test to a run without the race detector, which ends the program now and then where many goroutines and timers come and go in
// virtual time (https://go.dev/issue/78156).
func withoutRaceDetector(t *testing.T) {
	t.Helper()
	if raced {
		t.Skip("go test without -race runs it")
	}
}

// times is how often a test repeats what it does. The detector sees in an eighth of them what it sees in all, and the run without it makes all.
func times(n int) int {
	if raced {
		return n / 8
	}
	return n
}

// follower is one that runs.
type follower struct {
	*Follower
	t      *testing.T
	events *events
	stop   func() // ends it and waits until it has ended
}

// follow starts a follower.
func (sc *scene) follow(cfg Config) *follower { return sc.followAfter(nil, cfg) }

// followAfter is follow for one that takes the place of another, if there is one.
func (sc *scene) followAfter(before *follower, cfg Config) *follower {
	cfg.TTL = 60
	seen := &events{began: time.Now()}
	f := &follower{Follower: New(cfg, sc.servers, seen), t: sc.t, events: seen}
	if before != nil {
		f.StartBehind(before.Follower)
	}
	ctx, cancel := context.WithCancel(sc.t.Context())
	var running sync.WaitGroup
	running.Go(func() { f.Run(ctx) })
	f.stop = func() {
		cancel()
		running.Wait()
	}
	sc.followers = append(sc.followers, f)
	return f
}

// following is follow, and waits until the table has been read.
func (sc *scene) following(cfg Config) *follower {
	sc.t.Helper()
	f := sc.follow(cfg)
	f.within(time.Second, "reads the table", f.Listed().Reached)
	return f
}

// pass lets time pass.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// within waits for a condition, at most for d.
func (f *follower) within(d time.Duration, what string, condition func() bool) {
	f.t.Helper()
	synctest.Wait()
	for deadline := time.Now().Add(d); !condition(); pass(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			f.t.Fatalf("after %s not so: %s\n%s", d, what, f.events)
		}
	}
}

// never lets d pass, and fails if a condition is true at one of a thousand moments meanwhile.
func (f *follower) never(d time.Duration, what string, condition func() bool) {
	f.t.Helper()
	synctest.Wait()
	for deadline := time.Now().Add(d); time.Now().Before(deadline); pass(d / 1000) {
		if condition() {
			f.t.Fatalf("so before %s were over: %s\n%s", d, what, f.events)
		}
	}
}

// address is that of a name in the copy; "" if it has none.
func (f *follower) address(name string) string { return addressIn(f.View(), name) }

func addressIn(v *zonedb.View, name string) string {
	if v == nil {
		return ""
	}
	name = dns.Fqdn(name)
	node, ok := v.Zone(name).Node(name)
	if !ok {
		return ""
	}
	var addresses []string
	for _, rr := range node.RRset(dns.TypeA, 10) {
		addresses = append(addresses, rr.(*dns.A).A.String())
	}
	slices.Sort(addresses)
	return strings.Join(addresses, " ")
}

// has expects that the copy has an address of a name now.
func (f *follower) has(name, address string) {
	f.t.Helper()
	synctest.Wait()
	if got := f.address(name); got != address {
		f.t.Fatalf("%s has the address %q, expected %q\n%s", name, got, address, f.events)
	}
}

// gets expects that the copy has an address of a name soon.
func (f *follower) gets(d time.Duration, name, address string) {
	f.t.Helper()
	f.within(d, fmt.Sprintf("%s has the address %q", name, address), func() bool { return f.address(name) == address })
}

// keeps expects that the copy has an address of a name for a time.
func (f *follower) keeps(d time.Duration, name, address string) {
	f.t.Helper()
	f.never(d, fmt.Sprintf("%s has another address than %q", name, address), func() bool { return f.address(name) != address })
}

// published counts the states that a copy has.
func published(states *int) func(_, _ *zonedb.View, _ []string) {
	return func(_, _ *zonedb.View, _ []string) { *states++ }
}
