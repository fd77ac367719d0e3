package answer

import (
	"encoding/hex"

	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// StandIn is what an ALIAS makes of a question for addresses.
type StandIn struct {
	Owner  string // of the ALIAS, and of the addresses
	Target string // whose addresses these are; if Away, the last name of the way to them that the table knows
	TTL    uint32 // the least of the way
	Away   bool   // the table does not hold Target, or has delegated it; who has the answer asks for its addresses

	zone Zone // of Owner
}

// Denial is the authority section of the answer that Owner has no addresses, as Target has none.
func (s *StandIn) Denial() []dns.RR { return denial(s.zone) }

// Lend returns those of rrs that have a type, as addresses of Owner. Rrs is the whole way from Target to its addresses, and not changed; each record of it
// bounds the TTL.
func (s *StandIn) Lend(rrs []dns.RR, rrtype uint16) (lent []dns.RR) {
	for _, rr := range rrs {
		s.TTL = min(s.TTL, rr.Header().Ttl)
	}
	for _, rr := range rrs {
		if rr.Header().Rrtype != rrtype {
			continue
		}
		rr = dns.Copy(rr)
		rr.Header().Name, rr.Header().Ttl = s.Owner, s.TTL
		lent = append(lent, rr)
	}
	return lent
}

// standIn looks whether an ALIAS stands in for the addresses that a node lacks, and returns whose addresses to look for; "" if not.
func (q *question) standIn(n Node, owner string) (target string) {
	if q.qtype != dns.TypeA && q.qtype != dns.TypeAAAA {
		return ""
	}
	set := n.RRset(wire.TypeALIAS, 1) // of several, the first counts, as with a CNAME
	if set == nil {
		return ""
	}
	if target = aliasTarget(set[0]); target == "" {
		return ""
	}
	if ttl := set[0].Header().Ttl; q.StandIn == nil {
		q.StandIn = &StandIn{Owner: owner, TTL: ttl, zone: q.zone}
		q.Authoritative = true
	} else {
		q.StandIn.TTL = min(q.StandIn.TTL, ttl)
	}
	return target
}

// aliasTarget is the name in an ALIAS, which comes as any type that miekg/dns does not know; "" if there is none.
func aliasTarget(rr dns.RR) string {
	unknown, ok := rr.(*dns.RFC3597)
	if !ok {
		return ""
	}
	rdata, err := hex.DecodeString(unknown.Rdata)
	if err != nil {
		return ""
	}
	name, end, err := dns.UnpackDomainName(rdata, 0)
	if err != nil || end != len(rdata) {
		return ""
	}
	return name
}
