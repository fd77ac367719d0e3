package follow

import (
	"errors"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/record"
)

func TestSkippedRowsAreCountedAndForgotten(t *testing.T) {
	r := newRowReader(60, func([]SkippedRow) {})
	list := r.listing(false)
	bad := record.Row{ID: 1, Name: "WWW.lan", Type: "A", Record: "x"}
	list.read(&bad)
	list.read(&record.Row{ID: 2, Name: "www.lan.", Type: "A", Record: "y"})
	list.read(&record.Row{Name: "dup.lan", Type: "A", Record: "z"})
	list.read(&record.Row{Name: "dup.lan", Type: "A", Record: "z"})
	list.read(&record.Row{ID: 3, Name: "a..b", Type: "A", Record: "192.0.2.1"})
	list.skip("huge.lan", errors.New("no wire form"))
	list.done()
	if got := r.skippedByReason(); got[record.ReasonRecord] != 5 || got[record.ReasonName] != 1 {
		t.Fatalf("counted %v", got)
	}

	first := r.firstSkipped(3)
	if len(first) != 3 || first[2].ID != 1 || first[2].Name != "WWW.lan" || first[2].Problem == "" || first[2].Advice == "" {
		t.Errorf("the first are %+v", first)
	}
	if all := r.firstSkipped(100); len(all) != 5 || all[4].ID != 3 { // the two that are equal are one
		t.Errorf("all are %+v", all)
	}

	mended := r.reread([]string{"www.lan", "a..b"})
	mended.take(&record.Row{ID: 1, Name: "WWW.lan", Type: "A", Record: "192.0.2.1"})
	mended.take(&record.Row{ID: 2, Name: "www.lan.", Type: "A", Record: "y"})
	mended.done()
	if got := r.skippedByReason(); got[record.ReasonRecord] != 4 || got[record.ReasonName] != 0 {
		t.Errorf("after one was mended and one deleted, counted %v", got)
	}
}

func TestRereadAsksForEverySpelling(t *testing.T) {
	r := newRowReader(60, func([]SkippedRow) {})
	list := r.listing(true)
	for _, name := range []string{"www.lan", "WWW.lan", `\119ww.lan`, "other.lan"} {
		if list.read(&record.Row{Name: name, Type: "A", Record: "192.0.2.1"}) == nil {
			t.Fatalf("%s was skipped", name)
		}
	}
	list.done()
	asked := map[string]bool{}
	for _, name := range r.reread([]string{"www.LAN"}).spellings {
		asked[name] = true
	}
	for _, name := range []string{"www.lan", "www.lan.", "WWW.lan", `\119ww.lan`, "www.LAN"} {
		if !asked[name] {
			t.Errorf("did not ask for %s", name)
		}
	}
	if asked["other.lan"] {
		t.Error("asked for another name")
	}
}

// What was read again while a list was read is newer than what the list found of it.
func TestListKeepsWhatWasReadAgainMeanwhile(t *testing.T) {
	r := newRowReader(60, func([]SkippedRow) {})
	list := r.listing(true)
	for _, row := range []record.Row{
		{ID: 1, Name: "mended.lan", Type: "A", Record: "x"},
		{ID: 2, Name: "bad.lan", Type: "A", Record: "x"},
		{ID: 3, Name: "SPELLED.lan", Type: "A", Record: "192.0.2.1"},
	} {
		list.read(&row)
	}
	a := r.reread([]string{"mended.lan", "broken.lan", "Again.lan"})
	a.take(&record.Row{ID: 1, Name: "mended.lan", Type: "A", Record: "192.0.2.1"})
	a.take(&record.Row{ID: 4, Name: "broken.lan", Type: "A", Record: "x"})
	a.take(&record.Row{ID: 5, Name: "Again.lan", Type: "A", Record: "192.0.2.1"})
	a.done()
	meanwhile := newRereadNames()
	meanwhile.add(a)
	list.keep(meanwhile)
	list.done()
	for name, bad := range map[string]int{"mended.lan": 0, "broken.lan": 1, "bad.lan": 1} {
		if got := len(r.skipped.byName[name]); got != bad {
			t.Errorf("%s: %d bad rows, expected %d", name, got, bad)
		}
	}
	if got := r.skippedByReason()[record.ReasonRecord]; got != 2 {
		t.Errorf("%d rows are skipped, expected 2", got)
	}
	for _, name := range []string{"again.lan.", "spelled.lan."} {
		if len(r.spellings.Load().unusual(name)) != 1 {
			t.Errorf("%s: the other spelling is forgotten", name)
		}
	}
}

// SQL takes é for e; DNS does not.
func TestRereadIgnoresNamesThatOnlySQLTakesForTheSame(t *testing.T) {
	a := newRowReader(60, func([]SkippedRow) {}).reread([]string{"e.lan"})
	a.take(&record.Row{Name: "é.lan", Type: "A", Record: "192.0.2.1"})
	if len(a.changes) != 1 || len(a.changes["e.lan."]) != 0 {
		t.Errorf("took %v", a.changes)
	}
	a.take(&record.Row{Name: "E.lan", Type: "A", Record: "192.0.2.1"})
	if len(a.changes["e.lan."]) != 1 {
		t.Error("did not take E.lan")
	}
}
