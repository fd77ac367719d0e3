package answer_test

import (
	"testing"

	"github.com/mysqldns/mysqldns/plugin/answer"

	"github.com/miekg/dns"
)

// Several records where only one may be: one is answered, whichever, but always the same.
func TestMistakesSingletons(t *testing.T) {
	const rows = start + `
		@      SOA   other hostmaster 2 7200 900 1209600 300
		c      CNAME one
		c      CNAME two
		c      CNAME three
		*.w    CNAME one
		*.w    CNAME two
		d      DNAME one
		d      DNAME two
		one    A     192.0.2.1
		two    A     192.0.2.1
		three  A     192.0.2.1
		x.one  A     192.0.2.1
		x.two  A     192.0.2.1
		`
	view := load(t, records(t, "example.", rows))
	alias := func(owner string, rr dns.RR) string {
		switch rr := rr.(type) {
		case *dns.CNAME:
			return rr.Hdr.Name + " CNAME " + rr.Target
		case *dns.DNAME:
			return rr.Hdr.Name + " DNAME " + rr.Target
		case *dns.SOA:
			return rr.Hdr.Name + " SOA " + rr.Ns
		}
		t.Errorf("%s: %s", owner, rr)
		return ""
	}
	for _, c := range []struct {
		fact      string
		questions []string
		records   int // in the answer section of the first question
	}{
		{"several CNAMEs at one owner (RFC 2181, 10.1)", []string{"c CNAME", "c ANY", "c A", "c TXT"}, 1},
		{"several CNAMEs at a wildcard", []string{"x.w CNAME", "x.w ANY", "x.w A"}, 1},
		{"several DNAMEs at one owner (RFC 6672, 2.4)", []string{"d DNAME", "d ANY", "x.d A", "x.d CNAME"}, 1},
		{"several SOAs at one apex (RFC 1035, 5.2)", []string{"@ SOA", "@ ANY"}, 1},
	} {
		t.Run(c.fact, func(t *testing.T) {
			var first string
			for i, text := range c.questions {
				qname, qtype := question(t, "example.", text)
				resp := across(t, view, qname, qtype)
				if len(resp.Answer) == 0 {
					t.Fatalf("%s: %s", text, head(resp))
				}
				got := alias(text, resp.Answer[0])
				if i == 0 {
					first = got
				}
				if got != first || i < 2 && len(resp.Answer) != c.records {
					t.Errorf("%s has, where %s has %q:\n%s", text, c.questions[0], first, lines(resp.Answer))
				}
			}
		})
	}
	t.Run("the SOA that denies is the one that is answered", func(t *testing.T) {
		soa := answer.Within(dns.MaxMsgSize, view, "example.", dns.TypeSOA).Answer[0].(*dns.SOA)
		denied := across(t, view, "none.example.", dns.TypeA).Authority[0].(*dns.SOA)
		if soa.Serial != denied.Serial {
			t.Errorf("serial %d, and %d in a denial", soa.Serial, denied.Serial)
		}
	})
}

// A CNAME beside other data: what was asked for and is there comes first, as it must for RRSIG and NSEC (RFC 4035, 2.5).
func TestMistakesAliasBesideData(t *testing.T) {
	table{origin: "example.", rows: start + `
		c     CNAME host
		c     A     192.0.2.1
		c     TXT   "beside"
		host  A     192.0.2.2
		host  MX    10 host
		`, asks: []ask{
		{fact: "the type is there", question: "c A", head: "positive aa in example.", answer: `c A 192.0.2.1`},
		{fact: "the alias is there", question: "c CNAME", head: "positive aa in example.", answer: `c CNAME host`},
		{
			fact:     "the type is not there, the alias is followed",
			question: "c MX",
			head:     "positive aa in example.",
			answer: `
				c    CNAME host
				host MX    10 host`,
			additional: `host A 192.0.2.2`,
		},
		{
			fact:     "all types",
			question: "c ANY",
			head:     "positive aa in example.",
			answer: `
				c CNAME host
				c A     192.0.2.1
				c TXT   "beside"`,
		},
	}}.run(t)
}

// An alias at an apex is a mistake that many make; what the zone must have goes on working.
func TestMistakesAliasAtApex(t *testing.T) {
	table{origin: "example.", rows: start + `
		@     NS    ns
		@     CNAME host
		ns    A     192.0.2.1
		host  A     192.0.2.2
		`, asks: []ask{
		{fact: "the SOA", question: "@ SOA", head: "positive aa in example.", answer: `@ SOA ns hostmaster 1 7200 900 1209600 300`},
		{fact: "the NS", question: "@ NS", head: "positive aa in example.", answer: `@ NS ns`, additional: `ns A 192.0.2.1`},
		{
			fact:     "an address",
			question: "@ A",
			head:     "positive aa in example.",
			answer: `
				@    CNAME host
				host A     192.0.2.2`,
		},
	}}.run(t)
}

// Twice the same record is once the record (RFC 2181, 5), and an RRset has one TTL (RFC 2181, 5.2).
func TestMistakesRRsets(t *testing.T) {
	table{origin: "example.", rows: start + `
		host     A 192.0.2.1
		HOST     A 192.0.2.1
		host     A 192.0.2.2
		ttl   60 A 192.0.2.3
		ttl  120 A 192.0.2.4
		`, asks: []ask{
		{
			fact:     "a duplicate",
			question: "host A",
			head:     "positive aa in example.",
			answer: `
				host A 192.0.2.1
				host A 192.0.2.2`,
		},
		{
			fact:     "two TTLs: the shorter one",
			question: "ttl A",
			head:     "positive aa in example.",
			answer: `
				ttl 60 A 192.0.2.3
				ttl 60 A 192.0.2.4`,
		},
	}}.run(t)
}
