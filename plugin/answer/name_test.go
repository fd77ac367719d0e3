package answer_test

import (
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	label := strings.Repeat("x", 63)
	long := strings.Repeat(strings.Repeat("y", 63)+".", 3) // 192 octets
	deep := strings.Repeat("a.", 123)                      // 246 octets; "example." and the root make 255
	longest := long + strings.Repeat("z", 53)              // 192 + 54 octets and the same 9

	table{origin: "example.", rows: start + `
		dot\.ted            A      192.0.2.1
		dot.ted             A      192.0.2.2
		nul\000             A      192.0.2.3
		sp\032ace           A      192.0.2.4
		high\200            A      192.0.2.5
		UPPER\200\196       A      192.0.2.6
		back\\slash         A      192.0.2.7
		quo\"te             A      192.0.2.8
		semi\;colon\@\$     A      192.0.2.9
		par\(en\)           A      192.0.2.10
		\*.star             A      192.0.2.11
		x\.*.nostar         A      192.0.2.12
		to\.dot             CNAME  dot\.ted
		to\032space         CNAME  SP\032ACE
		b                   DNAME  t
		a\.                 DNAME  t
		x\.y.t              A      192.0.2.13
		mx                  MX     10 sp\032ace
		*.w                 CNAME  dot\.ted
		` + label + `       A      192.0.2.14
		` + label + `.` + label + ` A 192.0.2.15
		` + longest + `     A      192.0.2.16
		` + deep + `example. A     192.0.2.17
		*.` + deep[4:] + `example. TXT "deep"
		digits\065          A      192.0.2.18
		`, asks: []ask{
		{fact: "a dot in a label", question: `dot\.ted A`, head: "positive aa in example.", answer: `dot\.ted A 192.0.2.1`},
		{fact: "a dot between labels", question: `dot.ted A`, head: "positive aa in example.", answer: `dot.ted A 192.0.2.2`},
		{fact: "a dot in a label, written as an octet", question: `dot\046ted A`, head: "positive aa in example.", answer: `dot\.ted A 192.0.2.1`},
		{fact: "a dot in a label is below no other label", question: `x\.ted A`, head: "nxdomain aa in example.", authority: denial},
		{fact: "a zero octet", question: `nul\000 A`, head: "positive aa in example.", answer: `nul\000 A 192.0.2.3`},
		{fact: "a zero octet is not the end of a label", question: `nul A`, head: "nxdomain aa in example.", authority: denial},
		{fact: "a space", question: `sp\032ace A`, head: "positive aa in example.", answer: `sp\032ace A 192.0.2.4`},
		{fact: "an octet above ASCII", question: `high\200 A`, head: "positive aa in example.", answer: `high\200 A 192.0.2.5`},
		{fact: "letters beside octets above ASCII have no case", question: `upPer\200\196 A`, head: "positive aa in example.", answer: `upper\200\196 A 192.0.2.6`},
		{fact: "octets above ASCII have (RFC 4343, 3.2)", question: `upper\232\228 A`, head: "nxdomain aa in example.", authority: denial},
		{fact: "a backslash", question: `back\\slash A`, head: "positive aa in example.", answer: `back\\slash A 192.0.2.7`},
		{fact: "a quote", question: `quo\"te A`, head: "positive aa in example.", answer: `quo\"te A 192.0.2.8`},
		{fact: "what zone files make something of", question: `semi\;colon\@\$ A`, head: "positive aa in example.", answer: `semi\;colon\@\$ A 192.0.2.9`},
		{fact: "parentheses", question: `par\(en\) A`, head: "positive aa in example.", answer: `par\(en\) A 192.0.2.10`},
		{fact: "an escaped letter", question: `digitsA A`, head: "positive aa in example.", answer: `digitsa A 192.0.2.18`},
		{fact: "an escaped asterisk is an asterisk", question: `any.star A`, head: "positive aa in example. from *.star.example.", answer: `any.star A 192.0.2.11`},
		{fact: "an asterisk after a dot in a label is no wildcard", question: `any.nostar A`, head: "nxdomain aa in example.", authority: denial},
		{
			fact:     "an alias to a name with a dot in a label",
			question: `to\.dot A`,
			head:     "positive aa in example.",
			answer: `
				to\.dot  CNAME dot\.ted
				dot\.ted A     192.0.2.1`,
		},
		{
			fact:     "an alias to a name with a space, in upper case",
			question: `to\032space A`,
			head:     "positive aa in example.",
			answer: `
				to\032space CNAME SP\032ACE
				sp\032ace   A     192.0.2.4`,
		},
		{
			fact:     "a wildcard covers a label with a dot",
			question: `q\.q.w A`,
			head:     "positive aa in example. from *.w.example.",
			answer: `
				q\.q.w   CNAME dot\.ted
				dot\.ted A     192.0.2.1`,
		},
		{
			fact:     "a DNAME keeps the dot in a label",
			question: `x\.y.b A`,
			head:     "positive aa in example.",
			answer: `
				b      DNAME t
				x\.y.b CNAME x\.y.t
				x\.y.t A     192.0.2.13`,
		},
		{fact: "a label that ends as the DNAME's owner does is not below it", question: `a\.b A`, head: "nxdomain aa in example.", authority: denial},
		{
			fact:     "a DNAME whose owner ends in a dot",
			question: `x\.y.a\. A`,
			head:     "positive aa in example.",
			answer: `
				a\.      DNAME t
				x\.y.a\. CNAME x\.y.t
				x\.y.t   A     192.0.2.13`,
		},
		{
			fact:       "a mail exchange with a space",
			question:   "mx MX",
			head:       "positive aa in example.",
			answer:     `mx MX 10 sp\032ace`,
			additional: `sp\032ace A 192.0.2.4`,
		},
		{fact: "a label of 63 octets", question: label + " A", head: "positive aa in example.", answer: label + " A 192.0.2.14"},
		{
			fact:     "two labels of 63 octets",
			question: label + "." + label + " A",
			head:     "positive aa in example.",
			answer:   label + "." + label + " A 192.0.2.15",
		},
		{fact: "a label of 62 octets is another", question: label[1:] + " A", head: "nxdomain aa in example.", authority: denial},
		{fact: "a name of 255 octets", question: longest + " A", head: "positive aa in example.", answer: longest + " A 192.0.2.16"},
		{fact: "the empty non-terminal above it", question: long[64:] + strings.Repeat("z", 53) + " A", head: "nodata aa in example.", authority: denial},
		{fact: "a name of 124 labels", question: deep + "example. A", head: "positive aa in example.", answer: deep + "example. A 192.0.2.17"},
		{fact: "the empty non-terminal in the midst of them", question: deep[100:] + "example. A", head: "nodata aa in example.", authority: denial},
		{
			fact:     "a wildcard below 121 labels",
			question: "b.b." + deep[4:] + "example. TXT",
			head:     "positive aa in example. from *." + deep[4:] + "example.",
			answer:   "b.b." + deep[4:] + `example. TXT "deep"`,
		},
	}}.run(t)

	table{origin: "example.", rows: start + `
		b       SOA  ns.b hostmaster 2 7200 900 1209600 60
		a\.b    SOA  ns.b hostmaster 3 7200 900 1209600 60
		a\.b    NS   ns.b
		a\.b    DS   1 8 2 00
		`, asks: []ask{
		{fact: "a zone whose apex has a dot in a label has its DS in the parent", question: `a\.b DS`, head: "positive aa in example.", answer: `a\.b DS 1 8 2 00`},
	}}.run(t)

	// 127 labels, the most that a name can have.
	most := strings.Repeat("a.", 127)
	table{origin: ".", rows: start + most + " A 192.0.2.1\n*." + most[4:] + " A 192.0.2.2\n", asks: []ask{
		{fact: "a name of 127 labels", question: most + " A", head: "positive aa in .", answer: most + " A 192.0.2.1"},
		{fact: "a name of 127 labels that is not there", question: "b." + most[2:] + " A", head: "nxdomain aa in .", authority: denial},
		{fact: "a wildcard two labels too low", question: "b.b." + most[8:] + " A", head: "nxdomain aa in .", authority: denial},
		{fact: "a wildcard for a name of 126 labels", question: "b." + most[4:] + " A", head: "positive aa in . from *." + most[4:], answer: "b." + most[4:] + " A 192.0.2.2"},
	}}.run(t)
	table{origin: ".", rows: "*. A 192.0.2.1\n", asks: []ask{
		{fact: "a loose wildcard for a name of 127 labels", question: most + " A", head: "positive aa in no zone from *.", answer: most + " A 192.0.2.1"},
	}}.run(t)
}
