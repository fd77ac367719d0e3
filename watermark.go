package mysqldns

import (
	"strconv"
	"strings"
	"time"
)

// lateness is how long a transaction may take from its first change to its commit without any loss. A change log's numbers
// are handed out when a change is made and seen when it is committed, so a lower number may show after a higher one.
const lateness = 30 * time.Second

// recentEntries is how far back a change log is looked at that we do not know yet: lateness, and time for a statement that makes many
// entries, which all bear the time at which it began.
const recentEntries = lateness + 5*time.Minute

// watermark is our place in a change log: a number up to which all is settled, and the numbers seen beyond it. What is
// still missing between them may yet come, for as long as lateness.
type watermark struct {
	low   entry             // was seen and must still be there; its number is 0 while the log was empty
	high  uint64            // the highest number seen
	seen  map[uint64]string // entries beyond low that were seen: when they were written, by number
	marks []mark            // high, as it was at times within lateness; oldest first
	stock stock
}

// entry is one of a change log. The time, as the server writes it, tells it from one with the same number in a log begun anew.
type entry struct {
	seq uint64
	at  string
}

type mark struct {
	at   time.Time
	high uint64
}

// startWatermark starts behind low, an entry below which all is settled.
func startWatermark(low entry) *watermark {
	return &watermark{low: low, high: low.seq, seen: map[uint64]string{}}
}

// has reports whether a number was seen.
func (w *watermark) has(seq uint64) bool {
	_, ok := w.seen[seq]
	return ok || seq <= w.low.seq
}

// see notes entries.
func (w *watermark) see(entries []entry) {
	for _, e := range entries {
		if e.seq > w.low.seq {
			w.seen[e.seq] = e.at
			w.high = max(w.high, e.seq)
		}
	}
}

// settle raises low as far as nothing can be missing below: over numbers that follow one another, and over gaps which are
// older than lateness (a rollback's, or another node's of a cluster).
func (w *watermark) settle(now time.Time) {
	for {
		at, ok := w.seen[w.low.seq+1]
		if !ok {
			break
		}
		w.low = entry{w.low.seq + 1, at}
		w.stock.count(at)
		delete(w.seen, w.low.seq)
	}
	for len(w.marks) > 0 && now.Sub(w.marks[0].at) >= lateness {
		w.raise(w.marks[0].high)
		w.marks = w.marks[1:]
	}
	if len(w.seen) == 0 {
		w.marks = nil
	} else if n := len(w.marks); n == 0 || now.Sub(w.marks[n-1].at) >= lateness/30 {
		w.marks = append(w.marks, mark{now, w.high})
	}
}

func (w *watermark) raise(low uint64) {
	if low <= w.low.seq {
		return
	}
	w.low = entry{low, w.seen[low]}
	for seq, at := range w.seen {
		if seq <= low {
			w.stock.count(at)
			delete(w.seen, seq)
		}
	}
}

// expect is how many entries the log has from low on, if nothing is new and nothing was pruned.
func (w *watermark) expect() int {
	if w.low.seq == 0 {
		return len(w.seen)
	}
	return len(w.seen) + 1
}

// newest is the entry with the highest number that was seen.
func (w *watermark) newest() entry {
	if at, ok := w.seen[w.high]; ok {
		return entry{w.high, at}
	}
	return w.low
}

// stock is how many of the settled entries were written since a moment. If the change log has another number of them, some came later
// than lateness: of a transaction that stayed open, or of a node of a cluster that had stood still and then handed out numbers that
// the others had passed long before.
type stock struct {
	since   int64 // seconds of the server's clock
	entries int
}

// stockMost bounds what has to be counted again, and stockWindow how far back.
const (
	stockMost   = 50_000
	stockWindow = 2 * time.Hour
)

func (t *stock) count(at string) {
	whole, _, _ := strings.Cut(at, ".")
	if seconds, err := strconv.ParseInt(whole, 10, 64); err == nil && seconds >= t.since {
		t.entries++
	}
}
