// Package answer finds the answer to a question in the zones of a table, as an authoritative server does: the algorithm
// of RFC 1034, 4.3.2, with wildcards (RFC 4592), DNAME (RFC 6672) and negative answers (RFC 2308).
//
// It knows neither where zones come from nor where answers go. The steps, in the order of the algorithm:
//
//	step 2   authority.go the zone with the deepest apex; a DS belongs to the parent
//	step 3   descend.go   label by label down from the apex, to the name, a cut, a DNAME or nowhere
//	step 3a  exact.go     the name is there: its RRset, its alias, or NODATA
//	         standin.go   an ALIAS, which stands in for addresses: they are looked for as at the end of an alias
//	step 3b  referral.go  a zone cut: the NS records and their glue
//	step 3c  dname.go     a DNAME above the name: a synthesized alias
//	         wildcard.go  no such name: a source of synthesis, or NXDOMAIN
//	         negative.go  the SOA of NODATA and NXDOMAIN
//	step 6   additional.go  addresses of the names that the answer points to
//
// # Bounds
//
// Whoever writes rows or asks questions may mean harm, so the work for one question is bounded, whatever the table holds and
// however much of it:
//
//	aliases                 16 CNAMEs, and the DNAME that each may be made from (maxAliases)
//	steps down              for each name that is looked up, one for each label from the apex, at most 127
//	records                 as many as a message of the client's size can hold: a twelfth of its octets (leastRecord)
//	addresses               of 32 names that an answer points to (maxTargets), of 1000 name servers of a referral (maxGlue), and none
//	                        once the message is full
//	types, if asked for ANY 128 (maxTypes)
//
// A look-up of a type at a name reads past the RRsets of lower types there; their number is the table's.
package answer

import (
	"slices"

	"github.com/miekg/dns"
)

// leastRecord is the least octets of a record in a message (RFC 1035, 4.1.3): an owner name of one octet, type, class, TTL, length,
// and RDATA of one. Of one without RDATA there is only one in an RRset.
const leastRecord = 1 + 2 + 2 + 4 + 2 + 1

// maxTypes bounds the RRsets that an answer to ANY is chosen from. There are fewer types in use.
const maxTypes = 128

// maxAliases bounds the aliases in one answer. Longer chains end there; the client may ask on. (Knot stops at 20, BIND at
// 11, resolvers at 8 to 16.)
const maxAliases = 16

// Within answers out of all zones and loose names of a table, for a message of at most size octets: of what can not be in it, it makes no more than
// shows that. It follows aliases from zone to zone as long as the table holds their targets. Qname is fully qualified, in lower case and escaped as
// in Zone.
func Within(size int, zs Zones, qname string, qtype uint16) Response {
	q := question{zones: zs, qtype: qtype, most: size / leastRecord}
	q.Name = qname
	for q.step() {
	}
	q.addAdditional()
	return q.Response
}

// question is the state of one answer in the making: the response so far, and the name that is looked for next.
type question struct {
	Response
	zones Zones
	zone  Zone     // of Name, which is the question's name and then the target of each alias
	qtype uint16   //
	seen  []string // the names before it

	most    int // records that fit into the message, at the most; the header and the question make up for one with less octets
	servers int // NS records of a referral
}

// step looks for the current name and reports whether there is another one to look for.
func (q *question) step() (again bool) {
	q.zone = authority(q.zones, q.Name, q.qtype)
	if q.StandIn == nil { // else it is the zone of the ALIAS that answers
		q.before, q.Zone = q.Zone, q.zone.Apex()
	}
	m := descend(q.zone, q.Name, q.qtype)
	switch m.kind {
	case atName:
		return q.exact(m.node, q.Name)
	case atCut:
		q.refer(m.node, m.name)
		return false
	case atDNAME:
		return q.redirect(m.node, m.name)
	default:
		return q.synthesize(m.name)
	}
}

// follow goes on with the target of an alias. A chain that comes back to a name ends there, as one that is too long.
func (q *question) follow(target string) (again bool) {
	q.seen = append(q.seen, q.Name)
	q.Name = canonical(target)
	q.Result = Positive
	if len(q.seen) < maxAliases && !slices.Contains(q.seen, q.Name) {
		return true
	}
	if q.StandIn != nil { // an alias is an answer without its end, this is none
		q.Result = Failed
	}
	return false
}

// rrset returns the records of one type, or the first of them if the message can not hold all.
func (q *question) rrset(n Node, rrtype uint16) []dns.RR {
	rrs := n.RRset(rrtype, q.most)
	if len(rrs) == q.most {
		q.Truncated = true
	}
	return rrs
}

// first reports whether the current name is the question's own.
func (q *question) first() bool { return len(q.seen) == 0 }

// answer adds the records of an RRset that is the zone's own data. A DNAME that the chain has been through is not said again.
func (q *question) answer(rrs []dns.RR) {
	q.Authoritative = true // of a chain, its first name was ours
	if q.StandIn != nil {
		q.Answer = append(q.Answer, q.StandIn.Lend(rrs, q.qtype)...)
		return
	}
	if q.first() && len(q.Answer) == 0 {
		q.Answer = rrs
		return
	}
	for _, rr := range rrs {
		if rr.Header().Rrtype != dns.TypeDNAME || !holds(q.Answer, rr.Header().Name, dns.TypeDNAME) {
			q.Answer = append(q.Answer, rr)
		}
	}
}
