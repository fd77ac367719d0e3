package zonedb

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/miekg/dns"
)

// applyOne gives a name one record, or with no text none.
func applyOne(t *testing.T, db *DB, name, text string) {
	t.Helper()
	var rrs []dns.RR
	if text != "" {
		rrs = []dns.RR{mustRR(t, text)}
	}
	db.Apply(map[string][]dns.RR{name: rrs})
}

func TestPatchNamesWhatDiffers(t *testing.T) {
	db := load(t, "a. A 192.0.2.1", "b. A 192.0.2.1", "c. A 192.0.2.1", "d.x. A 192.0.2.1", `a\.b.x. A 192.0.2.1`)
	l := loadOf(t, db, "a. A 192.0.2.1", "b. A 192.0.2.2", "x. A 192.0.2.1", "d.x. A 192.0.2.1", `a\.b.x. A 192.0.2.9`)
	if !l.Compare(t.Context()) {
		t.Fatal("there are too many")
	}
	p := l.Patch(slices.Values([]string{`a\046b.x.`}))
	names := slices.Sorted(slices.Values(p.Names()))
	if !slices.Equal(names, []string{"b.", "c.", "x."}) || p.Len() != 5 {
		t.Errorf("it has %q, and there will be %d records", names, p.Len())
	}
	before := db.View()
	if c := p.Commit(); c != (Changed{Added: 1, Removed: 1, Modified: 1}) || db.View().Len() != 5 {
		t.Errorf("%+v, %d records", c, db.View().Len())
	}
	if before.Len() != 5 || before.Names() != 5 {
		t.Error("the state of before has changed")
	}
	l = loadOf(t, db, "a. A 192.0.2.1", "b. A 192.0.2.2", "x. A 192.0.2.1", "d.x. A 192.0.2.1", `a\.b.x. A 192.0.2.1`)
	view := db.View()
	if !l.Compare(t.Context()) || len(l.Patch(slices.Values([]string(nil))).Names()) != 0 {
		t.Error("equal content differs")
	}
	if c := l.Patch(slices.Values([]string(nil))).Commit(); c.Any() || db.View() != view {
		t.Errorf("equal content was published: %+v", c)
	}
}

// At random: the patch of a list makes what the list itself would have made, also where the copy has changed since the comparison.
func TestPatchIsWhatTheLoadWouldHaveMade(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	name := func() string {
		return fmt.Sprintf("%c.%c%d.%c.", 'a'+rng.IntN(3), 'a'+rng.IntN(3), rng.IntN(40), 'x'+rng.IntN(2))
	}
	text := func(name string) string {
		if rng.IntN(8) == 0 {
			return name + " SOA . . 1 2 3 4 5"
		}
		return fmt.Sprintf("%s A 192.0.2.%d", name, rng.IntN(4))
	}
	for round := range 300 {
		content := map[string]string{}
		for range 100 {
			n := name()
			content[n] = text(n)
		}
		fill := func(db *DB) *Load { return loadOf(t, db, slices.Collect(maps.Values(content))...) }
		db, expected := New(), New()
		if round%2 == 0 {
			db.KeepOrder()
		}
		fill(db).Commit()
		for range rng.IntN(60) { // what drifted
			n := name()
			if content[n] != "" && rng.IntN(2) == 0 {
				delete(content, n)
			} else {
				content[n] = text(n)
			}
		}
		l := fill(db)
		change := func() (changed []string) {
			for range rng.IntN(20) {
				n := name()
				changed = append(changed, n)
				if rng.IntN(3) == 0 {
					delete(content, n)
				} else {
					content[n] = text(n)
				}
				applyOne(t, db, n, content[n])
			}
			return changed
		}
		kept := change()
		if !l.Compare(t.Context()) {
			t.Fatalf("round %d: more than %d names differ", round, mostDiffering)
		}
		kept = append(kept, change()...)
		p := l.Patch(slices.Values(kept))
		will := p.Len()
		p.Commit()
		fill(expected).Commit()
		if got := db.View(); will != expected.View().Len() || !sameView(got, expected.View()) {
			t.Fatalf("round %d: %d records, %d were announced, expected %d", round, got.Len(), will, expected.View().Len())
		}
		if c := fill(db).Commit(); c.Any() {
			t.Fatalf("round %d: the whole list still differs: %+v", round, c)
		}
	}
}

// sameView reports whether two states have the same zones, names and records.
func sameView(a, b *View) bool {
	if a.Len() != b.Len() || a.Names() != b.Names() || !slices.Equal(a.Zones(), b.Zones()) {
		return false
	}
	for s := range a.shards() {
		same := true
		s.each(func(_ uint32, e entry) {
			other := b.entry(hashOf(b.seed, e.name()), e.name())
			same = same && other != nil && e.kids() == other.kids() && sameContent(e.content(), other.content())
		})
		if !same {
			return false
		}
	}
	return true
}

// While it compares, the DB changes.
func TestCompareBesideChanges(t *testing.T) {
	var records []string
	for i := range 2000 {
		records = append(records, fmt.Sprintf("n%d.x%d. A 192.0.2.1", i, i%50))
	}
	db := load(t, records...)
	l, done := loadOf(t, db, records...), make(chan bool)
	go func() { done <- l.Compare(t.Context()) }()
	var changed []string
	for i := range 500 {
		n := fmt.Sprintf("n%d.x%d.", 5000+i, i%50)
		changed = append(changed, n)
		applyOne(t, db, n, n+" A 192.0.2.2")
	}
	if !<-done {
		t.Fatal("there are too many")
	}
	if p := l.Patch(slices.Values(changed)); len(p.Names()) > 0 || p.Len() != 2500 {
		t.Errorf("takes back %q of %d records", p.Names(), p.Len())
	}
}
