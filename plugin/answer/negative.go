package answer

import "github.com/miekg/dns"

// noData says that the name exists and the type does not. A loose name that is only an empty non-terminal is not the
// table's: it has no row.
func (q *question) noData(n Node) {
	if q.zone.Apex() == "" && len(n.Types(1)) == 0 {
		q.Yield()
		return
	}
	q.deny(NoData)
}

// nxDomain says that the name does not exist. Of a loose name only its zone, which is not ours, can say so.
func (q *question) nxDomain() {
	if q.zone.Apex() == "" {
		q.Yield()
		return
	}
	q.deny(NXDomain)
}

// deny says that the table denies the current name. Of what an ALIAS stands for, this only means that its owner has no addresses.
func (q *question) deny(how Result) {
	q.Authoritative = true // of a chain, its first name was ours
	q.Denied = how
	if q.StandIn != nil {
		q.Result, q.Authority = NoData, q.StandIn.Denial()
		return
	}
	q.Result, q.Authority = how, denial(q.zone)
}

// denial is the SOA of the zone that denies, with the time that the denial may be kept (RFC 2308, 3 and 5); nothing of loose names.
func denial(z Zone) []dns.RR {
	apex := z.Apex()
	if apex == "" {
		return nil
	}
	n, ok := z.Node(apex)
	if !ok {
		return nil
	}
	set := n.RRset(dns.TypeSOA, 1)
	if set == nil {
		return nil
	}
	soa := set[0].(*dns.SOA)
	soa.Hdr.Ttl = min(soa.Hdr.Ttl, soa.Minttl)
	return []dns.RR{soa}
}
