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
		if lists := count[Listed](f.events); lists != 1 {
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
		if lists := count[Listed](f.events); lists != 1 {
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
		if lists := count[Listed](f.events); lists != 1 {
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

// A list is cheaper than so many names one by one; it is one state, too.
func TestVeryManyChangesAtOnceAreListed(t *testing.T) {
	play(t, 1, func(sc *scene) {
		f := sc.following(Config{})
		sc.db.putMany(relistNames, "192.0.2.2")
		f.gets(time.Second, "0.many.lan", "192.0.2.2")
		if lists := count[Listed](f.events); lists != 2 {
			t.Errorf("listed the table %d times, expected twice", lists)
		}
	})
}

func TestEntryOfAllNamesMakesTheTableBeListed(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.db.edit(func(v *version) { v.noStamp = true })
		f := sc.following(Config{})
		sc.db.edit(func(v *version) { sc.db.set(v, "www.lan", "192.0.2.2") })
		f.keeps(time.Minute, "www.lan", "192.0.2.1")
		tx := sc.db.begin()
		tx.log("everything", true)
		tx.commit()
		f.gets(time.Second, "www.lan", "192.0.2.2")
	})
}

// A row that is no record is told of once, and its name keeps its other records.
func TestBadRow(t *testing.T) {
	play(t, 1, func(sc *scene) {
		f := sc.following(Config{})
		for range 3 {
			sc.db.put("bad.lan", "no address")
			pass(time.Second)
		}
		if told := count[RowsSkipped](f.events); told != 1 {
			t.Errorf("told of the row %d times, expected once", told)
		}
		sc.db.put("bad.lan", "192.0.2.2")
		f.gets(time.Second, "bad.lan", "192.0.2.2")
		rereads := of[Reread](f.events)
		for reason, rows := range rereads[len(rereads)-1].Skipped {
			if rows != 0 {
				t.Errorf("%d rows are still skipped: %s", rows, reason)
			}
		}
	})
}

// What a list and what follows it read are of one state and the next: no change between them is lost, also of one that commits meanwhile.
func TestChangesDuringTheFirstList(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.db.putMany(20, "192.0.2.1")
		late := sc.db.begin()
		late.put("late.lan", "192.0.2.9")
		sc.db.put("www.lan", "192.0.2.1") // has a higher number than the one that is open
		sc.servers[0].rowTime = time.Second
		f := sc.follow(Config{})
		pass(10 * time.Second)
		late.commit()
		sc.db.put("www.lan", "192.0.2.2")
		f.within(time.Minute, "reads the table", f.Listed().Reached)
		f.has("late.lan", "192.0.2.9")
		f.has("www.lan", "192.0.2.2")
	})
}
