package mysqldns

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
	w := startWatermark(entry{})
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
		var fresh []entry
		entries := 0
		for s := range visible {
			if s >= w.low.seq {
				entries++
			}
			if !w.has(s) {
				fresh = append(fresh, entry{s, int64(s)})
			}
		}
		expected, young := w.expect(w.young())
		if (entries > expected) != (len(fresh) > 0) {
			t.Fatalf("step %d: %d entries, %d expected, %d of them new", i, entries, expected, len(fresh))
		}
		if got := slices.IndexFunc(w.beyond, func(e entry) bool { return e.seq > w.young() }); got >= 0 && len(w.beyond)-got != young {
			t.Fatalf("step %d: %d entries beyond the young number, %d expected", i, len(w.beyond)-got, young)
		}
		w.see(fresh)
		for _, s := range fresh {
			taken[s.seq] = true
		}
		w.settle(now)
		now = now.Add(step)
		if low := w.low; low.seq != 0 && (!visible[low.seq] || low.at != int64(low.seq)) {
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
	w := startWatermark(entry{7, 7})
	w.see([]entry{{8, 8}, {9, 9}, {10, 10}})
	w.settle(time.Now())
	if all, beyond := w.expect(10); w.low != (entry{10, 10}) || len(w.beyond) != 0 || all != 1 || beyond != 0 {
		t.Errorf("low %v, %d seen, %d and %d expected", w.low, len(w.beyond), all, beyond)
	}
}

// Entries come in any order: those of a list with the newest first, those of late transactions between others.
func TestWatermarkKeepsTheOrder(t *testing.T) {
	w := startWatermark(entry{10, 10})
	w.see([]entry{{20, 20}, {14, 14}, {9, 9}, {17, 17}, {14, 14}, {12, 12}})
	if !slices.Equal(w.beyond, []entry{{12, 12}, {14, 14}, {17, 17}, {20, 20}}) {
		t.Error(w.beyond)
	}
	for number, want := range map[uint64]int{10: 4, 12: 3, 13: 3, 20: 0, 21: 0} {
		if all, beyond := w.expect(number); all != 5 || beyond != want {
			t.Errorf("beyond %d: %d of %d, expected %d of 5", number, beyond, all, want)
		}
	}
	w.stock.since = 1
	w.settle(time.Now().Add(-lateness))
	w.see([]entry{{30, 1e6}})
	w.settle(time.Now())
	if w.low.seq != 20 || w.newest().seq != 30 || w.stock.entries != 0 {
		t.Errorf("low %v, newest %v, stock %v", w.low, w.newest(), w.stock)
	}
	w.see([]entry{{21, 1e6}})
	if w.settle(time.Now()); w.low.seq != 21 || w.stock.entries != 1 {
		t.Errorf("low %v, stock %v", w.low, w.stock)
	}
}

func TestMicrosecondsOf(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "1700000000": 17e14, "1700000000.5": 17e14 + 500_000, "1700000000.123456": 17e14 + 123_456, "1.1234567": 1_123_456} {
		if got, err := microsecondsOf(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, bad := range []string{"x", "1.7e9", "1.x"} {
		if got, err := microsecondsOf(bad); err == nil {
			t.Errorf("%q: %d", bad, got)
		}
	}
}
