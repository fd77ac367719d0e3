package answer

import (
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// exact answers from the node of the current name, or from the source of synthesis that stands in for it; owner is what
// the records are to be called (RFC 1034, 4.3.2, step 3a).
func (q *question) exact(n Node, owner string) (again bool) {
	rrs := q.wanted(n)
	if len(rrs) == 0 {
		if target := q.standIn(n, owner); target != "" {
			return q.follow(target)
		}
		if alias := n.RRset(dns.TypeCNAME, 1); alias != nil {
			q.answer(rename(alias, owner))
			return q.follow(alias[0].(*dns.CNAME).Target)
		}
		q.noData(n)
		return false
	}
	q.answer(rename(rrs, owner))
	q.Result = Positive
	return false
}

// wanted returns the records of the type that was asked for.
func (q *question) wanted(n Node) []dns.RR {
	if q.qtype != dns.TypeANY {
		return q.ofType(n, q.qtype)
	}
	var rrs []dns.RR // RFC 8482 lets us and the caller choose from them: see OneRRset
	for _, t := range n.Types(maxTypes) {
		rrs = append(rrs, q.ofType(n, t)...)
		if len(rrs) > q.most {
			break
		}
	}
	return rrs
}

// ofType returns the zone's records of one type. A DS at the apex would be the parent's. Of a type that a name can have only
// once, more are a mistake in the table; the first counts (RFC 1035, 5.2; RFC 2181, 10.1; RFC 6672, 2.4).
func (q *question) ofType(n Node, rrtype uint16) []dns.RR {
	switch rrtype {
	case wire.TypeALIAS:
		return nil
	case dns.TypeDS:
		if q.Name == q.zone.Apex() {
			return nil
		}
	case dns.TypeSOA, dns.TypeCNAME, dns.TypeDNAME:
		return n.RRset(rrtype, 1)
	}
	return q.rrset(n, rrtype)
}

// rename gives records another owner name: that of the question in place of a wildcard's.
func rename(rrs []dns.RR, owner string) []dns.RR {
	for _, rr := range rrs {
		rr.Header().Name = owner
	}
	return rrs
}
