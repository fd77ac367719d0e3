package mysqldns

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/coredns/coredns/plugin"

	"github.com/miekg/dns"
)

// rr reads one record; an ALIAS, which miekg/dns does not know, too.
func rr(t *testing.T, text string) dns.RR {
	t.Helper()
	owner, target, isALIAS := strings.Cut(text, " ALIAS ")
	if isALIAS {
		var packed [255]byte
		end, err := dns.PackDomainName(target, packed[:], 0, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		text = fmt.Sprintf("%s TYPE%d \\# %d %x", owner, wire.TypeALIAS, end, packed[:end])
	}
	parsed, err := dns.NewRR(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return parsed
}

func rrs(t *testing.T, texts ...string) (all []dns.RR) {
	t.Helper()
	for _, text := range texts {
		all = append(all, rr(t, text))
	}
	return all
}

// An ALIAS whose target the table does not hold: what the next plugin says of that is what the owner has.
func TestALIASByUpstream(t *testing.T) {
	records := rrs(t,
		"z.test. 60 IN SOA ns.z.test. host.z.test. 1 2 3 4 60",
		"z.test. 300 IN ALIAS cdn.other.",
		"z.test. 300 IN MX 10 mail.z.test.",
		"www.z.test. 60 IN CNAME z.test.",
		"short.z.test. 5 IN ALIAS cdn.other.",
		"denied.z.test. 60 IN ALIAS none.other.",
		"broken.z.test. 60 IN ALIAS broken.other.",
		"refused.z.test. 60 IN ALIAS refused.other.",
		"referred.z.test. 60 IN ALIAS referred.other.",
		"big.z.test. 60 IN ALIAS big.other.",
		"through.z.test. 60 IN ALIAS cdn.public.z.test.",
		"*.w.z.test. 60 IN ALIAS cdn.other.",
		"loop.z.test. 60 IN ALIAS loop.other.",
		"loose.lan. 60 IN ALIAS cdn.other.",
		"sub.z.test. 60 IN NS ns.sub.z.test.",
		"ns.sub.z.test. 60 IN A 192.0.2.53",
		"below.z.test. 60 IN ALIAS www.sub.z.test.",
		"glue.z.test. 60 IN ALIAS ns.sub.z.test.",
		"back.z.test. 60 IN ALIAS back.other.",
		"alias.z.test. 60 IN CNAME www.sub.z.test.",
		"gone.lan. 60 IN ALIAS none.other.",
		"loop.lan. 60 IN ALIAS loop.z.test.",
	)
	next := plugin.HandlerFunc(func(_ context.Context, w dns.ResponseWriter, q *dns.Msg) (int, error) {
		reply := new(dns.Msg).SetReply(q)
		if !q.RecursionDesired {
			return dns.RcodeRefused, nil // as a resolver that has nothing in its cache
		}
		switch name := q.Question[0].Name; name {
		case "cdn.other.", "cdn.public.z.test.", "www.sub.z.test.":
			if q.Question[0].Qtype == dns.TypeA {
				reply.Answer = rrs(t, name+" 20 IN CNAME edge.cdn.other.", "edge.cdn.other. 400 IN A 203.0.113.1", "edge.cdn.other. 400 IN A 203.0.113.2",
					"edge.cdn.other. 400 IN RRSIG A 13 3 400 20370101000000 20260101000000 1 other. AAAA")
			}
			reply.Ns = rrs(t, "other. 60 IN NS ns.other.", "other. 60 IN SOA ns.other. host.other. 1 2 3 4 60")[len(reply.Answer)/4:]
		case "broken.other.":
			return dns.RcodeServerFailure, nil
		case "refused.other.":
			return dns.RcodeRefused, nil
		case "referred.other.":
			reply.Ns = rrs(t, "other. 60 IN NS ns.other.")
		case "big.other.":
			reply.Truncated = true
		case "ns.sub.z.test.":
			reply.Answer = rrs(t, name+" 20 IN A 203.0.113.1", name+" 20 IN A 203.0.113.2")
		case "back.other.": // as of a resolver that asks us
			reply.Answer = rrs(t, "back.other. 60 IN CNAME www.sub.z.test.")
			if q.Question[0].Qtype == dns.TypeA {
				reply.Answer = append(reply.Answer, rrs(t, "www.sub.z.test. 20 IN A 203.0.113.1", "www.sub.z.test. 20 IN A 203.0.113.2")...)
			}
		case "loop.other.":
			reply.Answer = rrs(t, "loop.other. 60 IN CNAME loop.z.test.")
		default:
			reply.Rcode = dns.RcodeNameError
		}
		return dns.RcodeSuccess, w.WriteMsg(reply)
	})
	const addresses = "203.0.113.1 203.0.113.2"
	through := newBlock(t, records, next, "public.z.test")
	for _, q := range []struct {
		name  string
		qtype uint16
		want  string
		ttl   uint32
	}{
		{"z.test.", dns.TypeA, "NOERROR " + addresses, 20},
		{"short.z.test.", dns.TypeA, "NOERROR " + addresses, 5},
		{"z.test.", dns.TypeAAAA, "NOERROR ", 0},
		{"z.test.", dns.TypeTXT, "NOERROR ", 0},
		{"www.z.test.", dns.TypeA, "NOERROR z.test. " + addresses, 20},
		{"a.b.w.z.test.", dns.TypeA, "NOERROR " + addresses, 20},
		{"loose.lan.", dns.TypeA, "NOERROR " + addresses, 20},
		{"denied.z.test.", dns.TypeA, "NOERROR ", 0},
		{"gone.lan.", dns.TypeA, "NOERROR ", 0},
		{"below.z.test.", dns.TypeA, "NOERROR " + addresses, 20},
		{"below.z.test.", dns.TypeAAAA, "NOERROR ", 0},
		{"glue.z.test.", dns.TypeA, "NOERROR " + addresses, 20},
		{"back.z.test.", dns.TypeA, "NOERROR " + addresses, 20},
		{"broken.z.test.", dns.TypeA, "SERVFAIL ", 0},
		{"refused.z.test.", dns.TypeA, "SERVFAIL ", 0},
		{"referred.z.test.", dns.TypeA, "SERVFAIL ", 0},
		{"through.z.test.", dns.TypeA, "NOERROR " + addresses, 20},
		{"loop.z.test.", dns.TypeA, "NOERROR ", 0},
	} {
		for _, recursive := range []bool{true, false} {
			reply := through.ask(t, q.name, q.qtype, recursive)
			if got := said(reply); got != q.want || reply.Rcode == dns.RcodeSuccess && !reply.Authoritative {
				t.Errorf("%s %s rd %t: got %q, want %q and aa\n%s", q.name, dns.Type(q.qtype), recursive, got, q.want, reply)
			}
			for _, rr := range reply.Answer {
				if h := rr.Header(); h.Rrtype == dns.TypeRRSIG || h.Rrtype == q.qtype && (h.Ttl != q.ttl || strings.HasSuffix(h.Name, "other.")) {
					t.Errorf("%s: %s, want a TTL of %d", q.name, rr, q.ttl)
				}
			}
			zone := strings.HasSuffix(q.name, "z.test.") && strings.HasSuffix(q.want, "NOERROR ")
			if soa := len(reply.Ns) == 1 && reply.Ns[0].Header().Rrtype == dns.TypeSOA && reply.Ns[0].Header().Name == "z.test."; soa != zone {
				t.Errorf("%s %s: authority section %v", q.name, dns.Type(q.qtype), reply.Ns)
			}
		}
	}
	if reply := through.ask(t, "big.z.test.", dns.TypeA, true); !reply.Truncated || reply.Rcode != dns.RcodeSuccess {
		t.Errorf("what does not fit is to be asked for over TCP:\n%s", reply)
	}
	closed := newBlock(t, records, next)
	if got := said(closed.ask(t, "through.z.test.", dns.TypeA, true)); got != "NOERROR " {
		t.Errorf("without fallthrough: got %q", got)
	}
	alone := newBlock(t, records, nil)
	if got := said(alone.ask(t, "z.test.", dns.TypeA, true)); got != "SERVFAIL " {
		t.Errorf("without a next plugin: got %q", got)
	}
	if got := said(alone.ask(t, "below.z.test.", dns.TypeA, true)); got != "SERVFAIL " {
		t.Errorf("below a delegation, without a next plugin: got %q", got)
	}
	for _, name := range []string{"www.sub.z.test.", "alias.z.test."} { // only for what an ALIAS stands for
		if reply := through.ask(t, name, dns.TypeA, true); len(reply.Ns) != 1 || reply.Ns[0].Header().Rrtype != dns.TypeNS {
			t.Errorf("%s is below a delegation\n%s", name, reply)
		}
	}
	if got := said(alone.ask(t, "www.z.test.", dns.TypeA, true)); got != "SERVFAIL z.test." {
		t.Errorf("without a next plugin: got %q", got)
	}
}
