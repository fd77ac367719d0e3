package zonedb

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"

	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// Content is the RRsets of one name, in ascending order of their types, each of them:
//
//	type     2 octets
//	TTL      a uvarint, in seconds
//	records  a uvarint of length, then for each record a uvarint of length and the RDATA in wire form, uncompressed
//
// So a type is found without looking at the records of the others, and content compares as bytes. Signatures form no RRset: each has the
// TTL of what it covers. Of their types there is one such entry for each TTL, in ascending order.

// maxContent bounds the content of one name, and with it what a damaged snapshot can make the reader believe.
const maxContent = 1 << 30

// rrset is one RRset in content, or the records with one TTL of a type that forms none.
type rrset struct {
	rrtype  uint16
	ttl     uint32
	records []byte
}

// nextRRset splits the first RRset off content, which is not empty.
func nextRRset(content []byte) (set rrset, rest []byte) {
	set.rrtype = binary.BigEndian.Uint16(content)
	ttl, rest := uvarint(content[2:])
	size, rest := uvarint(rest)
	set.ttl, set.records = uint32(ttl), rest[:size:size]
	return set, rest[size:]
}

// append appends the RRset to content.
func (s rrset) append(content []byte) []byte {
	content = binary.BigEndian.AppendUint16(content, s.rrtype)
	content = binary.AppendUvarint(content, uint64(s.ttl))
	content = binary.AppendUvarint(content, uint64(len(s.records)))
	return append(content, s.records...)
}

// findRRset returns the RRset of one type, of one that forms none the records with the least TTL; one without records if there is none.
func findRRset(content []byte, rrtype uint16) rrset {
	for len(content) > 0 {
		var set rrset
		set, content = nextRRset(content)
		if set.rrtype >= rrtype {
			if set.rrtype == rrtype {
				return set
			}
			break
		}
	}
	return rrset{}
}

func hasSOA(content []byte) bool { return len(findRRset(content, dns.TypeSOA).records) > 0 }

// nextRecord splits the RDATA of the first record off the records of an RRset, which are not empty.
func nextRecord(records []byte) (rdata, rest []byte) {
	size, rest := uvarint(records)
	return rest[:size:size], rest[size:]
}

// len is the number of records.
func (s rrset) len() int { return s.lenUpTo(math.MaxInt) }

// lenUpTo is the number of records, or most if there are more. It counts no further.
func (s rrset) lenUpTo(most int) int {
	switch s.rrtype {
	case dns.TypeA:
		return min(len(s.records)/(1+4), most)
	case dns.TypeAAAA:
		return min(len(s.records)/(1+16), most)
	}
	n := 0
	for rest := s.records; n < most && len(rest) > 0; n++ {
		_, rest = nextRecord(rest)
	}
	return n
}

// countRecords is the number of records of all types.
func countRecords(content []byte) int {
	n := 0
	for len(content) > 0 {
		var set rrset
		set, content = nextRRset(content)
		n += set.len()
	}
	return n
}

// sameContent reports whether two names hold the same, but for the order of records in an RRset.
func sameContent(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	if len(a) != len(b) {
		return false
	}
	for len(a) > 0 && len(b) > 0 {
		var setA, setB rrset
		setA, a = nextRRset(a)
		setB, b = nextRRset(b)
		if setA.rrtype != setB.rrtype || setA.ttl != setB.ttl || !sameRecords(setA.records, setB.records) {
			return false
		}
	}
	return len(a) == len(b)
}

func sameRecords(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	return len(a) == len(b) && slices.EqualFunc(sortedRecords(a), sortedRecords(b), bytes.Equal)
}

func sortedRecords(records []byte) [][]byte {
	var all [][]byte
	for len(records) > 0 {
		var rdata []byte
		rdata, records = nextRecord(records)
		all = append(all, rdata)
	}
	slices.SortFunc(all, bytes.Compare)
	return all
}

// validContent reports whether content, which comes from a file, is what nextRRset and nextRecord expect and every RDATA
// can be made a record.
func validContent(content []byte) bool {
	before, least := -1, uint64(0) // the type before, and the least TTL that another entry of it may have
	for len(content) > 0 {
		if len(content) < 2 {
			return false
		}
		rrtype := binary.BigEndian.Uint16(content)
		ttl, n := binary.Uvarint(content[2:])
		if n <= 0 || ttl > 1<<32-1 || int(rrtype) < before || int(rrtype) == before && (wire.FormsRRset(rrtype) || ttl < least) {
			return false
		}
		size, m := binary.Uvarint(content[2+n:])
		if m <= 0 || size == 0 || size > uint64(len(content)-2-n-m) {
			return false
		}
		content = content[2+n+m:]
		if !validRecords(rrtype, content[:size]) {
			return false
		}
		content, before, least = content[size:], int(rrtype), ttl+1
	}
	return true
}

func validRecords(rrtype uint16, records []byte) bool {
	for len(records) > 0 {
		size, n := binary.Uvarint(records)
		if n <= 0 || n != uvarintLen(size) || size > 0xffff || size > uint64(len(records)-n) {
			return false
		}
		if !validRdata(rrtype, records[n:n+int(size)]) {
			return false
		}
		records = records[n+int(size):]
	}
	return true
}
