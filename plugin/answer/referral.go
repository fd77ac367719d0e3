package answer

import "github.com/miekg/dns"

// refer answers with the way to the zone that begins at cut: its NS records, its DS records if it has any (the caller
// leaves these out where the client does not ask for DNSSEC), and glue (RFC 1034, 4.3.2, step 3b).
func (q *question) refer(n Node, cut string) {
	if q.StandIn != nil { // the client can not ask on, as it does not know what for: who has the answer does
		q.Yield()
		return
	}
	q.Result = Referral
	servers := q.rrset(n, dns.TypeNS)
	q.servers = len(servers)
	q.Authority = append(servers, q.rrset(n, dns.TypeDS)...)
	for _, rr := range q.Authority {
		rr.Header().Name = cut
	}
}
