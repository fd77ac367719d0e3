package follow

import (
	"testing"
	"time"
)

// What a publication that went wrong leaves is not answered from, and what is changed meanwhile is followed.
func TestMaxShrink(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.db.putMany(20, "192.0.2.1")
		f := sc.following(Config{MaxShrink: 50})
		rows := sc.db.at(time.Now()).rows
		sc.db.edit(func(v *version) { v.replace() })
		pass(3 * time.Second)
		f.has("www.lan", "192.0.2.1")
		if refused := of[ListRefused](f.events); len(refused) == 0 || refused[0] != (ListRefused{Records: 0, Had: 22}) {
			t.Fatalf("refused %+v\n%s", refused, f.events)
		}
		sc.db.put("new.lan", "192.0.2.2")
		pass(refreshByLog)
		f.has("new.lan", "192.0.2.2")
		f.keeps(10*time.Minute, "www.lan", "192.0.2.1")
		refused := of[ListRefused](f.events)
		if !refused[len(refused)-1].Again || len(refused) < 18 || len(refused) > 24 {
			t.Errorf("was refused %d times in ten minutes, expected each 30 seconds\n%s", len(refused), f.events)
		}
		sc.db.edit(func(v *version) {
			v.rows = append(v.rows, rows...)
			sc.db.set(v, "www.lan", "192.0.2.3")
		})
		f.gets(time.Minute, "www.lan", "192.0.2.3")
		if drifted := count[Drifted](f.events); drifted > 0 {
			t.Errorf("took what was refused for drift:\n%s", f.events)
		}
		lists := count[Listed](f.events)
		pass(10 * time.Minute)
		if more := count[Listed](f.events) - lists; more > 1 {
			t.Errorf("listed the table %d times more though it is as it was", more)
		}
	})
}

func TestMaxShrinkIsForListsOnly(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.db.putMany(20, "192.0.2.1")
		f := sc.following(Config{MaxShrink: 50})
		tx := sc.db.begin()
		for _, row := range sc.db.at(time.Now()).rows[:21] {
			tx.remove(row.Name)
		}
		tx.commit()
		pass(time.Second)
		if records := f.Latest().Len(); records != 1 {
			t.Errorf("%d records are left after deletes that were logged, expected 1\n%s", records, f.events)
		}
	})
}

// Deletes one by one just before a TRUNCATE do not lead past the limit.
func TestMaxShrinkWhereNamesGoWithTheTable(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.db.putMany(20, "192.0.2.1")
		f := sc.following(Config{MaxShrink: 50})
		pass(checkInterval + 3*refreshByLog/2) // the table was looked at just before
		tx := sc.db.begin()
		tx.log("www.lan", false)
		tx.changes = append(tx.changes, func(v *version) { v.replace() })
		tx.commit()
		pass(refreshByLog)
		f.has("www.lan", "192.0.2.1")
		f.keeps(time.Minute, "www.lan", "192.0.2.1")
	})
}

func TestMaxShrinkAllowsWhatIsWithin(t *testing.T) {
	for left, refused := range map[int]bool{10: false, 9: true} {
		play(t, 1, func(sc *scene) {
			sc.db.putMany(18, "192.0.2.1") // and two
			f := sc.following(Config{MaxShrink: 50})
			sc.db.edit(func(v *version) { v.rows, v.created = v.rows[:left], v.created+1 })
			pass(2 * time.Second)
			if got := count[ListRefused](f.events) > 0; got != refused {
				t.Errorf("20 records became %d: refused %v, expected %v", left, got, refused)
			}
		})
	}
}
