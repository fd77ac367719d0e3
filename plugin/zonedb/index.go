package zonedb

import (
	"encoding/binary"
	"hash/maphash"
)

// hash of an owner name. Its highest bits choose the group, the next the shard, the middle the slot in the shard's index,
// and the lowest the fingerprint.
type hash uint64

func hashOf(seed maphash.Seed, name []byte) hash { return hash(maphash.Bytes(seed, name)) }

func (h hash) group() int { return int(h >> 58) }
func (h hash) shard() int { return int(h >> 52 & 63) }

// fingerprint is never 0, which marks an empty slot.
func (h hash) fingerprint() byte { return max(byte(h), 1) }

// home is the slot of n at which the search for a name begins.
func (h hash) home(n uint32) uint32 { return uint32(uint64(uint32(h>>20)) * uint64(n) >> 32) }

// index is an open-addressed table of slots, each a fingerprint and an offset of 4 octets, side by side so that a search
// mostly touches one cache line. At least one slot is always empty.
type index []byte

const slotSize = 1 + 4

func newIndex(n int) index { return make(index, slotSize*n) }

func (x index) clone() index { return append(index(nil), x...) }

// len is the number of slots.
func (x index) len() uint32 { return uint32(len(x) / slotSize) }

// full reports whether the index is too small for so many names.
func (x index) full(names uint32) bool { return uint64(names) > uint64(x.len())*7/8 }

func (x index) offset(slot uint32) uint32 {
	return binary.LittleEndian.Uint32(x[slotSize*int(slot)+1:])
}

// mark is the fingerprint in a slot, or 0 if it is empty.
func (x index) mark(slot uint32) byte { return x[slotSize*int(slot)] }

func (x index) set(slot uint32, fingerprint byte, off uint32) {
	at := x[slotSize*int(slot):]
	at[0] = fingerprint
	binary.LittleEndian.PutUint32(at[1:], off)
}

// add puts an offset into the first free slot for h.
func (x index) add(h hash, off uint32) {
	slot := h.home(x.len())
	for x.mark(slot) != 0 {
		slot = x.next(slot)
	}
	x.set(slot, h.fingerprint(), off)
}

func (x index) next(slot uint32) uint32 {
	if slot++; slot == x.len() {
		return 0
	}
	return slot
}

// remove empties a slot and moves back what came behind it only because that slot was taken. The hash of what is at
// an offset is asked of hashAt.
func (x index) remove(slot uint32, hashAt func(off uint32) hash) {
	for next := x.next(slot); x.mark(next) != 0; next = x.next(next) {
		off := x.offset(next)
		h := hashAt(off)
		if home := h.home(x.len()); x.distance(home, next) < x.distance(slot, next) {
			continue
		}
		x.set(slot, h.fingerprint(), off)
		slot = next
	}
	x.set(slot, 0, 0)
}

// distance is how many steps of next lead from one slot to another.
func (x index) distance(from, to uint32) uint32 {
	if to < from {
		to += x.len()
	}
	return to - from
}
