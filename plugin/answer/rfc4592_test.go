package answer_test

import "testing"

// The zone of RFC 4592, 2.2.1, with an SOA and SRV data, which the RFC leaves open.
const rfc4592 = start + `
@                        NS  ns.example.com.
@                        NS  ns.example.net.
*                        TXT "this is a wildcard"
*                        MX  10 host1
sub.*                    TXT "this is not a wildcard"
host1                    A   192.0.2.1
_ssh._tcp.host1          SRV 0 0 22 host1
_ssh._tcp.host2          SRV 0 0 22 host2
subdel                   NS  ns.example.com.
subdel                   NS  ns.example.net.
`

func TestRFC4592Examples(t *testing.T) {
	table{origin: "example.", rows: rfc4592, asks: []ask{
		{
			fact:       "2.2.1 the name does not exist, the wildcard has the type",
			question:   "host3 MX",
			head:       "positive aa in example. from *.example.",
			answer:     `host3 MX 10 host1`,
			additional: `host1 A 192.0.2.1`,
		},
		{
			fact:      "2.2.1 the name does not exist, the wildcard has not the type",
			question:  "host3 A",
			head:      "nodata aa in example. from *.example.",
			authority: denial,
		},
		{
			fact:     "2.2.1 the wildcard covers more than one label",
			question: "foo.bar TXT",
			head:     "positive aa in example. from *.example.",
			answer:   `foo.bar TXT "this is a wildcard"`,
		},
		{
			fact:      "2.2.1 an existing name is not synthesized",
			question:  "host1 MX",
			head:      "nodata aa in example.",
			authority: denial,
		},
		{
			fact:      "2.2.1 an existing name below the wildcard is not synthesized",
			question:  "sub.* MX",
			head:      "nodata aa in example.",
			authority: denial,
		},
		{
			fact:      "2.2.1 an empty non-terminal above the name blocks the wildcard",
			question:  "_telnet._tcp.host1 SRV",
			head:      "nxdomain aa in example.",
			authority: denial,
		},
		{
			fact:     "2.2.1 a zone cut above the name blocks the wildcard",
			question: "host.subdel A",
			head:     "referral in example.",
			authority: `
				subdel NS ns.example.com.
				subdel NS ns.example.net.`,
		},
		{
			fact:      "2.2.1 the wildcard itself above the name blocks it",
			question:  "ghost.* MX",
			head:      "nxdomain aa in example.",
			authority: denial,
		},
		{
			fact:      "2.2.2 an empty non-terminal exists",
			question:  "host2 A",
			head:      "nodata aa in example.",
			authority: denial,
		},
		{
			fact:      "2.2.2 an empty non-terminal below another exists",
			question:  "_tcp.host2 TXT",
			head:      "nodata aa in example.",
			authority: denial,
		},
		{
			fact:     "2.2.3 the wildcard's own name, asked for literally",
			question: "* TXT",
			head:     "positive aa in example.",
			answer:   `* TXT "this is a wildcard"`,
		},
		{
			fact:      "3.3.1 the closest encloser is host2, which has no wildcard",
			question:  "_dns._udp.host2 TXT",
			head:      "nxdomain aa in example.",
			authority: denial,
		},
		{
			fact:     "3.3.1 the closest encloser is the apex, three labels up",
			question: "_chat._udp.host3 TXT",
			head:     "positive aa in example. from *.example.",
			answer:   `_chat._udp.host3 TXT "this is a wildcard"`,
		},
		{
			fact:      "3.3.1 the closest encloser is the wildcard, which has no wildcard of its own",
			question:  "foobar.* TXT",
			head:      "nxdomain aa in example.",
			authority: denial,
		},
		{
			fact:     "a name below the wildcard that exists",
			question: "sub.* TXT",
			head:     "positive aa in example.",
			answer:   `sub.* TXT "this is not a wildcard"`,
		},
		{
			fact:     "all types of a synthesized name",
			question: "host3 ANY",
			head:     "positive aa in example. from *.example.",
			answer: `
				host3 TXT "this is a wildcard"
				host3 MX 10 host1`,
			additional: `host1 A 192.0.2.1`,
		},
	}}.run(t)
}

