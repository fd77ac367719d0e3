package mysqldns

import (
	"errors"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/record"
)

func TestSkippedRowsAreCountedAndForgotten(t *testing.T) {
	r := newRowReader(60)
	list := r.listing(false)
	bad := record.Row{ID: 1, Name: "WWW.lan", Type: "A", Record: "x"}
	list.read(&bad)
	list.read(&record.Row{ID: 2, Name: "www.lan.", Type: "A", Record: "y"})
	list.read(&record.Row{Name: "dup.lan", Type: "A", Record: "z"})
	list.read(&record.Row{Name: "dup.lan", Type: "A", Record: "z"})
	list.read(&record.Row{ID: 3, Name: "a..b", Type: "A", Record: "192.0.2.1"})
	list.skip(&record.Row{Name: "huge.lan"}, errors.New("no wire form"))
	list.done()
	if got := r.skipped(); got[record.ReasonRecord] != 5 || got[record.ReasonName] != 1 {
		t.Fatalf("counted %v", got)
	}

	mended := r.again([]string{"www.lan", "a..b"})
	mended.read(&record.Row{ID: 1, Name: "WWW.lan", Type: "A", Record: "192.0.2.1"})
	mended.read(&record.Row{ID: 2, Name: "www.lan.", Type: "A", Record: "y"})
	mended.done()
	if got := r.skipped(); got[record.ReasonRecord] != 4 || got[record.ReasonName] != 0 {
		t.Errorf("after one was mended and one deleted, counted %v", got)
	}
}

func TestAgainAsksForEverySpelling(t *testing.T) {
	r := newRowReader(60)
	list := r.listing(true)
	for _, name := range []string{"www.lan", "WWW.lan", `\119ww.lan`, "other.lan"} {
		if list.read(&record.Row{Name: name, Type: "A", Record: "192.0.2.1"}) == nil {
			t.Fatalf("%s was skipped", name)
		}
	}
	list.done()
	asked := map[string]bool{}
	for _, name := range r.again([]string{"www.LAN"}).spellings {
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
	r := newRowReader(60)
	list := r.listing(true)
	for _, row := range []record.Row{
		{ID: 1, Name: "mended.lan", Type: "A", Record: "x"},
		{ID: 2, Name: "bad.lan", Type: "A", Record: "x"},
		{ID: 3, Name: "SPELLED.lan", Type: "A", Record: "192.0.2.1"},
	} {
		list.read(&row)
	}
	a := r.again([]string{"mended.lan", "broken.lan", "Again.lan"})
	a.read(&record.Row{ID: 1, Name: "mended.lan", Type: "A", Record: "192.0.2.1"})
	a.read(&record.Row{ID: 4, Name: "broken.lan", Type: "A", Record: "x"})
	a.read(&record.Row{ID: 5, Name: "Again.lan", Type: "A", Record: "192.0.2.1"})
	a.done()
	c := &comparison{names: map[string]bool{}, folded: map[string]bool{}}
	c.keep(a)
	list.keep(c.names, c.folded)
	list.done()
	for name, bad := range map[string]int{"mended.lan": 0, "broken.lan": 1, "bad.lan": 1} {
		if got := len(r.bad.byName[name]); got != bad {
			t.Errorf("%s: %d bad rows, expected %d", name, got, bad)
		}
	}
	if got := r.skipped()[record.ReasonRecord]; got != 2 {
		t.Errorf("%d rows are skipped, expected 2", got)
	}
	for _, name := range []string{"again.lan.", "spelled.lan."} {
		if len(r.spellings.of[name]) != 1 {
			t.Errorf("%s: the other spelling is forgotten", name)
		}
	}
}

// SQL takes é for e; DNS does not.
func TestAgainIgnoresNamesThatOnlySQLTakesForTheSame(t *testing.T) {
	a := newRowReader(60).again([]string{"e.lan"})
	if rr := a.read(&record.Row{Name: "é.lan", Type: "A", Record: "192.0.2.1"}); rr != nil {
		t.Errorf("took %s", rr)
	}
	if rr := a.read(&record.Row{Name: "E.lan", Type: "A", Record: "192.0.2.1"}); rr == nil {
		t.Error("did not take E.lan")
	}
}
