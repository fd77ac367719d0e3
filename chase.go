package mysqldns

import (
	"context"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/request"

	"github.com/miekg/dns"
	ot "github.com/opentracing/opentracing-go"
)

// maxChases bounds how often one question may pass through the whole server, as it does when aliases of several tables (or of a
// table and a rewrite rule) lead in a circle. The file plugin's bound is the same.
const maxChases = 8

// chase asks the whole server for the target of an alias that leaves the table, and adds what it says to reply. If that fails,
// reply becomes SERVFAIL with the chain so far.
func (m *MySQLDNS) chase(ctx context.Context, state request.Request, target string, reply *dns.Msg) {
	found := m.lookup(ctx, state, target)
	if found == nil {
		reply.Rcode = dns.RcodeServerFailure
		return
	}
	reply.Answer = append(reply.Answer, found.Answer...)
	switch found.Rcode {
	case dns.RcodeSuccess, dns.RcodeNameError:
		reply.Rcode = found.Rcode // RFC 6604, 3: that of the last name
		reply.Truncated = found.Truncated
		reply.Ns = append(reply.Ns, found.Ns...)
	default:
		reply.Rcode = dns.RcodeServerFailure
	}
}

// lookup asks the whole server for records of another name, of the type of the question; nil if there is no answer.
func (m *MySQLDNS) lookup(ctx context.Context, state request.Request, target string) *dns.Msg {
	chases, _ := ctx.Value(dnsserver.LoopKey{}).(int)
	if chases >= maxChases {
		log.Debugf("%s: aliases lead in a circle", state.Name())
		return nil
	}
	if span := ot.SpanFromContext(ctx); span != nil {
		child := span.Tracer().StartSpan("chase", ot.ChildOf(span.Context()))
		child.SetTag(tagPrefix+"target", target)
		defer child.Finish()
		ctx = ot.ContextWithSpan(ctx, child)
	}
	ctx = context.WithValue(ctx, dnsserver.LoopKey{}, chases+1)
	found, err := m.upstream.Lookup(ctx, state, target, state.QType())
	if err != nil || found == nil {
		log.Debugf("no answer for %s, which %s is an alias of: %v", target, state.Name(), err)
		return nil
	}
	return found
}
