package follow

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// roundTripTimes are those of a server in the same room, in the same country, over the sea and over a satellite.
var roundTripTimes = []time.Duration{0, 20 * time.Millisecond, 150 * time.Millisecond, 400 * time.Millisecond}

// far plays a scene with servers that are so far away, at each of roundTripTimes.
func far(t *testing.T, hosts int, test func(sc *scene, rtt time.Duration)) {
	for _, rtt := range roundTripTimes {
		t.Run(rtt.String(), func(t *testing.T) {
			play(t, hosts, func(sc *scene) {
				for _, s := range sc.servers {
					s.rtt = rtt
				}
				test(sc, rtt)
			})
		})
	}
}

// followingFrom is following, with time for the round trips of the start.
func (sc *scene) followingFrom(rtt time.Duration, cfg Config) *follower {
	sc.t.Helper()
	f := sc.follow(cfg)
	f.within(time.Second+20*rtt, "reads the table", f.Listed().Reached)
	return f
}

// latency changes the address of a name, and returns how long the copy takes to have it.
func (f *follower) latency(change func(), name, address string) time.Duration {
	f.t.Helper()
	began := time.Now()
	change()
	for f.address(name) != address {
		if time.Since(began) > time.Minute {
			f.t.Fatalf("%s does not get the address %q\n%s", name, address, f.events)
		}
		pass(time.Millisecond)
	}
	return time.Since(began)
}

// changes are ten in a second that never end: updates, inserts, deletes, transactions that end late, and some that are rolled back.
func (sc *scene) changes(ctx context.Context) {
	late := sc.db.begin()
	for n := 0; ctx.Err() == nil; n++ {
		name := fmt.Sprintf("busy%d.lan", n%7)
		switch n % 5 {
		case 0, 1, 2:
			sc.db.put(name, fmt.Sprintf("192.0.2.%d", n%250))
		case 3:
			sc.db.remove(name)
		case 4:
			late.commit()
			late = sc.db.begin()
			late.put("late.lan", fmt.Sprintf("192.0.2.%d", n%250))
			sc.db.begin().put("never.lan", "192.0.2.9")
		}
		sleep(ctx, 100*time.Millisecond)
	}
}

// A change shows after the pause between two looks and one and a half round trips: half of one until a look that has just missed it is followed by the next, and one
// for that; whatever the change is, and whatever else is due.
func TestChangeShowsAfterOneAndAHalfRoundTrips(t *testing.T) {
	for _, busy := range []bool{false, true} {
		t.Run(fmt.Sprintf("ten changes a second %v", busy), func(t *testing.T) {
			far(t, 1, func(sc *scene, rtt time.Duration) {
				sc.servers[0].cluster = true
				f := sc.followingFrom(rtt, Config{})
				ctx, cancel := context.WithCancel(sc.t.Context())
				defer cancel()
				if busy {
					go sc.changes(ctx)
				}
				sc.db.put("first.lan", "192.0.2.1")
				pass(2 * time.Second)
				limit := refreshByLog + rtt + rtt/2 + 2*time.Millisecond // the test looks each millisecond
				for n := range times(400) {
					pass(time.Duration(n%97) * 3 * time.Millisecond)
					name, address := fmt.Sprintf("n%d.lan", n%10), fmt.Sprintf("192.0.2.%d", 1+n%200)
					took := f.latency(func() { sc.db.put(name, address) }, name, address)
					if n%3 == 0 {
						took = max(took, f.latency(func() { sc.db.remove(name) }, name, ""))
					}
					if took > limit {
						t.Fatalf("change %d showed after %s, expected at most %s\n%s", n, took, limit, f.events)
					}
				}
				if lists := count[Listed](f.events); lists != 1 {
					t.Errorf("listed the table %d times", lists)
				}
			})
		})
	}
}

// A look costs one round trip, with news and without, and with what is due beside.
func TestALookIsOneRoundTrip(t *testing.T) {
	for _, busy := range []bool{false, true} {
		t.Run(fmt.Sprintf("ten changes a second %v", busy), func(t *testing.T) {
			far(t, 1, func(sc *scene, rtt time.Duration) {
				f := sc.followingFrom(rtt, Config{})
				ctx, cancel := context.WithCancel(sc.t.Context())
				defer cancel()
				if busy {
					go sc.changes(ctx)
				}
				pass(time.Second)
				trips, looks, stamps := sc.servers[0].roundTrips(), sc.servers[0].called("Look"), sc.servers[0].called("Stamp")
				pass(time.Minute)
				trips, looks = sc.servers[0].roundTrips()-trips, sc.servers[0].called("Look")-looks
				if rtt < farAway {
					trips -= sc.servers[0].called("Stamp") - stamps // where a name is gone: so near they take no time
				}
				if difference := trips - looks; difference < -1 || difference > 1 || looks < int(time.Minute/(refreshByLog+rtt)) {
					t.Errorf("%d round trips for %d looks\n%s", trips, looks, f.events)
				}
			})
		})
	}
}

