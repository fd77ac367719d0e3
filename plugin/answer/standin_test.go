package answer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/answer"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// An ALIAS is answered with addresses and with nothing else, wherever the table has them.
func TestALIAS(t *testing.T) {
	table{origin: "example.", rows: start + `
		@          300 ALIAS  lb.cdn.test.
		@              MX     10 mail
		@              NS     ns
		mail           A      192.0.2.9
		own            A      192.0.2.8
		own            ALIAS  lb.cdn.test.
		chain      900 ALIAS  one.example.
		one        200 CNAME  two
		two        400 CNAME  lb.cdn.test.
		*.wild         ALIAS  lb.cdn.test.
		to-wild        ALIAS  x.any.cdn.test.
		to-dname       ALIAS  lb.moved.test.
		www            CNAME  example.
		twice      50  ALIAS  chain.example.
		self           ALIAS  self.example.
		left           ALIAS  right.example.
		right          CNAME  left
		nodata         ALIAS  ns.cdn.test.
		nxdomain       ALIAS  none.cdn.test.
		cname-nx       ALIAS  nowhere.example.
		nowhere        CNAME  none
		delegated      ALIAS  www.sub.example.
		to-glue        ALIAS  ns.sub.example.
		to-below       ALIAS  below.example.
		below          CNAME  www.sub
		sub            NS     ns.sub
		sub            ALIAS  lb.cdn.test.
		ns.sub         A      192.0.2.3
		out        77  ALIAS  www.elsewhere.org.
		far            ALIAS  hop.example.
		hop        5   CNAME  www.elsewhere.org.
		to-out         CNAME  out
		beside         ALIAS  lb.cdn.test.
		beside         CNAME  mail
		$ORIGIN cdn.test.
		@              SOA    ns hostmaster 2 7200 900 1209600 60
		ns             TXT    "no address"
		lb         600 A      192.0.2.1
		lb         600 A      192.0.2.2
		lb         100 AAAA   2001:db8::1
		*.any          A      192.0.2.4
		moved.test.    DNAME  cdn.test.
		loose.lan. 40  ALIAS  lb.cdn.test.
		astray.lan. 40 ALIAS  other.lan.
		`, asks: []ask{
		{fact: "at an apex, with the least TTL", question: "@ A", head: "positive aa in example.", answer: "@ 300 A 192.0.2.1\n@ 300 A 192.0.2.2"},
		{fact: "the other family", question: "@ AAAA", head: "positive aa in example.", answer: "@ 100 AAAA 2001:db8::1"},
		{fact: "other types are as they are", question: "@ MX", head: "positive aa in example.", answer: "@ MX 10 mail", additional: "mail A 192.0.2.9"},
		{fact: "other types may be missing", question: "@ TXT", head: "nodata aa in example.", authority: denial},
		{fact: "it is no alias", question: "@ CNAME", head: "nodata aa in example.", authority: denial},
		{fact: "addresses of its own come first", question: "own A", head: "positive aa in example.", answer: "own A 192.0.2.8"},
		{fact: "of each family", question: "own AAAA", head: "positive aa in example.", answer: "own 100 AAAA 2001:db8::1"},
		{fact: "any type is one that is there", question: "own ANY", head: "positive aa in example.", answer: "own A 192.0.2.8"},
		{fact: "along aliases, with the least TTL of the way", question: "chain A", head: "positive aa in example.", answer: "chain 200 A 192.0.2.1\nchain 200 A 192.0.2.2"},
		{fact: "at a wildcard", question: "a.b.wild AAAA", head: "positive aa in example. from *.wild.example.", answer: "a.b.wild 100 AAAA 2001:db8::1"},
		{fact: "at a wildcard, another type", question: "b.wild TXT", head: "nodata aa in example. from *.wild.example.", authority: denial},
		{fact: "to a wildcard", question: "to-wild A", head: "positive aa in example.", answer: "to-wild A 192.0.2.4"},
		{fact: "below a DNAME", question: "to-dname AAAA", head: "positive aa in example.", answer: "to-dname 100 AAAA 2001:db8::1"},
		{fact: "behind an alias, which stays", question: "www AAAA", head: "positive aa in example.", answer: "www CNAME example.\n@ 100 AAAA 2001:db8::1"},
		{fact: "to an ALIAS", question: "twice A", head: "positive aa in example.", answer: "twice 50 A 192.0.2.1\ntwice 50 A 192.0.2.2"},
		{fact: "to itself", question: "self A", head: "servfail aa in example."},
		{fact: "in a circle with an alias", question: "left A", head: "servfail aa in example."},
		{fact: "in that circle from the alias", question: "right A", head: "servfail aa in example.", answer: "right CNAME left"},
		{fact: "to a name without addresses", question: "nodata A", head: "nodata aa in example.", authority: denial},
		{fact: "to a name that does not exist", question: "nxdomain A", head: "nodata aa in example.", authority: denial},
		{fact: "to an alias to nowhere", question: "cname-nx A", head: "nodata aa in example.", authority: denial},
		{fact: "below a cut", question: "delegated A", head: "positive aa in example., delegated.example. has 3600 of www.sub.example."},
		{fact: "glue is no address of the table", question: "to-glue A", head: "positive aa in example., to-glue.example. has 3600 of ns.sub.example."},
		{fact: "by an alias below a cut", question: "to-below A", head: "positive aa in example., to-below.example. has 3600 of www.sub.example."},
		{fact: "at a cut it is the child's", question: "sub A", head: "referral in example.", authority: "sub NS ns.sub", additional: "ns.sub A 192.0.2.3"},
		{fact: "out of the table", question: "out A", head: "positive aa in example., out.example. has 77 of www.elsewhere.org."},
		{fact: "out of the table by an alias", question: "far AAAA", head: "positive aa in example., far.example. has 5 of www.elsewhere.org."},
		{fact: "out of the table behind an alias", question: "to-out A", head: "positive aa in example., out.example. has 77 of www.elsewhere.org.", answer: "to-out CNAME out"},
		{fact: "out of the table, another type", question: "out MX", head: "nodata aa in example.", authority: denial},
		{fact: "beside an alias, which is a mistake, it counts as addresses", question: "beside AAAA", head: "positive aa in example.", answer: "beside 100 AAAA 2001:db8::1"},
		{fact: "beside an alias, other types", question: "beside TXT", head: "nodata aa in example.", answer: "beside CNAME mail", authority: denial},
		{fact: "a loose name", question: "loose.lan. A", head: "positive aa in no zone", answer: "loose.lan. 40 A 192.0.2.1\nloose.lan. 40 A 192.0.2.2"},
		{fact: "a loose name, another type", question: "loose.lan. TXT", head: "nodata aa in no zone"},
		{fact: "from loose name to loose name that is not there", question: "astray.lan. A", head: "positive aa in no zone, astray.lan. has 40 of other.lan."},
	}}.run(t)
}

