// Package zone tells which records of a table make up one zone, and what must change for the zone to be another.
package zone

import (
	"github.com/mysqldns/mysqldns/internal/order"
	"github.com/mysqldns/mysqldns/plugin/cut"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// Part is whose a record is, of those at and below the apex of a zone.
type Part uint8

const (
	Own        Part = iota // of the zone: its data, its delegations, glue
	Delegation             // NS or glue of a child zone that the table holds as well: both zones have it, in one row
	Foreign                // of a child zone only; or, as a DS at the apex, of the parent
)

// Scope divides the records at and below an origin, shown to it in canonical order, between the zone of that origin and child zones, whose
// apexes are where the table has a SOA.
type Scope struct {
	origin wire.Key
	apex   bool            // the origin is the apex of a zone, rather than just a name
	child  wire.Key        // the child zone that we are in, nil outside
	glue   map[string]bool // name servers of child zones, by the octets of their keys
}

// NewScope begins at origin.
func NewScope(origin wire.Key, apex bool) *Scope {
	return &Scope{origin: origin, apex: apex, glue: map[string]bool{}}
}

// Ahead is a Scope that goes over the SOA and NS records before this one does: what it finds of name servers, this one knows.
func (s *Scope) Ahead() *Scope { return &Scope{origin: s.origin, apex: s.apex, glue: s.glue} }

// Foresee looks for the name servers of child zones in all records at and below the origin. Without it, Part knows those that it has seen: a name
// server may be in another child zone than the one that it serves, and come before that.
func (s *Scope) Foresee(records *order.Reader) error {
	ahead := s.Ahead()
	for records.Next() {
		if i := records.Item(); i.Type == dns.TypeSOA || i.Type == dns.TypeNS {
			ahead.Enter(i.Owner, i.Type == dns.TypeSOA)
			ahead.Part(i)
		}
	}
	return records.Err()
}

// Enter goes on to an owner name, which may be the apex of a child zone.
func (s *Scope) Enter(owner wire.Key, apex bool) {
	if s.child != nil && s.child.Holds(owner) {
		return // zones below the child are no concern of ours
	}
	s.child = nil
	if apex && !owner.Equal(s.origin) {
		s.child = append(wire.Key{}, owner...)
	}
}

// Part tells whose a record at the owner name entered last is. Those of the table come in canonical order, NS before addresses.
func (s *Scope) Part(i *order.Item) Part {
	if s.apex && i.Type == dns.TypeDS && i.Owner.Equal(s.origin) {
		return Foreign
	}
	switch {
	case s.child == nil:
		return Own
	case s.glue[string(i.Owner)] && cut.Glue.Has(i.Type):
		return Delegation
	case !i.Owner.Equal(s.child) || !cut.Child.Has(i.Type):
		return Foreign
	case i.Type == dns.TypeDS: // which is the parent's alone
		return Own
	}
	if target, err := wire.KeyOf(i.Rdata); err == nil {
		s.glue[string(target)] = true
	}
	return Delegation
}
