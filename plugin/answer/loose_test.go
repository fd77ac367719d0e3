package answer_test

import "testing"

// Loose names: rows under no SOA, as the original server had them.
func TestLoose(t *testing.T) {
	table{origin: ".", rows: `
		mydns.            60 A     111.112.113.114
		www.baidu.com.       CNAME www.a.shifen.com.
		alias.test.          CNAME host.test.
		host.test.           A     192.0.2.1
		host.test.           MX    10 host.test.
		a.ent.test.          A     192.0.2.2
		*.wild.test.         A     192.0.2.3
		x.wild.test.         TXT   "blocks"
		b.a.wild.test.       TXT   "blocks as an empty non-terminal"
		below.*.branch.test. A     192.0.2.4
		ns.test.             NS    host.test.
		below.ns.test.       A     192.0.2.5
		d.test.              DNAME host.test.
		below.d.test.        A     192.0.2.6
		away.test.           DNAME example.net.
		x.host.test.         A     192.0.2.7
		ds.test.             DS    1 8 2 01
		any.test.            A     192.0.2.8
		any.test.            TXT   "text"
		dead.test.           CNAME a.nowhere.test.
		enter.test.          CNAME www.example.
		leave.test.          CNAME back.example.
		nx.test.             CNAME none.example.
		loop.test.           CNAME loop.example.
		entalias.test.       CNAME ent.test.
		www.other.zone.      A     192.0.2.9
		$ORIGIN example.
		@        SOA   ns hostmaster 1 7200 900 1209600 300
		www      A     192.0.2.10
		back     CNAME host.test.
		nodata   CNAME mydns.
		ent      CNAME ent.test.
		gone     CNAME gone.test.
		wild     CNAME q.wild.test.
		loop     CNAME loop.test.
		mx       MX    10 host.test.
		$ORIGIN sub.zone.
		@        SOA   ns hostmaster 1 7200 900 1209600 300
		*        A     192.0.2.11
		`, asks: []ask{
		{
			fact:     "a name",
			question: "mydns. A",
			head:     "positive aa in no zone",
			answer:   `mydns. 60 A 111.112.113.114`,
		},
		{fact: "another type is NODATA, without a SOA", question: "mydns. AAAA", head: "nodata aa in no zone"},
		{fact: "a name that the table does not hold is not ours", question: "www.example.net. A", head: "absent in no zone"},
		{fact: "nor is one beside a name", question: "other.test. A", head: "absent in no zone"},
		{fact: "nor is one below a name", question: "www.mydns. A", head: "absent in no zone"},
		{fact: "nor is an empty non-terminal", question: "ent.test. A", head: "absent in no zone"},
		{fact: "nor is a top-level domain above names", question: "test. NS", head: "absent in no zone"},
		{fact: "nor is the root", question: ". NS", head: "absent in no zone"},
		{fact: "nor is a name above a zone", question: "zone. SOA", head: "absent in no zone"},
		{
			fact:     "a name beside a zone",
			question: "www.other.zone. A",
			head:     "positive aa in no zone",
			answer:   `www.other.zone. A 192.0.2.9`,
		},
		{
			fact:     "an alias that leaves the table",
			question: "www.baidu.com. A",
			head:     "positive aa in no zone to www.a.shifen.com.",
			answer:   `www.baidu.com. CNAME www.a.shifen.com.`,
		},
		{
			fact:     "an alias to another loose name",
			question: "alias.test. A",
			head:     "positive aa in no zone",
			answer: `
				alias.test. CNAME host.test.
				host.test.  A     192.0.2.1`,
		},
		{
			fact:     "an alias to a loose name without the type",
			question: "alias.test. TXT",
			head:     "nodata aa in no zone",
			answer:   `alias.test. CNAME host.test.`,
		},
		{
			fact:     "an alias to a name that the table does not hold, though it holds its neighbours",
			question: "dead.test. A",
			head:     "positive aa in no zone to a.nowhere.test.",
			answer:   `dead.test. CNAME a.nowhere.test.`,
		},
		{
			fact:     "an alias to an empty non-terminal leaves the table",
			question: "entalias.test. A",
			head:     "positive aa in no zone to ent.test.",
			answer:   `entalias.test. CNAME ent.test.`,
		},
		{
			fact:       "the addresses of a target",
			question:   "host.test. MX",
			head:       "positive aa in no zone",
			answer:     `host.test. MX 10 host.test.`,
			additional: `host.test. A 192.0.2.1`,
		},
		{
			fact:     "a wildcard",
			question: "any.wild.test. A",
			head:     "positive aa in no zone from *.wild.test.",
			answer:   `any.wild.test. A 192.0.2.3`,
		},
		{
			fact:     "a wildcard, two labels up",
			question: "any.thing.wild.test. A",
			head:     "positive aa in no zone from *.wild.test.",
			answer:   `any.thing.wild.test. A 192.0.2.3`,
		},
		{fact: "a wildcard without the type", question: "any.wild.test. TXT", head: "nodata aa in no zone from *.wild.test."},
		{fact: "a wildcard blocked by a name", question: "x.wild.test. A", head: "nodata aa in no zone"},
		{fact: "a wildcard blocked by a name above", question: "y.x.wild.test. A", head: "absent in no zone"},
		{fact: "a wildcard blocked by an empty non-terminal", question: "a.wild.test. A", head: "absent in no zone"},
		{fact: "a wildcard blocked by an empty non-terminal above", question: "c.a.wild.test. A", head: "absent in no zone"},
		{fact: "a wildcard does not cover its encloser", question: "wild.test. A", head: "absent in no zone"},
		{fact: "an empty wildcard branch is nobody's", question: "any.branch.test. A", head: "absent in no zone"},
		{
			fact:     "the wildcard itself",
			question: "*.wild.test. A",
			head:     "positive aa in no zone",
			answer:   `*.wild.test. A 192.0.2.3`,
		},
		{
			fact:       "NS records are data",
			question:   "ns.test. NS",
			head:       "positive aa in no zone",
			answer:     `ns.test. NS host.test.`,
			additional: `host.test. A 192.0.2.1`,
		},
		{fact: "NS records are no zone cut for their own name", question: "ns.test. A", head: "nodata aa in no zone"},
		{
			fact:     "NS records are no zone cut for a name below",
			question: "below.ns.test. A",
			head:     "positive aa in no zone",
			answer:   `below.ns.test. A 192.0.2.5`,
		},
		{fact: "below NS records, no name is invented", question: "x.ns.test. A", head: "absent in no zone"},
		{
			fact:     "a DNAME redirects",
			question: "x.d.test. A",
			head:     "positive aa in no zone",
			answer: `
				d.test.      DNAME host.test.
				x.d.test.    CNAME x.host.test.
				x.host.test. A     192.0.2.7`,
		},
		{
			fact:     "a DNAME hides what is below",
			question: "below.d.test. A",
			head:     "positive aa in no zone to below.host.test.",
			answer: `
				d.test.       DNAME host.test.
				below.d.test. CNAME below.host.test.`,
		},
		{
			fact:     "a DNAME that leaves the table",
			question: "x.away.test. A",
			head:     "positive aa in no zone to x.example.net.",
			answer: `
				away.test.   DNAME example.net.
				x.away.test. CNAME x.example.net.`,
		},
		{fact: "a DNAME does not redirect its owner", question: "d.test. A", head: "nodata aa in no zone"},
		{
			fact:     "a DS",
			question: "ds.test. DS",
			head:     "positive aa in no zone",
			answer:   `ds.test. DS 1 8 2 01`,
		},
		{
			fact:     "all types",
			question: "any.test. ANY",
			head:     "positive aa in no zone",
			answer: `
				any.test. A   192.0.2.8
				any.test. TXT "text"`,
		},
		{
			fact:     "an alias into a zone",
			question: "enter.test. A",
			head:     "positive aa in example.",
			answer: `
				enter.test.  CNAME www.example.
				www.example. A     192.0.2.10`,
		},
		{
			fact:     "an alias into a zone and back",
			question: "leave.test. A",
			head:     "positive aa in no zone",
			answer: `
				leave.test.   CNAME back.example.
				back.example. CNAME host.test.
				host.test.    A     192.0.2.1`,
		},
		{
			fact:      "an alias to a name that a zone denies",
			question:  "nx.test. A",
			head:      "nxdomain aa in example.",
			answer:    `nx.test. CNAME none.example.`,
			authority: `example. 300 SOA ns.example. hostmaster.example. 1 7200 900 1209600 300`,
		},
		{
			fact:     "an alias in a zone to a loose name without the type",
			question: "nodata.example. TXT",
			head:     "nodata aa in no zone",
			answer:   `nodata.example. CNAME mydns.`,
		},
		{
			fact:     "an alias in a zone to a loose empty non-terminal",
			question: "ent.example. A",
			head:     "positive aa in example. to ent.test.",
			answer:   `ent.example. CNAME ent.test.`,
		},
		{
			fact:     "an alias in a zone to a loose name that is not there",
			question: "gone.example. A",
			head:     "positive aa in example. to gone.test.",
			answer:   `gone.example. CNAME gone.test.`,
		},
		{
			fact:     "an alias in a zone to a loose wildcard",
			question: "wild.example. A",
			head:     "positive aa in no zone",
			answer: `
				wild.example. CNAME q.wild.test.
				q.wild.test.  A     192.0.2.3`,
		},
		{
			fact:     "a loop through a zone and a loose name",
			question: "loop.test. A",
			head:     "positive aa in example.",
			answer: `
				loop.test.    CNAME loop.example.
				loop.example. CNAME loop.test.`,
		},
		{
			fact:       "a mail exchange of a zone with a loose name",
			question:   "mx.example. MX",
			head:       "positive aa in example.",
			answer:     `mx.example. MX 10 host.test.`,
			additional: `host.test. A 192.0.2.1`,
		},
	}}.run(t)

	table{origin: ".", rows: `
		*.             A    192.0.2.1
		www.test.      A    192.0.2.2
		$ORIGIN org.
		@              NS   ns.test.
		www            A    192.0.2.3
		`, asks: []ask{
		{
			fact:     "a wildcard of the root covers every name that is not there",
			question: "a.b.c. A",
			head:     "positive aa in no zone from *.",
			answer:   `a.b.c. A 192.0.2.1`,
		},
		{fact: "but none below a name that is there", question: "x.test. A", head: "absent in no zone"},
		{fact: "nor the root", question: ". A", head: "absent in no zone"},
		{
			fact:     "a zone without its SOA is loose names",
			question: "www.org. A",
			head:     "positive aa in no zone",
			answer:   `www.org. A 192.0.2.3`,
		},
		{fact: "which deny nothing", question: "none.org. A", head: "absent in no zone"},
		{
			fact:     "and whose NS records refer to nobody",
			question: "org. NS",
			head:     "positive aa in no zone",
			answer:   `org. NS ns.test.`,
		},
		{fact: "and have no SOA", question: "org. SOA", head: "nodata aa in no zone"},
	}}.run(t)

	table{asks: []ask{
		{fact: "an empty table has nothing", question: "www.example. A", head: "absent in no zone"},
		{fact: "an empty table has no root", question: ". NS", head: "absent in no zone"},
	}, origin: "."}.run(t)
}
