package zone

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/mysqldns/mysqldns/internal/order"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// Bad is the type of an item that stands for a row which is no record. Only its owner name and ID mean anything.
const Bad = dns.TypeNone

// Change is what becomes of a record or a row.
type Change uint8

const (
	Add     Change = iota // the record gets a row
	Remove                // the row goes away
	Keep                  // the record has a row
	KeepTTL               // the record has a row, with another TTL
	Leave                 // the record is part of a zone that is not to be changed, and gets no row
)

// Merger compares the records that are wanted with the rows that are there, both in canonical order.
type Merger struct {
	Origin   wire.Key
	Apex     bool // a zone begins at Origin
	Anywhere bool // the records are not those of a zone: each is wanted where it is
	Replace  bool // rows of the zone without a record go away, and TTLs are made those of the records

	scope              *Scope
	wanted, have, kept []order.Item // of this owner name
	add, remove        []order.Item
	parts              []Part // of have
}

// Conflict says why records must not be added. Record is the one that is wanted, Beside what it does not go together with, and InTable
// whether that is a row or another record that is wanted.
type Conflict struct {
	Record, Beside order.Item
	InTable        bool
	Problem        string
}

func (c *Conflict) Error() string { return c.Problem }

// Merge calls visit for each change: at each owner name removals come first. It ends early with an error of visit's or a reader's, or a
// *Conflict. The item's slices are the visitor's to read until it returns.
func (m *Merger) Merge(wanted, rows *order.Reader, visit func(Change, *order.Item) error) error {
	m.scope = NewScope(m.Origin, m.Apex)
	moreWanted, moreRows := wanted.Next(), rows.Next()
	for moreWanted || moreRows {
		owner := firstOwner(wanted, moreWanted, rows, moreRows)
		m.have, moreRows = collect(m.have[:0], rows, moreRows, owner)
		m.wanted, moreWanted = collect(m.wanted[:0], wanted, moreWanted, owner)
		if err := m.owner(owner, visit); err != nil {
			return err
		}
	}
	if err := wanted.Err(); err != nil {
		return err
	}
	return rows.Err()
}

// firstOwner is the owner name that comes next in either sequence.
func firstOwner(a *order.Reader, moreA bool, b *order.Reader, moreB bool) wire.Key {
	if !moreA || moreB && bytes.Compare(b.Item().Owner, a.Item().Owner) < 0 {
		a = b
	}
	return bytes.Clone(a.Item().Owner)
}

// collect takes all items of one owner name.
func collect(items []order.Item, from *order.Reader, more bool, owner wire.Key) ([]order.Item, bool) {
	for more && from.Item().Owner.Equal(owner) {
		items = append(items, from.Item().Clone())
		more = from.Next()
	}
	return items, more
}

// owner decides about all of one owner name.
func (m *Merger) owner(owner wire.Key, visit func(Change, *order.Item) error) error {
	m.add, m.remove, m.kept, m.parts = m.add[:0], m.remove[:0], m.kept[:0], m.parts[:0]
	m.scope.Enter(owner, len(m.have) > 0 && m.have[0].Type == dns.TypeSOA)
	for i := range m.have {
		m.parts = append(m.parts, m.part(&m.have[i]))
	}
	if err := m.decide(visit); err != nil {
		return err
	}
	for i := range m.have {
		if m.goes(i) {
			m.remove = append(m.remove, m.have[i])
		}
	}
	if err := m.check(); err != nil {
		return err
	}
	for i := range m.remove {
		if err := visit(Remove, &m.remove[i]); err != nil {
			return err
		}
	}
	for i := range m.add {
		if err := visit(Add, &m.add[i]); err != nil {
			return err
		}
	}
	return nil
}

func (m *Merger) part(i *order.Item) Part {
	if m.Anywhere {
		return Own
	}
	return m.scope.Part(i)
}

// decide sorts out what is wanted: to be added, kept or left alone.
func (m *Merger) decide(visit func(Change, *order.Item) error) error {
	for i := range m.wanted {
		item := &m.wanted[i]
		if i > 0 && item.Compare(&m.wanted[i-1]) == 0 {
			continue // it is wanted twice
		}
		change := Leave
		if m.part(item) == Own {
			change = m.find(item)
		}
		switch change {
		case Add:
			m.add = append(m.add, *item)
			continue
		case Keep:
			m.kept = append(m.kept, *item)
		}
		if err := visit(change, item); err != nil {
			return err
		}
	}
	return nil
}

