package faults

import (
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/client"
)

func TestOnlyWhatWasUnderWayInAStallIsExcused(t *testing.T) {
	at := func(seconds int) time.Time { return time.Unix(int64(seconds), 0) }
	m := &Machine{stalls: []client.Span{{From: at(10), To: at(20)}, {From: at(30), To: at(31)}}}
	for _, test := range []struct {
		name     string
		from, to int
		expected int
	}{
		{"before it", 5, 10, 0},
		{"into it", 5, 11, 1},
		{"out of it", 19, 25, 1},
		{"over both", 5, 40, 1},
		{"between", 20, 30, 0},
	} {
		if got := m.Stalled([]client.Span{{From: at(test.from), To: at(test.to)}}); got != test.expected {
			t.Errorf("%s: got %d, expected %d", test.name, got, test.expected)
		}
	}
}

func TestResultsAreATableInTheOrderOfTheFaults(t *testing.T) {
	var r Results
	r.Add(1, Result{Fault: "second", Steady: client.Tally{Asked: 7, Wrong: 1, ServFail: 2, Late: 5, Lost: 3}, Stalls: 1, Recovery: 1400 * time.Millisecond})
	r.Add(0, Result{Fault: "first", Kept: "right", Bare: "SERVFAIL"})
	const expected = "| Fault | Asked | Wrong | SERVFAIL | Late | Lost | Changes flow after | Restart with snapshot | Restart without |\n" +
		"|---|---|---|---|---|---|---|---|---|\n" +
		"| first | 0 | 0 | 0 | 0 | 0 | - | right | SERVFAIL |\n" +
		"| second | 7 | 1 | 2 | 4 (and 1 as the machine stood still) | 3 | 1.4 s | - | - |\n"
	if got := r.Markdown(); got != expected {
		t.Errorf("got\n%s\nexpected\n%s", got, expected)
	}
}
