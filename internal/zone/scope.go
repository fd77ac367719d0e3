// Package zone tells which records of a table make up one zone, and what must change for the zone to be another.
package zone

import (
	"github.com/mysqldns/mysqldns/internal/order"

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
	origin order.Key
	apex   bool      // the origin is the apex of a zone, rather than just a name
	child  order.Key // the child zone that we are in, nil outside
	glue   map[string]bool
}

// NewScope begins at origin.
func NewScope(origin order.Key, apex bool) *Scope { return &Scope{origin: origin, apex: apex} }

// Enter goes on to an owner name, which may be the apex of a child zone.
func (s *Scope) Enter(owner order.Key, apex bool) {
	if s.child != nil && s.child.Holds(owner) {
		return // zones below the child are no concern of ours
	}
	s.child = nil
	if apex && !owner.Equal(s.origin) {
		s.child = append(order.Key{}, owner...)
		s.glue = map[string]bool{}
	}
}

// Part tells whose a record at the owner name entered last is. Those of the table come in canonical order, NS before addresses.
func (s *Scope) Part(i *order.Item) Part {
	if s.child == nil {
		if s.apex && i.Type == dns.TypeDS && i.Owner.Equal(s.origin) {
			return Foreign
		}
		return Own
	}
	atApex := i.Owner.Equal(s.child)
	switch {
	case atApex && i.Type == dns.TypeDS:
		return Own
	case atApex && i.Type == dns.TypeNS:
		if target, err := order.KeyOfWire(i.Rdata); err == nil {
			s.glue[string(target)] = true
		}
		return Delegation
	case (i.Type == dns.TypeA || i.Type == dns.TypeAAAA) && s.glue[string(i.Owner)]:
		return Delegation
	}
	return Foreign
}
