package follow

import (
	"slices"
	"time"
)

// recent is the entries that were seen within lateness, by the look that saw them, the oldest first; the last of these stays for longer. A value does not change.
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
	old := 0
	for old < len(r) && now.Sub(r[old].at) > lateness {
		old++
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
