package follow

import (
	"errors"
	"testing"
	"time"
)

// last is the server that is followed, by its number; -1 if none ever was.
func (f *follower) last() int {
	all := of[Followed](f.events)
	if len(all) == 0 {
		return -1
	}
	return all[len(all)-1].Server.Host
}

// failure is what the last try failed of.
func (f *follower) failure() error {
	all := of[TryFailed](f.events)
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1].Err
}

func TestNextHostTakesOverAndThePreferredOneComesBack(t *testing.T) {
	play(t, 3, func(sc *scene) {
		f := sc.following(Config{})
		sc.servers[0].suffers(refuses(errDown))
		sc.servers[1].suffers(refuses(errDown))
		sc.db.put("www.lan", "192.0.2.2")
		f.gets(time.Second, "www.lan", "192.0.2.2")
		if f.last() != 2 {
			t.Errorf("follows server %d, expected 2\n%s", f.last(), f.events)
		}
		for _, back := range []int{1, 0} {
			sc.servers[back].suffers(nil)
			f.within(preferInterval*12/10, "follows the better one", func() bool { return f.last() == back })
		}
		if failures := count[TryFailed](f.events); failures > 0 {
			t.Errorf("%d tries failed:\n%s", failures, f.events)
		}
	})
}

// While the only server left lags, no answer goes back in time.
func TestServerThatLagsIsFollowedWhenItHasWhatTheCopyHas(t *testing.T) {
	play(t, 2, func(sc *scene) {
		f := sc.following(Config{})
		sc.servers[1].with(func() { sc.servers[1].lag = 30 * time.Second })
		sc.db.put("www.lan", "192.0.2.2")
		pass(time.Second)
		sc.db.put("www.lan", "192.0.2.3")
		pass(time.Second)
		sc.servers[0].suffers(refuses(errDown))
		f.keeps(27*time.Second, "www.lan", "192.0.2.3")
		if f.State() != Failing || !errors.Is(f.failure(), ErrBehind) || !errors.Is(f.failure(), errDown) {
			t.Errorf("%s, since %v", f.State(), f.failure())
		}
		f.within(15*time.Second, "follows the other server", func() bool { return f.last() == 1 })
		f.has("www.lan", "192.0.2.3")
		sc.db.put("www.lan", "192.0.2.4")
		f.keeps(29*time.Second, "www.lan", "192.0.2.3")
		f.gets(2*time.Second, "www.lan", "192.0.2.4")
	})
}

// While one server is given time to catch up, another may come back: it is tried soon, whenever that is.
func TestServerThatComesBackIsTriedSoon(t *testing.T) {
	for n := range 12 {
		play(t, 2, func(sc *scene) {
			f := sc.following(Config{})
			sc.servers[1].stopReplicating()
			sc.db.put("www.lan", "192.0.2.2")
			pass(time.Second)
			sc.servers[0].suffers(refuses(errDown))
			sc.servers[0].cut()
			pass(time.Minute + time.Duration(n)*time.Second)
			sc.servers[0].suffers(nil)
			f.within(catchUpTimeout+time.Second, "follows again", func() bool { return f.State() == Following })
		})
	}
}

// One whose replication stopped, or that lost changes, is never followed.
func TestServerThatStandsStillIsNotFollowed(t *testing.T) {
	play(t, 2, func(sc *scene) {
		f := sc.following(Config{})
		sc.servers[1].with(func() { sc.servers[1].stopped = time.Now() })
		pass(time.Second)
		sc.db.put("www.lan", "192.0.2.2")
		pass(time.Second)
		sc.servers[0].suffers(refuses(errDown))
		f.keeps(time.Hour, "www.lan", "192.0.2.2")
		sc.servers[0].suffers(nil)
		f.within(catchUpTimeout+time.Second, "follows again, when the other server has been given time to catch up", func() bool { return f.State() == Following })
		if f.last() != 0 {
			t.Errorf("follows server %d", f.last())
		}
	})
}

// A server comes back from a crash without what it had not written, or from a backup.
func TestPreferredServerThatIsBehindIsNotReturnedTo(t *testing.T) {
	play(t, 2, func(sc *scene) {
		sc.servers[0].suffers(refuses(errDown))
		f := sc.following(Config{})
		sc.servers[0].with(func() { sc.servers[0].stopped = time.Now() })
		pass(time.Second)
		sc.db.put("www.lan", "192.0.2.2")
		pass(time.Second)
		sc.servers[0].suffers(nil)
		f.keeps(time.Minute, "www.lan", "192.0.2.2")
		if f.last() != 1 || count[Followed](f.events) != 1 {
			t.Errorf("left the server that is up to date:\n%s", f.events)
		}
		sc.servers[0].with(func() { sc.servers[0].stopped = time.Time{} })
		f.within(preferInterval*12/10, "returns", func() bool { return f.last() == 0 })
	})
}

// Servers without a change log cannot be compared.
func TestOtherServerWithoutAChangeLogIsTakenAsItIs(t *testing.T) {
	play(t, 2, func(sc *scene) {
		sc.db.edit(unlogged)
		sc.servers[1].with(func() { sc.servers[1].lag = time.Hour })
		f := sc.following(Config{})
		sc.db.put("www.lan", "192.0.2.2")
		f.gets(3*time.Second, "www.lan", "192.0.2.2")
		sc.servers[0].suffers(refuses(errDown))
		f.gets(10*time.Second, "www.lan", "192.0.2.1")
	})
}

