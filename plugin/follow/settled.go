package follow

import "time"

// The settled entries that were written since a time are counted again and again. If the change log has another number of them, some came later
// than lateness: of a transaction that stayed open, or of a node of a cluster that had stood still and then handed out numbers that
// the others had passed long before.
const (
	// auditFirst is how far back the settled entries are counted at first. Those of a statement all bear the time at which it began, so this is
	// lateness, and time for a statement that makes many.
	auditFirst = lateness + 5*time.Minute

	// auditMost bounds what has to be counted again, and auditWindow how far back.
	auditMost   = 50_000
	auditWindow = 2 * time.Hour
)

// count adds an entry to the tally if it was written since then.
func (t *Tally) count(e Entry) {
	if e.At >= t.Since*1e6 {
		t.Entries++
	}
}

// auditSettled reports whether a count of the settled entries found no others than those that were seen.
func (w *watermark) auditSettled(counted SinceCount) (complete bool) {
	if counted.Whole.Entries != w.settled.Entries {
		return false
	}
	window := 2 * time.Duration(counted.Half.Since-w.settled.Since) * time.Second
	if counted.Whole.Entries > auditMost || window > auditWindow {
		w.settled = counted.Half
	}
	return true
}
