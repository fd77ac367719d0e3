package answer_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestAdditional(t *testing.T) {
	table{origin: ".", rows: start + `
		@                A    192.0.2.1
		example.         SOA  ns.example. hostmaster.example. 1 7200 900 1209600 300
		example.         NS   ns.example.
		example.         NS   NS2.Example.
		example.         NS   ns.example.net.
		example.         NS   ns.child.example.
		ns.example.      A    192.0.2.2
		ns.example.      AAAA 2001:db8::2
		ns2.example.     A    192.0.2.3
		ns2.example.     TXT  "not an address"
		child.example.   SOA  ns.child.example. hostmaster.example. 1 7200 900 1209600 300
		ns.child.example. A   192.0.2.4
		mx.example.      MX   10 mail.example.
		mx.example.      MX   20 mail.example.
		mx.example.      MX   30 alias.example.
		mx.example.      MX   40 any.wild.example.
		mx.example.      MX   50 ent.example.
		mail.example.    A    192.0.2.5
		alias.example.   CNAME mail.example.
		*.wild.example.  A    192.0.2.6
		x.ent.example.   A    192.0.2.7
		null.example.    MX   0 .
		_no._tcp.example. SRV 0 0 0 .
		_yes._tcp.example. SRV 0 0 22 Mail.Example.
		ptr.example.     PTR  mail.example.
		chain.example.   CNAME mx.example.
		`, asks: []ask{
		{
			fact:     "name servers, in this and in another zone of the table",
			question: "example. NS",
			head:     "positive aa in example.",
			answer: `
				example. NS ns.example.
				example. NS NS2.Example.
				example. NS ns.example.net.
				example. NS ns.child.example.`,
			additional: `
				ns.example.  A    192.0.2.2
				ns.example.  AAAA 2001:db8::2
				ns2.example. A    192.0.2.3
				ns.child.example. A 192.0.2.4`,
		},
		{
			fact:     "mail exchanges: the address once, none of an alias, a wildcard or an empty non-terminal",
			question: "mx.example. MX",
			head:     "positive aa in example.",
			answer: `
				mx.example. MX 10 mail.example.
				mx.example. MX 20 mail.example.
				mx.example. MX 30 alias.example.
				mx.example. MX 40 any.wild.example.
				mx.example. MX 50 ent.example.`,
			additional: `mail.example. A 192.0.2.5`,
		},
		{
			fact:     "mail exchanges at the end of a chain",
			question: "chain.example. MX",
			head:     "positive aa in example.",
			answer: `
				chain.example. CNAME mx.example.
				mx.example. MX 10 mail.example.
				mx.example. MX 20 mail.example.
				mx.example. MX 30 alias.example.
				mx.example. MX 40 any.wild.example.
				mx.example. MX 50 ent.example.`,
			additional: `mail.example. A 192.0.2.5`,
		},
		{
			fact:     "no mail (RFC 7505) is not the root's address",
			question: "null.example. MX",
			head:     "positive aa in example.",
			answer:   `null.example. MX 0 .`,
		},
		{
			fact:     "no service (RFC 2782) is not the root's address",
			question: "_no._tcp.example. SRV",
			head:     "positive aa in example.",
			answer:   `_no._tcp.example. SRV 0 0 0 .`,
		},
		{
			fact:       "a service",
			question:   "_yes._tcp.example. SRV",
			head:       "positive aa in example.",
			answer:     `_yes._tcp.example. SRV 0 0 22 Mail.Example.`,
			additional: `mail.example. A 192.0.2.5`,
		},
		{
			fact:     "a PTR asks for nothing more",
			question: "ptr.example. PTR",
			head:     "positive aa in example.",
			answer:   `ptr.example. PTR mail.example.`,
		},
	}}.run(t)

	var exchanges, all, some strings.Builder
	for i := range 40 {
		fmt.Fprintf(&exchanges, "@ MX %d mail%d\n", i, i)
		fmt.Fprintf(&all, "mail%d A 192.0.2.%d\n", i, i)
	}
	qname, qtype := question(t, "example.", "@ MX")
	resp := across(t, load(t, records(t, "example.", start+exchanges.String()+all.String())), qname, qtype)
	for _, rr := range resp.Additional {
		some.WriteString(rr.String() + "\n")
	}
	if len(resp.Answer) != 40 || len(resp.Additional) != maxTargets {
		t.Errorf("%d mail exchanges with %d addresses, want 40 with %d:\n%s", len(resp.Answer), len(resp.Additional), maxTargets, &some)
	}
}