// From the connection to the first row of a list there are five round trips, besides those of the handshakes.
func TestStartTakesFiveRoundTrips(t *testing.T) {
	for _, log := range []bool{true, false} {
		t.Run(fmt.Sprintf("change log %v", log), func(t *testing.T) {
			far(t, 1, func(sc *scene, rtt time.Duration) {
				sc.db.edit(func(v *version) { v.shape.HasLog = log })
				began, trips := time.Now(), 0
				var took time.Duration
				sc.servers[0].suffers(func(_ context.Context, method string) error {
					if method == "Row" && trips == 0 {
						took, trips = time.Since(began), sc.servers[0].roundTrips()
					}
					return nil
				})
				f := sc.followingFrom(rtt, Config{})
				if limit := (5 + handshakeTrips) * rtt; trips > 5 || took > limit {
					t.Errorf("the first row came after %d round trips and %s, expected 5 and %s\n%s", trips, took, limit, f.events)
				}
			})
		})
	}
}

// Over a satellite that loses one packet in a hundred, no server that answers is given up.
func TestLostPackets(t *testing.T) {
	play(t, 2, func(sc *scene) {
		for n, s := range sc.servers {
			s.rtt, s.lossy = 400*time.Millisecond, rand.New(rand.NewPCG(uint64(n), 1))
		}
		f := sc.follow(Config{Resync: 10 * time.Minute})
		f.within(time.Minute, "reads the table", f.Listed().Reached)
		for n := range times(2000) {
			address := fmt.Sprintf("192.0.2.%d", 1+n%200)
			f.latency(func() { sc.db.put("www.lan", address) }, "www.lan", address)
			pass(5 * time.Second)
		}
		if f.last() != 0 || count[SessionOpened](f.events) != 1 || count[TryFailed](f.events) > 0 {
			t.Errorf("gave up a server that answers:\n%s", f.events)
		}
	})
}

// One that hangs is left after QueryTimeout, and two round trips.
func TestFarServerThatHangs(t *testing.T) {
	far(t, 2, func(sc *scene, rtt time.Duration) {
		f := sc.followingFrom(rtt, Config{})
		pass(10 * time.Second)
		sc.servers[0].suffers(hangs())
		began := time.Now()
		f.within(time.Minute, "follows the other", func() bool { return f.last() == 1 })
		// It has its limit of time at a look; then comes another try with it, and then the other.
		if took, limit := time.Since(began), QueryTimeout+2*rtt+2*(refreshByLog+rtt)+(handshakeTrips+8)*rtt; took < QueryTimeout || took > limit {
			t.Errorf("took %s, expected between %s and %s\n%s", took, QueryTimeout, limit, f.events)
		}
	})
}

// A far node that stands still is left, though another session asks for that; and where that session cannot be had, this one asks.
func TestFarNodeThatStandsStill(t *testing.T) {
	for _, most := range []int{0, 1} {
		t.Run(fmt.Sprintf("at most %d connections", most), func(t *testing.T) {
			far(t, 2, func(sc *scene, rtt time.Duration) {
				for _, s := range sc.servers {
					s.cluster, s.most = true, most
				}
				f := sc.followingFrom(rtt, Config{})
				pass(10 * time.Second)
				sc.servers[0].with(func() { sc.servers[0].unsynced = true })
				f.within(30*time.Second, "follows the other", func() bool { return f.last() == 1 })
			})
		})
	}
}

// How a far server replicates is seen by the session that asks beside.
func TestFarReplication(t *testing.T) {
	far(t, 1, func(sc *scene, rtt time.Duration) {
		sc.servers[0].with(func() { sc.servers[0].cluster, sc.servers[0].shown = true, true })
		f := sc.followingFrom(rtt, Config{})
		pass(10 * time.Second)
		sc.servers[0].with(func() { sc.servers[0].lag = time.Minute })
		f.within(2*replicationInterval+2*rtt, "sees the lag", func() bool {
			seen := of[Replicating](f.events)
			return len(seen) > 0 && seen[len(seen)-1].Replication.Lag == time.Minute
		})
	})
}
