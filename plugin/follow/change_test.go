package follow

import (
	"testing"
	"time"
)

func TestChangeIsSeenAtTheNextPoll(t *testing.T) {
	play(t, 1, func(sc *scene) {
		f := sc.following(Config{})
		for n := range 100 {
			address := []string{"192.0.2.2", "192.0.2.3"}[n%2]
			sc.db.put("www.lan", address)
			pass(refreshByLog)
			f.has("www.lan", address)
		}
		sc.db.remove("www.lan")
		pass(refreshByLog)
		f.has("www.lan", "")
		if lists := len(of[Listed](f.events)); lists != 1 {
			t.Errorf("listed the table %d times, expected once", lists)
		}
	})
}

// A transaction's numbers are given out before those of one that commits first.
func TestLateCommit(t *testing.T) {
	play(t, 1, func(sc *scene) {
		f := sc.following(Config{})
		late := sc.db.begin()
		late.put("late.lan", "192.0.2.9")
		for range 25 {
			sc.db.put("www.lan", "192.0.2.2")
			pass(time.Second)
		}
		f.has("late.lan", "")
		late.commit()
		pass(refreshByLog)
		f.has("late.lan", "192.0.2.9")
		if lists := len(of[Listed](f.events)); lists != 1 {
			t.Errorf("listed the table %d times, expected once", lists)
		}
	})
}

// One that takes longer than lateness is found by the count of the settled entries, where no stamp shows it before.
func TestVeryLateCommit(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.db.edit(func(v *version) { v.noStamp = true })
		f := sc.following(Config{})
		late := sc.db.begin()
		late.put("late.lan", "192.0.2.9")
		for range 60 {
			sc.db.put("www.lan", "192.0.2.2")
			pass(time.Second)
		}
		late.commit()
		f.gets(auditInterval+refreshByLog, "late.lan", "192.0.2.9")
		if !f.events.relisted(LateEntries) {
			t.Errorf("did not say why it listed:\n%s", f.events)
		}
	})
}

// The numbers of a transaction that was rolled back never come, which must not keep what comes behind them from being settled.
func TestRollback(t *testing.T) {
	play(t, 1, func(sc *scene) {
		f := sc.following(Config{})
		for n := range 100 {
			rolledBack := sc.db.begin()
			rolledBack.put("never.lan", "192.0.2.9")
			sc.db.put("www.lan", []string{"192.0.2.2", "192.0.2.3"}[n%2])
			pass(time.Second)
		}
		f.has("www.lan", "192.0.2.3")
		f.has("never.lan", "")
		if lists := len(of[Listed](f.events)); lists != 1 {
			t.Errorf("listed the table %d times, expected once", lists)
		}
		pass(2 * lateness)
		f.stop()
		if unsettled := len(f.position.log.beyond); unsettled > 0 {
			t.Errorf("%d entries are never settled", unsettled)
		}
	})
}

// All changes between two polls are published together.
func TestOnePollIsOneState(t *testing.T) {
	play(t, 1, func(sc *scene) {
		states := 0
		f := sc.following(Config{Published: published(&states)})
		states = 0
		sc.db.put("a.lan", "192.0.2.2")
		sc.db.put("b.lan", "192.0.2.2")
		sc.db.remove("www.lan")
		pass(refreshByLog)
		f.has("b.lan", "192.0.2.2")
		if states != 1 {
			t.Errorf("published %d states, expected one", states)
		}
	})
}
