package follow

import (
	"testing"
	"time"
)

// Hosts that hang, lag or wait for their cluster are not waited for one after the other.
func TestHostsAreNotWaitedForInTurn(t *testing.T) {
	withoutRaceDetector(t)
	wrongs := map[string]func(*server){
		"hang":                       func(s *server) { s.suffers(hangs()) },
		"hang in what is asked next": func(s *server) { s.suffers(hangs("Find")) },
		"stand still as nodes":       func(s *server) { s.with(func() { s.unsynced = true }) },
		"lag":                        (*server).stopReplicating,
	}
	for wrong, befall := range wrongs {
		t.Run(wrong, func(t *testing.T) {
			play(t, 5, func(sc *scene) {
				f := sc.following(Config{})
				for _, s := range sc.servers[1:] { // each was had once
					sc.servers[s.number-1].suffers(refuses(errDown))
					f.within(2*time.Second, "follows the next", f.follows(s.number))
				}
				for _, s := range sc.servers[1:4] {
					s.suffers(nil)
					befall(s)
				}
				sc.db.put("www.lan", "192.0.2.2")
				f.gets(time.Second, "www.lan", "192.0.2.2")
				sc.servers[4].suffers(refuses(errDown))
				sc.servers[4].cut()
				pass(time.Minute)
				sc.servers[4].suffers(nil)
				f.within(mostPause*11/10+4*leastHeadStart, "follows the one that is left", f.follows(4))
			})
		})
	}
}

// While the nodes that are left find out who is left, none confirms that it has what its cluster has. What they have is compared.
func TestNodeIsFollowedWhileItsClusterConfirmsNothing(t *testing.T) {
	play(t, 2, func(sc *scene) {
		f := sc.following(Config{})
		sc.db.put("www.lan", "192.0.2.2")
		f.gets(time.Second, "www.lan", "192.0.2.2")
		sc.servers[1].suffers(hangs("AwaitCluster"))
		sc.servers[0].suffers(refuses(errDown))
		f.within(time.Second, "follows the other", f.follows(1))
		f.has("www.lan", "192.0.2.2")
	})
}

// Where several servers write, one may have what has the highest number and lack what was given a lower one and committed later.
func TestServerThatLacksALowerNumberIsBehind(t *testing.T) {
	play(t, 2, func(sc *scene) {
		f := sc.following(Config{})
		sc.servers[1].with(func() { sc.servers[1].lag = 2 * time.Second })
		late := sc.db.begin()
		late.put("other.lan", "192.0.2.9")
		sc.db.put("www.lan", "192.0.2.2")
		pass(time.Second)
		late.commit()
		f.gets(time.Second, "other.lan", "192.0.2.9")
		pass(1200 * time.Millisecond)
		sc.servers[0].suffers(refuses(errDown))
		sc.servers[0].cut()
		f.keeps(3*time.Second, "other.lan", "192.0.2.9")
		if f.last() != 1 {
			t.Errorf("follows server %d\n%s", f.last(), f.events)
		}
	})
}

// A host that is far away is not passed over for one that is near, once it is known how far it is.
func TestFarHostKeepsItsPlace(t *testing.T) {
	play(t, 2, func(sc *scene) {
		sc.servers[0].rtt = 400 * time.Millisecond
		f := sc.follow(Config{})
		f.within(time.Minute, "reads the table", f.Listed().Reached)
		for range 3 {
			pass(time.Minute)
			sc.servers[0].cut()
			pass(10 * time.Second)
			if f.last() != 0 {
				t.Fatalf("follows server %d\n%s", f.last(), f.events)
			}
		}
		if count[Listed](f.events) > 1 {
			t.Errorf("%d lists", count[Listed](f.events))
		}
	})
}
