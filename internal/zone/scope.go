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
	apex   bool     // the origin is the apex of a zone, rather than just a name
	child  wire.Key // the child zone that we are in, nil outside
	glue   map[string]bool
}

// NewScope begins at origin.
func NewScope(origin wire.Key, apex bool) *Scope { return &Scope{origin: origin, apex: apex} }

// Enter goes on to an owner name, which may be the apex of a child zone.
func (s *Scope) Enter(owner wire.Key, apex bool) {
	if s.child != nil && s.child.Holds(owner) {
		return // zones below the child are no concern of ours
	}
	s.child = nil
	if apex && !owner.Equal(s.origin) {
		s.child = append(wire.Key{}, owner...)
		s.glue = map[string]bool{}
	}
}

// Part tells whose a record at the owner name entered last is. Those of the table come in canonical order, NS before addresses.
func (s *Scope) Part(i *order.Item) Part {
	if s.apex && i.Type == dns.TypeDS && i.Owner.Equal(s.origin) {
		return Foreign
	}
	part := s.part(i.Owner)
	switch {
	case !part.Has(i.Type):
		return Foreign
	case part == cut.Whole || i.Type == dns.TypeDS: // which is the parent's alone
		return Own
	case i.Type == dns.TypeNS:
		if target, err := wire.KeyOf(i.Rdata); err == nil {
			s.glue[string(target)] = true
		}
	}
	return Delegation
}

// part is which records at the owner name entered last the zone has.
func (s *Scope) part(owner wire.Key) cut.Part {
	switch {
	case s.child == nil:
		return cut.Whole
	case owner.Equal(s.child):
		return cut.Child
	case s.glue[string(owner)]:
		return cut.Glue
	}
	return cut.Outside
}
