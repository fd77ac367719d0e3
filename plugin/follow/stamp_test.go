package follow

import (
	"testing"
	"time"
)

func TestTableState(t *testing.T) {
	const rows = 7
	settled := Stamp{Created: "1", Updated: "10", Age: 2 * time.Second, Rows: rows}
	fresh := Stamp{Created: "1", Updated: "10", Age: time.Second, Rows: rows}
	tests := []struct {
		name        string
		before, now tableState
		expected    verdict
	}{
		{"nothing moved and the stamp was settled", tableState{stamp: settled}, tableState{stamp: settled}, unchanged},
		{"a change in the same second as the stamp", tableState{stamp: fresh}, tableState{stamp: settled}, changed},
		{"a stamp from before the clock was set back", tableState{stamp: Stamp{Created: "1", Updated: "10", Age: -time.Hour, Rows: rows}}, tableState{stamp: settled}, unchanged},
		{"a later stamp", tableState{stamp: settled}, tableState{stamp: Stamp{Created: "1", Updated: "11", Rows: rows}}, changed},
		{"an older stamp, of a table swapped in", tableState{stamp: settled}, tableState{stamp: Stamp{Created: "1", Updated: "9", Rows: rows}}, changed},
		{"another creation", tableState{stamp: settled}, tableState{stamp: Stamp{Created: "2", Updated: "10", Rows: rows}}, changed},
		{"stamp lost by a restart", tableState{stamp: settled}, tableState{stamp: Stamp{Created: "1", Rows: rows}}, changed},
		{"emptied by MariaDB's TRUNCATE", tableState{stamp: settled}, tableState{stamp: Stamp{Created: "1", Updated: "10", Rows: 0}}, changed},
		{"still empty", tableState{stamp: Stamp{Created: "1", Updated: "10", Age: stampGranularity, Rows: 0}}, tableState{stamp: Stamp{Created: "1", Updated: "10", Rows: 0}}, unchanged},
		{"counter set back", tableState{stamp: Stamp{Created: "1", Updated: "10", Age: stampGranularity, NextID: 5, Rows: rows}}, tableState{stamp: Stamp{Created: "1", Updated: "10", NextID: 2, Rows: rows}}, changed},
		{"no stamps at all", tableState{}, tableState{}, unknown},
		{"another server with the same numbers", tableState{server: "a", stamp: settled}, tableState{server: "b", stamp: settled}, changed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.now.since(test.before); got != test.expected {
				t.Errorf("got %d, expected %d", got, test.expected)
			}
		})
	}
}

func TestUnloggedWatch(t *testing.T) {
	at := func(updated string) Stamp { return Stamp{Updated: updated} }
	w := unloggedWatch{last: at("1")}
	looks := []struct {
		fact     string
		entries  bool // came since the look before
		stamp    string
		expected bool
	}{
		{"nothing moved", false, "1", false},
		{"nothing moved again", false, "1", false},
		{"news came before the stamp", true, "2", false},
		{"and nothing after", false, "2", false},
		{"a stamp without news has a grace", false, "3", false},
		{"in which news came", true, "3", false},
		{"a stamp without news", false, "4", false},
		{"and none came", false, "4", true},
		{"which is said once", false, "4", false},
	}
	for _, look := range looks {
		if look.entries {
			w.entriesCame()
		}
		if got := w.look(at(look.stamp)); got != look.expected {
			t.Errorf("%s: got %t", look.fact, got)
		}
	}
}
