package zonedb

import (
	"bytes"
	"context"
	"fmt"

	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// Load collects a whole new content for a DB, unseen until Commit. To give it up, forget it. Until then there are two copies
// in memory, so a full list needs up to twice the memory. It is not safe for concurrent use.
type Load struct {
	// Pause is called now and then in Commit, which may compute for some time; nil for never.
	Pause func()

	db     *DB
	edit   *editor
	packer wire.Packer
	buf    []byte

	name   []byte // the owner name of the records in last, in wire form
	last   owner  // records that are not in edit yet: those of one name, that of the last record
	merged owner  // scratch
	big    map[string]*owner
	done   bool
	differ differing
}

// mostDiffering bounds the names by which two contents differ that are noted one by one.
const mostDiffering = 100_000

// shardsAtOnce is how many shards are compared without a pause: at 1,000,000 names some 0.3 ms.
const shardsAtOnce = 16

// bigContent is from how many octets on the content of a name is collected aside, in Load.big, until Commit: records that
// come for it one by one, between those of others, would each time copy all of it.
const bigContent = 4096

// NewLoad starts a new content, empty.
func (db *DB) NewLoad() *Load {
	v := db.View()
	return &Load{db: db, edit: &editor{seed: v.seed, apexes: new(apexes), spare: 2, like: v}, big: map[string]*owner{}}
}

// Expect says about how many records will be added, so that memory for them need not be taken and copied bit by bit. Call it
// before the first Add. A number that is wrong does no harm.
func (l *Load) Expect(records int) { l.edit.expectRecords(records) }

// Add adds a record; a duplicate of one already there adds nothing. The record is not kept, only its content. It returns
// an error, and adds nothing, if the record has no wire form or is not of class IN.
func (l *Load) Add(rr dns.RR) error {
	h := rr.Header()
	if h.Class != dns.ClassINET {
		return fmt.Errorf("%s %s: class %s is not IN", h.Name, dns.Type(h.Rrtype), dns.Class(h.Class))
	}
	var buf [wire.MaxName]byte
	name := buf[:packName(&buf, h.Name)]
	if len(name) == 0 {
		return fmt.Errorf("%s: not a fully qualified name", h.Name)
	}
	rdata, err := pack(&l.packer, rr)
	if err != nil {
		return fmt.Errorf("%s %s: %w", h.Name, dns.Type(h.Rrtype), err)
	}
	if !bytes.Equal(name, l.name) {
		if err := l.flush(); err != nil {
			return err
		}
		l.name = append(l.name[:0], name...)
	}
	if l.last.size > maxContent/2 {
		return fmt.Errorf("%s: more than %d octets at one name", h.Name, maxContent/2)
	}
	l.last.add(h.Rrtype, h.Ttl, rdata)
	return nil
}

// flush moves the records of the last name to where all others are.
func (l *Load) flush() error {
	if len(l.last.sets) == 0 {
		return nil
	}
	defer l.last.reset()
	h := l.edit.hash(l.name)
	was, exists := l.edit.content(h, l.name)
	if len(was) == 0 {
		l.buf = l.last.appendContent(l.buf[:0])
		if !exists {
			return l.edit.insert(h, l.name, l.buf)
		}
		return l.edit.set(h, l.name, l.buf)
	}
	if len(was) < bigContent {
		l.merged.reset()
		l.merged.addContent(was)
		l.merged.addAll(&l.last)
		l.buf = l.merged.appendContent(l.buf[:0])
		return l.edit.set(h, l.name, l.buf)
	}
	o := l.big[string(l.name)]
	if o == nil {
		o = new(owner)
		o.addContent(was)
		l.big[string(l.name)] = o
	}
	if o.size+l.last.size > maxContent {
		return fmt.Errorf("%s: more than %d octets at one name", nameString(l.name), maxContent)
	}
	l.edit.records += o.addAll(&l.last)
	return nil
}

// flushAll moves all records to the editor.
func (l *Load) flushAll() {
	if err := l.flush(); err != nil {
		return // more than a gigabyte at one name; Add returned an error
	}
	for name, o := range l.big {
		packed := []byte(name)
		h := l.edit.hash(packed)
		was, _ := l.edit.content(h, packed)
		l.edit.records -= o.count() - countRecords(was) // counted when they came; set counts them again
		l.buf = o.appendContent(l.buf[:0])
		_ = l.edit.set(h, packed, l.buf) // it fits: the shard has room for 4 GiB
	}
	clear(l.big)
}

// Keep makes the new content at an owner name (lower case, fully qualified) what the DB has there now: for names that are known to have
// changed after what was added was read. Nothing may be added any more.
func (l *Load) Keep(name string) {
	var buf [wire.MaxName]byte
	packed := buf[:packName(&buf, name)]
	if len(packed) == 0 {
		return
	}
	l.flushAll()
	h := l.edit.hash(packed)
	var content []byte
	if e := l.db.View().entry(h, packed); e != nil {
		content = e.content()
	}
	_ = l.edit.set(h, packed, content) // it fits, as it did before
}

// Len is the number of records added.
func (l *Load) Len() int {
	_ = l.flush()
	return l.edit.records
}

// Commit publishes the new content in place of the old and tells what differs, name by name and without regard to the
// order of records in an RRset. If nothing does, the old state stays published. A Load is committed once.
func (l *Load) Commit() Changed {
	if l.done {
		return Changed{}
	}
	l.done = true
	l.flushAll()
	old := l.db.View()
	l.differ = differing{most: min(mostDiffering, old.owners)}
	c := l.diff(old)
	if c.Any() {
		pause := l.Pause
		if pause == nil {
			pause = func() {}
		}
		l.db.publish(l.edit.view(), l.differ.moved, !l.differ.over, pause)
	}
	l.differ.moved = nil
	l.edit, l.big, l.buf = nil, nil, nil
	return c
}

// Compare finds the names by which the new content differs from what the DB has now, for Patch, and reports whether it did and they are few: ctx may end it. Nothing
// may be added any more. The DB may change meanwhile.
func (l *Load) Compare(ctx context.Context) (few bool) {
	l.flushAll()
	v := l.db.View()
	l.differ = differing{all: true, most: max(mostDiffering, v.owners/patchShare)}
	for g := range fan {
		for i := range fan {
			l.pauseAt(i)
			if i == 0 && ctx.Err() != nil {
				return false
			}
			diffShards(v.groups[g].at(i), l.edit.groups[g].at(i), l.edit.seed, published, &l.differ)
		}
	}
	return !l.differ.over
}

// diff compares shard by shard, gives back the room that each needed to grow, and where nothing differs takes the old
// one, so that its memory is not needed twice.
func (l *Load) diff(old *View) Changed {
	var c Changed
	for g := range fan {
		for i := range fan {
			l.pauseAt(i)
			was, is := old.groups[g].at(i), l.edit.groups[g].at(i)
			differ, same := diffShards(was, is, l.edit.seed, own, &l.differ)
			c.add(differ)
			switch {
			case is == nil:
			case same:
				*is = *was
			default:
				is.seal(l.edit.seed)
			}
		}
	}
	return c
}

// pauseAt pauses at some of the shards of a group.
func (l *Load) pauseAt(shard int) {
	if shard%shardsAtOnce == 0 && l.Pause != nil {
		l.Pause()
	}
}
