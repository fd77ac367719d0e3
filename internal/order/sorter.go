package order

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/miekg/dns"
)

// Sorter takes records in any order and gives them back in the canonical one: by owner name; of one name SOA, NS, DNAME and CNAME
// first and then by type; of one type by RDATA; and duplicates as they came. It is not safe for concurrent use.
type Sorter struct {
	spool      *Spool
	item       Item
	key, value []byte
	buf        []byte
	lowered    []byte
}

// NewSorter makes a Sorter that holds so many octets in memory; Memory is a good number.
func NewSorter(memory int) *Sorter { return &Sorter{spool: NewSpool(memory)} }

// Len is the number of records.
func (s *Sorter) Len() int { return s.spool.Len() }

// Close gives back what the Sorter holds.
func (s *Sorter) Close() error { return s.spool.Close() }

// Add adds a record, which it does not keep. The ID is the caller's, to know it again. An error says that the record has no wire form, or
// that a file could not be written.
func (s *Sorter) Add(rr dns.RR, id uint64) error {
	h := rr.Header()
	rdata, owner, err := s.pack(rr)
	if err != nil {
		return fmt.Errorf("%s %s: %w", h.Name, dns.Type(h.Rrtype), err)
	}
	canonical, err := s.canonical(rr, rdata)
	if err != nil {
		return fmt.Errorf("%s %s: %w", h.Name, dns.Type(h.Rrtype), err)
	}
	s.item = Item{Owner: appendWireKey(s.item.Owner[:0], owner), Type: h.Rrtype, TTL: h.Ttl, Canonical: canonical, Rdata: rdata, ID: id}
	return s.AddItem(&s.item)
}

// AddItem adds an Item, which it does not keep.
func (s *Sorter) AddItem(i *Item) error {
	s.key = i.appendKey(s.key[:0])
	s.value = i.appendValue(s.value[:0])
	return s.spool.Add(s.key, s.value)
}

// maxRecord is how many octets a record may have: its owner name, the fixed fields, 64 KB of RDATA.
const maxRecord = 255 + 10 + 0xffff

// pack returns RDATA and owner name in wire form, valid until the next call.
func (s *Sorter) pack(rr dns.RR) (rdata, owner []byte, err error) {
	if s.buf == nil {
		s.buf = make([]byte, 2*maxRecord) // the second half is canonical's
	}
	end, err := dns.PackRR(rr, s.buf[:maxRecord], 0, nil, false)
	if err != nil {
		return nil, nil, err
	}
	n := 0
	for s.buf[n] != 0 {
		n += 1 + int(s.buf[n])
	}
	return s.buf[n+1+10 : end], s.buf[:n+1], nil
}

// canonical returns RDATA with its names in lower case, valid until the next call.
func (s *Sorter) canonical(rr dns.RR, rdata []byte) ([]byte, error) {
	from, to := 0, 0
	switch rr := rr.(type) {
	case *dns.A, *dns.AAAA, *dns.TXT, *dns.DS, *dns.DNSKEY, *dns.CAA, *dns.RFC3597:
		return rdata, nil
	case *dns.NS, *dns.CNAME, *dns.PTR, *dns.DNAME:
		from, to = 0, len(rdata)
	case *dns.MX:
		from, to = 2, len(rdata)
	case *dns.SRV:
		from, to = 6, len(rdata)
	case *dns.SOA:
		from, to = 0, len(rdata)-20
	default:
		return s.lowerNames(rr, rdata)
	}
	s.lowered = append(s.lowered[:0], rdata...)
	for i, c := range s.lowered[from:to] { // the length of a label is less than any letter
		if 'A' <= c && c <= 'Z' {
			s.lowered[from+i] = c + 'a' - 'A'
		}
	}
	return s.lowered, nil
}

// lowerNames does canonical's work for any type.
func (s *Sorter) lowerNames(rr dns.RR, rdata []byte) ([]byte, error) {
	lowered := dns.Copy(rr)
	if !lowerFields(reflect.ValueOf(lowered).Elem()) {
		return rdata, nil
	}
	second := s.buf[maxRecord:]
	end, err := dns.PackRR(lowered, second, 0, nil, false)
	if err != nil {
		return nil, err
	}
	return second[end-len(rdata) : end], nil
}

// lowerFields puts the domain names in the fields of a record into lower case, and reports whether any was not.
func lowerFields(record reflect.Value) (changed bool) {
	for i := range record.NumField() {
		field := record.Field(i)
		if record.Type().Field(i).Anonymous {
			changed = lowerFields(field) || changed
			continue
		}
		switch record.Type().Field(i).Tag.Get("dns") {
		case "domain-name", "cdomain-name", "ipsechost", "amtrelayhost":
			changed = lowerText(field) || changed
		}
	}
	return changed
}

func lowerText(field reflect.Value) (changed bool) {
	switch field.Kind() {
	case reflect.String:
		lower := strings.ToLower(field.String())
		changed = lower != field.String()
		field.SetString(lower)
	case reflect.Slice:
		for i := range field.Len() {
			changed = lowerText(field.Index(i)) || changed
		}
	}
	return changed
}

// Reader gives the records in order. There may be several at a time; nothing may be added while there are.
type Reader struct {
	cursor *Cursor
	item   Item
}

// Read returns a Reader before the first record.
func (s *Sorter) Read() *Reader { return &Reader{cursor: s.spool.Read()} }

// Next goes to the next record, the first at the first time. False is the end, or an error.
func (r *Reader) Next() bool {
	if !r.cursor.Next() {
		return false
	}
	r.item.read(r.cursor.Key(), r.cursor.Value())
	return true
}

// Item is this record.
func (r *Reader) Item() *Item { return &r.item }

// Err is why Next came to its end; nil after the last record.
func (r *Reader) Err() error { return r.cursor.Err() }