// RFC 4592, 4: types that mean something to the algorithm, at a wildcard.
func TestRFC4592Types(t *testing.T) {
	table{origin: "example.", rows: start + `
		@        NS    ns.example.net.
		*.ns     NS    ns.example.net.
		*.ns     TXT   "beside NS"
		*.cname  CNAME host
		*.again  CNAME host.again
		*.up     CNAME more.cname
		*.away   CNAME www.example.net.
		*.dname  DNAME host
		*.dname  TXT   "beside DNAME"
		*.srv    SRV   0 0 22 host
		*.ds     DS    1 8 2 00
		sub.*.ent TXT  "below"
		host     A     192.0.2.1
		x.host   A     192.0.2.2
		`, asks: []ask{
		{
			fact:     "4.2 the NS of a wildcard is answered, not a referral",
			question: "a.ns NS",
			head:     "positive aa in example. from *.ns.example.",
			answer:   `a.ns NS ns.example.net.`,
		},
		{
			fact:     "4.2 a wildcard with NS still has its other types",
			question: "a.ns TXT",
			head:     "positive aa in example. from *.ns.example.",
			answer:   `a.ns TXT "beside NS"`,
		},
		{
			fact:      "4.2 a wildcard with NS has no address",
			question:  "a.ns A",
			head:      "nodata aa in example. from *.ns.example.",
			authority: denial,
		},
		{
			fact:      "4.2 asked for literally, a wildcard with NS is a zone cut",
			question:  "*.ns TXT",
			head:      "referral in example.",
			authority: `*.ns NS ns.example.net.`,
		},
		{
			fact:      "4.2 below the literal wildcard with NS is below a zone cut",
			question:  "a.*.ns TXT",
			head:      "referral in example.",
			authority: `*.ns NS ns.example.net.`,
		},
		{
			fact:     "4.3 the alias of a wildcard is followed",
			question: "a.cname A",
			head:     "positive aa in example. from *.cname.example.",
			answer: `
				a.cname CNAME host
				host    A     192.0.2.1`,
		},
		{
			fact:     "4.3 the alias of a wildcard, asked for",
			question: "a.b.cname CNAME",
			head:     "positive aa in example. from *.cname.example.",
			answer:   `a.b.cname CNAME host`,
		},
		{
			fact:     "4.3 the alias of a wildcard leads to a second wildcard",
			question: "a.up A",
			head:     "positive aa in example. from *.up.example.",
			answer: `
				a.up       CNAME more.cname
				more.cname CNAME host
				host       A     192.0.2.1`,
		},
		{
			fact:     "4.3 the alias of a wildcard leads below the wildcard",
			question: "a.again A",
			head:     "positive aa in example. from *.again.example.",
			answer: `
				a.again    CNAME host.again
				host.again CNAME host.again`,
		},
		{
			fact:     "4.3 the alias of a wildcard leaves the table",
			question: "a.away A",
			head:     "positive aa in example. from *.away.example. to www.example.net.",
			answer:   `a.away CNAME www.example.net.`,
		},
		{
			fact:      "4.4 the DNAME of a wildcard does not redirect the names that the wildcard covers",
			question:  "a.dname A",
			head:      "nodata aa in example. from *.dname.example.",
			authority: denial,
		},
		{
			fact:      "4.4 nor those further down",
			question:  "x.a.dname A",
			head:      "nodata aa in example. from *.dname.example.",
			authority: denial,
		},
		{
			fact:     "4.4 the DNAME of a wildcard, asked for",
			question: "a.dname DNAME",
			head:     "positive aa in example. from *.dname.example.",
			answer:   `a.dname DNAME host`,
		},
		{
			fact:     "4.4 a wildcard with DNAME still has its other types",
			question: "a.dname TXT",
			head:     "positive aa in example. from *.dname.example.",
			answer:   `a.dname TXT "beside DNAME"`,
		},
		{
			fact:     "4.4 below the literal wildcard its DNAME redirects",
			question: "x.*.dname A",
			head:     "positive aa in example.",
			answer: `
				*.dname   DNAME host
				x.*.dname CNAME x.host
				x.host    A     192.0.2.2`,
		},
		{
			fact:       "4.5 the SRV of a wildcard",
			question:   "_ssh._tcp.srv SRV",
			head:       "positive aa in example. from *.srv.example.",
			answer:     `_ssh._tcp.srv SRV 0 0 22 host`,
			additional: `host A 192.0.2.1`,
		},
		{
			fact:     "4.6 the DS of a wildcard is a type like others",
			question: "a.ds DS",
			head:     "positive aa in example. from *.ds.example.",
			answer:   `a.ds DS 1 8 2 00`,
		},
		{
			fact:      "4.9 an empty wildcard branch is NODATA, not NXDOMAIN",
			question:  "a.ent TXT",
			head:      "nodata aa in example. from *.ent.example.",
			authority: denial,
		},
		{
			fact:      "4.9 an empty wildcard branch, asked for literally",
			question:  "*.ent TXT",
			head:      "nodata aa in example.",
			authority: denial,
		},
	}}.run(t)
}

