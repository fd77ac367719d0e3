package follow

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// drift changes the table past the change log and the stamp: www.lan gets another address, other.lan goes, and new.lan comes.
func (sc *scene) drift() {
	sc.db.edit(func(v *version) {
		sc.db.set(v, "www.lan", "192.0.2.66")
		v.unset("other.lan")
		sc.db.set(v, "new.lan", "192.0.2.66")
	})
}

// withoutStamp lets only a resync find what the change log does not say.
func (sc *scene) withoutStamp() { sc.db.edit(func(v *version) { v.noStamp = true }) }

func TestResyncTellsOfDrift(t *testing.T) {
	for _, most := range []int{0, 1} {
		t.Run(fmt.Sprintf("at most %d connections", most), func(t *testing.T) {
			play(t, 1, func(sc *scene) {
				sc.withoutStamp()
				sc.servers[0].most = most
				f := sc.following(Config{Resync: time.Minute})
				pass(10 * time.Minute)
				if drifted := of[Drifted](f.events); len(drifted) > 0 {
					t.Fatalf("drifted without a reason:\n%s", f.events)
				}
				if resyncs := count[Listed](f.events) - 1; resyncs < 9 || resyncs > 11 {
					t.Errorf("%d resyncs in ten minutes", resyncs)
				}
				sc.drift()
				f.gets(70*time.Second, "www.lan", "192.0.2.66")
				f.has("other.lan", "")
				f.has("new.lan", "192.0.2.66")
				drifted := of[Drifted](f.events)
				if len(drifted) != 1 || drifted[0].Changed.Added != 1 || drifted[0].Changed.Removed != 1 || drifted[0].Changed.Modified != 1 {
					t.Errorf("drifted %+v, expected one record of each kind", drifted)
				}
				pass(10 * time.Minute)
				if count[Drifted](f.events) > 1 {
					t.Errorf("drifted again without a reason:\n%s", f.events)
				}
			})
		})
	}
}

// Without Resync the table is not read again.
func TestNoResync(t *testing.T) {
	play(t, 1, func(sc *scene) {
		f := sc.following(Config{})
		pass(time.Hour)
		if lists := sc.servers[0].called("Rows"); lists != 1 {
			t.Errorf("listed the table %d times in an hour\n%s", lists, f.events)
		}
	})
}

// Changes show while the table is read beside, and what that has read of their names before does not take them back.
func TestResyncKeepsWhatIsReadAgainMeanwhile(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.withoutStamp()
		sc.db.putMany(20, "192.0.2.1")
		f := sc.following(Config{Resync: time.Minute})
		sc.servers[0].with(func() { sc.servers[0].rowTime = time.Second })
		f.within(2*time.Minute, "a resync begins", func() bool { return sc.servers[0].called("Rows") == 2 })
		pass(5 * time.Second)
		sc.db.put("www.lan", "192.0.2.2")
		sc.db.put("19.many.lan", "192.0.2.2")
		sc.db.put("new.lan", "192.0.2.2")
		sc.db.remove("other.lan")
		pass(refreshByLog)
		expected := map[string]string{"www.lan": "192.0.2.2", "19.many.lan": "192.0.2.2", "new.lan": "192.0.2.2", "other.lan": ""}
		for name, address := range expected {
			f.has(name, address)
		}
		f.within(time.Minute, "the resync ends", func() bool { return count[Listed](f.events) == 2 })
		for name, address := range expected {
			f.has(name, address)
		}
		if drifted := of[Drifted](f.events); len(drifted) > 0 {
			t.Errorf("took changes for drift: %+v", drifted)
		}
	})
}

