package differential

import (
	"slices"

	"github.com/miekg/dns"
)

// For returns the zone that a question belongs to, nil if none. The DS of an apex belong to the zone above.
func (s splitter) For(name string, qtype uint16) *Zone {
	z := s.above(name)
	if z != nil && qtype == dns.TypeDS && name == z.Apex && name != "." {
		if parent := s.above(parentOf(name)); parent != nil {
			return parent
		}
	}
	return z
}

// leaves returns the name at the end of the aliases in a reply, "" if there are none or if that name belongs to the
// zone of the question, or to none.
func (s splitter) leaves(q dns.Question, m *dns.Msg) string {
	if m == nil || q.Qtype == dns.TypeCNAME || q.Qtype == dns.TypeANY {
		return ""
	}
	name, seen := lower(q.Name), map[string]bool{}
	for !seen[name] {
		seen[name] = true
		if i := slices.IndexFunc(m.Answer, func(rr dns.RR) bool {
			return rr.Header().Rrtype == dns.TypeCNAME && lower(rr.Header().Name) == name
		}); i >= 0 {
			name = lower(m.Answer[i].(*dns.CNAME).Target)
		}
	}
	if z := s.For(name, q.Qtype); z == nil || z == s.For(lower(q.Name), q.Qtype) {
		return ""
	}
	return name
}

// askOn completes the reply of a server which does not follow an alias into another zone, although it serves that: it
// asks for the target, too, as a resolver would, and joins the replies.
func (s splitter) askOn(server Subject, q dns.Question, m *dns.Msg) (*dns.Msg, error) {
	asked := map[string]bool{lower(q.Name): true}
	for {
		target := s.leaves(q, m)
		if target == "" || asked[target] {
			return m, nil
		}
		asked[target] = true
		q.Name = target
		next, err := server.Ask(message(q))
		if err != nil {
			return m, err
		}
		next.Authoritative = m.Authoritative
		for _, rr := range m.Answer {
			if !slices.ContainsFunc(next.Answer, func(other dns.RR) bool { return dns.IsDuplicate(rr, other) }) {
				next.Answer = append(next.Answer, rr)
			}
		}
		m = next
	}
}
