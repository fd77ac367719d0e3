package zonedb

import (
	"sync/atomic"

	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// DB is the copy of one table. Any goroutine may read it; one at a time may write.
type DB struct {
	view   atomic.Pointer[View]
	sorted atomic.Bool // Views get an order
	packer wire.Packer // the writer's
	owner  owner       // the writer's
	buf    []byte      // the writer's
}

// New returns an empty copy.
func New() *DB {
	db := new(DB)
	db.view.Store(newView())
	return db
}

// KeepOrder makes the states that are published from now on keep their owner names in canonical order, some 10 octets for each: for those who list
// zones again and again. Any goroutine may call it. A Load or Apply that comes next sorts all names, once.
func (db *DB) KeepOrder() { db.sorted.Store(true) }

// publish makes an edited state the one that is read. If known, moved has all names that got records or lost them since the last state.
func (db *DB) publish(v *View, moved []moved, known bool, pause func()) {
	before := db.View()
	if db.sorted.Load() {
		if known && before.order != nil && len(moved) <= before.owners/sortShare {
			v.order = before.order.after(moved, before, v)
		}
		if v.order == nil {
			v.order = newOrder(v, pause)
		}
		db.sorted.Store(v.order != nil)
	}
	db.view.Store(v)
}

// sortShare: if more than one in so many names came or went, all are put in order anew.
const sortShare = 8

// View returns the state that was published last.
func (db *DB) View() *View { return db.view.Load() }

// Changed counts the names by which two states of the copy differ.
type Changed struct{ Added, Removed, Modified int }

// Any reports whether anything differs.
func (c Changed) Any() bool { return c != Changed{} }

func (c *Changed) add(other Changed) {
	c.Added += other.Added
	c.Removed += other.Removed
	c.Modified += other.Modified
}

// Apply replaces the records at the given owner names (lower case, fully qualified), all in one published state. A
// name with no records is removed. The records' owner names are the names that they are listed under. If nothing differs,
// the last state stays published. What has no wire form is left out: an RDATA out of bounds, another class than IN.
//
// The cost depends on the number of names given, not on that of the table.
func (db *DB) Apply(names map[string][]dns.RR) Changed {
	e := db.View().edit()
	var c Changed
	for name, rrs := range names {
		c.add(db.apply(e, name, rrs))
	}
	db.publishEdited(e, c)
	return c
}

// publishEdited publishes what an editor has made of the last state, if anything differs.
func (db *DB) publishEdited(e *editor, c Changed) {
	if c.Any() {
		e.tidy()
		db.publish(e.view(), e.moved, true, func() {})
	}
}

// apply replaces the records at one name.
func (db *DB) apply(e *editor, name string, rrs []dns.RR) Changed {
	var buf [wire.MaxName]byte
	packed := buf[:packName(&buf, name)]
	if len(packed) == 0 {
		return Changed{}
	}
	db.owner.reset()
	for _, rr := range rrs {
		if h := rr.Header(); h.Class == dns.ClassINET && db.owner.size < maxContent/2 {
			if rdata, err := pack(&db.packer, rr); err == nil {
				db.owner.add(h.Rrtype, h.Ttl, rdata)
			}
		}
	}
	db.buf = db.owner.appendContent(db.buf[:0])
	if cap(db.buf) > 1<<20 { // one giant must not stay in memory for ever
		defer func() { db.buf, db.owner = nil, owner{} }()
	}
	return e.change(packed, db.buf)
}
