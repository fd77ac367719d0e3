package answer

import (
	"slices"

	"github.com/miekg/dns"
)

// OneRRset shortens an answer to ANY to the first RRset of its last name, which is as good an answer as all of them (RFC 8482,
// 4.1). The aliases that a DNAME made on the way there stay.
func OneRRset(rrs []dns.RR) []dns.RR {
	last := redirections(rrs)
	if last == len(rrs) {
		return rrs
	}
	first := rrs[last].Header().Rrtype
	differs := func(rr dns.RR) bool { return rr.Header().Rrtype != first }
	if more := slices.IndexFunc(rrs[last:], differs); more > 0 {
		return rrs[:last+more]
	}
	return rrs
}

// redirections is the number of records at the beginning of an answer that lead from a name below a DNAME to the last name.
func redirections(rrs []dns.RR) int {
	synthesized := func(i int) bool { return i < len(rrs) && rrs[i].Header().Rrtype == dns.TypeCNAME }
	i := 0
	for i < len(rrs) && rrs[i].Header().Rrtype == dns.TypeDNAME && synthesized(i+1) && rrs[i+1].Header().Name != rrs[i].Header().Name {
		for i++; synthesized(i); i++ {
		}
	}
	return i
}