// A connection that ends while the server goes on costs no list; a restart does, as the server may have lost what it had not written, and so does another
// server at the address.
func TestWhenANewSessionListsTheTable(t *testing.T) {
	tests := []struct {
		name   string
		happen func(*server)
		lists  int
	}{
		{"the connection is cut", (*server).cut, 1},
		{"the server is restarted", (*server).restart, 2},
		{"another server answers at the address", func(s *server) {
			s.cut()
			s.with(func() { s.id = "another server" })
		}, 2},
		{"the server does not say how long it runs", func(s *server) {
			s.cut()
			s.with(func() { s.started = time.Now().Add(time.Hour) })
		}, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			play(t, 1, func(sc *scene) {
				f := sc.following(Config{})
				pass(time.Minute)
				test.happen(sc.servers[0])
				pass(time.Second)
				if lists := count[Listed](f.events); lists != test.lists || f.State() != Following || f.events.relisted(Replaced) {
					t.Errorf("%s, after %d lists; expected %d\n%s", f.State(), lists, test.lists, f.events)
				}
				sc.db.put("www.lan", "192.0.2.2")
				pass(refreshByLog)
				f.has("www.lan", "192.0.2.2")
			})
		})
	}
}

// A node that stands still while its cluster goes on says so when it is asked.
func TestNodeThatStandsStill(t *testing.T) {
	play(t, 2, func(sc *scene) {
		f := sc.following(Config{})
		sc.servers[0].with(func() { sc.servers[0].unsynced, sc.servers[0].stopped = true, time.Now() })
		pass(500 * time.Millisecond)
		sc.db.put("www.lan", "192.0.2.2")
		f.gets(checkInterval+2*QueryTimeout+time.Second, "www.lan", "192.0.2.2")
		if f.last() != 1 {
			t.Errorf("follows server %d", f.last())
		}
		f.never(time.Minute, "returned to it", func() bool { return f.last() == 0 })
		sc.servers[0].with(func() { sc.servers[0].unsynced, sc.servers[0].stopped = false, time.Time{} })
		f.within(leastHold+2*preferInterval*12/10, "returns", func() bool { return f.last() == 0 })
	})
}

// One that stands still for less than a limit is waited for.
func TestNodeThatCatchesUp(t *testing.T) {
	play(t, 2, func(sc *scene) {
		f := sc.following(Config{})
		sc.servers[0].with(func() { sc.servers[0].unsynced = true })
		pass(4 * time.Second)
		sc.servers[0].with(func() { sc.servers[0].unsynced = false })
		sc.db.put("www.lan", "192.0.2.2")
		f.gets(time.Second, "www.lan", "192.0.2.2")
		if f.last() != 0 || count[SessionOpened](f.events) != 1 {
			t.Errorf("left the node:\n%s", f.events)
		}
	})
}

// A server that hangs is left for the next one, at once, and not tried first again: in a look, in what a look asks next, and in the long way.
func TestServerThatHangsIsLeftForTheNext(t *testing.T) {
	update := func(db *database) { db.put("www.lan", "192.0.2.2") }
	remove := func(db *database) { db.remove("www.lan") }
	respell := func(db *database) { db.put(`\119ww.lan`, "192.0.2.2") }
	const both = "192.0.2.1 192.0.2.2"
	for _, test := range []struct {
		method  string
		change  func(*database)
		address string // of www.lan then
	}{
		{"Look", update, "192.0.2.2"}, {"InStep", update, "192.0.2.2"}, {"Stamp", remove, ""},
		{"Snapshot", respell, both}, {"Count", respell, both}, {"Read", respell, both}, {"RowsNamed", respell, both},
	} {
		t.Run(test.method, func(t *testing.T) {
			play(t, 2, func(sc *scene) {
				f := sc.following(Config{})
				sc.servers[0].suffers(hangs(test.method))
				pass(checkInterval + refreshByLog)
				test.change(sc.db)
				f.gets(RereadTimeout+2*time.Second, "www.lan", test.address)
				if f.last() != 1 {
					t.Errorf("follows server %d\n%s", f.last(), f.events)
				}
			})
		})
	}
}

// One that lets us in and does not let us read is passed over.
func TestServerThatRefusesToBeReadIsPassedOver(t *testing.T) {
	play(t, 2, func(sc *scene) {
		sc.servers[0].suffers(refuses(errDenied, "Rows"))
		f := sc.follow(Config{})
		f.gets(time.Second, "www.lan", "192.0.2.1")
		if f.last() != 1 {
			t.Errorf("follows server %d", f.last())
		}
	})
}

// An empty change log lacks what is so young that it would still be there.
func TestServerWithAnEmptyLogIsBehind(t *testing.T) {
	play(t, 2, func(sc *scene) {
		sc.db.edit(func(v *version) { v.log = nil })
		pass(time.Minute)
		f := sc.following(Config{})
		sc.servers[1].stopReplicating()
		sc.db.put("www.lan", "192.0.2.2")
		f.gets(time.Second, "www.lan", "192.0.2.2")
		sc.servers[0].suffers(refuses(errDown))
		sc.servers[0].cut()
		f.keeps(time.Minute, "www.lan", "192.0.2.2")
	})
}

func TestServerWithALogThatWasPrunedIsFollowed(t *testing.T) {
	play(t, 2, func(sc *scene) {
		f := sc.following(Config{})
		sc.db.put("www.lan", "192.0.2.2")
		pass(emptyAfter)
		sc.servers[0].suffers(refuses(errDown))
		sc.servers[0].cut()
		sc.db.edit(func(v *version) { v.log = nil })
		f.within(time.Minute, "goes to the other", f.follows(1))
	})
}
