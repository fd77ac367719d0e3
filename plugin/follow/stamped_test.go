package follow

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// unlogged has a table without a change log.
func unlogged(v *version) { v.shape.HasLog = false }

// Two changes in one second have one stamp.
func TestTableWithoutALogIsListedWhenItsStampMoves(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.db.edit(unlogged)
		f := sc.following(Config{})
		pass(10 * time.Second)
		for n := range 50 {
			sc.db.put("www.lan", fmt.Sprintf("192.0.2.%d", n))
			pass(time.Duration(n) * 20 * time.Millisecond)
			sc.db.put("www.lan", fmt.Sprintf("198.51.100.%d", n))
			f.gets(3*time.Second, "www.lan", fmt.Sprintf("198.51.100.%d", n))
			pass(time.Duration(n) * 70 * time.Millisecond)
		}
		pass(stampGranularity + 2*refreshByStamp)
		lists := count[Listed](f.events)
		pass(time.Hour)
		if more := count[Listed](f.events) - lists; more != 0 {
			t.Errorf("listed %d times more though nothing changed", more)
		}
	})
}

// A view has no stamp: it is listed for a tenth of the time.
func TestTableWithoutLogAndStamp(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.db.edit(func(v *version) { v.shape.HasLog, v.noStamp = false, true })
		sc.servers[0].rowTime = 3 * time.Second // two rows: a list takes 6 seconds
		f := sc.follow(Config{})
		f.within(time.Minute, "reads the table", f.Listed().Reached)
		sc.db.put("www.lan", "192.0.2.2")
		f.gets(75*time.Second, "www.lan", "192.0.2.2")
		lists := count[Listed](f.events)
		pass(11 * time.Minute)
		if more := count[Listed](f.events) - lists; more < 9 || more > 10 {
			t.Errorf("listed %d times in 11 minutes, expected each 66 seconds", more)
		}
	})
}

// A table that changes all the time is listed for half of the time.
func TestTableWithoutLogThatAlwaysChanges(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.db.edit(unlogged)
		sc.servers[0].rowTime = 3 * time.Second
		f := sc.follow(Config{})
		f.within(time.Minute, "reads the table", f.Listed().Reached)
		lists := count[Listed](f.events)
		for n := range 600 {
			sc.db.put("www.lan", fmt.Sprintf("192.0.2.%d", n%250))
			pass(time.Second)
		}
		if more := count[Listed](f.events) - lists; more < 40 || more > 50 {
			t.Errorf("listed %d times in 10 minutes, expected each 12 seconds or a little more", more)
		}
	})
}

func TestReplacedTableIsListedInASecond(t *testing.T) {
	replacements := map[string]func(*database, *version){
		"truncated": func(_ *database, v *version) { v.replace() },
		"swapped": func(db *database, v *version) {
			v.replace()
			db.set(v, "new.lan", "192.0.2.2")
			v.updated = time.Time{}
		},
		"with a column more": func(_ *database, v *version) { v.created++ },
		"emptied by a server that shows it by nothing but the estimate": func(_ *database, v *version) { v.rows = nil },
	}
	for name, replace := range replacements {
		for _, log := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, change log %v", name, log), func(t *testing.T) {
				play(t, 1, func(sc *scene) {
					sc.db.edit(func(v *version) { v.shape.HasLog = log })
					f := sc.following(Config{})
					pass(time.Minute)
					lists := count[Listed](f.events)
					sc.db.edit(func(v *version) { replace(sc.db, v) })
					pass(checkInterval + refreshByLog)
					if count[Listed](f.events) == lists {
						t.Errorf("was not listed\n%s", f.events)
					}
					if log && !f.events.relisted(Replaced) {
						t.Errorf("did not say why it listed:\n%s", f.events)
					}
				})
			})
		}
	}
}

// Between the stamp that vouches for a list and the state that the list reads, the table may be replaced.
func TestTableReplacedJustAsItIsListed(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.servers[0].suffers(func(_ context.Context, method string) error {
			if method == "End" { // within the snapshot
				sc.servers[0].suffers(nil)
				sc.db.edit(func(v *version) { v.replace() })
			}
			return nil
		})
		f := sc.following(Config{})
		f.gets(2*checkInterval, "www.lan", "")
	})
}