// The way to the addresses is as long as a chain of aliases may be, and a question for the type itself finds nothing.
func TestBoundsOfALIAS(t *testing.T) {
	rows := start
	for i := range 20 {
		rows += fmt.Sprintf("a%d ALIAS a%d.example.\n", i, i+1)
	}
	rows += "a20 A 192.0.2.1\n"
	view := load(t, records(t, "example.", rows))
	for i := range 20 {
		resp := across(t, view, fmt.Sprintf("a%d.example.", i), dns.TypeA)
		if long := 20-i >= maxAliases; long != (resp.Result == answer.Failed) || long != (len(resp.Answer) == 0) {
			t.Errorf("a%d: %s with %d records", i, resp.Result, len(resp.Answer))
		}
	}
	for _, qtype := range []uint16{wire.TypeALIAS, dns.TypeANY} {
		if resp := across(t, view, "a1.example.", qtype); resp.Result != answer.NoData || strings.Contains(lines(resp.Answer), "TYPE65401") {
			t.Errorf("asked for %s: %s\n%s", dns.Type(qtype), resp.Result, lines(resp.Answer))
		}
	}
}

// The caller yields what fallthrough lets pass: the target, and not the owner.
func TestYieldALIAS(t *testing.T) {
	view := load(t, records(t, "example.", start+"@ 300 ALIAS none.example.\nwww CNAME example.\nthere TXT x\nhas-none ALIAS there.example.\n"))
	for qname, want := range map[string]struct {
		denied answer.Result
		name   string
	}{"example.": {answer.NXDomain, "none.example."}, "www.example.": {answer.NXDomain, "none.example."}, "has-none.example.": {answer.NoData, "there.example."}} {
		resp := across(t, view, qname, dns.TypeA)
		if resp.Denied != want.denied || resp.Name != want.name || resp.StandIn.Away {
			t.Errorf("%s: %s is denied as %s", qname, resp.Name, resp.Denied)
		}
		resp.Yield()
		if s := resp.StandIn; !s.Away || s.Target != want.name || resp.Result != answer.Positive || len(resp.Authority) != 0 || resp.Alias != "" {
			t.Errorf("%s, yielded: %+v", qname, resp)
		}
		denied := resp.StandIn.Denial()
		compare(t, "authority", denied, records(t, "example.", denial))
	}
}
