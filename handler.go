package mysqldns

import (
	"context"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/answer"

	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/request"

	"github.com/miekg/dns"
)

// ServeDNS implements plugin.Handler.
func (m *MySQLDNS) ServeDNS(ctx context.Context, w dns.ResponseWriter, r *dns.Msg) (int, error) {
	if r.Opcode == dns.OpcodeUpdate && m.updater != nil {
		return m.serveUpdate(ctx, w, r)
	}
	state := request.Request{W: w, Req: r}
	if state.QClass() != dns.ClassINET {
		return m.next(ctx, w, r)
	}
	qname := strings.ToLower(r.Question[0].Name) // unpacked, so it is escaped as the copy's names are; state.Name would do it again
	if c := m.catalogOf(qname); c != nil {
		return m.serveCatalog(ctx, &state, c, qname)
	}
	if !m.all && m.zones.Matches(qname) == "" {
		return m.next(ctx, w, r)
	}
	view := m.copy.view()
	if view == nil { // before anything else: the name might be ours, and private
		m.note(ctx, servfail, "", "")
		return dns.RcodeServerFailure, nil
	}
	if !isQuery(&state) { // of a zone that is ours; there is nothing to transfer, and we are no secondary
		if view.Zone(qname).Apex() == "" {
			return m.next(ctx, w, r)
		}
		m.note(ctx, refused, "", "")
		return dns.RcodeRefused, nil
	}
	resp := answer.Within(room(&state), view, qname, state.QType())
	if m.fallsThrough(&resp) {
		if resp.Denied == answer.NoData {
			w = &existing{ResponseWriter: w, denial: resp.Authority, serials: &m.copy.answering().versions.served}
		}
		resp.Yield()
	}
	if resp.Result == answer.Referral && standsIn(ctx) {
		resp.Yield()
	}
	if resp.Result == answer.Absent {
		return m.next(ctx, w, r)
	}
	return m.write(ctx, &state, &resp) // by pointer: a larger frame costs a growth of the goroutine's stack
}

// maxDatagram is for how many octets an answer over UDP is made at the most, however many the client takes. NSD, Knot DNS and BIND send
// datagrams of 1232; what is larger is for TCP.
const maxDatagram = 4096

// room is how many octets a reply may have.
func room(state *request.Request) int {
	if state.Proto() == "udp" {
		return min(state.Size(), maxDatagram)
	}
	return state.Size()
}

// isQuery reports whether a question is for records of a name, and not for a zone as a whole.
func isQuery(state *request.Request) bool {
	qtype := state.QType()
	return state.Req.Opcode == dns.OpcodeQuery && qtype != dns.TypeAXFR && qtype != dns.TypeIXFR
}

// next hands a question to the next plugin. Where there is none, it is refused, as by any authoritative server that is asked for a zone which
// is not its own: without an error, which would be a line in the log for each stray question.
func (m *MySQLDNS) next(ctx context.Context, w dns.ResponseWriter, r *dns.Msg) (int, error) {
	if m.Next == nil {
		m.note(ctx, refused, "", "")
		return dns.RcodeRefused, nil
	}
	m.note(ctx, handedOn, "", "")
	return plugin.NextOrFailure(name, m.Next, ctx, w, r)
}

// note tells metrics, metadata and traces how a question came out: the outcome, the apex of the zone ("" for a loose name) and the
// source of synthesis ("" for none).
func (m *MySQLDNS) note(ctx context.Context, o outcome, zone, wildcard string) {
	m.tally.count(ctx, o)
	describe(ctx, o, zone, wildcard)
	if m.web.addr != "" {
		explainTo(ctx, o, zone, wildcard)
	}
}

// write makes a message of resp and sends it.
func (m *MySQLDNS) write(ctx context.Context, state *request.Request, resp *answer.Response) (int, error) {
	reply := new(dns.Msg)
	reply.SetRcode(state.Req, resp.Result.Rcode())
	reply.Authoritative, reply.Truncated = resp.Authoritative, resp.Truncated
	reply.Answer, reply.Ns, reply.Extra = resp.Answer, resp.Authority, resp.Additional
	if resp.Result == answer.Referral && !state.Do() {
		reply.Ns = withoutDS(reply.Ns) // RFC 4035, 3.1.4.1: for those who ask for DNSSEC
	}
	if state.QType() == dns.TypeANY && state.Proto() == "udp" {
		reply.Answer = answer.OneRRset(reply.Answer)
	}
	if resp.Alias != "" && state.Req.RecursionDesired && m.Next != nil {
		m.chase(ctx, *state, resp.Alias, reply)
	}
	if resp.StandIn != nil && resp.StandIn.Away {
		resp.Result = m.standIn(ctx, *state, resp.StandIn, reply)
	}
	spell(reply.Answer, state.Req.Question[0].Name)
	m.note(ctx, outcomeOf(resp.Result, reply.Rcode), resp.Zone, resp.Wildcard)
	if resp.Zone != "" && (len(reply.Ns) > 0 || state.QType() != dns.TypeA && state.QType() != dns.TypeAAAA) {
		m.versionsOf(resp.Zone).served.show(reply)
	}
	if err := state.W.WriteMsg(reply); err != nil {
		return dns.RcodeServerFailure, err
	}
	return dns.RcodeSuccess, nil // written, whatever the rcode; with an error, plugins before us would keep it from the client
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
func spell(rrs []dns.RR, qname string) {
	lower := strings.ToLower(qname)
	if lower == qname {
		return
	}
	for _, rr := range rrs {
		if rr.Header().Name == lower {
			rr.Header().Name = qname
		}
	}
}
