package follow

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A change log as a reader sees it: numbers are handed out in order, and show when their transaction commits.
func TestWatermarkLosesNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const step = 100 * time.Millisecond
	w := newWatermark(Entry{})
	now := time.Now()
	commits := map[int][]uint64{} // by step
	visible := map[uint64]bool{}  // numbers
	taken := map[uint64]bool{}
	rolledBack, seq := 0, uint64(0)
	for i := range 5000 {
		for range random.IntN(5) {
			seq += uint64(1 + 2*random.IntN(2)) // gaps as in a cluster
			if random.IntN(10) == 0 {
				rolledBack++
				continue
			}
			late := random.IntN(int(lateness/step) - 1)
			commits[i+late] = append(commits[i+late], seq)
		}
		for _, s := range commits[i] {
			visible[s] = true
		}
		var fresh []Entry
		entries := 0
		for s := range visible {
			if s >= w.low.Seq {
				entries++
			}
			if !w.has(s) {
				fresh = append(fresh, Entry{s, int64(s)})
			}
		}
		expected, young := w.expect(w.young())
		if (entries > expected) != (len(fresh) > 0) {
			t.Fatalf("step %d: %d entries, %d expected, %d of them new", i, entries, expected, len(fresh))
		}
		if got := slices.IndexFunc(w.beyond, func(e Entry) bool { return e.Seq > w.young() }); got >= 0 && len(w.beyond)-got != young {
			t.Fatalf("step %d: %d entries beyond the young number, %d expected", i, len(w.beyond)-got, young)
		}
		w.see(fresh, time.Now())
		for _, s := range fresh {
			taken[s.Seq] = true
		}
		w.advance(now)
		now = now.Add(step)
		if low := w.low; low.Seq != 0 && (!visible[low.Seq] || low.At != int64(low.Seq)) {
			t.Fatalf("step %d: low %v is no entry of the log", i, low)
		}
	}
	if len(taken) != len(visible) {
		t.Errorf("took %d of %d entries", len(taken), len(visible))
	}
	if rolledBack == 0 || len(visible) < 1000 {
		t.Errorf("the test tried nothing: %d rolled back, %d visible", rolledBack, len(visible))
	}
	if most := 5 * int(lateness/step) * 3; len(w.beyond) > most {
		t.Errorf("remembers %d numbers, at most %d can matter", len(w.beyond), most)
	}
}

func TestWatermarkWithoutGapsRemembersNothing(t *testing.T) {
	w := newWatermark(Entry{7, 7})
	w.see([]Entry{{8, 8}, {9, 9}, {10, 10}}, time.Now())
	w.advance(time.Now())
	if all, beyond := w.expect(10); w.low != (Entry{10, 10}) || len(w.beyond) != 0 || all != 1 || beyond != 0 {
		t.Errorf("low %v, %d seen, %d and %d expected", w.low, len(w.beyond), all, beyond)
	}
}

// Entries come in any order: those of a list with the newest first, those of late transactions between others.
func TestWatermarkKeepsTheOrder(t *testing.T) {
	w := newWatermark(Entry{10, 10})
	w.see([]Entry{{20, 20}, {14, 14}, {9, 9}, {17, 17}, {14, 14}, {12, 12}}, time.Now())
	if !slices.Equal(w.beyond, []Entry{{12, 12}, {14, 14}, {17, 17}, {20, 20}}) {
		t.Error(w.beyond)
	}
	for number, want := range map[uint64]int{10: 4, 12: 3, 13: 3, 20: 0, 21: 0} {
		if all, beyond := w.expect(number); all != 5 || beyond != want {
			t.Errorf("beyond %d: %d of %d, expected %d of 5", number, beyond, all, want)
		}
	}
	w.settled.Since = 1
	w.advance(time.Now().Add(-lateness))
	w.see([]Entry{{30, 1e6}}, time.Now())
	w.advance(time.Now())
	if w.low.Seq != 20 || w.newest().Seq != 30 || w.settled.Entries != 0 {
		t.Errorf("low %v, newest %v, stock %v", w.low, w.newest(), w.settled)
	}
	w.see([]Entry{{21, 1e6}}, time.Now())
	if w.advance(time.Now()); w.low.Seq != 21 || w.settled.Entries != 1 {
		t.Errorf("low %v, stock %v", w.low, w.settled)
	}
}
