package update

import (
	"slices"

	"github.com/miekg/dns"
)

// Rule is what one key may change.
type Rule struct {
	Key   string   // the name of a TSIG key
	Name  string   // an owner name
	Below bool     // every name below Name and not Name itself
	Types []uint16 // nil: every type but those of reserved
}

// reserved are the types that a rule covers only if it names them: what makes a zone and its delegations, and what DNSSEC's chain of trust is
// made of.
var reserved = []uint16{
	dns.TypeSOA, dns.TypeNS,
	dns.TypeDS, dns.TypeDNSKEY, dns.TypeRRSIG, dns.TypeNSEC, dns.TypeNSEC3, dns.TypeNSEC3PARAM, // RFC 4034, RFC 5155
	dns.TypeCDS, dns.TypeCDNSKEY, dns.TypeCSYNC, // RFC 7344, RFC 7477: a parent acts on these
	dns.TypeDLV, dns.TypeTA, dns.TypeKEY, dns.TypeSIG, dns.TypeNXT, // what was before
}

// Policy is a list of rules; each allows something.
type Policy []Rule

// Of returns the rules of a key.
func (p Policy) Of(key string) Policy {
	var own Policy
	for _, r := range p {
		if r.Key == key {
			own = append(own, r)
		}
	}
	return own
}

// concern reports whether a rule is about names of a zone.
func (p Policy) concern(apex string) bool {
	return slices.ContainsFunc(p, func(r Rule) bool {
		return dns.IsSubDomain(apex, r.Name) || r.Below && dns.IsSubDomain(r.Name, apex)
	})
}

// allow reports whether a rule covers records of a type at a name.
func (p Policy) allow(name string, rrtype uint16) bool {
	return slices.ContainsFunc(p, func(r Rule) bool { return r.covers(name) && r.hasType(rrtype) })
}

// allowSome reports whether a rule covers records of any type at a name.
func (p Policy) allowSome(name string) bool {
	return slices.ContainsFunc(p, func(r Rule) bool { return r.covers(name) })
}

func (r *Rule) covers(name string) bool {
	if r.Below {
		return name != r.Name && dns.IsSubDomain(r.Name, name)
	}
	return name == r.Name
}

func (r *Rule) hasType(rrtype uint16) bool {
	if r.Types == nil {
		return !slices.Contains(reserved, rrtype)
	}
	return slices.Contains(r.Types, rrtype)
}
