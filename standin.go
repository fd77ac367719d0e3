package mysqldns

import (
	"context"

	"github.com/mysqldns/mysqldns/plugin/answer"

	"github.com/coredns/coredns/request"

	"github.com/miekg/dns"
)

// standIn asks the whole server for the addresses that an ALIAS stands for and the table does not hold, and adds them to reply, also for a client that
// does not want recursion: what it asked for is ours. It returns what came of it. SERVFAIL is for no answer; a target that has no such addresses, or is
// none, leaves its owner without any.
func (m *MySQLDNS) standIn(ctx context.Context, state request.Request, s *answer.StandIn, reply *dns.Msg) answer.Result {
	state.Req = state.Req.Copy()
	state.Req.RecursionDesired = true
	found := m.lookup(context.WithValue(ctx, standInKey{}, true), state, s.Target)
	if found == nil || found.Rcode != dns.RcodeSuccess && found.Rcode != dns.RcodeNameError {
		reply.Rcode = dns.RcodeServerFailure
		return answer.Failed
	}
	lent := s.Lend(found.Answer, state.QType())
	reply.Answer = append(reply.Answer, lent...)
	switch {
	case found.Truncated:
		reply.Truncated = true
	case len(lent) > 0:
	case isReferral(found):
		reply.Rcode = dns.RcodeServerFailure
		return answer.Failed
	default:
		reply.Ns = s.Denial()
		return answer.NoData
	}
	return answer.Positive
}

// standInKey is, in the context of a question, for whether its answer is to be the addresses that an ALIAS stands for.
type standInKey struct{}

// standsIn reports whether a question is about what an ALIAS stands for. No resolver asks for it at the name servers of a referral; so a name below a delegation of
// the table is the next plugin's, which knows whom to ask.
func standsIn(ctx context.Context) bool { return ctx.Value(standInKey{}) != nil }

// isReferral reports whether a reply without an answer names others to ask (RFC 2308, 2.2).
func isReferral(m *dns.Msg) bool {
	referral := false
	for _, rr := range m.Ns {
		switch rr.Header().Rrtype {
		case dns.TypeSOA:
			return false
		case dns.TypeNS:
			referral = true
		}
	}
	return referral
}
