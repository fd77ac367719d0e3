package zonedb

import (
	"encoding/binary"
	"math/bits"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/wire"
)

// packName writes the wire form of name, in lower case, into buf and returns its length. It is 0 if name is not a fully
// qualified name. It allocates nothing.
func packName(buf *[wire.MaxName]byte, name string) int {
	if name == "." {
		buf[0] = 0
		return 1
	}
	if len(name) <= wire.MaxName-16 && strings.IndexByte(name, '\\') < 0 {
		return packPlain(buf, name)
	}
	label, n := 0, 1 // where the length of the current label goes; where its next octet goes
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch c {
		case '.':
			if size := n - label - 1; size == 0 || size > 63 || n == wire.MaxName {
				return 0
			} else {
				buf[label] = byte(size)
			}
			label, n = n, n+1
			continue
		case '\\':
			octet, size := record.Unescape(name[i:])
			if size == 0 {
				return 0
			}
			c = octet
			i += size - 1
		}
		if n == wire.MaxName {
			return 0
		}
		buf[n] = wire.Lower(c)
		n++
	}
	if label == 0 || n != label+1 { // empty, or without its last dot
		return 0
	}
	buf[label] = 0
	return n
}

// packPlain is packName for a name without escapes that is not the root and, with 15 octets more, would still fit. It takes 8 of
// them at a time.
func packPlain(buf *[wire.MaxName]byte, name string) int {
	end := copy(buf[1:], name)
	if end == 0 || name[end-1] != '.' {
		return 0
	}
	label := 0 // where the length of the current label goes
	for i := 1; i <= end; i += 8 {
		octets := lower8(binary.LittleEndian.Uint64(buf[i:]))
		binary.LittleEndian.PutUint64(buf[i:], octets)
		for dots := equal8(octets, '.'); dots != 0; dots &= dots - 1 {
			dot := i + bits.TrailingZeros64(dots)/8
			if dot > end {
				break
			}
			size := dot - label - 1
			if size == 0 || size > 63 {
				return 0
			}
			buf[label] = byte(size)
			label = dot
		}
	}
	buf[label] = 0
	return label + 1
}

const (
	each8 = 0x0101010101010101 // times an octet is 8 of it
	low7  = 0x7f * each8
	top1  = 0x80 * each8
)

// equal8 sets the highest bit of each of 8 octets that is c, and no other bit.
func equal8(octets uint64, c byte) uint64 {
	differ := octets ^ uint64(c)*each8
	return ^((differ&low7 + low7) | differ | low7)
}

// lower8 is wire.Lower for 8 octets.
func lower8(octets uint64) uint64 {
	ascii := octets & low7
	fromA := ascii + (0x80-'A')*each8
	aboveZ := ascii + (0x80-'Z'-1)*each8
	return octets | (fromA&^aboveZ&^octets&top1)>>2 // 0x20 makes an upper-case letter a lower-case one
}

// parentOf returns the wire form of the name one label above name, which is not the root.
func parentOf(name []byte) []byte { return name[1+int(name[0]):] }

// labelsOf counts the labels of a name in wire form, without the root's.
func labelsOf(name []byte) int {
	n := 0
	for ; name[0] != 0; name = parentOf(name) {
		n++
	}
	return n
}

// isBelow reports whether name is apex or below it, both in wire form.
func isBelow(name, apex []byte) bool {
	if len(name) < len(apex) || string(name[len(name)-len(apex):]) != string(apex) {
		return false
	}
	for len(name) > len(apex) {
		name = parentOf(name)
	}
	return len(name) == len(apex)
}

// isLower reports whether a valid name in wire form is in lower case. The lengths of labels are below 'A'.
func isLower(name []byte) bool {
	for _, c := range name {
		if c-'A' < 26 {
			return false
		}
	}
	return true
}

// nameString returns the presentation form of a name in wire form, escaped as miekg/dns escapes it.
func nameString(name []byte) string {
	var buf [4 * wire.MaxName]byte
	return string(record.AppendName(buf[:0], name))
}
