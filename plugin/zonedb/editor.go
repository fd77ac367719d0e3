package zonedb

import "hash/maphash"

// fan is the number of groups of a View, and of shards in a group. Copying the way from the root to one shard costs 1 KB.
const fan = 64

type group [fan]*shard

// editor prepares the next View. What it was given it shares with published Views; it copies a group, and of a shard the
// index, before it first writes to it. To arenas it appends. It is not safe for concurrent use, and one View must have at
// most one editor whose result is published.
type editor struct {
	seed       maphash.Seed
	groups     [fan]*group
	ownGroups  uint64
	ownShards  [fan]uint64
	apexes     *apexes
	ownApexes  bool
	records    int
	owners     int
	spare      int                        // the part of a grown arena that is free: 1/spare
	like       *View                      // where to look how large a new shard will become; may be nil
	expect     struct{ arena, names int } // how large it will become where like does not know
	lastParent parent
}

// parent is where the entry of a name is whose kids were counted last. It is valid while shard is not nil.
type parent struct {
	shard *shard
	off   uint32
	name  [maxName]byte
	len   int
}

// edit returns an editor that begins with the content of v.
func (v *View) edit() *editor {
	return &editor{seed: v.seed, groups: v.groups, apexes: v.apexes, records: v.records, owners: v.owners, spare: 4}
}

// view returns what was edited. The editor must not be used after it.
func (e *editor) view() *View {
	v := &View{seed: e.seed, groups: e.groups, apexes: e.apexes, records: e.records, owners: e.owners}
	v.loose.view = v
	return v
}

func (e *editor) hash(name []byte) hash { return hashOf(e.seed, name) }

// peek returns the shard for reading; nil if it is empty.
func (e *editor) peek(h hash) *shard {
	if g := e.groups[h.group()]; g != nil {
		return g[h.shard()]
	}
	return nil
}

// owns reports whether no published View can see the shard.
func (e *editor) owns(h hash) bool { return e.ownShards[h.group()]>>h.shard()&1 != 0 }

// shard returns the shard for writing.
func (e *editor) shard(h hash) *shard {
	g, i := h.group(), h.shard()
	if e.owns(h) {
		return e.groups[g][i]
	}
	if e.ownGroups>>g&1 == 0 {
		own := new(group)
		if e.groups[g] != nil {
			*own = *e.groups[g]
		}
		e.groups[g] = own
		e.ownGroups |= 1 << g
	}
	if s := e.groups[g][i]; s != nil {
		e.groups[g][i] = s.clone()
	} else {
		e.groups[g][i] = e.newShard(h)
	}
	e.ownShards[g] |= 1 << i
	return e.groups[g][i]
}

// newShard returns an empty shard, of the right size if the editor knows it.
func (e *editor) newShard(h hash) *shard {
	if e.like != nil {
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
	moved, err := s.reserve(entrySize(name, content), e.spare, e.seed)
	if moved {
		e.lastParent.shard = nil
	}
	return s, err
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
		s.insert(h, 0, name, content)
		e.count(name, nil, content)
		return e.link(name)
	}
	was, kids := s.entry(off).content(), s.entry(off).kids()
	e.count(name, was, content)
	e.lastParent.shard = nil
	if len(content) == 0 && kids == 0 {
		s.remove(slot, e.seed)
		e.unlink(name)
		return nil
	}
	s.replace(slot, kids, name, content)
	return nil
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
		e.remember(h, name, s, s.insert(h, 1, name, nil))
	}
	return nil
}

// countKid counts one more name below an entry.
func (e *editor) countKid(h hash, name []byte, s *shard, off uint32) error {
	if at := s.entry(off); at[0]&flagKids != 0 {
		at.addKids(1)
		e.remember(h, name, s, off)
		return nil
	}
	s, err := e.reserve(h, name, s.entry(off).content())
	if err != nil {
		return err
	}
	slot, off, _ := s.find(h, name)
	s.replace(slot, 1, name, s.entry(off).content())
	e.lastParent.shard = nil
	return nil
}

// remember makes the next countAgain for the same name quick. It does so only for a shard that will not be cloned.
func (e *editor) remember(h hash, name []byte, s *shard, off uint32) {
	if e.owns(h) {
		p := &e.lastParent
		p.shard, p.off, p.len = s, off, copy(p.name[:], name)
	}
}

// countAgain counts one more name below the one that was counted last, if that is name.
func (e *editor) countAgain(name []byte) bool {
	p := &e.lastParent
	if p.shard == nil || string(p.name[:p.len]) != string(name) {
		return false
	}
	p.shard.entry(p.off).addKids(1)
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
	for g, own := range e.ownShards {
		for i := 0; own != 0; i, own = i+1, own>>1 {
			if own&1 == 0 {
				continue
			}
			if s := e.groups[g][i]; s.names == 0 {
				e.groups[g][i] = nil
			} else {
				s.tidy(e.spare, e.seed)
			}
		}
	}
}
