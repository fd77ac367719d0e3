package zonedb

import (
	"bytes"
	"hash/maphash"
	"math"
)

// shard is the entries of the names whose hash says so: at 1,000,000 names about 244 of them. Once published, its index
// never changes, nor what its arena holds up to its length; a writer may append behind that, for the next version of the
// shard shares the arena.
type shard struct {
	arena  []byte // entries, also those that the index no longer leads to
	index  index
	names  uint32 // entries that the index leads to
	owners uint32 // those of them that have records
	dead   uint32 // octets of the others
} // 64 octets: one cache line

// maxArena is how many octets of entries a shard may hold: an offset has 32 bits, and where int has 32 bits too, a slice is no longer than
// half of that.
const maxArena = min(math.MaxUint32, math.MaxInt)

func newShard(arena, names int) shard {
	return shard{arena: make([]byte, 0, arena), index: newIndex(slotsFor(names))}
}

// slotsFor is how many slots an index for n names has: four of five are taken. More of them free would shorten searches, but
// cost more in cache misses than that saves.
func slotsFor(n int) int { return n + n/4 + 1 }

func (s *shard) live() int { return len(s.arena) - int(s.dead) }

// bytes is how much memory the shard holds.
func (s *shard) bytes() int { return cap(s.arena) + cap(s.index) + 64 }

func (s *shard) entry(off uint32) entry { return entry(s.arena[off:]) }

// find returns the slot of a name and the offset of its entry.
func (s *shard) find(h hash, name []byte) (slot, off uint32, ok bool) {
	mark := h.fingerprint()
	slots := s.index.len()
	for slot = h.home(slots); ; {
		switch s.index.mark(slot) {
		case 0:
			return 0, 0, false
		case mark:
			off = s.index.offset(slot)
			if bytes.Equal(s.entry(off).name(), name) {
				return slot, off, true
			}
		}
		if slot++; slot == slots {
			slot = 0
		}
	}
}

// each calls f for every entry that the index leads to.
func (s *shard) each(f func(off uint32, e entry)) {
	for slot := range s.index.len() {
		if s.index.mark(slot) != 0 {
			off := s.index.offset(slot)
			f(off, s.entry(off))
		}
	}
}

// fits reports whether there is room for one more entry of at most size octets.
func (s *shard) fits(size int) bool {
	return len(s.arena)+size <= cap(s.arena) && !s.index.full(s.names+1)
}

// room is what a shard has free, or gets.
type room struct{ octets, names int }

// reserve makes room for one more entry of at most size octets. Where the arena or the index is full, a new one takes its
// place, with some room more; the arena without what is dead, if that is a quarter of it or more; then offsets change.
func (s *shard) reserve(size int, more room, seed maphash.Seed) (moved bool, err error) {
	if s.index.full(s.names + 1) {
		s.reindex(slotsFor(int(s.names)+1+more.names), seed)
	}
	if len(s.arena)+size <= cap(s.arena) {
		return false, nil
	}
	if size > maxArena-s.live() {
		return false, errFull
	}
	if int(s.dead) > len(s.arena)/4 || size > maxArena-len(s.arena) {
		s.repack(min(s.live()+size+more.octets+64, maxArena), int(s.names)+1, seed)
		return true, nil
	}
	grown := make([]byte, len(s.arena), min(len(s.arena)+size+more.octets+64, maxArena))
	copy(grown, s.arena)
	s.arena = grown
	return false, nil
}

// repack moves the entries that the index leads to into a new arena of at least the given capacity, with a new index.
func (s *shard) repack(capacity, names int, seed maphash.Seed) {
	arena := make([]byte, 0, max(capacity, s.live()))
	x := newIndex(slotsFor(max(names, int(s.names))))
	s.each(func(_ uint32, e entry) {
		x.add(hashOf(seed, e.name()), uint32(len(arena)))
		arena = append(arena, e[:e.size()]...)
	})
	s.arena, s.index, s.dead = arena, x, 0
}

// reindex gives the shard an index of n slots.
func (s *shard) reindex(n int, seed maphash.Seed) {
	x := newIndex(n)
	s.each(func(off uint32, e entry) { x.add(hashOf(seed, e.name()), off) })
	s.index = x
}

// insert adds an entry, for which reserve made room and whose name the shard does not have.
func (s *shard) insert(h hash, kids uint32, name, content []byte) (off uint32) {
	off = uint32(len(s.arena))
	s.arena = appendEntry(s.arena, kids, name, content)
	s.index.add(h, off)
	s.names++
	if len(content) > 0 {
		s.owners++
	}
	return off
}

// replace puts an entry, for which reserve made room, in the place of another of the same name.
func (s *shard) replace(slot uint32, kids uint32, name, content []byte) (off uint32) {
	was := s.entry(s.index.offset(slot))
	s.forget(was)
	off = uint32(len(s.arena))
	s.arena = appendEntry(s.arena, kids, name, content)
	s.index.set(slot, s.index.mark(slot), off)
	if len(content) > 0 {
		s.owners++
	}
	return off
}

// remove takes away the entry at a slot.
func (s *shard) remove(slot uint32, seed maphash.Seed) {
	s.forget(s.entry(s.index.offset(slot)))
	s.names--
	s.index.remove(slot, func(off uint32) hash { return hashOf(seed, s.entry(off).name()) })
}

func (s *shard) forget(e entry) {
	s.dead += uint32(e.size())
	if len(e.content()) > 0 {
		s.owners--
	}
}

// tidy gives back memory after entries were removed: what is dead is at most about half of the arena.
func (s *shard) tidy(spare int, seed maphash.Seed) {
	if int(s.dead) > s.live()+256 || int(s.index.len()) > 64+4*slotsFor(int(s.names)) {
		s.repack(s.live()+s.live()/spare, int(s.names), seed)
	}
}

// seal gives back the room that growing needed, if it is more than a quarter.
func (s *shard) seal(seed maphash.Seed) {
	if cap(s.arena) > s.live()+s.live()/4 {
		s.repack(0, 0, seed)
	} else if n := slotsFor(int(s.names)); int(s.index.len()) > n+n/4 {
		s.reindex(n, seed)
	}
}
