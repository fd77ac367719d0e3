package zonedb

import (
	"iter"

	"github.com/mysqldns/mysqldns/plugin/wire"
)

// patchShare: if more than one in so many names differs, and more than mostDiffering, a Load is no Patch.
const patchShare = 16

// Patch is what a Load changes at some names of the state that a DB has, where the two differ little: it costs what the names cost that differ, and all others keep their
// place in memory. Nothing else may change the DB between Load.Patch and Commit.
type Patch struct {
	db      *DB
	from    *editor // the Load's
	names   []string
	records int
}

// Patch is what Compare found, but for owner names that are known to have changed after what was added was read. Compare must have found few.
func (l *Load) Patch(but iter.Seq[string]) *Patch {
	v := l.db.View()
	p := &Patch{db: l.db, from: l.edit, names: []string{}, records: v.records}
	var buf [wire.MaxName]byte
	known := map[string]bool{}
	for name := range but {
		known[string(buf[:packName(&buf, name)])] = true
	}
	for _, name := range l.differ.names {
		packed := buf[:packName(&buf, name)]
		if known[string(packed)] {
			continue
		}
		p.names = append(p.names, name)
		h := hashOf(v.seed, packed)
		if was := v.entry(h, packed); was != nil {
			p.records -= countRecords(was.content())
		}
		is, _ := l.edit.content(h, packed)
		p.records += countRecords(is)
	}
	return p
}

// Len is how many records there are after Commit.
func (p *Patch) Len() int { return p.records }

// Names are the owner names that differ, in lower case and fully qualified.
func (p *Patch) Names() []string { return p.names }

// Commit publishes the new content at the names, all in one state, and tells what it changes.
func (p *Patch) Commit() (c Changed) {
	e := p.db.View().edit()
	var buf [wire.MaxName]byte
	for _, name := range p.names {
		packed := buf[:packName(&buf, name)]
		content, _ := p.from.content(e.hash(packed), packed)
		c.add(e.change(packed, content))
	}
	p.db.publishEdited(e, c)
	return c
}
