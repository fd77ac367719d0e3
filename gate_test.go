package mysqldns

import (
	"testing"
	"time"
)

func TestGate(t *testing.T) {
	const rows = 7
	settled := stamp{created: "1", updated: "10", age: 2 * time.Second, rows: rows}
	fresh := stamp{created: "1", updated: "10", age: time.Second, rows: rows}
	tests := []struct {
		name        string
		before, now gate
		expected    verdict
	}{
		{"nothing moved and the stamp was settled", gate{stamp: settled}, gate{stamp: settled}, same},
		{"a change in the same second as the stamp", gate{stamp: fresh}, gate{stamp: settled}, moved},
		{"a stamp from before the clock was set back", gate{stamp: stamp{created: "1", updated: "10", age: -time.Hour, rows: rows}}, gate{stamp: settled}, same},
		{"a later stamp", gate{stamp: settled}, gate{stamp: stamp{created: "1", updated: "11", rows: rows}}, moved},
		{"an older stamp, of a table swapped in", gate{stamp: settled}, gate{stamp: stamp{created: "1", updated: "9", rows: rows}}, moved},
		{"another creation", gate{stamp: settled}, gate{stamp: stamp{created: "2", updated: "10", rows: rows}}, moved},
		{"stamp lost by a restart", gate{stamp: settled}, gate{stamp: stamp{created: "1", rows: rows}}, moved},
		{"emptied by MariaDB's TRUNCATE", gate{stamp: settled}, gate{stamp: stamp{created: "1", updated: "10", rows: 0}}, moved},
		{"still empty", gate{stamp: stamp{created: "1", updated: "10", age: settle, rows: 0}}, gate{stamp: stamp{created: "1", updated: "10", rows: 0}}, same},
		{"counter set back", gate{stamp: stamp{created: "1", updated: "10", age: settle, next: 5, rows: rows}}, gate{stamp: stamp{created: "1", updated: "10", next: 2, rows: rows}}, moved},
		{"no stamps at all", gate{}, gate{}, unknown},
		{"another server with the same numbers", gate{server: "a", stamp: settled}, gate{server: "b", stamp: settled}, moved},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.now.since(test.before); got != test.expected {
				t.Errorf("got %d, expected %d", got, test.expected)
			}
		})
	}
}

func TestStrayWatch(t *testing.T) {
	at := func(updated string) stamp { return stamp{updated: updated} }
	w := strayWatch{last: at("1")}
	looks := []struct {
		fact     string
		news     bool // came since the look before
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
		if look.news {
			w.news()
		}
		if got := w.look(at(look.stamp)); got != look.expected {
			t.Errorf("%s: got %t", look.fact, got)
		}
	}
}
