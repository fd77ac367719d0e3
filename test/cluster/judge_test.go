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
	before := time.Now()
	m.note(0, 7)
	if got := m.by(time.Now()); got != 0 {
		t.Errorf("%d, which one of three has", got)
	}
	m.note(2, 5)
	then := time.Now()
	if got := m.by(then); got != 5 {
		t.Errorf("%d, and two of three have 5", got)
	}
	time.Sleep(time.Millisecond)
	m.note(1, 9)
	m.note(0, 3) // it went back, and had more
	if got := m.by(time.Now()); got != 7 {
		t.Errorf("%d, and two of three have had 7", got)
	}
	if got := m.by(then); got != 5 {
		t.Errorf("%d at the time at which two of three had 5", got)
	}
	if got := m.by(before.Add(-time.Second)); got != 0 {
		t.Errorf("%d before any", got)
	}
}
