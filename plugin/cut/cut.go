// Package cut says which records of a name a zone has, where another zone begins below it (RFC 1034, 4.2.1; RFC 4035, 3.1.4.1). Who holds records in
// another form finds the zone cuts in a way of their own; what is on which side of one they ask here.
package cut

import "github.com/miekg/dns"

// Part is which records of a name are a zone's.
type Part uint8

const (
	Whole   Part = iota // all: the name is in no child zone
	Child               // NS and DS: the name is the apex of a child zone, whose parent the zone is
	Glue                // A and AAAA: the name is in a child zone, and that of a name server of a child zone (RFC 9471, 2)
	Outside             // none: the name is in a child zone
)

// Has reports whether records of a type are in the part.
func (p Part) Has(rrtype uint16) bool {
	switch p {
	case Whole:
		return true
	case Child:
		return rrtype == dns.TypeNS || rrtype == dns.TypeDS
	case Glue:
		return rrtype == dns.TypeA || rrtype == dns.TypeAAAA
	}
	return false
}
