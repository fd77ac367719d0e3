package zonedb

import (
	"bytes"
	"hash/maphash"
	"math/bits"
	"slices"

	"github.com/mysqldns/mysqldns/plugin/wire"
)

// editor prepares the next View. What it was given it shares with published Views; it copies a group, and of a shard the
// index, before it first writes to it. To arenas it appends. It is not safe for concurrent use, and one View must have at
// most one editor whose result is published.
type editor struct {
	seed       maphash.Seed
	groups     [fan]group
	ownGroups  uint64
	ownShards  [fan]uint64
	apexes     *apexes
	ownApexes  bool
	records    int
	owners     int
	octets     int                        // that were appended to arenas, about
	spare      int                        // the part of a grown arena that is free: 1/spare
	like       *View                      // where to look how large a new shard will become; may be nil
	expect     struct{ arena, names int } // how large it will become where like does not know
	expected   int                        // records in all, about; 0 if unknown
	lastParent parent
	sorted     bool    // note in moved …
	moved      []moved // … which names got their first record, or lost their last
}

// parent is where the entry of a name is whose kids were counted last. It is valid while len is not 0.
type parent struct {
	hash hash
	off  uint32
	name [wire.MaxName]byte
	len  int
}

// edit returns an editor that begins with the content of v.
func (v *View) edit() *editor {
	return &editor{seed: v.seed, groups: v.groups, apexes: v.apexes, records: v.records, owners: v.owners, spare: 4, sorted: v.order != nil}
}

// view returns what was edited. The editor must not be used after it.
func (e *editor) view() *View {
	v := &View{seed: e.seed, groups: e.groups, apexes: e.apexes, records: e.records, owners: e.owners}
	v.loose.view = v
	return v
}

func (e *editor) hash(name []byte) hash { return hashOf(e.seed, name) }

// peek returns the shard for reading; nil if it is empty.
func (e *editor) peek(h hash) *shard { return e.groups[h.group()].at(h.shard()) }

// shard returns the shard for writing, until the next call.
func (e *editor) shard(h hash) *shard {
	g, i := &e.groups[h.group()], h.shard()
	s := g.at(i)
	own := &e.ownShards[h.group()]
	if *own>>i&1 != 0 {
		return s
	}
	*own |= 1 << i
	if bit := uint64(1) << h.group(); e.ownGroups&bit == 0 {
		e.ownGroups |= bit
		g.shards = slices.Clone(g.shards)
		s = g.at(i)
	}
	if s == nil {
		g.shards = slices.Insert(g.shards, g.place(i), e.newShard(h))
		g.has |= 1 << i
		return g.at(i)
	}
	s.index = s.index.clone()
	return s
}

// newShard returns an empty shard, of the right size if the editor knows it.
func (e *editor) newShard(h hash) shard {
	if e.like != nil && e.like.records >= e.expected/2 {
		if s := e.like.shard(h); s != nil {
			return newShard(s.live()+s.live()/32, int(s.names)+int(s.names)/32)
		}
	}
	return newShard(e.expect.arena, max(e.expect.names, 1))
}

// expectAll tells the editor what all names and their entries will come to, so that shards need not grow. That may come from
// a damaged file, so it is believed up to 256 KB a shard, which is enough for 5,000,000 names.
func (e *editor) expectAll(names, octets uint64) {
	perShard := func(n uint64) int { // names fall into shards by chance
		n = min(n/(fan*fan), 1<<18)
		return int(n + n/8)
	}
	e.expect.arena, e.expect.names = perShard(octets), perShard(min(names, octets/16))
}

// expectRecords tells the editor about how many records there will be. It is believed only so far that, however wrong it is,
// shards take a few times the memory of what is in them, and 24 MB.
func (e *editor) expectRecords(n int) {
	e.expected = max(n, 0)
	const octets = 40 // of an entry, before any is known
	first := min(e.expected/(fan*fan*4), 100)
	e.expect.arena, e.expect.names = first*octets, first
}

// room is how much more a shard should have room for when it grows.
func (e *editor) room(s *shard) room {
	if e.expected == 0 || e.records == 0 {
		return room{s.live() / e.spare, int(s.names) / e.spare}
	}
	// What comes is as what came, and falls into shards by chance.
	left := max(e.expected-e.records, e.records/5)
	perShard := float64(left) / float64(e.records) / (fan * fan) * 17 / 16
	bounded := func(all, own int) int {
		return min(max(int(float64(all)*perShard), own/16), 4*own+64)
	}
	return room{bounded(e.octets, s.live()), bounded(e.owners, int(s.names))}
}

// content returns what a name holds; ok tells whether the name exists.
func (e *editor) content(h hash, name []byte) (content []byte, ok bool) {
	s := e.peek(h)
	if s == nil {
		return nil, false
	}
	_, off, ok := s.find(h, name)
	if !ok {
		return nil, false
	}
	return s.entry(off).content(), true
}

// reserve returns the shard for writing, with room for an entry.
func (e *editor) reserve(h hash, name, content []byte) (*shard, error) {
	s := e.shard(h)
	size := entrySize(name, content)
	e.octets += size
	if s.fits(size) {
		return s, nil
	}
	moved, err := s.reserve(size, e.room(s), e.seed)
	if moved {
		e.lastParent.len = 0
	}
	return s, err
}

