package answer

import (
	"slices"

	"github.com/miekg/dns"
)

// Bounds on the names that one question looks up addresses for. Those of an answer are a courtesy; glue must be whole (RFC
// 9471, 3.1), and more than this hardly fits into a message.
const (
	maxTargets = 32
	maxGlue    = 1000
)

// addAdditional adds the addresses of the names that the answer and a referral point to (RFC 1034, 4.3.2, step 6; for glue
// RFC 9471), as far as the message does not have them.
func (q *question) addAdditional() {
	var done []string
	done = q.addTargets(done, q.Answer, maxTargets)
	q.addTargets(done, q.Authority, maxGlue)
}

func (q *question) addTargets(done []string, section []dns.RR, most int) []string {
	for _, rr := range section {
		name := canonical(pointsTo(rr))
		if name == "" || slices.Contains(done, name) {
			continue
		}
		if len(done) == most {
			break
		}
		if len(q.Answer)+q.servers+len(q.Additional) >= q.most { // DS records may yet be left out
			q.Truncated = true
			break
		}
		done = append(done, name)
		q.addTarget(name, rr.Header().Rrtype)
	}
	return done
}

// addTarget adds what the table holds at name for a client that has a record of type from, which points there. What is below
// a cut is glue, fit for the additional section; what is below a DNAME is hidden.
func (q *question) addTarget(name string, from uint16) {
	z := q.zones.Zone(name)
	n, ok := z.Node(name)
	if !ok || descend(z, name, dns.TypeA).kind == atDNAME {
		return
	}
	types := [...]uint16{dns.TypeA, dns.TypeAAAA, from}
	wanted := types[:2]
	if from == dns.TypeSVCB || from == dns.TypeHTTPS {
		wanted = types[:] // RFC 9460, 4.1
	}
	for _, t := range wanted {
		if !holds(q.Answer, name, t) {
			q.Additional = append(q.Additional, q.rrset(n, t)...)
		}
	}
}

func holds(section []dns.RR, name string, rrtype uint16) bool {
	return slices.ContainsFunc(section, func(rr dns.RR) bool {
		return rr.Header().Rrtype == rrtype && rr.Header().Name == name
	})
}

// pointsTo is the host name in a record's RDATA whose addresses the client will want next, "" if there is none. The root as
// a target says that there is no such service (RFC 2782; RFC 7505, 3; RFC 9460, 2.5.1).
func pointsTo(rr dns.RR) string {
	if target := target(rr); target != "." {
		return target
	}
	return ""
}

func target(rr dns.RR) string {
	switch rr := rr.(type) {
	case *dns.NS:
		return rr.Ns
	case *dns.MX:
		return rr.Mx
	case *dns.SRV:
		return rr.Target
	case *dns.SVCB:
		return service(rr)
	case *dns.HTTPS:
		return service(&rr.SVCB)
	}
	return ""
}

// service is the target of a SVCB or HTTPS record; in ServiceMode "." stands for its owner (RFC 9460, 2.5.2).
func service(rr *dns.SVCB) string {
	if rr.Target == "." && rr.Priority > 0 {
		return rr.Hdr.Name
	}
	return rr.Target
}