// find looks for the row of a record that is wanted.
func (m *Merger) find(item *order.Item) Change {
	change := Add
	for i := firstOf(m.have, item); i < len(m.have) && m.have[i].Compare(item) == 0; i++ {
		if m.have[i].TTL == item.TTL {
			return Keep
		}
		if !m.Replace {
			change = KeepTTL
		}
	}
	return change
}

// firstOf is where in items, which are in order, the first duplicate of item is, or would be.
func firstOf(items []order.Item, item *order.Item) int {
	i, _ := slices.BinarySearchFunc(items, item, func(a order.Item, b *order.Item) int { return a.Compare(b) })
	return i
}

// keeps reports whether row i is the first of a record that is kept.
func (m *Merger) keeps(i int) bool {
	row := &m.have[i]
	k := firstOf(m.kept, row)
	if k == len(m.kept) || m.kept[k].Compare(row) != 0 || m.kept[k].TTL != row.TTL {
		return false
	}
	for before := firstOf(m.have, row); before < i; before++ {
		if m.have[before].TTL == row.TTL {
			return false // the duplicate is kept
		}
	}
	return true
}

// check reports what of the records to be added does not go together with what the name will have.
func (m *Merger) check() error {
	single := func(i order.Item) bool { return IsSingle(i.Type) }
	if len(m.add) == 0 || !slices.ContainsFunc(m.add, single) && !slices.ContainsFunc(m.have, single) {
		return nil
	}
	for i := range m.add {
		for k := range m.add[:i] {
			if problem := clash(&m.add[i], &m.add[k]); problem != "" {
				return &Conflict{Record: m.add[i], Beside: m.add[k], Problem: problem}
			}
		}
		for k := range m.have {
			if problem := clash(&m.add[i], &m.have[k]); problem != "" && !m.goes(k) {
				return &Conflict{Record: m.add[i], Beside: m.have[k], InTable: true, Problem: problem}
			}
		}
	}
	return nil
}

// goes reports whether row i goes away. An ALIAS, which no master file has, stays unless the name is to have another.
func (m *Merger) goes(i int) bool {
	if !m.Replace || m.parts[i] != Own || m.keeps(i) {
		return false
	}
	isALIAS := func(item order.Item) bool { return item.Type == wire.TypeALIAS }
	return !isALIAS(m.have[i]) || slices.ContainsFunc(m.wanted, isALIAS)
}

// clash says why two records, which are no duplicates, must not be at one name (RFC 1034, 3.6.2; RFC 2181, 10.1; RFC 6672, 2.4); "" if they
// may.
func clash(a, b *order.Item) string {
	switch {
	case a.Type == b.Type && IsSingle(a.Type):
		return fmt.Sprintf("%s may have one %s only", a.Owner.Name(), dns.Type(a.Type))
	case a.Type == dns.TypeCNAME && !MayBesideCNAME(b.Type) || b.Type == dns.TypeCNAME && !MayBesideCNAME(a.Type):
		return fmt.Sprintf("%s may not have a CNAME and a %s", a.Owner.Name(), dns.Type(a.Type+b.Type-dns.TypeCNAME))
	}
	return ""
}

// IsSingle reports whether a name may have one record of a type only.
func IsSingle(rrtype uint16) bool {
	return rrtype == dns.TypeSOA || rrtype == dns.TypeCNAME || rrtype == dns.TypeDNAME || rrtype == wire.TypeALIAS
}

// MayBesideCNAME reports whether a record of a type may be where a CNAME is (RFC 4035, 2.5; RFC 2181, 10.1).
func MayBesideCNAME(rrtype uint16) bool {
	switch rrtype {
	case dns.TypeCNAME, dns.TypeRRSIG, dns.TypeNSEC, dns.TypeKEY, dns.TypeSIG, dns.TypeNXT, Bad:
		return true
	}
	return false
}
