package journal

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// Record is one record of a zone in wire form, uncompressed: the owner name in lower case, type, class IN, TTL, and the RDATA in canonical form
// (RFC 4034, 6.2). So equal records are equal strings. The serial of an SOA is 0: it is the version's, not the content's.
type Record string

// headerSize is what stands between the owner name and the RDATA: type, class, TTL, length.
const headerSize = 2 + 2 + 4 + 2

// RecordOf returns the wire form of a record, whose owner name is in lower case. Any goroutine may call it, but no other may read the record meanwhile.
func RecordOf(rr dns.RR) (Record, error) {
	if soa, ok := rr.(*dns.SOA); ok {
		rr = withSerial(soa, 0)
	}
	rdata, err := wire.Pack(rr)
	if err != nil {
		return "", err
	}
	h := rr.Header()
	var buf [256]byte
	n, err := dns.PackDomainName(h.Name, buf[:], 0, nil, false)
	if err != nil {
		return "", err
	}
	b := make([]byte, 0, n+headerSize+len(rdata))
	b = append(b, buf[:n]...)
	b = binary.BigEndian.AppendUint16(b, h.Rrtype)
	b = binary.BigEndian.AppendUint16(b, h.Class)
	b = binary.BigEndian.AppendUint32(b, h.Ttl)
	b = binary.BigEndian.AppendUint16(b, uint16(len(rdata)))
	return Record(wire.AppendCanonical(b, h.Rrtype, rdata)), nil
}

// readRecord reads the record that b begins with, if it begins with a valid one.
func readRecord(b []byte) (r Record, rest []byte, err error) {
	at := wire.NameLen(b)
	if at == 0 || len(b) < at+headerSize {
		return "", nil, errRecord
	}
	end := at + headerSize + int(binary.BigEndian.Uint16(b[at+headerSize-2:]))
	if end > len(b) {
		return "", nil, errRecord
	}
	r = Record(b[:end])
	rr := r.RR()
	_, unknown := rr.(*dns.RFC3597)
	switch r.rrtype() {
	case dns.TypeA, dns.TypeAAAA, dns.TypeNS, dns.TypeCNAME, dns.TypeSOA: // of these there is none that miekg/dns cannot hold
		if unknown {
			return "", nil, errRecord
		}
	}
	if rr.Header().Class != dns.ClassINET {
		return "", nil, errRecord
	}
	if again, err := RecordOf(rr); err != nil || again != r || strings.ToLower(r.Owner()) != r.Owner() {
		return "", nil, errRecord
	}
	return r, b[end:], nil
}

// RR makes a record of the wire form.
func (r Record) RR() dns.RR {
	b := []byte(r)
	at := wire.NameLen(b)
	h := dns.RR_Header{
		Name:   r.Owner(),
		Rrtype: binary.BigEndian.Uint16(b[at:]),
		Class:  binary.BigEndian.Uint16(b[at+2:]),
		Ttl:    binary.BigEndian.Uint32(b[at+4:]),
	}
	return record.Unpack(h, b[at+headerSize:])
}

// Owner is the owner name, fully qualified.
func (r Record) Owner() string {
	name, _, err := dns.UnpackDomainName([]byte(r[:min(len(r), 256)]), 0)
	if err != nil {
		return "" // never: it was a name when the record was made
	}
	return name
}

// appendName appends the wire form of a name.
func appendName(b []byte, name string) []byte {
	var buf [256]byte
	n, err := dns.PackDomainName(name, buf[:], 0, nil, false)
	if err != nil {
		return append(b, 0) // never: records bear it
	}
	return append(b, buf[:n]...)
}

// readName reads the name in lower case that b begins with.
func readName(b []byte) (name string, rest []byte, ok bool) {
	at := wire.NameLen(b)
	if at == 0 {
		return "", nil, false
	}
	name, _, err := dns.UnpackDomainName(b[:at], 0)
	return name, b[at:], err == nil && strings.ToLower(name) == name
}

func (r Record) rrtype() uint16 {
	at := wire.NameLen([]byte(r[:min(len(r), 256)]))
	return uint16(r[at])<<8 | uint16(r[at+1])
}

func withSerial(soa *dns.SOA, serial uint32) *dns.SOA {
	other := *soa
	other.Serial = serial
	return &other
}

// recordsOf returns the wire forms of records, sorted and each once. What has none is left out; of what the copy holds that is nothing.
func recordsOf(rrs []dns.RR) []Record {
	all := make([]Record, 0, len(rrs))
	for _, rr := range rrs {
		if r, err := RecordOf(rr); err == nil {
			all = append(all, r)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// subtract returns the records of a that are not in b. Both are sorted.
func subtract(a, b []Record) (rest []Record) {
	for _, r := range a {
		for len(b) > 0 && b[0] < r {
			b = b[1:]
		}
		if len(b) == 0 || b[0] != r {
			rest = append(rest, r)
		}
	}
	return rest
}

// join returns the records of both, sorted and each once.
func join(a, b []Record) []Record {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
