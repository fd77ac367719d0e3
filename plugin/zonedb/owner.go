package zonedb

import (
	"encoding/binary"
	"hash/maphash"
	"maps"
	"slices"

	"github.com/mysqldns/mysqldns/plugin/wire"
)

// owner collects the records of one name until they become content. It is not safe for concurrent use.
type owner struct {
	sets []collected
	size int // octets of all RDATA
}

// collected is the records of one type, in the order in which they came.
type collected struct {
	rrtype  uint16
	ttl     uint32            // the least of all records
	records []byte            // as in an rrset; where each record keeps its own TTL, that is before the RDATA, in 4 octets
	count   int               // of records
	seen    map[uint64]uint32 // of a large RRset: where in records is the RDATA with that hash
}

// ownTTL is how many octets a TTL before the RDATA has.
const ownTTL = 4

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

// add adds a record, unless it is a duplicate. The least TTL of an RRset is that of all its records (RFC 2181, 5.2), and the least of
// duplicates is theirs, so that the order in which records come does not matter.
func (o *owner) add(rrtype uint16, ttl uint32, rdata []byte) (added bool) {
	set := o.set(rrtype)
	if set.count == 0 || ttl < set.ttl {
		set.ttl = ttl
	}
	if at, ok := set.find(rdata); ok {
		set.lower(at, ttl)
		return false
	}
	if set.seen != nil {
		set.seen[set.hash(rdata)] = uint32(len(set.records))
	}
	if wire.FormsRRset(rrtype) {
		set.records = binary.AppendUvarint(set.records, uint64(len(rdata)))
	} else {
		set.records = binary.AppendUvarint(set.records, uint64(ownTTL+len(rdata)))
		set.records = binary.BigEndian.AppendUint32(set.records, ttl)
	}
	set.records = append(set.records, rdata...)
	set.count++
	o.size += len(rdata) + 16
	return true
}

// set returns what was collected of a type, an empty one if there is none yet.
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

// find returns where in records a duplicate begins.
func (c *collected) find(rdata []byte) (at int, ok bool) {
	if c.count < large {
		return c.search(rdata)
	}
	if c.seen == nil {
		c.remember()
	}
	first, ok := c.seen[c.hash(rdata)]
	if !ok {
		return 0, false
	}
	if _, other, _ := c.next(c.records[first:]); wire.SameRdata(c.rrtype, rdata, other) {
		return int(first), true
	}
	return c.search(rdata)
}

func (c *collected) search(rdata []byte) (at int, ok bool) {
	for rest := c.records; len(rest) > 0; {
		at := len(c.records) - len(rest)
		var other []byte
		_, other, rest = c.next(rest)
		if wire.SameRdata(c.rrtype, rdata, other) {
			return at, true
		}
	}
	return 0, false
}

func (c *collected) remember() {
	c.seen = map[uint64]uint32{}
	for rest := c.records; len(rest) > 0; {
		at := len(c.records) - len(rest)
		var rdata []byte
		_, rdata, rest = c.next(rest)
		c.seen[c.hash(rdata)] = uint32(at)
	}
}

// next splits the TTL and the RDATA of the first record off.
func (c *collected) next(records []byte) (ttl uint32, rdata, rest []byte) {
	rdata, rest = nextRecord(records)
	if wire.FormsRRset(c.rrtype) {
		return c.ttl, rdata, rest
	}
	return binary.BigEndian.Uint32(rdata), rdata[ownTTL:], rest
}

// lower makes the TTL of the record that begins at an offset at most this, where it has one of its own.
func (c *collected) lower(at int, ttl uint32) {
	if wire.FormsRRset(c.rrtype) {
		return
	}
	if record, _ := nextRecord(c.records[at:]); ttl < binary.BigEndian.Uint32(record) {
		binary.BigEndian.PutUint32(record, ttl)
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
			var ttl uint32
			var rdata []byte
			ttl, rdata, rest = set.next(rest)
			if o.add(set.rrtype, ttl, rdata) {
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
		if set := &o.sets[i]; wire.FormsRRset(set.rrtype) {
			content = rrset{set.rrtype, set.ttl, set.records}.append(content)
		} else {
			content = set.appendByTTL(content)
		}
	}
	return content
}

// appendByTTL appends records that keep their own TTLs: one RRset for each TTL, in ascending order.
func (c *collected) appendByTTL(content []byte) []byte {
	byTTL := map[uint32][]byte{}
	for rest := c.records; len(rest) > 0; {
		var ttl uint32
		var rdata []byte
		ttl, rdata, rest = c.next(rest)
		byTTL[ttl] = append(binary.AppendUvarint(byTTL[ttl], uint64(len(rdata))), rdata...)
	}
	for _, ttl := range slices.Sorted(maps.Keys(byTTL)) {
		content = rrset{c.rrtype, ttl, byTTL[ttl]}.append(content)
	}
	return content
}
