package mysqldns

import (
	"context"

	"github.com/mysqldns/mysqldns/plugin/answer"

	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/request"

	"github.com/miekg/dns"
)

// ServeDNS implements plugin.Handler.
func (m *MySQLDNS) ServeDNS(ctx context.Context, w dns.ResponseWriter, r *dns.Msg) (int, error) {
	state := request.Request{W: w, Req: r}
	qname := state.Name()
	if !m.all && m.zones.Matches(qname) == "" {
		return m.next(ctx, w, r)
	}
	if !m.copy.loaded() { // before anything else: the name might be ours, and private
		return dns.RcodeServerFailure, nil
	}
	resp := answer.Across(m.copy.db.View(), qname, state.QType())
	switch {
	case resp.Result == answer.Absent:
		return m.next(ctx, w, r)
	case resp.Result == answer.NXDomain && len(resp.Answer) == 0 && m.Fall.Through(qname):
		return m.next(ctx, w, r)
	}
	return m.write(ctx, state, resp)
}

func (m *MySQLDNS) next(ctx context.Context, w dns.ResponseWriter, r *dns.Msg) (int, error) {
	return plugin.NextOrFailure(name, m.Next, ctx, w, r)
}

// write makes a message of resp and sends it.
func (m *MySQLDNS) write(ctx context.Context, state request.Request, resp answer.Response) (int, error) {
	reply := new(dns.Msg)
	reply.SetRcode(state.Req, resp.Result.Rcode())
	reply.Authoritative = resp.Authoritative
	reply.Answer, reply.Ns, reply.Extra = resp.Answer, resp.Authority, resp.Additional
	if resp.Result == answer.Referral && !state.Do() {
		reply.Ns = withoutDS(reply.Ns) // RFC 4035, 3.1.4.1: for those who ask for DNSSEC
	}
	if state.QType() == dns.TypeANY && state.Proto() == "udp" {
		reply.Answer = answer.OneRRset(reply.Answer)
	}
	var err error
	if resp.Alias != "" && state.Req.RecursionDesired && m.Next != nil {
		err = m.chase(ctx, state, resp.Alias, reply)
	}
	spell(reply.Answer, state)
	if werr := state.W.WriteMsg(reply); werr != nil {
		return dns.RcodeServerFailure, werr
	}
	return dns.RcodeSuccess, err // written, whatever the rcode
}

// withoutDS is the NS records of a referral, which stand before the DS records.
func withoutDS(rrs []dns.RR) []dns.RR {
	for i, rr := range rrs {
		if rr.Header().Rrtype == dns.TypeDS {
			return rrs[:i]
		}
	}
	return rrs
}

// spell gives the records at the question's name the case that the question has, as clients are used to (RFC 4343, 4.1).
func spell(rrs []dns.RR, state request.Request) {
	qname := state.QName()
	if qname == state.Name() {
		return
	}
	for _, rr := range rrs {
		if rr.Header().Name == state.Name() {
			rr.Header().Name = qname
		}
	}
}
