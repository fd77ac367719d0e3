package follow

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/plugin/zonedb"
)

// publication is a call of Config.Published.
type publication struct {
	before, after *zonedb.View
	names         []string
}

// publications keeps what is published.
type publications []publication

func (p *publications) published(before, after *zonedb.View, names []string) {
	*p = append(*p, publication{before, after, names})
}

// Each state follows upon the one before, and the names are those of the change log.
func TestPublished(t *testing.T) {
	play(t, 1, func(sc *scene) {
		sc.withoutStamp()
		var all publications
		f := sc.following(Config{Published: all.published, Resync: 5 * time.Minute})
		if len(all) != 1 || all[0].before != nil || all[0].names != nil {
			t.Fatalf("the first list: %+v", all)
		}
		tx := sc.db.begin()
		tx.put("WWW.lan.", "192.0.2.2")
		tx.put("new.lan", "192.0.2.2")
		tx.remove("other.lan")
		tx.log("never-was.lan", false)
		tx.commit()
		pass(refreshByLog)
		if len(all) != 2 {
			t.Fatalf("%d publications, expected 2", len(all))
		}
		slices.Sort(all[1].names)
		if got := strings.Join(all[1].names, " "); got != "never-was.lan. new.lan. other.lan. www.lan." {
			t.Errorf("names: %s", got)
		}
		if addressIn(all[1].before, "other.lan") != "192.0.2.1" || addressIn(all[1].after, "other.lan") != "" {
			t.Error("before and after are not what they were")
		}
		pass(time.Minute)
		if len(all) != 2 {
			t.Errorf("published %d states though nothing changed", len(all)-2)
		}
		lists := count[Listed](f.events)
		f.within(6*time.Minute, "a resync ends", func() bool { return count[Listed](f.events) > lists })
		if last := all[len(all)-1]; len(all) != 3 || last.names == nil || len(last.names) > 0 || last.after != last.before {
			t.Errorf("a resync that found nothing: %d publications, the last of %q", len(all), last.names)
		}
		sc.drift()
		f.within(6*time.Minute, "drifts", func() bool { return count[Drifted](f.events) > 0 })
		last := all[len(all)-1]
		slices.Sort(last.names)
		if got := strings.Join(last.names, " "); got != "new.lan. www.lan." {
			t.Errorf("a resync named %s", got)
		}
		for n := 1; n < len(all); n++ {
			if all[n].before != all[n-1].after {
				t.Errorf("publication %d does not begin where the one before ended", n)
			}
		}
		if all[len(all)-1].after != f.View() {
			t.Error("the last publication is not the copy")
		}
	})
}

// A snapshot that is restored is a state like another.
func TestRestoredSnapshotIsPublished(t *testing.T) {
	play(t, 1, func(sc *scene) {
		file := onDisk(t)
		sc.following(Config{Snapshot: file}).stop()
		sc.servers[0].suffers(refuses(errDown))
		var all publications
		f := sc.follow(Config{Snapshot: file, Published: all.published})
		f.gets(time.Second, "www.lan", "192.0.2.1")
		sc.servers[0].suffers(nil)
		f.within(time.Second, "reads the table", f.Listed().Reached)
		if len(all) != 2 || all[0].before != nil || all[1].before != all[0].after || all[1].names != nil {
			t.Errorf("published %+v", all)
		}
	})
}

// What MaxShrink refuses is not published.
func TestRefusedListIsNotPublished(t *testing.T) {
	play(t, 1, func(sc *scene) {
		var all publications
		sc.following(Config{MaxShrink: 10, Published: all.published})
		sc.db.edit(func(v *version) { v.replace() })
		pass(10 * time.Minute)
		if len(all) != 1 {
			t.Errorf("published %d states, expected the first list only", len(all))
		}
	})
}
