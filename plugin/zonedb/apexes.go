package zonedb

import (
	"slices"
	"sync"
)

// apexes says how deep in the tree of names zones begin, so that the search for a zone looks only there. Views share
// it until a zone appears or disappears; once published it does not change.
type apexes struct {
	count [128]int32 // of apexes with so many labels
	mask  [2]uint64  // a bit for each count that is not 0

	once sync.Once
	list []string // what Zones returns; made when first asked for
}

func (a *apexes) none() bool { return a.mask == [2]uint64{} }

// at reports whether there are apexes with so many labels.
func (a *apexes) at(labels int) bool { return a.mask[labels>>6]>>(labels&63)&1 != 0 }

// below reports whether there are apexes with more labels.
func (a *apexes) below(labels int) bool {
	for labels++; labels < len(a.count); labels++ {
		if a.at(labels) {
			return true
		}
	}
	return false
}

// with returns a copy with n more apexes of so many labels.
func (a *apexes) with(labels, n int) *apexes {
	next := &apexes{count: a.count, mask: a.mask}
	next.add(labels, n)
	return next
}

func (a *apexes) add(labels, n int) {
	a.count[labels] += int32(n)
	bit := uint64(1) << (labels & 63)
	if a.count[labels] == 0 {
		a.mask[labels>>6] &^= bit
	} else {
		a.mask[labels>>6] |= bit
	}
}

// names returns the apexes, sorted, of a view that these are the apexes of.
func (a *apexes) names(v *View) []string {
	a.once.Do(func() {
		if a.none() {
			return
		}
		for s := range v.shards() {
			s.each(func(_ uint32, e entry) {
				if e.isApex() {
					a.list = append(a.list, nameString(e.name()))
				}
			})
		}
		slices.Sort(a.list)
	})
	return slices.Clone(a.list)
}