// Where there is no second connection changes wait for the end, and none is lost.
func TestResyncOverTheSessionItself(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.withoutStamp()
		sc.db.putMany(20, "192.0.2.1")
		sc.servers[0].most = 1
		f := sc.following(Config{Resync: time.Minute})
		sc.servers[0].with(func() { sc.servers[0].rowTime = time.Second })
		f.within(2*time.Minute, "a resync begins", func() bool { return sc.servers[0].called("Rows") == 2 })
		sc.db.put("www.lan", "192.0.2.2")
		f.keeps(15*time.Second, "www.lan", "192.0.2.1")
		f.gets(15*time.Second, "www.lan", "192.0.2.2")
		if drifted := of[Drifted](f.events); len(drifted) > 0 {
			t.Errorf("took changes for drift: %+v", drifted)
		}
	})
}

// Behind a proxy the second connection may lead to another server, which is not compared with.
func TestResyncBehindAProxy(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.withoutStamp()
		f := sc.following(Config{Resync: time.Minute})
		sc.servers[0].with(func() { sc.servers[0].id = "another server" })
		sc.servers[0].suffers(func(_ context.Context, method string) error {
			if method == "Rows" && sc.servers[0].sessions() > 1 {
				t.Error("read the table of another server")
			}
			return nil
		})
		sc.drift()
		f.gets(70*time.Second, "www.lan", "192.0.2.66")
		if failures := count[ResyncFailed](f.events); failures > 0 {
			t.Errorf("the resync failed:\n%s", f.events)
		}
	})
}

// A resync that fails is told of, hinders nothing, and is tried again before long.
func TestResyncThatFails(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.withoutStamp()
		f := sc.following(Config{Resync: 10 * time.Minute})
		sc.servers[0].suffers(refuses(errCut, "Row"))
		sc.drift()
		f.within(12*time.Minute, "a resync fails", func() bool { return count[ResyncFailed](f.events) > 0 })
		sc.db.put("change.lan", "192.0.2.2")
		pass(refreshByLog)
		f.has("change.lan", "192.0.2.2")
		f.keeps(2*time.Minute, "www.lan", "192.0.2.1")
		sc.servers[0].suffers(nil)
		f.gets(2*retryInterval, "www.lan", "192.0.2.66")
		if failures := count[TryFailed](f.events); failures > 0 {
			t.Errorf("%d tries failed:\n%s", failures, f.events)
		}
	})
}

// What a resync reads of a table that was replaced just before is not what has drifted.
func TestTableReplacedAsAResyncBegins(t *testing.T) {
	for range 5 { // the look at the stamp may be due just then
		play(t, 1, func(sc *scene) {
			f := sc.following(Config{Resync: time.Minute})
			sc.servers[0].suffers(func(_ context.Context, method string) error {
				if method == "Dial" {
					sc.db.edit(func(v *version) {
						v.replace()
						sc.db.set(v, "new.lan", "192.0.2.2")
					})
				}
				return nil
			})
			f.gets(70*time.Second, "new.lan", "192.0.2.2")
			f.has("www.lan", "")
			if !f.events.relisted(Replaced) || count[Drifted](f.events) > 0 {
				t.Errorf("took another table for drift:\n%s", f.events)
			}
		})
	}
}

// A resync compares with the copy as it is when all is read; entries that came late do not count as drift.
func TestLateCommitWhileTheTableIsReadBeside(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.withoutStamp()
		sc.db.putMany(20, "192.0.2.1")
		f := sc.following(Config{Resync: 2 * time.Minute})
		late := sc.db.begin()
		late.put("late.lan", "192.0.2.9")
		sc.db.put("www.lan", "192.0.2.2")
		pass(lateness + 10*time.Second) // nothing waits for it any more
		sc.servers[0].with(func() { sc.servers[0].rowTime = 10 * time.Millisecond })
		f.within(3*time.Minute, "a resync is about to begin", func() bool { return time.Now().After(f.times[resync].Add(-200 * time.Millisecond)) })
		late.commit()
		f.gets(10*time.Second, "late.lan", "192.0.2.9")
		pass(time.Second)
		if drifted := of[Drifted](f.events); len(drifted) > 0 {
			t.Errorf("took a late commit for drift:\n%s", f.events)
		}
	})
}
