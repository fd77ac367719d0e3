package zonedb

import (
	"encoding/binary"
	"hash/maphash"
	"slices"

	"github.com/mysqldns/mysqldns/plugin/wire"
)

// owner collects the records of one name until they become content. It is not safe for concurrent use.
type owner struct {
	sets []collected
	size int // octets of all RDATA
}

// collected is one RRset, in the order in which records came.
type collected struct {
	rrtype  uint16
	ttl     uint32
	records []byte            // as in an rrset
	count   int               // of records
	seen    map[uint64]uint32 // of a large RRset: where in records is the RDATA with that hash
}

// large is the number of records from which on an RRset looks for duplicates with a map.
const large = 32

var seenSeed = maphash.MakeSeed()

// reset forgets all records but keeps the memory.
func (o *owner) reset() {
	for i := range o.sets {
		o.sets[i].records, o.sets[i].seen = o.sets[i].records[:0], nil
	}
	o.sets, o.size = o.sets[:0], 0
}

// add adds a record, unless it is a duplicate. The least TTL of an RRset is that of all its records (RFC 2181, 5.2).
func (o *owner) add(rrtype uint16, ttl uint32, rdata []byte) (added bool) {
	set := o.set(rrtype)
	if set.has(rdata) {
		return false
	}
	if set.count == 0 || ttl < set.ttl {
		set.ttl = ttl
	}
	if set.seen != nil {
		set.seen[set.hash(rdata)] = uint32(len(set.records))
	}
	set.records = binary.AppendUvarint(set.records, uint64(len(rdata)))
	set.records = append(set.records, rdata...)
	set.count++
	o.size += len(rdata) + 16
	return true
}

// set returns the RRset of a type, an empty one if there is none yet.
func (o *owner) set(rrtype uint16) *collected {
	for i := range o.sets {
		if o.sets[i].rrtype == rrtype {
			return &o.sets[i]
		}
	}
	if len(o.sets) < cap(o.sets) {
		o.sets = o.sets[:len(o.sets)+1] // with the memory that reset kept
	} else {
		o.sets = append(o.sets, collected{})
	}
	set := &o.sets[len(o.sets)-1]
	*set = collected{rrtype: rrtype, records: set.records[:0]}
	return set
}

func (c *collected) has(rdata []byte) bool {
	if c.count < large {
		return c.contains(rdata)
	}
	if c.seen == nil {
		c.remember()
	}
	at, ok := c.seen[c.hash(rdata)]
	if !ok {
		return false
	}
	other, _ := nextRecord(c.records[at:])
	return wire.SameRdata(c.rrtype, rdata, other) || c.contains(rdata)
}

func (c *collected) contains(rdata []byte) bool {
	for rest := c.records; len(rest) > 0; {
		var other []byte
		other, rest = nextRecord(rest)
		if wire.SameRdata(c.rrtype, rdata, other) {
			return true
		}
	}
	return false
}

func (c *collected) remember() {
	c.seen = map[uint64]uint32{}
	for rest := c.records; len(rest) > 0; {
		at := len(c.records) - len(rest)
		var rdata []byte
		rdata, rest = nextRecord(rest)
		c.seen[c.hash(rdata)] = uint32(at)
	}
}

// hash is the same for duplicates, and for hardly anything else.
func (c *collected) hash(rdata []byte) uint64 {
	return maphash.Bytes(seenSeed, wire.Canonical(c.rrtype, rdata))
}

// addContent adds what a name holds already and returns how many records that were.
func (o *owner) addContent(content []byte) (added int) {
	for len(content) > 0 {
		var set rrset
		set, content = nextRRset(content)
		for rest := set.records; len(rest) > 0; {
			var rdata []byte
			rdata, rest = nextRecord(rest)
			if o.add(set.rrtype, set.ttl, rdata) {
				added++
			}
		}
	}
	return added
}

// addAll adds the records of another owner and returns how many were not there yet.
func (o *owner) addAll(other *owner) (added int) {
	for i := range other.sets {
		set := &other.sets[i]
		for rest := set.records; len(rest) > 0; {
			var rdata []byte
			rdata, rest = nextRecord(rest)
			if o.add(set.rrtype, set.ttl, rdata) {
				added++
			}
		}
	}
	return added
}

// count is the number of records.
func (o *owner) count() int {
	n := 0
	for i := range o.sets {
		n += o.sets[i].count
	}
	return n
}

// appendContent appends the content of the name.
func (o *owner) appendContent(content []byte) []byte {
	if len(o.sets) > 1 {
		slices.SortFunc(o.sets, func(a, b collected) int { return int(a.rrtype) - int(b.rrtype) })
	}
	for i := range o.sets {
		set := &o.sets[i]
		content = binary.BigEndian.AppendUint16(content, set.rrtype)
		content = binary.AppendUvarint(content, uint64(set.ttl))
		content = binary.AppendUvarint(content, uint64(len(set.records)))
		content = append(content, set.records...)
	}
	return content
}
