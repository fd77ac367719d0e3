package follow

import (
	"testing"
	"time"
)

func TestChangeLogThatIsPruned(t *testing.T) {
	tests := []struct {
		name  string
		prune func(*database, *version)
		cut   bool
	}{
		{"all but the newest entry", func(_ *database, v *version) { v.log = v.log[len(v.log)-1:] }, false},
		{"the newest entry too", func(_ *database, v *version) { v.log = nil }, true},
		{"begun anew and empty", func(db *database, v *version) { v.log, db.seq = nil, 0 }, true},
		{"begun anew and as long as before", func(db *database, v *version) {
			for i := range v.log {
				v.log[i].At += 60e6
			}
		}, true},
		{"begun anew and longer than before", func(db *database, v *version) {
			for i := range v.log {
				v.log[i].At += 60e6
			}
			db.seq++
			v.log = append(v.log, Change{Entry: Entry{db.seq, time.Now().UnixMicro()}, Name: "unrelated.lan"})
		}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			play(t, 1, func(sc *scene) {
				sc.db.edit(func(v *version) { v.noStamp = true })
				f := sc.following(Config{})
				sc.db.edit(func(v *version) {
					test.prune(sc.db, v)
					if test.cut {
						sc.db.set(v, "www.lan", "192.0.2.2") // what the entries that are gone said
					}
				})
				pass(time.Second)
				if f.events.relisted(LogCut) != test.cut {
					t.Errorf("relisted: %v, expected %v\n%s", !test.cut, test.cut, f.events)
				}
				if test.cut {
					f.has("www.lan", "192.0.2.2")
				}
				sc.db.put("www.lan", "192.0.2.3")
				pass(refreshByLog)
				f.has("www.lan", "192.0.2.3")
			})
		})
	}
}

// A table whose stamp moves while its change log says nothing has no triggers, or the changes fire none.
func TestUnloggedChangesAreListed(t *testing.T) {
	play(t, 1, func(sc *scene) {
		f := sc.following(Config{})
		pass(2500 * time.Millisecond)
		for n := range 10 {
			address := []string{"192.0.2.2", "192.0.2.3"}[n%2]
			sc.db.edit(func(v *version) { sc.db.set(v, "www.lan", address) })
			f.gets(3*time.Second, "www.lan", address)
		}
		if !f.events.relisted(Unlogged) {
			t.Errorf("did not say why it listed:\n%s", f.events)
		}
		lists := count[Listed](f.events)
		pass(10 * time.Minute)
		if more := count[Listed](f.events) - lists; more > 1 {
			t.Errorf("listed %d times more though nothing changed", more)
		}
	})
}

// The triggers come back, and with the first entry what was changed without them and without a stamp.
func TestChangeLogThatSpeaksAgain(t *testing.T) {
	play(t, 1, func(sc *scene) {
		f := sc.following(Config{})
		pass(2500 * time.Millisecond)
		sc.db.edit(func(v *version) { sc.db.set(v, "www.lan", "192.0.2.2") })
		f.gets(3*time.Second, "www.lan", "192.0.2.2")
		pass(time.Minute)
		sc.db.edit(func(v *version) {
			then := sc.db.versions[len(sc.db.versions)-1].updated
			sc.db.set(v, "silent.lan", "192.0.2.2")
			v.updated = then // as one that comes in the second of the last list
		})
		f.keeps(time.Minute, "silent.lan", "")
		sc.db.put("other.lan", "192.0.2.3")
		f.gets(3*time.Second, "silent.lan", "192.0.2.2")
		if !f.events.relisted(Logged) {
			t.Errorf("did not say why it listed:\n%s", f.events)
		}
		lists := count[Listed](f.events)
		sc.db.put("other.lan", "192.0.2.4")
		pass(time.Minute)
		if count[Listed](f.events) != lists {
			t.Error("listed the table again with every entry")
		}
	})
}

// Entries that come and a stamp that moves belong together, whichever shows first.
func TestLoggedChangesAreNotListed(t *testing.T) {
	play(t, 1, func(sc *scene) {
		f := sc.following(Config{})
		for range 100 {
			pass(1370 * time.Millisecond)
			sc.db.put("www.lan", "192.0.2.2")
		}
		if lists := count[Listed](f.events); lists != 1 {
			t.Errorf("listed the table %d times, expected once\n%s", lists, f.events)
		}
	})
}

// The log is found at the next list, and its end when it cannot be read.
func TestChangeLogThatComesAndGoes(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.db.edit(func(v *version) { v.shape.HasLog = false })
		f := sc.following(Config{})
		sc.db.edit(func(v *version) { v.shape.HasLog = true })
		for _, byLog := range []bool{true, false, true} {
			sc.db.edit(func(v *version) { v.shape.HasLog = byLog })
			f.within(5*time.Second, "is followed in the other way", func() bool {
				all := of[Followed](f.events)
				return all[len(all)-1].ByLog == byLog
			})
			sc.db.put("www.lan", map[bool]string{true: "192.0.2.2", false: "192.0.2.3"}[byLog])
			f.gets(3*time.Second, "www.lan", map[bool]string{true: "192.0.2.2", false: "192.0.2.3"}[byLog])
		}
		if failures := count[TryFailed](f.events); failures > 0 {
			t.Errorf("%d tries failed:\n%s", failures, f.events)
		}
	})
}
