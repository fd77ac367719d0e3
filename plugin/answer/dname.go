package answer

import (
	"strings"

	"github.com/miekg/dns"
)

// redirect answers a name below a DNAME: the DNAME, a CNAME made from it, and whatever its target has (RFC 6672, 3.2).
func (q *question) redirect(n Node, owner string) (again bool) {
	set := n.RRset(dns.TypeDNAME, 1) // more than one is a mistake in the table (RFC 6672, 2.4)
	dname := set[0].(*dns.DNAME)
	q.answer(rename(set, owner))

	target, ok := substitute(q.Name, owner, dname.Target)
	if !ok {
		if q.Result = YXDomain; q.StandIn != nil {
			q.Result = Failed
		}
		return false
	}
	q.answer([]dns.RR{&dns.CNAME{
		Hdr:    dns.RR_Header{Name: q.Name, Rrtype: dns.TypeCNAME, Class: dns.ClassINET, Ttl: dname.Hdr.Ttl},
		Target: target,
	}})
	if q.qtype == dns.TypeCNAME { // which the synthesized one answers
		q.Result = Positive
		return false
	}
	return q.follow(target)
}

// substitute replaces the suffix owner of name by target (RFC 6672, 2.2); false if the result is too long for a name.
func substitute(name, owner, target string) (string, bool) {
	prefix := strings.TrimSuffix(name, owner)
	if owner == "." {
		prefix = name
	}
	if target == "." {
		target = ""
	}
	substituted := prefix + target
	var wire [255]byte
	end, err := dns.PackDomainName(substituted, wire[:], 0, nil, false)
	return substituted, err == nil && end <= len(wire) // before 1.1.72, miekg/dns counts a last zero without room as written
}
