package order

import (
	"fmt"

	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// Sorter takes records in any order and gives them back in the canonical one: by owner name; of one name SOA, NS, DNAME and CNAME
// first and then by type; of one type by RDATA; and duplicates as they came. It is not safe for concurrent use.
type Sorter struct {
	spool      *Spool
	packer     wire.Packer
	owner      wire.Key // of the record that is added, as all below
	canonical  []byte
	item       Item
	key, value []byte
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
	owner, err := wire.AppendParsedKey(s.owner[:0], h.Name)
	if err != nil {
		return err
	}
	rdata, err := s.packer.Pack(rr)
	if err != nil {
		return fmt.Errorf("%s %s: %w", h.Name, dns.Type(h.Rrtype), err)
	}
	s.owner, s.canonical = owner, wire.AppendCanonical(s.canonical[:0], h.Rrtype, rdata)
	s.item = Item{Owner: owner, Type: h.Rrtype, TTL: h.Ttl, Canonical: s.canonical, Rdata: rdata, ID: id}
	if hasUpper(h.Name) {
		s.item.Spelling = h.Name
	}
	return s.AddItem(&s.item)
}

// AddItem adds an Item, which it does not keep.
func (s *Sorter) AddItem(i *Item) error {
	s.key = i.appendKey(s.key[:0])
	s.value = i.appendValue(s.value[:0])
	return s.spool.Add(s.key, s.value)
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

// hasUpper reports whether a name has a letter in upper case. Escapes have none.
func hasUpper(name string) bool {
	for i := 0; i < len(name); i++ {
		if 'A' <= name[i] && name[i] <= 'Z' {
			return true
		}
	}
	return false
}
