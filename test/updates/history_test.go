package updates

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// operation is one UPDATE of one name by one writer. A name has one value, or "" for none.
type operation struct {
	kind       kind
	old, value string
	outcome    outcome
	began      time.Duration
	ended      time.Duration // never, if the outcome is unknown
}

type kind uint8

const (
	create kind = iota // if the name is not in use, give it value
	change             // if the name has the value old, give it value
	remove             // if the name is in use, delete it
	read               // at the end: the name has value
)

type outcome uint8

const (
	done    outcome = iota // NOERROR
	refused                // a prerequisite did not hold
	unknown                // no answer: it may have happened or not, or may happen later
)

const never = time.Duration(math.MaxInt64)

// on returns what an operation makes of a value, and whether it is as it should be that it had its outcome then.
func (o *operation) on(value string) (next string, right bool) {
	holds := false
	switch o.kind {
	case create:
		holds, next = value == "", o.value
	case change:
		holds, next = value == o.old, o.value
	case remove:
		holds, next = value != "", ""
	case read:
		return value, value == o.value
	}
	switch {
	case o.outcome == done:
		return next, holds
	case o.outcome == refused:
		return value, !holds
	case holds:
		return next, true
	}
	return value, true
}

// linearizable reports whether operations of one name had outcomes as if all had happened one after the other, each at some moment between its
// beginning and its end (Herlihy and Wing, 1990). It searches for such an order, as Wing and Gong do, and never twice from one place.
func linearizable(history []operation) bool {
	slices.SortFunc(history, func(a, b operation) int { return int(a.began - b.began) })
	s := &search{history: history, taken: make([]bool, len(history)), dead: map[string]bool{}}
	return s.from(0, "")
}

type search struct {
	history []operation
	taken   []bool
	dead    map[string]bool // places from which there is no way
}

// from searches on from a value, where all operations before first are taken.
func (s *search) from(first int, value string) bool {
	for first < len(s.history) && s.taken[first] {
		first++
	}
	if first == len(s.history) {
		return true
	}
	place := s.place(first, value)
	if s.dead[place] {
		return false
	}
	earliest := never // end of those that are not taken: none that began later can come before it
	for i := first; i < len(s.history) && s.history[i].began <= earliest; i++ {
		if !s.taken[i] {
			earliest = min(earliest, s.history[i].ended)
		}
	}
	onlyUnknown := earliest == never
	for i := first; i < len(s.history) && s.history[i].began <= earliest; i++ {
		if s.taken[i] {
			continue
		}
		if next, right := s.history[i].on(value); right {
			s.taken[i] = true
			if s.from(first, next) {
				return true
			}
			s.taken[i] = false
		}
	}
	if onlyUnknown {
		return true // the rest need not have happened
	}
	s.dead[place] = true
	return false
}

func (s *search) place(first int, value string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d ", value, first)
	last := first
	for i := first; i < len(s.taken); i++ {
		if s.taken[i] {
			last = i
		}
	}
	for i := first; i <= last; i++ {
		if s.taken[i] {
			b.WriteByte('1')
		} else {
			b.WriteByte('0')
		}
	}
	return b.String()
}

// The judge can tell right from wrong.
func TestLinearizable(t *testing.T) {
	op := func(k kind, old, value string, o outcome, began, ended time.Duration) operation {
		return operation{k, old, value, o, began, ended}
	}
	tests := []struct {
		name     string
		history  []operation
		expected bool
	}{
		{"one after the other", []operation{op(create, "", "a", done, 0, 1), op(create, "", "b", refused, 2, 3), op(read, "", "a", done, 4, 5)}, true},
		{"two created one name", []operation{op(create, "", "a", done, 0, 2), op(create, "", "b", done, 1, 3)}, false},
		{"two at a time, in the other order", []operation{op(create, "", "a", refused, 0, 3), op(create, "", "b", done, 1, 2), op(read, "", "b", done, 4, 5)}, true},
		{"lost", []operation{op(create, "", "a", done, 0, 1), op(read, "", "", done, 2, 3)}, false},
		{"nobody knows, and it happened", []operation{op(create, "", "a", unknown, 0, never), op(read, "", "a", done, 2, 3)}, true},
		{"nobody knows, and it did not", []operation{op(create, "", "a", unknown, 0, never), op(read, "", "", done, 2, 3)}, true},
		{"refused for no reason", []operation{op(create, "", "a", refused, 0, 1), op(read, "", "", done, 2, 3)}, false},
		{"changed from one value twice", []operation{op(create, "", "a", done, 0, 1), op(change, "a", "b", done, 2, 4), op(change, "a", "c", done, 2, 4)}, false},
		{"removed and created meanwhile", []operation{op(create, "", "a", done, 0, 1), op(remove, "", "", done, 2, 6), op(create, "", "b", done, 3, 5), op(read, "", "b", done, 7, 8)}, true},
	}
	for _, test := range tests {
		if got := linearizable(test.history); got != test.expected {
			t.Errorf("%s: %t", test.name, got)
		}
	}
}
