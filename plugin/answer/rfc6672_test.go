package answer_test

import (
	"fmt"
	"strings"
	"testing"
)

// The table of RFC 6672, 2.2: what a DNAME at owner makes of the question's name, "" for <no match>. The owner is the apex
// of a zone of its own here; a name that it does not match and that does not lie in the zone is not the table's.
func TestRFC6672Substitutions(t *testing.T) {
	for _, c := range []struct{ qname, owner, target, result string }{
		{"com.", "example.com.", "example.net.", ""},
		{"example.com.", "example.com.", "example.net.", ""},
		{"a.example.com.", "example.com.", "example.net.", "a.example.net."},
		{"a.b.example.com.", "example.com.", "example.net.", "a.b.example.net."},
		{"ab.example.com.", "b.example.com.", "example.net.", ""},
		{"foo.example.com.", "example.com.", "example.net.", "foo.example.net."},
		{"a.x.example.com.", "x.example.com.", "example.net.", "a.example.net."},
		{"a.example.com.", "example.com.", "y.example.net.", "a.y.example.net."},
	} {
		a := ask{
			fact:     fmt.Sprintf("%s with %s DNAME %s", c.qname, c.owner, c.target),
			question: c.qname + " A",
			head:     fmt.Sprintf("positive aa in %s to %s", c.owner, c.result),
			answer:   fmt.Sprintf("%s DNAME %s\n%s CNAME %s", c.owner, c.target, c.qname, c.result),
		}
		switch {
		case c.qname == c.owner:
			a.head, a.answer, a.authority = "nodata aa in "+c.owner, "", denial
		case c.result == "":
			a.head, a.answer = "absent in no zone", ""
		}
		rows := start + c.owner + " DNAME " + c.target
		table{origin: c.owner, rows: rows, asks: []ask{a}}.run(t)
	}
}

// The rows of the same table whose result lies below the DNAME again.
func TestRFC6672SubstitutionsAgain(t *testing.T) {
	table{origin: "example.com.", rows: start + "@ DNAME example.com.", asks: []ask{{
		fact:     "a DNAME to itself ends with the first alias, which is its own target",
		question: "cyc A",
		head:     "positive aa in example.com.",
		answer: `
			@   DNAME example.com.
			cyc CNAME cyc`,
	}}}.run(t)

	var chain strings.Builder
	chain.WriteString("@ DNAME c.example.com.\n")
	for i := range maxAliases {
		grown := strings.Repeat(".c", i)
		fmt.Fprintf(&chain, "cyc%s CNAME cyc%s.c\n", grown, grown)
	}
	table{origin: "example.com.", rows: start + "@ DNAME c.example.com.", asks: []ask{{
		fact:     "a DNAME below itself stands once, before sixteen aliases",
		question: "cyc A",
		head:     "positive aa in example.com.",
		answer:   chain.String(),
	}}}.run(t)

	table{origin: "x.", rows: start + "@ DNAME .", asks: []ask{
		{
			fact:     "the root as a target takes the owner off, as often as it is there",
			question: "shortloop.x.x. A",
			head:     "positive aa in x. to shortloop.",
			answer: `
				x.             DNAME .
				shortloop.x.x. CNAME shortloop.x.
				shortloop.x.   CNAME shortloop.`,
		},
		{
			fact:     "the root as a target leaves one label",
			question: "shortloop.x. A",
			head:     "positive aa in x. to shortloop.",
			answer: `
				x.           DNAME .
				shortloop.x. CNAME shortloop.`,
		},
	}}.run(t)
}

// Three labels of 63 octets and one of 59: with the root a name of 253 octets, below which there is place for one octet.
var long253 = strings.Repeat(strings.Repeat("l", 63)+".", 3) + strings.Repeat("l", 59) + "."

