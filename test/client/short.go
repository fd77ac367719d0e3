package client

import (
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// Short is a reply in a few words: the rcode, then the records of the answer section as "TYPE RDATA", all behind "; ". The
// records of one RRset are sorted, as their order means nothing; RRsets stay in their order, which for aliases is the chain.
func Short(reply *dns.Msg) string {
	parts := []string{dns.RcodeToString[reply.Rcode]}
	for rrs := reply.Answer; len(rrs) > 0; {
		n := 1
		for n < len(rrs) && rrs[n].Header().Rrtype == rrs[0].Header().Rrtype && strings.EqualFold(rrs[n].Header().Name, rrs[0].Header().Name) {
			n++
		}
		var rrset []string
		for _, rr := range rrs[:n] {
			rrset = append(rrset, dns.Type(rr.Header().Rrtype).String()+" "+rdata(rr))
		}
		slices.Sort(rrset)
		parts = append(parts, rrset...)
		rrs = rrs[n:]
	}
	return strings.Join(parts, "; ")
}

// rdata is the RDATA of a record as zone files have it.
func rdata(rr dns.RR) string {
	if unknown, ok := rr.(*dns.RFC3597); ok { // whose String has another header
		return fmt.Sprintf(`\# %d %s`, len(unknown.Rdata)/2, strings.ToUpper(unknown.Rdata))
	}
	return strings.TrimSpace(strings.TrimPrefix(rr.String(), rr.Header().String()))
}

// isFor reports whether a reply is one to a question.
func isFor(reply *dns.Msg, question Question) bool {
	return reply.Response && len(reply.Question) == 1 && reply.Question[0].Qtype == question.Type &&
		strings.EqualFold(reply.Question[0].Name, dns.Fqdn(question.Name))
}