// insert is set for a name that does not exist and content that is not empty.
func (e *editor) insert(h hash, name, content []byte) error {
	s, err := e.reserve(h, name, content)
	if err != nil {
		return err
	}
	return e.insertInto(s, h, name, content)
}

func (e *editor) insertInto(s *shard, h hash, name, content []byte) error {
	s.insert(h, 0, name, content)
	e.count(name, nil, content)
	return e.link(name)
}

// set makes content what a name holds; with empty content the name holds nothing and exists only as long as there are
// names below it. The content is copied.
func (e *editor) set(h hash, name, content []byte) error {
	s, err := e.reserve(h, name, content)
	if err != nil {
		return err
	}
	slot, off, ok := s.find(h, name)
	if !ok {
		if len(content) == 0 {
			return nil
		}
		return e.insertInto(s, h, name, content)
	}
	was, kids := s.entry(off).content(), s.entry(off).kids()
	e.count(name, was, content)
	e.lastParent.len = 0
	if len(content) == 0 && kids == 0 {
		s.remove(slot, e.seed)
		e.unlink(name)
		return nil
	}
	s.replace(slot, kids, name, content)
	return nil
}

// change is set, unless the name holds the same already but for the order of records. It tells what changes.
func (e *editor) change(name, content []byte) Changed {
	h := e.hash(name)
	was, _ := e.content(h, name)
	if sameContent(was, content) {
		return Changed{}
	}
	before := len(was)
	if err := e.set(h, name, content); err != nil {
		return Changed{}
	}
	switch {
	case before == 0:
		return Changed{Added: 1}
	case len(content) == 0:
		return Changed{Removed: 1}
	}
	return Changed{Modified: 1}
}

// count keeps the numbers of a View when a name holds other content than it did.
func (e *editor) count(name, was, is []byte) {
	e.records += countRecords(is) - countRecords(was)
	if len(was) > 0 {
		e.owners--
	}
	if len(is) > 0 {
		e.owners++
	}
	if e.sorted && (len(was) > 0) != (len(is) > 0) {
		e.moved = append(e.moved, moved{bytes.Clone(name), len(is) > 0})
	}
	before, after := hasSOA(was), hasSOA(is)
	switch {
	case before == after:
	case after:
		e.countApex(name, 1)
	default:
		e.countApex(name, -1)
	}
}

func (e *editor) countApex(name []byte, n int) {
	if !e.ownApexes {
		e.apexes, e.ownApexes = e.apexes.with(labelsOf(name), n), true
		return
	}
	e.apexes.add(labelsOf(name), n)
}

// link counts a new name at its parent, which is made, as an empty non-terminal, if it does not exist yet, and so on up.
func (e *editor) link(name []byte) error {
	for len(name) > 1 {
		name = parentOf(name)
		if e.countAgain(name) {
			return nil
		}
		h := e.hash(name)
		if s := e.peek(h); s != nil {
			if _, off, ok := s.find(h, name); ok {
				return e.countKid(h, name, s, off)
			}
		}
		s, err := e.reserve(h, name, nil)
		if err != nil {
			return err
		}
		e.lastParent.set(h, name, s.insert(h, 1, name, nil))
	}
	return nil
}

// countKid counts one more name below an entry.
func (e *editor) countKid(h hash, name []byte, s *shard, off uint32) error {
	if at := s.entry(off); at[0]&flagKids != 0 {
		at.addKids(1)
		e.lastParent.set(h, name, off)
		return nil
	}
	s, err := e.reserve(h, name, s.entry(off).content())
	if err != nil {
		return err
	}
	slot, off, _ := s.find(h, name)
	e.lastParent.set(h, name, s.replace(slot, 1, name, s.entry(off).content()))
	return nil
}

// set makes the next countAgain for the same name quick.
func (p *parent) set(h hash, name []byte, off uint32) {
	p.hash, p.off, p.len = h, off, copy(p.name[:], name)
}

// countAgain counts one more name below the one that was counted last, if that is name.
func (e *editor) countAgain(name []byte) bool {
	p := &e.lastParent
	if p.len == 0 || string(p.name[:p.len]) != string(name) {
		return false
	}
	e.peek(p.hash).entry(p.off).addKids(1)
	return true
}

// unlink counts a name that is gone off at its parent, which goes too if it was there only for it, and so on up.
func (e *editor) unlink(name []byte) {
	for len(name) > 1 {
		name = parentOf(name)
		h := e.hash(name)
		s := e.peek(h)
		_, off, _ := s.find(h, name)
		at := s.entry(off)
		at.addKids(-1)
		if at.kids() > 0 || len(at.content()) > 0 {
			return
		}
		s = e.shard(h)
		slot, _, _ := s.find(h, name)
		s.remove(slot, e.seed)
	}
}

// tidy gives back the memory of what was removed.
func (e *editor) tidy() {
	for n, own := range e.ownShards {
		g := &e.groups[n]
		for ; own != 0; own &= own - 1 {
			i := bits.TrailingZeros64(own)
			if s := g.at(i); s.names == 0 {
				g.shards = slices.Delete(g.shards, g.place(i), g.place(i)+1)
				g.has &^= 1 << i
			} else {
				s.tidy(e.spare, e.seed)
			}
		}
	}
}
