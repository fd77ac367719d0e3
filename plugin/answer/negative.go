package answer

import "github.com/miekg/dns"

// noData says that the name exists and the type does not. A loose name that is only an empty non-terminal is not the
// table's: nobody wrote a row for it.
func (q *question) noData(n Node) {
	if q.zone.Apex() == "" && len(n.Types(1)) == 0 {
		q.Yield()
		return
	}
	q.Result = NoData
	q.deny()
}

// nxDomain says that the name does not exist. Of a loose name only its zone, which is not ours, can say so.
func (q *question) nxDomain() {
	if q.zone.Apex() == "" {
		q.Yield()
		return
	}
	q.Result = NXDomain
	q.deny()
}

// deny adds the SOA of the zone that denies, with the time that the denial may be kept (RFC 2308, 3 and 5).
func (q *question) deny() {
	q.Authoritative = true // of a chain, its first name was ours
	apex := q.zone.Apex()
	if apex == "" {
		return
	}
	n, ok := q.zone.Node(apex)
	if !ok {
		return
	}
	if set := n.RRset(dns.TypeSOA, 1); set != nil {
		soa := set[0].(*dns.SOA)
		soa.Hdr.Ttl = min(soa.Hdr.Ttl, soa.Minttl)
		q.Authority = []dns.RR{soa}
	}
}
