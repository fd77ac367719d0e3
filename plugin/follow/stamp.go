package follow

import "time"

// Stamp is what a server says, cheaply, about when a table changed last.
type Stamp struct {
	Created string        // CREATE_TIME: moves with TRUNCATE and with another table of the same name
	Updated string        // UPDATE_TIME, in whole seconds; "" is unknown
	Age     time.Duration // of Updated, by the server's clock
	NextID  uint64        // AUTO_INCREMENT, which TRUNCATE sets back; 0 is unknown
	Rows    int64         // TABLE_ROWS, an estimate; -1 is unknown. MariaDB's TRUNCATE moves nothing else of a table without a counter
}

// stampGranularity is how much older than the server's clock UPDATE_TIME must be before another change can not carry the same: one
// second for its grain, and one because MySQL stamps before the commit is visible.
const stampGranularity = 2 * time.Second

// tableState is the stamp of a table, taken before a list: it vouches for what that list read.
type tableState struct {
	server string // Server.ID: the stamp means nothing on another
	stamp  Stamp
}

// verdict is what two states of a table, one before and one now, say about it.
type verdict uint8

const (
	unknown   verdict = iota // the server can not tell
	unchanged                // the table is as it was
	changed                  // it may have changed
)

// since compares with the state before which a list was read.
func (t tableState) since(before tableState) verdict {
	switch {
	case t.replaced(before) || t.stamp.Updated != before.stamp.Updated:
		return changed
	case t.stamp.Updated == "":
		return unknown
	case before.stamp.Age.Abs() < stampGranularity: // negative if the server's clock was set back since
		return changed // there was time for another change in the same second
	}
	return unchanged
}

// replaced reports whether the table is another one, or emptied by TRUNCATE: changes that no trigger sees.
func (t tableState) replaced(before tableState) bool {
	now, then := t.stamp, before.stamp
	return t.server != before.server || now.Created != then.Created || now.Updated == "" && then.Updated != "" ||
		now.NextID != 0 && now.NextID < then.NextID || now.Rows == 0 && then.Rows != 0
}
