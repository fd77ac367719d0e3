package zonedb

import (
	"encoding/binary"
	"math/bits"
)

// An entry is what an arena holds of one name:
//
//	flags    1 octet
//	kids     4 octets, only with flagKids: how many entries are one label below. A writer changes it in place, also in what
//	         is published; so readers must not look at it
//	name     1 octet of length, then the wire form in lower case
//	content  a uvarint of length, then the RRsets (content.go); of length 0 at an empty non-terminal
const (
	flagKids = 1 << iota
	flagSOA  // content has an SOA, so the name is an apex
)

// entry is the bytes of an arena from one entry on.
type entry []byte

func (e entry) isApex() bool { return e[0]&flagSOA != 0 }

func (e entry) nameAt() int { return 1 + int(e[0]&flagKids)*4 }

func (e entry) name() []byte {
	at := e.nameAt()
	return e[at+1 : at+1+int(e[at])]
}

func (e entry) content() []byte {
	at := e.nameAt()
	size, rest := uvarint(e[at+1+int(e[at]):])
	return rest[:size:size]
}

// size is how many octets the entry has.
func (e entry) size() int {
	at := e.nameAt()
	at += 1 + int(e[at])
	size, rest := uvarint(e[at:])
	return len(e) - len(rest) + int(size)
}

// kids is for the writer only.
func (e entry) kids() uint32 {
	if e[0]&flagKids == 0 {
		return 0
	}
	return binary.LittleEndian.Uint32(e[1:])
}

// addKids is for the writer only; the entry has flagKids.
func (e entry) addKids(n int) {
	binary.LittleEndian.PutUint32(e[1:], e.kids()+uint32(n))
}

// entrySize is the most octets that appendEntry may append.
func entrySize(name, content []byte) int {
	return 1 + 4 + 1 + len(name) + uvarintLen(uint64(len(content))) + len(content)
}

func appendEntry(arena []byte, kids uint32, name, content []byte) []byte {
	var flags byte
	if kids > 0 {
		flags |= flagKids
	}
	if hasSOA(content) {
		flags |= flagSOA
	}
	arena = append(arena, flags)
	if kids > 0 {
		arena = binary.LittleEndian.AppendUint32(arena, kids)
	}
	arena = append(arena, byte(len(name)))
	arena = append(arena, name...)
	arena = binary.AppendUvarint(arena, uint64(len(content)))
	return append(arena, content...)
}

// uvarint reads a number, whose octets b must hold, and returns what follows it.
func uvarint(b []byte) (n uint64, rest []byte) {
	if b[0] < 0x80 {
		return uint64(b[0]), b[1:]
	}
	n, size := binary.Uvarint(b)
	return n, b[size:]
}

func uvarintLen(n uint64) int { return (bits.Len64(n|1) + 6) / 7 }
