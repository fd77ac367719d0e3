package follow

import (
	"context"
	"testing"
	"time"
)

// poll is PollNow, and how long it took.
func (f *follower) poll() (ok bool, took time.Duration) {
	began := time.Now()
	ok = f.PollNow(context.Background())
	return ok, time.Since(began)
}

// catchUpTo is CatchUpTo, and how long it took.
func (f *follower) catchUpTo(other *follower) (ok bool, took time.Duration) {
	began := time.Now()
	ok = f.CatchUpTo(context.Background(), other.Follower)
	return ok, time.Since(began)
}

// What the copy has after PollNow is what the table had before, however rarely it polls else.
func TestPollNow(t *testing.T) {
	shapes := map[string]func(*version){
		"by the change log":      func(*version) {},
		"by the stamp":           unlogged,
		"without log and stamp":  func(v *version) { v.shape.HasLog, v.noStamp = false, true },
		"by the log of the view": func(v *version) { v.noStamp = true },
	}
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			play(t, 1, func(sc *scene) {
				sc.db.edit(shape)
				f := sc.following(Config{Refresh: time.Hour})
				for _, address := range []string{"192.0.2.2", "192.0.2.3", "192.0.2.4"} {
					sc.db.put("www.lan", address)
					if ok, took := f.poll(); !ok || took > 20*time.Millisecond {
						t.Errorf("polled: %v, in %s", ok, took)
					}
					f.has("www.lan", address)
				}
			})
		})
	}
}

// A view that takes long to list is listed when that is asked for, not when it is due.
func TestPollNowDoesNotWaitUntilAListIsDue(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.db.edit(func(v *version) { v.shape.HasLog, v.noStamp = false, true })
		sc.servers[0].rowTime = 3 * time.Second
		f := sc.follow(Config{})
		f.within(time.Minute, "reads the table", f.Listed().Reached)
		pass(time.Second)
		sc.db.put("www.lan", "192.0.2.2")
		if ok, took := f.poll(); !ok || took > 7*time.Second {
			t.Errorf("polled: %v, in %s", ok, took)
		}
		f.has("www.lan", "192.0.2.2")
	})
}

func TestPollNowThatFails(t *testing.T) {
	tests := map[string]struct {
		happen func(*server)
		within time.Duration
	}{
		"the server hangs":      {func(s *server) { s.suffers(hangs()) }, QueryTimeout},
		"the server is down":    {func(s *server) { s.cut(); s.suffers(refuses(errDown)) }, handoverStart},
		"the node stands still": {func(s *server) { s.with(func() { s.unsynced = true }) }, QueryTimeout},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, 1, func(sc *scene) {
				f := sc.following(Config{})
				pass(time.Second)
				test.happen(sc.servers[0])
				if ok, took := f.poll(); ok || took > test.within+2*refreshByLog {
					t.Errorf("polled: %v, in %s", ok, took)
				}
				pass(time.Minute)
				if ok, took := f.poll(); ok || took > test.within+2*refreshByLog {
					t.Errorf("polled after a minute: %v, in %s", ok, took)
				}
			})
		})
	}
}

func TestPollNowEndsWithItsContext(t *testing.T) {
	play(t, 1, func(sc *scene) {
		f := sc.following(Config{})
		sc.servers[0].suffers(hangs())
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		began := time.Now()
		if ok := f.PollNow(ctx); ok || time.Since(began) > 60*time.Millisecond {
			t.Errorf("polled: %v, in %s", ok, time.Since(began))
		}
	})
}

// After a reload that adds a host the new copy may follow another server than the old one. It takes no server that is behind.
func TestNewCopyStartsBehindTheOldOne(t *testing.T) {
	play(t, 1, func(sc *scene) {
		old := sc.following(Config{})
		sc.db.put("www.lan", "192.0.2.2")
		pass(time.Second)
		other := newServer(sc.db, 0)
		other.id, other.lag = "a server that lags", time.Minute
		sc.servers = servers{other}
		f := sc.followAfter(old, Config{})
		f.never(50*time.Second, "has a view", func() bool { return f.View() != nil })
		f.within(20*time.Second, "has read the table", f.Listed().Reached)
		f.has("www.lan", "192.0.2.2")
	})
}

// The old copy is frozen, so that it is not ahead of the new one when that begins to answer.
func TestHandover(t *testing.T) {
	play(t, 1, func(sc *scene) {
		old := sc.following(Config{})
		f := sc.followAfter(old, Config{Refresh: time.Hour, Answers: old.View})
		f.within(time.Second, "has read the table", f.Listed().Reached)
		sc.db.put("www.lan", "192.0.2.2")
		pass(time.Second)
		thaw := old.Freeze()
		sc.db.put("www.lan", "192.0.2.3")
		if ok, took := f.catchUpTo(old); !ok || took > 20*time.Millisecond {
			t.Errorf("caught up: %v, in %s", ok, took)
		}
		time.Sleep(time.Minute)
		if address := old.address("www.lan"); address != "192.0.2.2" {
			t.Errorf("the copy that is frozen has the address %s", address)
		}
		if address := f.address("www.lan"); address != "192.0.2.3" {
			t.Errorf("the copy that caught up has the address %s", address)
		}
		thaw()
		old.gets(time.Second, "www.lan", "192.0.2.3")
	})
}

