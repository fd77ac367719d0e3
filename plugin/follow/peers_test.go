package follow

import (
	"slices"
	"testing"
	"time"
)

// stopReplicating stops the replication of what comes from now on.
func (s *server) stopReplicating() {
	s.with(func() { s.stopped = time.Now() })
	pass(time.Millisecond)
}
func (s *server) goOn() { s.with(func() { s.stopped = time.Time{} }) }

// follows reports whether a host is followed.
func (f *follower) follows(host int) func() bool {
	return func() bool {
		all := of[Followed](f.events)
		return len(all) > 0 && all[len(all)-1].Server.Host == host
	}
}

const leaves = peerInterval*12/10 + peerGrace + 200*time.Millisecond // within which a server is left that stands still

func TestServerThatStandsStillIsLeft(t *testing.T) {
	play(t, 3, func(sc *scene) {
		f := sc.following(Config{})
		sc.servers[0].stopReplicating()
		sc.db.put("www.lan", "192.0.2.2")
		f.gets(leaves, "www.lan", "192.0.2.2")
		f.within(time.Second, "says so once", func() bool { return len(of[Stalled](f.events)) == 1 })
		if !f.follows(1)() {
			t.Errorf("did not go to the preferred one of those that are level:\n%s", f.events)
		}
		sc.db.put("www.lan", "192.0.2.3")
		f.gets(refreshByLog, "www.lan", "192.0.2.3")
		f.never(time.Minute, "goes back before it has caught up", f.follows(0))
		sc.servers[0].goOn()
		f.never(leastHold-time.Second, "goes back at once", f.follows(0))
		f.within(time.Minute, "goes back", f.follows(0))
	})
}

// However its looks at the others fall.
func TestServerThatStandsStillIsLeftInTime(t *testing.T) {
	for n := range 40 {
		play(t, 2, func(sc *scene) {
			f := sc.following(Config{})
			pass(time.Duration(n) * 150 * time.Millisecond)
			sc.servers[0].stopReplicating()
			sc.db.put("www.lan", "192.0.2.2")
			f.gets(leaves, "www.lan", "192.0.2.2")
		})
	}
}

func TestHostThatIsFurthestAlongIsTaken(t *testing.T) {
	play(t, 3, func(sc *scene) {
		f := sc.following(Config{})
		sc.servers[0].stopReplicating()
		sc.db.put("www.lan", "192.0.2.2")
		pass(time.Millisecond)
		sc.servers[1].stopReplicating()
		sc.db.put("www.lan", "192.0.2.3")
		f.gets(leaves, "www.lan", "192.0.2.3")
		if !f.follows(2)() {
			t.Errorf("%s", f.events)
		}
	})
}

func TestReplicaThatLagsALittleIsFollowedOn(t *testing.T) {
	play(t, 2, func(sc *scene) {
		f := sc.following(Config{})
		for n := range 600 {
			sc.servers[0].with(func() { sc.servers[0].lag = time.Duration(n%4) * time.Second })
			sc.db.put("www.lan", []string{"192.0.2.2", "192.0.2.3"}[n%2])
			pass(time.Second)
		}
		if n := len(of[Stalled](f.events)); n > 0 {
			t.Errorf("left it %d times", n)
		}
	})
}

// One that lags again and again is gone back to ever later.
func TestNoFlapping(t *testing.T) {
	play(t, 2, func(sc *scene) {
		f := sc.following(Config{})
		for range 30 { // ten minutes
			sc.servers[0].stopReplicating()
			sc.db.put("www.lan", "192.0.2.2")
			pass(10 * time.Second)
			sc.servers[0].goOn()
			sc.db.put("www.lan", "192.0.2.3")
			pass(10 * time.Second)
		}
		if n := len(of[Followed](f.events)); n > 8 {
			t.Errorf("went %d times from one to the other:\n%s", n, f.events)
		}
	})
}

// fork is a database that goes on apart from another from now on.
func (db *database) fork() *database {
	db.mu.Lock()
	defer db.mu.Unlock()
	return &database{versions: slices.Clone(db.versions), seq: db.seq, id: db.id, clock: db.clock}
}

// What a replica has alone, its source has lost. What it has written itself since it was promoted, while it was followed, is its own.
func TestReplicaThatIsPromotedWhileItIsFollowed(t *testing.T) {
	for _, promoted := range []bool{false, true} {
		play(t, 2, func(sc *scene) {
			primary, replica := sc.servers[0], sc.servers[1]
			replica.with(func() { replica.copies = true })
			f := sc.following(Config{})
			primary.cut()
			primary.suffers(refuses(errDown))
			f.within(time.Second, "goes to the replica", f.follows(1))
			old := sc.db.fork()
			replica.with(func() { replica.copies = !promoted })
			sc.db.put("www.lan", "192.0.2.2")
			f.gets(time.Second, "www.lan", "192.0.2.2")
			primary.with(func() { primary.db, primary.fault = old, nil })
			for range 3 {
				old.put("other.lan", "192.0.2.3")
			}
			if !promoted {
				f.within(time.Minute, "goes back to the primary", f.follows(0))
				return
			}
			f.keeps(time.Minute, "www.lan", "192.0.2.2")
			f.within(time.Second, "says that they have parted", func() bool { return len(of[Parted](f.events)) == 1 })
		})
	}
}