func TestRFC6672Overlong(t *testing.T) {
	table{origin: "example.", rows: start + `
		d     DNAME ` + long253 + `
		alias CNAME ab.d
		d     TXT   "owner"
		`, asks: []ask{
		{
			fact:     "2.2 a substitution of 255 octets is a name",
			question: "a.d A",
			head:     "positive aa in example. to a." + long253,
			answer: `
				d   DNAME ` + long253 + `
				a.d CNAME a.` + long253,
		},
		{
			fact:     "2.2 a substitution of 256 octets is YXDOMAIN, with the DNAME that explains it",
			question: "ab.d A",
			head:     "yxdomain aa in example.",
			answer:   `d DNAME ` + long253,
		},
		{
			fact:     "2.2 YXDOMAIN whatever the type",
			question: "ab.d DNAME",
			head:     "yxdomain aa in example.",
			answer:   `d DNAME ` + long253,
		},
		{
			fact:     "2.2 YXDOMAIN at the end of a chain",
			question: "alias A",
			head:     "yxdomain aa in example.",
			answer: `
				alias CNAME ab.d
				d     DNAME ` + long253,
		},
	}}.run(t)

	// Each turn adds a label of 64 octets: the third makes 3 × 64 + 5 ("a", "b", root) = 197 octets, the fourth 261.
	label := strings.Repeat("l", 63)
	table{origin: "b.", rows: start + "@ DNAME " + label + ".b.", asks: []ask{{
		fact:     "2.2 a DNAME below itself that makes the name grow ends in YXDOMAIN",
		question: "a A",
		head:     "yxdomain aa in b.",
		answer: fmt.Sprintf(`
			@     DNAME %[1]s.b.
			a     CNAME a.%[1]s
			a.%[1]s CNAME a.%[1]s.%[1]s
			a.%[1]s.%[1]s CNAME a.%[1]s.%[1]s.%[1]s`, label),
	}}}.run(t)
}

