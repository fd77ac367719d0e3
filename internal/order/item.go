// Package order brings records into the canonical order of DNSSEC (RFC 4034, 6), also where they are more than memory may hold:
// whoever reads them so sees a name before all that is below it, and duplicates side by side.
package order

import (
	"bytes"
	"encoding/binary"

	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// Item is a record among others in order. Its slices are valid until the Reader goes on.
type Item struct {
	Owner     wire.Key
	Type      uint16
	TTL       uint32
	Canonical []byte // RDATA in wire form with names in lower case: equal for duplicates, and only for them
	Rdata     []byte // RDATA in wire form with names in the case that they came in
	ID        uint64 // as given to Add
	Spelling  string // the owner name in the case that it came in, fully qualified; "" where that is lower case
}

// Clone is an Item that stays valid.
func (i *Item) Clone() Item {
	c := *i
	c.Owner, c.Canonical, c.Rdata = bytes.Clone(i.Owner), bytes.Clone(i.Canonical), bytes.Clone(i.Rdata)
	return c
}

// Name is the owner name, in the case that it came in.
func (i *Item) Name() string {
	if i.Spelling != "" {
		return i.Spelling
	}
	return i.Owner.Name()
}

// RR makes the record.
func (i *Item) RR() dns.RR {
	return record.Unpack(dns.RR_Header{Name: i.Name(), Rrtype: i.Type, Class: dns.ClassINET, Ttl: i.TTL}, i.Rdata)
}

// SameSet reports whether two records are of one RRset.
func (i *Item) SameSet(other *Item) bool { return i.Type == other.Type && i.Owner.Equal(other.Owner) }

// Compare tells which of two records comes first; 0 is for duplicates.
func (i *Item) Compare(other *Item) int {
	if c := bytes.Compare(i.Owner, other.Owner); c != 0 {
		return c
	}
	if i.Type != other.Type {
		if a, b := rank(i.Type), rank(other.Type); a != b {
			return int(a) - int(b)
		}
		return int(i.Type) - int(other.Type)
	}
	return bytes.Compare(i.Canonical, other.Canonical)
}

// rank puts first, of the records of one name, what says what the others are: whether a zone begins here, whether one ends.
func rank(rrtype uint16) byte {
	switch rrtype {
	case dns.TypeSOA:
		return 0
	case dns.TypeNS:
		return 1
	case dns.TypeDNAME:
		return 2
	case dns.TypeCNAME:
		return 3
	}
	return 4
}

// An entry's key is the owner's, a zero (which comes before all labels of names below), rank, type and canonical RDATA. Its value is TTL,
// ID and the length of Spelling as uvarints, Spelling, and RDATA where that differs from the canonical.

func (i *Item) appendKey(key []byte) []byte {
	key = append(key, i.Owner...)
	key = append(key, 0, rank(i.Type))
	key = binary.BigEndian.AppendUint16(key, i.Type)
	return append(key, i.Canonical...)
}

func (i *Item) appendValue(value []byte) []byte {
	value = binary.AppendUvarint(value, uint64(i.TTL))
	value = binary.AppendUvarint(value, i.ID)
	value = binary.AppendUvarint(value, uint64(len(i.Spelling)))
	value = append(value, i.Spelling...)
	if bytes.Equal(i.Rdata, i.Canonical) {
		return value
	}
	return append(value, i.Rdata...)
}

// read makes an Item of an entry.
func (i *Item) read(key, value []byte) {
	end := 0
	for key[end] != 0 { // a label begins with no zero
		end += bytes.IndexByte(key[end:], 0) + 1
	}
	i.Owner, key = wire.Key(key[:end]), key[end+2:]
	i.Type, i.Canonical = binary.BigEndian.Uint16(key), key[2:]
	ttl, n := binary.Uvarint(value)
	i.TTL, value = uint32(ttl), value[n:]
	i.ID, n = binary.Uvarint(value)
	value = value[n:]
	spelling, n := binary.Uvarint(value)
	i.Spelling, value = string(value[n:n+int(spelling)]), value[n+int(spelling):]
	if i.Rdata = value; len(i.Rdata) == 0 {
		i.Rdata = i.Canonical
	}
}