// A list is not published either while a copy is frozen.
func TestFrozenCopyIsNotReplaced(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.db.edit(unlogged)
		f := sc.following(Config{})
		thaw := f.Freeze()
		sc.db.put("www.lan", "192.0.2.2")
		time.Sleep(time.Minute)
		if address := f.address("www.lan"); address != "192.0.2.1" {
			t.Errorf("the copy that is frozen has the address %s", address)
		}
		thaw()
		f.gets(time.Second, "www.lan", "192.0.2.2")
	})
}

// followingFirst follows the first of two servers. The second is for followingSecond.
func (sc *scene) followingFirst() (old *follower, second *server) {
	sc.t.Helper()
	second = sc.servers[1]
	sc.servers = sc.servers[:1]
	return sc.following(Config{}), second
}

// followingSecond follows the second server alone, as a new copy that is to take over from an old one.
func (sc *scene) followingSecond(old *follower, second *server) *follower {
	sc.t.Helper()
	second.number = 0
	sc.servers = []*server{second}
	f := sc.followAfter(old, Config{})
	f.within(time.Second+lostAfter, "has read the table", f.Listed().Reached)
	return f
}

// The server of the new copy may stop just after it was read: then the old one answers on.
func TestNoHandoverToACopyThatIsBehind(t *testing.T) {
	play(t, 2, func(sc *scene) {
		old, second := sc.followingFirst()
		f := sc.followingSecond(old, second)
		second.with(func() { second.stopped = time.Now() })
		pass(time.Second)
		sc.db.put("www.lan", "192.0.2.2")
		pass(time.Second)
		if ok, took := f.catchUpTo(old); ok || took > handoverStart+2*refreshByLog {
			t.Errorf("caught up: %v, in %s", ok, took)
		}
		second.with(func() { second.stopped = time.Time{} })
		if ok, _ := f.catchUpTo(old); !ok {
			t.Error("did not catch up")
		}
		f.has("www.lan", "192.0.2.2")
	})
}

// What the old copy has may be newer by number and older by time, where the clocks of two primaries differ.
func TestNoHandoverToACopyThatIsBehindByANumberOnly(t *testing.T) {
	play(t, 2, func(sc *scene) {
		old, second := sc.followingFirst()
		f := sc.followingSecond(old, second)
		second.stopReplicating()
		sc.db.turnClock(-2 * time.Hour) // since the first rows are an hour old
		sc.db.put("www.lan", "192.0.2.2")
		pass(time.Second)
		if ok, _ := f.catchUpTo(old); ok {
			t.Error("caught up without the change")
		}
		second.goOn()
		if ok, _ := f.catchUpTo(old); !ok {
			t.Error("did not catch up")
		}
		f.has("www.lan", "192.0.2.2")
	})
}

// A change may not have come yet although later ones have, where several servers are written to. It is waited for, as the server may also never get it: then
// it is lost, and the others count.
func TestHandoverToACopyThatHasLaterChangesOnly(t *testing.T) {
	play(t, 2, func(sc *scene) {
		old, second := sc.followingFirst()
		other := newDatabase()
		other.put("www.lan", "192.0.2.1")
		other.put("other.lan", "192.0.2.1")
		pass(time.Minute)
		sc.db.put("www.lan", "192.0.2.2")
		old.gets(time.Second, "www.lan", "192.0.2.2")
		other.put("other.lan", "192.0.2.3")
		other.put("other.lan", "192.0.2.4")
		second.db = other
		f := sc.followingSecond(old, second)
		if ok, took := f.catchUpTo(old); !ok || took < handoverStart {
			t.Errorf("caught up: %v, in %s", ok, took)
		}
	})
}

// One that lags for less than handoverStart is waited for.
func TestHandoverWaitsForReplication(t *testing.T) {
	play(t, 2, func(sc *scene) {
		old, second := sc.followingFirst()
		second.lag = 700 * time.Millisecond
		f := sc.followingSecond(old, second)
		sc.db.put("www.lan", "192.0.2.2")
		pass(refreshByLog)
		if ok, _ := f.catchUpTo(old); !ok {
			t.Error("did not catch up")
		}
		f.has("www.lan", "192.0.2.2")
	})
}

// A copy that was never filled has nothing that another could be behind.
func TestHandoverFromAnEmptyCopy(t *testing.T) {
	play(t, 1, func(sc *scene) {
		good := sc.servers
		bad := newServer(sc.db, 0)
		bad.fault = refuses(errDown)
		sc.servers = servers{bad}
		old := sc.follow(Config{})
		sc.servers = good
		f := sc.followAfter(old, Config{})
		f.within(time.Second, "has read the table", f.Listed().Reached)
		if ok, _ := f.catchUpTo(old); !ok {
			t.Error("did not catch up")
		}
	})
}