// While a long list is read the copy is behind, and the server is not.
func TestLongListIsNoStandstill(t *testing.T) {
	play(t, 2, func(sc *scene) {
		f := sc.following(Config{})
		sc.servers[0].with(func() { sc.servers[0].rowTime = 4 * time.Second })
		sc.db.edit(func(v *version) { v.created++ })
		for range 20 {
			sc.db.put("www.lan", "192.0.2.2")
			pass(time.Second)
		}
		if n := len(of[Stalled](f.events)); n > 0 {
			t.Errorf("left it %d times:\n%s", n, f.events)
		}
	})
}

func TestReplicationThatCanBeSeenAgesTheCopy(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.servers[0].with(func() { sc.servers[0].shown = true })
		f := sc.following(Config{})
		age := func() time.Duration { return time.Since(f.ConfirmedAt()) }
		pass(10 * time.Second)
		if age() > time.Second {
			t.Errorf("%s old although it replicates", age())
		}
		sc.servers[0].stopReplicating()
		pass(time.Minute)
		if age() < 50*time.Second {
			t.Errorf("%s old although its replication stopped a minute ago", age())
		}
		sc.servers[0].goOn()
		sc.servers[0].with(func() { sc.servers[0].lag = 20 * time.Second })
		pass(10 * time.Second)
		if age() < 20*time.Second || age() > 22*time.Second {
			t.Errorf("%s old, and lags by 20s", age())
		}
		if n := len(of[Replicating](f.events)); n != 2 {
			t.Errorf("%d events:\n%s", n, f.events)
		}
	})
}

func TestRefusedListAgesTheCopy(t *testing.T) {
	play(t, 1, func(sc *scene) {
		for n := range 20 {
			sc.db.put(string(rune('a'+n))+".lan", "192.0.2.1")
		}
		f := sc.following(Config{MaxShrink: 50})
		sc.db.edit(func(v *version) { v.rows, v.created = v.rows[:1], v.created+1 })
		pass(time.Minute)
		if age := time.Since(f.ConfirmedAt()); age < 25*time.Second || len(of[ListRefused](f.events)) == 0 {
			t.Errorf("%s old, and is known to differ:\n%s", age, f.events)
		}
	})
}

// A change log that comes while a server is followed lets its standing still be seen, too.
func TestServerThatStandsStillIsLeftAfterItsLogCame(t *testing.T) {
	play(t, 2, func(sc *scene) {
		sc.db.edit(func(v *version) { v.shape.HasLog = false })
		f := sc.following(Config{})
		sc.db.edit(func(v *version) { v.shape.HasLog = true; v.created++ })
		f.within(time.Minute, "follows by the log", func() bool { all := of[Followed](f.events); return all[len(all)-1].ByLog })
		sc.servers[0].stopReplicating()
		sc.db.put("www.lan", "192.0.2.2")
		f.gets(leaves, "www.lan", "192.0.2.2")
	})
}

// The more often a host stood still the longer it must be level, up to a bound, and never less.
func TestHoldNeverShrinks(t *testing.T) {
	var s stalls
	now := time.Now()
	for n := range 100 {
		s.note(0, now)
		s.mayReturn(0, true, now)
		hold := min(leastHold<<min(n, 10), mostHold)
		if s.mayReturn(0, true, now.Add(hold-time.Second)) || !s.mayReturn(0, true, now.Add(hold)) {
			t.Errorf("after %d times it must be level for another time than %s", n+1, hold)
		}
		now = now.Add(mostHold)
	}
}

// Of three hosts, the first is cut off, the third is promoted, and the second, which copies the third, is followed. The first then answers again and takes writes, of
// which nobody else hears.
func TestOldPrimaryIsNotReturnedTo(t *testing.T) {
	play(t, 3, func(sc *scene) {
		old, replica := sc.servers[0], sc.servers[1]
		replica.with(func() { replica.copies = true })
		f := sc.following(Config{})
		alone := sc.db.fork()
		old.cut()
		old.suffers(refuses(errDown))
		f.within(time.Second, "goes to the replica", f.follows(1))
		sc.db.put("www.lan", "192.0.2.2")
		f.gets(time.Second, "www.lan", "192.0.2.2")
		old.with(func() { old.db, old.fault = alone, nil })
		for range 3 {
			alone.put("other.lan", "192.0.2.3")
		}
		f.keeps(2*time.Minute, "www.lan", "192.0.2.2")
	})
}
