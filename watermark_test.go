package mysqldns

import (
	"math/rand/v2"
	"strconv"
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
			if s > w.low.seq && !w.has(s) {
				fresh = append(fresh, entry{s, strconv.FormatUint(s, 10)})
			}
		}
		if (entries > w.expect()) != (len(fresh) > 0) {
			t.Fatalf("step %d: %d entries, %d expected, %d of them new", i, entries, w.expect(), len(fresh))
		}
		w.see(fresh)
		for _, s := range fresh {
			taken[s.seq] = true
		}
		w.settle(now)
		now = now.Add(step)
		if low := w.low; low.seq != 0 && (!visible[low.seq] || low.at != strconv.FormatUint(low.seq, 10)) {
			t.Fatalf("step %d: low %v is no entry of the log", i, low)
		}
	}
	if len(taken) != len(visible) {
		t.Errorf("took %d of %d entries", len(taken), len(visible))
	}
	if rolledBack == 0 || len(visible) < 1000 {
		t.Errorf("the test tried nothing: %d rolled back, %d visible", rolledBack, len(visible))
	}
	if most := 5 * int(lateness/step) * 3; len(w.seen) > most {
		t.Errorf("remembers %d numbers, at most %d can matter", len(w.seen), most)
	}
}

func TestWatermarkWithoutGapsRemembersNothing(t *testing.T) {
	w := startWatermark(entry{7, "7"})
	w.see([]entry{{8, "8"}, {9, "9"}, {10, "10"}})
	w.settle(time.Now())
	if w.low != (entry{10, "10"}) || len(w.seen) != 0 || w.expect() != 1 {
		t.Errorf("low %v, %d seen, %d expected", w.low, len(w.seen), w.expect())
	}
}
