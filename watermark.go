package mysqldns

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// lateness is how long a transaction may take from its first change to its commit without any loss. A change log's numbers
// are handed out when a change is made and seen when it is committed, so a lower number may show after a higher one.
const lateness = 30 * time.Second

// watermark is our place in a change log: a number up to which all is settled, and the entries seen beyond it. What is
// still missing between them may yet come, for as long as lateness.
type watermark struct {
	low    entry   // was seen and must still be there; its number is 0 while the log was empty
	beyond []entry // that were seen, by number
	marks  []mark  // the highest number seen, as it was at times within lateness; oldest first
	stock  stock
}

// markEvery is the time between marks.
const markEvery = lateness / 30

// entry is one of a change log. The time tells it from one with the same number in a log begun anew.
type entry struct {
	seq uint64
	at  int64 // when the statement began that wrote it: microseconds since 1970, by the server's clock
}

type mark struct {
	at   time.Time
	high uint64
}

// startWatermark starts behind low, an entry below which all is settled.
func startWatermark(low entry) *watermark { return &watermark{low: low} }

// has reports whether a number was seen.
func (w *watermark) has(seq uint64) bool {
	if seq <= w.low.seq {
		return true
	}
	_, seen := w.find(seq)
	return seen
}

// find is where in beyond a number is, or would be.
func (w *watermark) find(seq uint64) (place int, seen bool) {
	return slices.BinarySearchFunc(w.beyond, seq, func(e entry, seq uint64) int { return cmp.Compare(e.seq, seq) })
}

// see notes entries. It is quick if most are in the order of their numbers and come behind those that were seen.
func (w *watermark) see(entries []entry) {
	for _, e := range entries {
		switch {
		case e.seq > w.newest().seq:
			w.beyond = append(w.beyond, e)
		case !w.has(e.seq):
			place, _ := w.find(e.seq)
			w.beyond = slices.Insert(w.beyond, place, e)
		}
	}
}

// settle raises low as far as nothing can be missing below: over numbers that follow one another, and over gaps which are
// older than lateness (a rollback's, or another node's of a cluster).
func (w *watermark) settle(now time.Time) {
	follow := 0
	for follow < len(w.beyond) && w.beyond[follow].seq == w.low.seq+uint64(follow)+1 {
		follow++
	}
	w.raise(follow)
	for len(w.marks) > 0 && now.Sub(w.marks[0].at) >= lateness {
		place, seen := w.find(w.marks[0].high)
		if seen {
			w.raise(place + 1)
		}
		w.marks = w.marks[1:]
	}
	if len(w.beyond) == 0 {
		w.beyond, w.marks = nil, nil
	} else if n := len(w.marks); n == 0 || now.Sub(w.marks[n-1].at) >= markEvery {
		w.marks = append(w.marks, mark{now, w.newest().seq})
	}
}

// raise settles the first entries of those beyond low.
func (w *watermark) raise(entries int) {
	if entries == 0 {
		return
	}
	for _, e := range w.beyond[:entries] {
		w.stock.count(e)
	}
	w.low = w.beyond[entries-1]
	w.beyond = w.beyond[entries:]
}

// young is a number that was seen some moments ago. Entries that come late mostly are beyond it.
func (w *watermark) young() uint64 {
	if n := len(w.marks); n > 1 {
		return max(w.marks[n-2].high, w.low.seq)
	}
	return w.low.seq
}

// expect is how many entries the log has from low on, if nothing is new and nothing was pruned, and how many of them beyond a number,
// which is not below low.
func (w *watermark) expect(number uint64) (all, beyond int) {
	all = len(w.beyond)
	if w.low.seq != 0 {
		all++
	}
	place, seen := w.find(number)
	if seen {
		place++
	}
	return all, len(w.beyond) - place
}

// newest is the entry with the highest number that was seen.
func (w *watermark) newest() entry {
	if n := len(w.beyond); n > 0 {
		return w.beyond[n-1]
	}
	return w.low
}

// microsecondsOf reads what UNIX_TIMESTAMP returns: seconds, with a fraction or without; nothing is 0.
func microsecondsOf(timestamp string) (int64, error) {
	if timestamp == "" {
		return 0, nil
	}
	whole, fraction, _ := strings.Cut(timestamp, ".")
	microseconds, err := strconv.ParseInt(whole+(fraction + "000000")[:6], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("changed_at: %q is no time", timestamp)
	}
	return microseconds, nil
}

// stock is how many of the settled entries were written since a moment. If the change log has another number of them, some came later
// than lateness: of a transaction that stayed open, or of a node of a cluster that had stood still and then handed out numbers that
// the others had passed long before.
type stock struct {
	since   int64 // seconds since 1970, by the server's clock
	entries int
}

const (
	// stockFirst is how far back the settled entries are counted at first. Those of a statement all bear the time at which it began, so this is
	// lateness, and time for a statement that makes many.
	stockFirst = lateness + 5*time.Minute

	// stockMost bounds what has to be counted again, and stockWindow how far back.
	stockMost   = 50_000
	stockWindow = 2 * time.Hour
)

func (t *stock) count(e entry) {
	if e.at >= t.since*1e6 {
		t.entries++
	}
}
