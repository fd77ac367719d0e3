package check

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/mysqldns/mysqldns/internal/order"
	"github.com/mysqldns/mysqldns/plugin/journal"
	"github.com/mysqldns/mysqldns/plugin/wire"
)

// versions are the serials that zones had last, as the plugin keeps them in the database.
type versions struct {
	serials map[string]uint32 // by apex, fully qualified and in lower case; empty where none are kept
	now     time.Time
}

// Versions says which serials zones had last, and what time it is; it is called before Finish. Serials of rows that are behind these are then found, and
// those from which there is no way to serials that move by themselves.
func (c *Checker) Versions(serials map[string]uint32, now time.Time) {
	c.versions = versions{serials, now}
}

// checkSerial looks at the serial in the row of a SOA: secondaries take no change while it is not newer than theirs (RFC 1982, 3.2).
func (w *ownerWalk) checkSerial(i *order.Item) error {
	serial := serialIn(i.Canonical)
	last, known := w.versions.serials[w.name]
	clock := uint32(w.versions.now.Unix()) //nolint:gosec // modulo 2^32, as serials are
	f := Finding{Kind: SerialGoesBack, Owner: w.name, Type: "SOA"}
	switch {
	case len(w.versions.serials) == 0 || serial == 0: // it goes on from the last one
		return nil
	case known && journal.Newer(last, serial):
		f.Problem = fmt.Sprintf("the zone had serial %d, which is newer than %d: its secondaries take no change", last, serial)
		f.Advice = fmt.Sprintf("write a newer one, such as %d, or 0 for serials that move by themselves", journal.Next(last, time.Unix(int64(last), 0)))
	case !known && journal.Newer(serial, clock):
		f.Problem = fmt.Sprintf("serials that move by themselves would begin at the time, %d, which is older than %d: with serial 0 here, secondaries would take no change",
			clock, serial)
		f.Advice = "before you write 0, let an instance with transfer and write_dsn serve the zone, which goes on from its serial"
	default:
		return nil
	}
	return w.find(i.Owner, f, row(i.ID))
}

// serialIn is the serial in the RDATA of a SOA.
func serialIn(rdata []byte) uint32 {
	at := wire.NameLen(rdata)
	at += wire.NameLen(rdata[at:])
	return binary.BigEndian.Uint32(rdata[at:])
}