func TestRFC4592TwoWildcards(t *testing.T) {
	table{origin: "example.", rows: start + `
		*       A   192.0.2.1
		*.a     A   192.0.2.2
		*.*.b   A   192.0.2.3
		x.c     A   192.0.2.4
		@       TXT "apex"
		`, asks: []ask{
		{
			fact:     "the nearer of two wildcards answers",
			question: "x.a A",
			head:     "positive aa in example. from *.a.example.",
			answer:   `x.a A 192.0.2.2`,
		},
		{
			fact:      "the nearer wildcard's encloser, an empty non-terminal, is not covered by the other",
			question:  "a A",
			head:      "nodata aa in example.",
			authority: denial,
		},
		{
			fact:      "the nearer of two wildcards has not the type, the other is not asked",
			question:  "x.a TXT",
			head:      "nodata aa in example. from *.a.example.",
			authority: denial,
		},
		{
			fact:     "a wildcard below a literal wildcard",
			question: "x.*.b A",
			head:     "positive aa in example. from *.*.b.example.",
			answer:   `x.*.b A 192.0.2.3`,
		},
		{
			fact:      "the wildcard above it is an empty non-terminal",
			question:  "x.b A",
			head:      "nodata aa in example. from *.b.example.",
			authority: denial,
		},
		{
			fact:      "an empty non-terminal without a wildcard blocks the one above",
			question:  "y.c A",
			head:      "nxdomain aa in example.",
			authority: denial,
		},
		{
			fact:     "a wildcard at the apex does not cover the apex",
			question: "@ TXT",
			head:     "positive aa in example.",
			answer:   `@ TXT "apex"`,
		},
		{
			fact:      "nor give it types",
			question:  "@ A",
			head:      "nodata aa in example.",
			authority: denial,
		},
		{
			fact:     "asterisks beside others in a label are not a wildcard (2.1.1)",
			question: "** A",
			head:     "positive aa in example. from *.example.",
			answer:   `** A 192.0.2.1`,
		},
	}}.run(t)

	table{origin: "example.", rows: start + `
		a*  A 192.0.2.1
		**  A 192.0.2.2
		`, asks: []ask{
		{fact: "a label that ends in an asterisk is no wildcard", question: "ab A", head: "nxdomain aa in example.", authority: denial},
		{fact: "two asterisks are no wildcard", question: "x.** A", head: "nxdomain aa in example.", authority: denial},
	}}.run(t)

	// RFC 4592, 4.1.
	table{origin: "*.example.", rows: start + `
		@   TXT "apex"
		*   TXT "wildcard zone"
		www A   192.0.2.1
		`, asks: []ask{
		{fact: "4.1 a zone whose apex is a wildcard", question: "@ TXT", head: "positive aa in *.example.", answer: `@ TXT "apex"`},
		{fact: "4.1 a name in it", question: "www A", head: "positive aa in *.example.", answer: `www A 192.0.2.1`},
		{fact: "4.1 a wildcard in it", question: "x TXT", head: "positive aa in *.example. from *.*.example.", answer: `x TXT "wildcard zone"`},
		{fact: "4.1 it covers nothing outside itself", question: "x.example. TXT", head: "absent in no zone"},
	}}.run(t)

	table{origin: "example.", rows: start + `
		*   SOA ns hostmaster 1 7200 900 1209600 300
		*   NS  ns
		*   TXT "apex of the child"
		ns  A   192.0.2.1
		`, asks: []ask{
		{
			fact:      "4.1 the records at the apex of a zone called * are not the parent's to synthesize from",
			question:  "x TXT",
			head:      "nodata aa in example. from *.example.",
			authority: denial,
		},
		{
			fact:      "4.1 least of all its SOA",
			question:  "x SOA",
			head:      "nodata aa in example. from *.example.",
			authority: denial,
		},
	}}.run(t)
}
