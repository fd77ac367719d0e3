package cluster

import (
	"fmt"
	"testing"
	"time"
)

// The judges must be able to condemn.
func TestWatcherFaults(t *testing.T) {
	for name, test := range map[string]struct {
		answers      []string
		least, tried int
		faults       int
	}{
		"numbers that rise":               {[]string{"1", "1", "5"}, 0, 5, 0},
		"one that goes back":              {[]string{"5", "4"}, 0, 5, 1},
		"one that nobody wrote":           {[]string{"1", "6"}, 0, 5, 1},
		"older than what a majority had":  {[]string{"3"}, 4, 5, 1},
		"as old as what a majority had":   {[]string{"4"}, 4, 5, 0},
		"older, and older than the other": {[]string{"4", "3"}, 4, 5, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := &watcher{server: &nameserver{name: "one"}, last: -1, seen: map[int]time.Time{}}
			for _, answer := range test.answers {
				w.note(fmt.Sprintf("NOERROR; TXT %q", answer), test.least, test.tried)
			}
			if len(w.faults) != test.faults {
				t.Errorf("got %q, expected %d", w.faults, test.faults)
			}
			w.note("NXDOMAIN", test.least, test.tried)
			if len(w.faults) != test.faults+1 {
				t.Errorf("a row that is gone: got %q", w.faults)
			}
		})
	}
}

func TestMajority(t *testing.T) {
	m := newMajority(3)
	now := time.Now()
	after := func(d time.Duration) time.Time { return now.Add(d) }
	m.note(0, 7, after(0))
	if got := m.before(after(0), 0); got != 0 {
		t.Errorf("%d, which one of three has", got)
	}
	m.note(2, 5, after(100*time.Millisecond))
	if got := m.before(after(200*time.Millisecond), 0); got != 5 {
		t.Errorf("%d, and two of three have 5", got)
	}
	m.note(1, 9, after(300*time.Millisecond))
	m.note(0, 3, after(400*time.Millisecond)) // it went back, and had more
	for ago, number := range map[time.Duration]int{0: 7, 100 * time.Millisecond: 7, 150 * time.Millisecond: 5, 350 * time.Millisecond: 0} {
		if got := m.before(after(400*time.Millisecond), ago); got != number {
			t.Errorf("%d, and a majority had %d %s ago", got, number, ago)
		}
	}
	m.note(0, 8, after(time.Minute)) // nobody answered for a minute
	if got := m.before(after(time.Minute), 1500*time.Millisecond); got != 0 {
		t.Errorf("%d, and no time has passed for a majority that did not answer", got)
	}
	m.note(1, 9, after(time.Minute))
	if got := m.before(after(time.Minute+500*time.Millisecond), 400*time.Millisecond); got != 8 {
		t.Errorf("%d, and a majority answers again", got)
	}
}
