package follow

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/plugin/record"
)

// database is a model of one table with its change log: the versions that its commits made. Which of them a server shows is the server's affair. Its methods are
// safe for concurrent use.
type database struct {
	mu       sync.Mutex
	versions []version // in the order of their commits
	seq, id  uint64    // that were given out last
	clock    time.Duration
	grouped  time.Time // until when its cluster confirms nothing
}

// version is the table with its change log after a commit. It is never changed.
type version struct {
	committed time.Time
	updated   time.Time // UPDATE_TIME, by the server's clock; zero is unknown
	created   int       // which table of this name it is
	nextID    uint64
	rows      []record.Row
	log       []Change // by number
	shape     Shape
	dropped   bool
	noStamp   bool // as of a view
}

// newDatabase has an empty table with an empty change log, a minute old.
func newDatabase() *database {
	past := time.Now().Add(-time.Minute)
	return &database{versions: []version{{committed: past, updated: past, nextID: 1, shape: Shape{HasLog: true}}}}
}

// now is the time by the servers' clock.
func (db *database) now() time.Time {
	db.mu.Lock()
	defer db.mu.Unlock()
	return time.Now().Add(db.clock)
}

// turnClock sets the servers' clock forward, or back.
func (db *database) turnClock(by time.Duration) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.clock += by
}

// regroup makes the cluster confirm nothing for a time.
func (db *database) regroup(d time.Duration) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.grouped = time.Now().Add(d)
}

// regroups reports whether the cluster confirms nothing now.
func (db *database) regroups() bool {
	db.mu.Lock()
	defer db.mu.Unlock()
	return time.Now().Before(db.grouped)
}

// at is the last version that was committed by a time.
func (db *database) at(when time.Time) version {
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, v := range slices.Backward(db.versions) {
		if !v.committed.After(when) {
			return v
		}
	}
	return db.versions[0]
}

// edit commits a version which the change log says nothing of.
func (db *database) edit(change func(*version)) {
	db.mu.Lock()
	defer db.mu.Unlock()
	v := db.versions[len(db.versions)-1]
	v.rows, v.log = slices.Clone(v.rows), slices.Clone(v.log)
	v.committed, v.updated = time.Now(), time.Now().Add(db.clock)
	change(&v)
	v.nextID = max(v.nextID, db.id+1)
	db.versions = append(db.versions, v)
}

// put is a transaction that only gives a name an address.
func (db *database) put(name, address string) {
	tx := db.begin()
	tx.put(name, address)
	tx.commit()
}

// putMany gives names 0.many.lan, 1.many.lan and so on an address, in one transaction.
func (db *database) putMany(names int, address string) {
	tx := db.begin()
	for n := range names {
		tx.put(strconv.Itoa(n)+".many.lan", address)
	}
	tx.commit()
}

// remove is a transaction that only deletes a name.
func (db *database) remove(name string) {
	tx := db.begin()
	tx.remove(name)
	tx.commit()
}

// transaction is some changes that are seen together when it commits. One that does not is rolled back. The numbers in the change log are given out when a
// change is made.
type transaction struct {
	db      *database
	entries []Change
	changes []func(*version)
}

func (db *database) begin() *transaction { return &transaction{db: db} }

// log writes an entry.
func (tx *transaction) log(name string, all bool) {
	tx.db.mu.Lock()
	defer tx.db.mu.Unlock()
	tx.db.seq++
	at := time.Now().Add(tx.db.clock).UnixMicro()
	tx.entries = append(tx.entries, Change{Entry: Entry{Seq: tx.db.seq, At: at}, Name: name, All: all})
}

func (tx *transaction) put(name, address string) {
	tx.log(name, false)
	tx.changes = append(tx.changes, func(v *version) { tx.db.set(v, name, address) })
}

func (tx *transaction) remove(name string) {
	tx.log(name, false)
	tx.changes = append(tx.changes, func(v *version) { v.unset(name) })
}

func (tx *transaction) commit() {
	tx.db.edit(func(v *version) {
		for _, change := range tx.changes {
			change(v)
		}
		v.log = append(v.log, tx.entries...)
		slices.SortFunc(v.log, func(a, b Change) int { return cmp.Compare(a.Seq, b.Seq) })
	})
}

// set gives a name one address, in a version that is being made.
func (db *database) set(v *version, name, address string) {
	row := record.Row{Name: name, Type: "A", Record: address}
	if index := slices.IndexFunc(v.rows, func(r record.Row) bool { return r.Name == name }); index >= 0 {
		row.ID = v.rows[index].ID
		v.rows[index] = row
		return
	}
	db.id++
	row.ID = db.id
	v.rows = append(v.rows, row)
}

// unset deletes the rows of a name, in a version that is being made.
func (v *version) unset(name string) {
	v.rows = slices.DeleteFunc(v.rows, func(r record.Row) bool { return r.Name == name })
}

// replace makes the table an empty one that was created just now, as TRUNCATE does, and RENAME of another.
func (v *version) replace() {
	v.created++
	v.rows = nil
}

// named are the rows with a name, as the server compares names.
func (v *version) named(name string) (rows []record.Row) {
	for _, row := range v.rows {
		if row.Name == name || !v.shape.CaseSensitive && strings.EqualFold(row.Name, name) {
			rows = append(rows, row)
		}
	}
	return rows
}

// entry is the one at an index of the log; the zero Entry for -1.
func (v *version) entry(index int) Entry {
	if index < 0 {
		return Entry{}
	}
	return v.log[index].Entry
}

// find is where the first entry is whose number is not below seq.
func (v *version) find(seq uint64) int {
	index, _ := slices.BinarySearchFunc(v.log, seq, func(c Change, seq uint64) int { return cmp.Compare(c.Seq, seq) })
	return index
}

// count counts entries.
func (v *version) count(m Marks) Counts {
	low := v.find(m.Low)
	c := Counts{FromLow: len(v.log) - low, BeyondYoung: len(v.log) - v.find(m.Young+1), BeyondHigh: len(v.log) - v.find(m.High+1)}
	if low < len(v.log) {
		c.Low.Seq = v.log[low].Seq
		if c.Low.Seq == m.Low {
			c.Low.At = v.log[low].At
		}
	}
	return c
}

// countSince counts entries that were written since a time: seconds since 1970 or, if that is negative, before now.
func (v *version) countSince(since int64, upTo uint64, now int64) (c SinceCount) {
	if since < 0 {
		since += now
	}
	c.Whole.Since, c.Half.Since = since, (since+now)/2
	for _, change := range v.log[:v.find(upTo+1)] {
		c.Whole.count(change.Entry)
		c.Half.count(change.Entry)
	}
	return c
}
