package follow

import (
	"cmp"
	"slices"
	"time"
)

// lateness is how long a transaction may take from its first change to its commit without any loss. A change log's numbers
// are handed out when a change is made and seen when it is committed, so a lower number may show after a higher one.
const lateness = 30 * time.Second

// watermark is our position in a change log: a number up to which all is settled, and the entries seen beyond it. What is
// still missing between them may yet come, for as long as lateness.
type watermark struct {
	low     Entry   // was seen and must still be there; its number is 0 while the log was empty
	beyond  []Entry // that were seen, by number
	marks   []mark  // the highest number seen, as it was at times within lateness; oldest first
	settled Tally   // see audit
	recent  recent
}

// markEvery is the time between marks.
const markEvery = lateness / 30

type mark struct {
	at   time.Time
	high uint64
}

// newWatermark starts behind low, an entry below which all is settled.
func newWatermark(low Entry) *watermark { return &watermark{low: low} }

// has reports whether a number was seen.
func (w *watermark) has(seq uint64) bool {
	if seq <= w.low.Seq {
		return true
	}
	_, seen := w.find(seq)
	return seen
}

// saw reports whether an entry was seen. Of those that are settled it only knows the last.
func (w *watermark) saw(e Entry) (seen, settled bool) {
	if e.Seq <= w.low.Seq {
		return e == w.low, e.Seq < w.low.Seq
	}
	index, seen := w.find(e.Seq)
	return seen && w.beyond[index] == e, false
}

// find is where in beyond a number is, or would be.
func (w *watermark) find(seq uint64) (index int, seen bool) {
	return slices.BinarySearchFunc(w.beyond, seq, func(e Entry, seq uint64) int { return cmp.Compare(e.Seq, seq) })
}

// see notes entries, which the caller does not change any more. It is quick if most are in the order of their numbers and come behind those that were seen.
func (w *watermark) see(entries []Entry, now time.Time) {
	w.recent = w.recent.with(entries, now)
	for _, e := range entries {
		switch {
		case e.Seq > w.newest().Seq:
			w.beyond = append(w.beyond, e)
		case !w.has(e.Seq):
			index, _ := w.find(e.Seq)
			w.beyond = slices.Insert(w.beyond, index, e)
		}
	}
}

// advance raises low as far as nothing can be missing below: over numbers that follow one another, and over gaps which are
// older than lateness (a rollback's, or another node's of a cluster).
func (w *watermark) advance(now time.Time) {
	successive := 0
	for successive < len(w.beyond) && w.beyond[successive].Seq == w.low.Seq+uint64(successive)+1 {
		successive++
	}
	w.raise(successive)
	for len(w.marks) > 0 && now.Sub(w.marks[0].at) >= lateness {
		index, seen := w.find(w.marks[0].high)
		if seen {
			w.raise(index + 1)
		}
		w.marks = w.marks[1:]
	}
	if len(w.beyond) == 0 {
		w.beyond, w.marks = nil, nil
	} else if n := len(w.marks); n == 0 || now.Sub(w.marks[n-1].at) >= markEvery {
		w.marks = append(w.marks, mark{now, w.newest().Seq})
	}
}

// raise settles the first entries of those beyond low.
func (w *watermark) raise(entries int) {
	if entries == 0 {
		return
	}
	for _, e := range w.beyond[:entries] {
		w.settled.count(e)
	}
	w.low = w.beyond[entries-1]
	w.beyond = w.beyond[entries:]
}

// young is a number that was seen some moments ago. Entries that come late mostly are beyond it.
func (w *watermark) young() uint64 {
	if n := len(w.marks); n > 1 {
		return max(w.marks[n-2].high, w.low.Seq)
	}
	return w.low.Seq
}

// newest is the entry with the highest number that was seen.
func (w *watermark) newest() Entry {
	if n := len(w.beyond); n > 0 {
		return w.beyond[n-1]
	}
	return w.low
}

// seen is what was seen, and what to have counted for backlog.
func (w *watermark) seen() Seen {
	s := Seen{Marks: Marks{Low: w.low.Seq, Young: w.young(), High: w.newest().Seq}}
	_, s.Recent = w.expect(s.Young)
	s.Old = len(w.beyond) - s.Recent
	return s
}

// backlog is how many entries were not seen, and a number beyond which all of them are.
type backlog struct {
	entries int
	after   uint64
}

// backlog finds the entries that were not seen by their count: those beyond all that were, those between the young ones, and those between the
// others. It returns errLogCut if the log no longer has what was seen.
func (w *watermark) backlog(c Counts) (backlog, error) {
	m := w.seen().Marks
	seen, seenYoung := w.expect(m.Young)
	lateOld, lateYoung := c.FromLow-c.BeyondYoung-(seen-seenYoung), c.BeyondYoung-c.BeyondHigh-seenYoung
	b := backlog{entries: lateOld + lateYoung + c.BeyondHigh, after: m.High}
	switch {
	case w.low.Seq != 0 && c.Low != w.low || lateOld < 0 || lateYoung < 0:
		return backlog{}, errLogCut
	case lateOld > 0:
		b.after = m.Low
	case lateYoung > 0:
		b.after = m.Young
	}
	return b, nil
}

// expect is how many entries the log has from low on, if nothing is new and nothing was pruned, and how many of them beyond a number,
// which is not below low.
func (w *watermark) expect(number uint64) (all, beyond int) {
	all = len(w.beyond)
	if w.low.Seq != 0 {
		all++
	}
	index, seen := w.find(number)
	if seen {
		index++
	}
	return all, len(w.beyond) - index
}
