package mysqldns

import "time"

// gate is what the server says, cheaply, about whether a table has changed: taken before a list, it vouches for what that
// list read.
type gate struct {
	server string // which server said it; nothing of this means anything on another
	stamp  stamp
}

// stamp is when the server says that the table changed last.
type stamp struct {
	created string // CREATE_TIME: moves with TRUNCATE and with another table of the same name
	updated string // UPDATE_TIME, in whole seconds; "" is unknown
	age     time.Duration
	next    uint64 // AUTO_INCREMENT, which TRUNCATE sets back; 0 is unknown
	rows    int64  // TABLE_ROWS, an estimate; -1 is unknown. MariaDB's TRUNCATE moves nothing else of a table without a counter
}

// settle is how much older than the server's clock UPDATE_TIME must be before another change can not carry the same: one
// second for its grain, and one because MySQL stamps before the commit is visible.
const settle = 2 * time.Second

// verdict is what two gates, one before and one now, say about the table.
type verdict uint8

const (
	unknown verdict = iota // the server can not tell
	same                   // the table is as it was
	moved                  // it may have changed
)

// since compares with the gate that a list was read behind.
func (g gate) since(before gate) verdict {
	switch {
	case g.replaced(before) || g.stamp.updated != before.stamp.updated:
		return moved
	case g.stamp.updated == "":
		return unknown
	case before.stamp.age.Abs() < settle: // negative if the server's clock was set back since
		return moved // there was time for another change in the same second
	}
	return same
}

// replaced reports whether the table is another one, or emptied by TRUNCATE: changes that no trigger sees.
func (g gate) replaced(before gate) bool {
	now, then := g.stamp, before.stamp
	return g.server != before.server || now.created != then.created || now.updated == "" && then.updated != "" ||
		now.next != 0 && now.next < then.next || now.rows == 0 && then.rows != 0
}
