package answer_test

import (
	"fmt"
	"strings"
	"testing"
)

// The examples of RFC 9471, 2: what glue a referral of the zone test has.
func TestRFC9471(t *testing.T) {
	table{origin: "test.", rows: start + `
		foo     NS   ns1.foo
		foo     NS   ns2.foo
		ns1.foo A    192.0.2.1
		ns2.foo AAAA 2001:db8::2:2
		www.foo A    192.0.2.80
		`, asks: []ask{
		{
			fact:     "2.1 the addresses of in-domain name servers",
			question: "www.foo A",
			head:     "referral in test.",
			authority: `
				foo NS ns1.foo
				foo NS ns2.foo`,
			additional: `
				ns1.foo A    192.0.2.1
				ns2.foo AAAA 2001:db8::2:2`,
		},
		{
			fact:     "the name of the cut itself is the other zone's",
			question: "foo NS",
			head:     "referral in test.",
			authority: `
				foo NS ns1.foo
				foo NS ns2.foo`,
			additional: `
				ns1.foo A    192.0.2.1
				ns2.foo AAAA 2001:db8::2:2`,
		},
		{
			fact:     "glue is not an answer",
			question: "ns1.foo A",
			head:     "referral in test.",
			authority: `
				foo NS ns1.foo
				foo NS ns2.foo`,
			additional: `
				ns1.foo A    192.0.2.1
				ns2.foo AAAA 2001:db8::2:2`,
		},
		{
			fact:     "all types of the cut are the other zone's",
			question: "foo ANY",
			head:     "referral in test.",
			authority: `
				foo NS ns1.foo
				foo NS ns2.foo`,
			additional: `
				ns1.foo A    192.0.2.1
				ns2.foo AAAA 2001:db8::2:2`,
		},
	}}.run(t)

	table{origin: "test.", rows: start + `
		bar     NS   ns1.bar
		bar     NS   ns2.bar
		ns1.bar A    192.0.2.1
		ns2.bar AAAA 2001:db8::2:2
		foo     NS   ns1.bar
		foo     NS   ns2.bar
		`, asks: []ask{{
		fact:     "2.2 the addresses of sibling name servers",
		question: "www.foo A",
		head:     "referral in test.",
		authority: `
			foo NS ns1.bar
			foo NS ns2.bar`,
		additional: `
			ns1.bar A    192.0.2.1
			ns2.bar AAAA 2001:db8::2:2`,
	}}}.run(t)

	table{origin: "test.", rows: start + `
		bar     NS   ns1.foo
		bar     NS   ns2.foo
		ns1.bar A    192.0.2.1
		ns2.bar AAAA 2001:db8::2:2
		foo     NS   ns1.bar
		foo     NS   ns2.bar
		ns1.foo A    192.0.2.3
		ns2.foo AAAA 2001:db8::2:4
		`, asks: []ask{{
		fact:     "2.3 the addresses of name servers in two zones that need each other",
		question: "www.bar A",
		head:     "referral in test.",
		authority: `
			bar NS ns1.foo
			bar NS ns2.foo`,
		additional: `
			ns1.foo A    192.0.2.3
			ns2.foo AAAA 2001:db8::2:4`,
	}}}.run(t)

	table{origin: "test.", rows: start + `
		foo     NS   ns1.foo
		foo     NS   ns2.foo
		foo     NS   ns.example.net.
		ns1.foo A    192.0.2.1
		`, asks: []ask{{
		fact:     "2.4 missing glue is no hindrance",
		question: "www.foo A",
		head:     "referral in test.",
		authority: `
			foo NS ns1.foo
			foo NS ns2.foo
			foo NS ns.example.net.`,
		additional: `ns1.foo A 192.0.2.1`,
	}}}.run(t)

	var rows, servers, glue strings.Builder
	for i := range 40 {
		fmt.Fprintf(&servers, "foo NS ns%d.foo\n", i)
		fmt.Fprintf(&glue, "ns%d.foo A 192.0.2.%d\nns%d.foo AAAA 2001:db8::%d\n", i, i, i, i)
	}
	rows.WriteString(start + servers.String() + glue.String())
	table{origin: "test.", rows: rows.String(), asks: []ask{{
		fact:       "3.1 glue of forty name servers, all of it",
		question:   "www.foo A",
		head:       "referral in test.",
		authority:  servers.String(),
		additional: glue.String(),
	}}}.run(t)
}