func TestRFC6672(t *testing.T) {
	table{origin: "example.", rows: start + `
		@          NS    ns
		ns         A     192.0.2.53
		d          DNAME t
		d          A     192.0.2.1
		d          MX    10 d
		hidden.d   A     192.0.2.2
		a.hidden.d A     192.0.2.3
		cut.d      NS    ns
		t          A     192.0.2.4
		a.t        A     192.0.2.5
		ent.x.t    A     192.0.2.6
		cname.t    CNAME a.t
		*.w.t      A     192.0.2.7
		sub.t      NS    ns.sub.t
		ns.sub.t   A     192.0.2.8
		one        DNAME two
		two        DNAME three
		three      DNAME t
		round      DNAME trip
		trip       DNAME round
		alias      CNAME a.d
		z          DNAME .
		ttl 60     DNAME t
		dxd        A     192.0.2.9
		dd         DNAME other.example.net.
		mx         MX    10 hidden.d
		`, asks: []ask{
		{
			fact:     "2.3 the DNAME does not redirect its owner",
			question: "d A",
			head:     "positive aa in example.",
			answer:   `d A 192.0.2.1`,
		},
		{
			fact:      "2.3 the DNAME's owner without the type is NODATA",
			question:  "d TXT",
			head:      "nodata aa in example.",
			authority: denial,
		},
		{
			fact:     "2.3 the DNAME, asked for",
			question: "d DNAME",
			head:     "positive aa in example.",
			answer:   `d DNAME t`,
		},
		{
			fact:     "2.3 all types of the DNAME's owner, the address once",
			question: "d ANY",
			head:     "positive aa in example.",
			answer: `
				d DNAME t
				d A     192.0.2.1
				d MX    10 d`,
		},
		{
			fact:     "3.2 a name below a DNAME",
			question: "a.d A",
			head:     "positive aa in example.",
			answer: `
				d   DNAME t
				a.d CNAME a.t
				a.t A     192.0.2.5`,
		},
		{
			fact:     "3.2 everything of a name below a DNAME is at the target",
			question: "a.d ANY",
			head:     "positive aa in example.",
			answer: `
				d   DNAME t
				a.d CNAME a.t
				a.t A     192.0.2.5`,
		},
		{
			fact:     "3.1 the synthesized alias has the DNAME's TTL",
			question: "a.ttl A",
			head:     "positive aa in example.",
			answer: `
				ttl   60 DNAME t
				a.ttl 60 CNAME a.t
				a.t      A     192.0.2.5`,
		},
		{
			fact:     "2.2 a name that only ends in the same letters is not below the DNAME",
			question: "dxd A",
			head:     "positive aa in example.",
			answer:   `dxd A 192.0.2.9`,
		},
		{
			fact:     "2.4 a record below a DNAME is hidden",
			question: "hidden.d A",
			head:     "nxdomain aa in example.",
			answer: `
				d        DNAME t
				hidden.d CNAME hidden.t`,
			authority: denial,
		},
		{
			fact:     "2.4 so is one further down",
			question: "a.hidden.d A",
			head:     "nxdomain aa in example.",
			answer: `
				d          DNAME t
				a.hidden.d CNAME a.hidden.t`,
			authority: denial,
		},
		{
			fact:     "2.4 there is no zone cut below a DNAME",
			question: "x.cut.d A",
			head:     "nxdomain aa in example.",
			answer: `
				d       DNAME t
				x.cut.d CNAME x.cut.t`,
			authority: denial,
		},
		{
			fact:     "2.4 nor an address to add for a mail exchange",
			question: "mx MX",
			head:     "positive aa in example.",
			answer:   `mx MX 10 hidden.d`,
		},
		{
			fact:     "3.2 the target does not exist",
			question: "nowhere.d A",
			head:     "nxdomain aa in example.",
			answer: `
				d         DNAME t
				nowhere.d CNAME nowhere.t`,
			authority: denial,
		},
		{
			fact:     "3.2 the target has not the type",
			question: "a.d TXT",
			head:     "nodata aa in example.",
			answer: `
				d   DNAME t
				a.d CNAME a.t`,
			authority: denial,
		},
		{
			fact:     "3.2 the target is an empty non-terminal",
			question: "x.d A",
			head:     "nodata aa in example.",
			answer: `
				d   DNAME t
				x.d CNAME x.t`,
			authority: denial,
		},
		{
			fact:     "3.2 the target is an alias",
			question: "cname.d A",
			head:     "positive aa in example.",
			answer: `
				d       DNAME t
				cname.d CNAME cname.t
				cname.t CNAME a.t
				a.t     A     192.0.2.5`,
		},
		{
			fact:     "3.2 the target is synthesized from a wildcard, which is not the source of the question's name",
			question: "any.w.d A",
			head:     "positive aa in example.",
			answer: `
				d       DNAME t
				any.w.d CNAME any.w.t
				any.w.t A     192.0.2.7`,
		},
		{
			fact:     "3.2 the target lies in a delegated zone",
			question: "a.sub.d A",
			head:     "referral aa in example.",
			answer: `
				d       DNAME t
				a.sub.d CNAME a.sub.t`,
			authority:  `sub.t NS ns.sub.t`,
			additional: `ns.sub.t A 192.0.2.8`,
		},
		{
			fact:     "3.2 the target leaves the table",
			question: "a.dd A",
			head:     "positive aa in example. to a.other.example.net.",
			answer: `
				dd   DNAME other.example.net.
				a.dd CNAME a.other.example.net.`,
		},
		{
			fact:     "an alias to a name below a DNAME",
			question: "alias A",
			head:     "positive aa in example.",
			answer: `
				alias CNAME a.d
				d     DNAME t
				a.d   CNAME a.t
				a.t   A     192.0.2.5`,
		},
		{
			fact:     "a chain of DNAMEs",
			question: "a.one A",
			head:     "positive aa in example.",
			answer: `
				one     DNAME two
				a.one   CNAME a.two
				two     DNAME three
				a.two   CNAME a.three
				three   DNAME t
				a.three CNAME a.t
				a.t     A     192.0.2.5`,
		},
		{
			fact:     "a loop of two DNAMEs has each of them once",
			question: "a.round A",
			head:     "positive aa in example.",
			answer: `
				round   DNAME trip
				a.round CNAME a.trip
				trip    DNAME round
				a.trip  CNAME a.round`,
		},
		{
			fact:     "a DNAME that is passed a second time stands once",
			question: "a.d.example.z.example.z A",
			head:     "positive aa in example.",
			answer: `
				z                       DNAME .
				a.d.example.z.example.z CNAME a.d.example.z
				a.d.example.z           CNAME a.d
				d                       DNAME t
				a.d                     CNAME a.t
				a.t                     A     192.0.2.5`,
		},
		{
			fact:     "a DNAME that is passed and then asked for stands once",
			question: "z.example.z DNAME",
			head:     "positive aa in example.",
			answer: `
				z           DNAME .
				z.example.z CNAME z`,
		},
		{
			fact:     "the root as the target of a DNAME that is not an apex",
			question: "a.d.example.z A",
			head:     "positive aa in example.",
			answer: `
				z               DNAME .
				a.d.example.z   CNAME a.d
				d               DNAME t
				a.d             CNAME a.t
				a.t             A     192.0.2.5`,
		},
	}}.run(t)
}

