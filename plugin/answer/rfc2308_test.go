package answer_test

import "testing"

// The zones of the examples in RFC 2308, 2.1 and 2.2. The RFC prints several forms of the authority section; the one
// here is its type 2, the SOA alone.
func TestRFC2308(t *testing.T) {
	table{origin: ".", rows: `
		EXAMPLE.         SOA   NS1.XX. HOSTMASTER.NS1.XX. 1 7200 900 1209600 300
		EXAMPLE.         NS    NS1.XX.
		AN.EXAMPLE.      CNAME TRIPPLE.XX.
		ANOTHER.EXAMPLE. TXT   "no address"
		ALIAS.EXAMPLE.   CNAME NS1.XX.
		XX.         120  SOA   NS1.XX. HOSTMASTER.NS1.XX. 1 7200 900 1209600 86400
		XX.              NS    NS1.XX.
		XX.              NS    NS2.XX.
		NS1.XX.          A     127.0.0.2
		NS2.XX.          A     127.0.0.3
		`, asks: []ask{
		{
			fact:      "2.1 NXDOMAIN of the name that an alias leads to, with the SOA of its zone",
			question:  "AN.EXAMPLE. A",
			head:      "nxdomain aa in xx.",
			answer:    `AN.EXAMPLE. CNAME TRIPPLE.XX.`,
			authority: `XX. 120 SOA NS1.XX. HOSTMASTER.NS1.XX. 1 7200 900 1209600 86400`,
		},
		{
			fact:      "2.1 NXDOMAIN without an alias",
			question:  "TRIPPLE.XX. A",
			head:      "nxdomain aa in xx.",
			authority: `XX. 120 SOA NS1.XX. HOSTMASTER.NS1.XX. 1 7200 900 1209600 86400`,
		},
		{
			fact:      "2.2 NODATA",
			question:  "ANOTHER.EXAMPLE. A",
			head:      "nodata aa in example.",
			authority: `EXAMPLE. 300 SOA NS1.XX. HOSTMASTER.NS1.XX. 1 7200 900 1209600 300`,
		},
		{
			fact:      "2.2 NODATA of the name that an alias leads to, with the SOA of its zone",
			question:  "ALIAS.EXAMPLE. MX",
			head:      "nodata aa in xx.",
			answer:    `ALIAS.EXAMPLE. CNAME NS1.XX.`,
			authority: `XX. 120 SOA NS1.XX. HOSTMASTER.NS1.XX. 1 7200 900 1209600 86400`,
		},
		{
			fact:      "5 the denial lives as long as MINIMUM, where the TTL is longer",
			question:  "none.EXAMPLE. A",
			head:      "nxdomain aa in example.",
			authority: `EXAMPLE. 300 SOA NS1.XX. HOSTMASTER.NS1.XX. 1 7200 900 1209600 300`,
		},
		{
			fact:      "5 the denial lives as long as the TTL, where MINIMUM is longer",
			question:  "XX. A",
			head:      "nodata aa in xx.",
			authority: `XX. 120 SOA NS1.XX. HOSTMASTER.NS1.XX. 1 7200 900 1209600 86400`,
		},
		{
			fact:     "the SOA that was asked for keeps its TTL",
			question: "EXAMPLE. SOA",
			head:     "positive aa in example.",
			answer:   `EXAMPLE. SOA NS1.XX. HOSTMASTER.NS1.XX. 1 7200 900 1209600 300`,
		},
	}}.run(t)
}
