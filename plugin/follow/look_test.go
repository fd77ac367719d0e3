package follow

import (
	"testing"
	"time"
)

// longWays is how often what changed was read by the long way.
func longWays(sc *scene) int { return sc.servers[0].called("RowsNamed") }

// What a look has not read of a name is read by the long way: nothing is lost, however its rows spell it.
func TestLookAtNamesInOtherSpellings(t *testing.T) {
	tests := []struct {
		name          string
		caseSensitive bool
		before        []string // how the table spells www.lan, besides that
		changed       string   // with an address more
		both          string   // addresses then
		long          int      // ways for the first and a second change
	}{
		{"the same", false, nil, "www.lan", "192.0.2.2", 0},
		{"upper case", false, nil, "WWW.lan", "192.0.2.1 192.0.2.2", 0},
		{"upper case, where the server tells it apart", true, nil, "WWW.lan", "192.0.2.1 192.0.2.2", 2},
		{"with the dot", false, nil, "www.lan.", "192.0.2.1 192.0.2.2", 1},
		{"in both forms before", false, []string{"www.lan."}, "www.lan", "192.0.2.2 192.0.2.9", 0},
		{"escaped", false, nil, `\119ww.lan`, "192.0.2.1 192.0.2.2", 2},
		{"escaped before", false, []string{`\119ww.lan`}, "www.lan", "192.0.2.2 192.0.2.9", 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			play(t, 1, func(sc *scene) {
				sc.db.edit(func(v *version) { v.shape.CaseSensitive = test.caseSensitive })
				for _, spelling := range test.before {
					sc.db.put(spelling, "192.0.2.9")
				}
				f := sc.following(Config{})
				before := longWays(sc)
				sc.db.put(test.changed, "192.0.2.2")
				pass(refreshByLog)
				f.has("www.lan", test.both)
				sc.db.put(test.changed, "192.0.2.2")
				pass(refreshByLog)
				f.has("www.lan", test.both)
				if long := longWays(sc) - before; long != test.long {
					t.Errorf("%d long ways, expected %d", long, test.long)
				}
			})
		})
	}
}

// The entries of one look may name a row several times, in several spellings.
func TestLookThatNamesARowTwice(t *testing.T) {
	play(t, 1, func(sc *scene) {
		f := sc.following(Config{})
		tx := sc.db.begin()
		for _, name := range []string{"new.lan", "NEW.lan", "bad.lan", "new.lan", "BAD.lan", "www.lan"} {
			tx.log(name, false)
		}
		tx.changes = append(tx.changes, func(v *version) {
			sc.db.set(v, "new.lan", "192.0.2.2")
			sc.db.set(v, "bad.lan", "no address")
		})
		tx.commit()
		pass(refreshByLog)
		f.has("new.lan", "192.0.2.2")
		f.has("www.lan", "192.0.2.1")
		if records := f.Latest().Len(); records != 3 {
			t.Errorf("%d records, expected 3", records)
		}
		for _, rows := range of[Reread](f.events)[0].Skipped {
			if rows != 1 {
				t.Errorf("%d rows are skipped, expected one", rows)
			}
		}
	})
}

// More than a look reads comes by the long way.
func TestLookThatFindsTooMuch(t *testing.T) {
	play(t, 1, func(sc *scene) {
		f := sc.following(Config{})
		sc.db.putMany(lookMost+1, "192.0.2.2")
		pass(refreshByLog)
		f.has("0.many.lan", "192.0.2.2")
		if longWays(sc) != 1 || count[Listed](f.events) != 1 {
			t.Errorf("%d long ways, %d lists", longWays(sc), count[Listed](f.events))
		}
	})
}

// An entry that comes late, below others that were seen, is found with its rows by one look.
func TestLookFindsLateEntriesAtOnce(t *testing.T) {
	play(t, 1, func(sc *scene) {
		f := sc.following(Config{})
		for _, age := range []time.Duration{0, 3 * time.Second, 20 * time.Second} {
			late := sc.db.begin()
			late.put("late.lan", "192.0.2.9")
			late.remove("www.lan")
			for range 3 {
				sc.db.put("other.lan", "192.0.2.2")
				pass(age / 3)
			}
			pass(refreshByLog)
			late.commit()
			pass(refreshByLog)
			f.has("late.lan", "192.0.2.9")
			f.has("www.lan", "")
			sc.db.remove("late.lan")
			sc.db.put("www.lan", "192.0.2.1")
			pass(refreshByLog)
			f.has("late.lan", "")
		}
		if longWays(sc) != 0 || count[Listed](f.events) != 1 {
			t.Errorf("%d long ways, %d lists\n%s", longWays(sc), count[Listed](f.events), f.events)
		}
	})
}
