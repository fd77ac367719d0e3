package mysqldns

import (
	"slices"
	"time"
)

// maxRecent bounds how many changes are remembered.
const maxRecent = 20

// recentChange is a name that the change log named, or all of them where the whole table was read and differed.
type recentChange struct {
	Name string // as the change log has it; "" for all
	At   time.Time
}

// recentChanges are the last changes of a copy, the newest first. Its zero value is ready; it is guarded by what holds it.
type recentChanges struct {
	ring [maxRecent]recentChange
	next int
}

// add notes changes of one time, in their order. Of more than can be remembered, the last are.
func (r *recentChanges) add(at time.Time, names ...string) {
	for _, name := range names[max(0, len(names)-maxRecent):] {
		r.ring[r.next] = recentChange{name, at}
		r.next = (r.next + 1) % maxRecent
	}
}

func (r *recentChanges) list() []recentChange {
	var changes []recentChange
	for i := range maxRecent {
		if change := r.ring[(r.next+i)%maxRecent]; !change.At.IsZero() {
			changes = append(changes, change)
		}
	}
	slices.Reverse(changes)
	return changes
}
