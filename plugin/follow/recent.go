package follow

import (
	"slices"
	"time"
)

// recent is the entries that were seen within lateness, by the look that saw them, the oldest first, but not more than the last recentMost; those of the last look
// stay for longer. A value does not change.
type recent []sighting

type sighting struct {
	at      time.Time
	entries []Entry
}

// with is what is recent at a time at which some entries, which the caller does not change any more, are seen. There is one who goes on from a value, once.
func (r recent) with(entries []Entry, now time.Time) recent {
	if len(entries) == 0 {
		return r
	}
	if len(entries) > recentMost {
		entries = slices.Clone(entries[len(entries)-recentMost:])
	}
	old, kept := len(r), len(entries)
	for old > 0 && now.Sub(r[old-1].at) <= lateness && kept+len(r[old-1].entries) <= recentMost {
		old--
		kept += len(r[old].entries)
	}
	if old == len(r) {
		return recent{{now, entries}} // and nothing holds on to what was before
	}
	return append(r[old:], sighting{now, entries})
}

func (r recent) entries() []Entry {
	var all [][]Entry
	for _, s := range r {
		all = append(all, s.entries)
	}
	return slices.Concat(all...)
}