// The alias that is made from a DNAME answers a question for CNAME, as NSD, Knot and BIND have it; RFC 6672, 3.2 would go on.
func TestRFC6672AskedForCNAME(t *testing.T) {
	table{origin: "example.", rows: start + `
		d       DNAME t
		cname.t CNAME other
		`, asks: []ask{{
		fact:     "the synthesized alias is what was asked for",
		question: "cname.d CNAME",
		head:     "positive aa in example.",
		answer: `
			d       DNAME t
			cname.d CNAME cname.t`,
	}}}.run(t)
}

func TestRFC6672Apex(t *testing.T) {
	table{origin: "example.", rows: start + `
		@      DNAME example.net.
		@      NS    ns.example.net.
		@      A     192.0.2.1
		www    A     192.0.2.2
		*      A     192.0.2.3
		$ORIGIN child.example.
		@      SOA   ns hostmaster 1 7200 900 1209600 300
		@      A     192.0.2.4
		`, asks: []ask{
		{
			fact:     "2.3 the data at the apex stays",
			question: "@ A",
			head:     "positive aa in example.",
			answer:   `@ A 192.0.2.1`,
		},
		{
			fact:     "2.3 the NS of the apex are not a cut for the DNAME",
			question: "@ NS",
			head:     "positive aa in example.",
			answer:   `@ NS ns.example.net.`,
		},
		{
			fact:     "3.3 everything below the apex is redirected, wildcard and all",
			question: "www A",
			head:     "positive aa in example. to www.example.net.",
			answer: `
				@   DNAME example.net.
				www CNAME www.example.net.`,
		},
		{
			fact:     "a zone of its own below the DNAME is another authority",
			question: "child A",
			head:     "positive aa in child.example.",
			answer:   `child A 192.0.2.4`,
		},
	}}.run(t)

	table{origin: ".", rows: start + `
		@      DNAME example.
		@      A     192.0.2.1
		$ORIGIN example.
		@      SOA   ns hostmaster 1 7200 900 1209600 300
		a.b    A     192.0.2.2
		`, asks: []ask{
		{
			fact:     "a DNAME at the root",
			question: "a.b. A",
			head:     "positive aa in example.",
			answer: `
				.             DNAME example.
				a.b.          CNAME a.b.example.
				a.b.example.  A     192.0.2.2`,
		},
		{
			fact:     "a DNAME at the root does not redirect the root",
			question: ". A",
			head:     "positive aa in .",
			answer:   `. A 192.0.2.1`,
		},
	}}.run(t)

	table{origin: "example.", rows: start + `
		cut      NS    ns.cut
		cut      DNAME other
		ns.cut   A     192.0.2.1
		`, asks: []ask{{
		fact:       "2.4 a DNAME beside NS records below the apex is the child's, the cut comes first",
		question:   "a.cut A",
		head:       "referral in example.",
		authority:  `cut NS ns.cut`,
		additional: `ns.cut A 192.0.2.1`,
	}}}.run(t)
}

// RFC 6672, 6.1: the zone of an organization that was renamed.
func TestRFC6672Renaming(t *testing.T) {
	table{origin: "frobozz.example.", rows: start + `
		@    DNAME frobozz-division.acme.example.
		@    MX    10 mailhub.acme.example.
		$ORIGIN acme.example.
		@    SOA   ns hostmaster 1 7200 900 1209600 300
		mailhub A  192.0.2.1
		www.frobozz-division A 192.0.2.2
		`, asks: []ask{
		{
			fact:     "6.1 a host is found under the new name",
			question: "www A",
			head:     "positive aa in acme.example.",
			answer: `
				@   DNAME frobozz-division.acme.example.
				www CNAME www.frobozz-division.acme.example.
				www.frobozz-division.acme.example. A 192.0.2.2`,
		},
		{
			fact:       "6.1 mail to the organization itself needs a record beside the DNAME",
			question:   "@ MX",
			head:       "positive aa in frobozz.example.",
			answer:     `@ MX 10 mailhub.acme.example.`,
			additional: `mailhub.acme.example. A 192.0.2.1`,
		},
	}}.run(t)
}
