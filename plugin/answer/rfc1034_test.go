package answer_test

import "testing"

// The root zone of RFC 1034, 6.1, as C.ISI.EDU has it.
const rfc1034Root = `
$TTL 86400
.                SOA   SRI-NIC.ARPA. HOSTMASTER.SRI-NIC.ARPA. 870611 1800 300 604800 86400
.                NS    A.ISI.EDU.
.                NS    C.ISI.EDU.
.                NS    SRI-NIC.ARPA.
MIL.             NS    SRI-NIC.ARPA.
MIL.             NS    A.ISI.EDU.
EDU.             NS    SRI-NIC.ARPA.
EDU.             NS    C.ISI.EDU.
SRI-NIC.ARPA.    A     26.0.0.73
SRI-NIC.ARPA.    A     10.0.0.51
SRI-NIC.ARPA.    MX    0 SRI-NIC.ARPA.
SRI-NIC.ARPA.    HINFO DEC-2060 TOPS20
ACC.ARPA.        A     26.6.0.65
ACC.ARPA.        HINFO PDP-11/70 UNIX
ACC.ARPA.        MX    10 ACC.ARPA.
USC-ISIC.ARPA.   CNAME C.ISI.EDU.
73.0.0.26.IN-ADDR.ARPA.  PTR SRI-NIC.ARPA.
65.0.6.26.IN-ADDR.ARPA.  PTR ACC.ARPA.
51.0.0.10.IN-ADDR.ARPA.  PTR SRI-NIC.ARPA.
52.0.0.10.IN-ADDR.ARPA.  PTR C.ISI.EDU.
103.0.3.26.IN-ADDR.ARPA. PTR A.ISI.EDU.
A.ISI.EDU.       A     26.3.0.103
C.ISI.EDU.       A     10.0.0.52
`

// The EDU zone of RFC 1034, 6.1. What the root zone has too (the NS records of EDU, the address of A.ISI.EDU) stands
// there: in one table it is one RRset with one TTL.
const rfc1034EDU = `
$TTL 172800
EDU.             86400 SOA SRI-NIC.ARPA. HOSTMASTER.SRI-NIC.ARPA. 870729 1800 300 604800 86400
UCI.EDU.         NS    ICS.UCI.EDU.
UCI.EDU.         NS    ROME.UCI.EDU.
ICS.UCI.EDU.     A     192.5.19.1
ROME.UCI.EDU.    A     192.5.19.31
ISI.EDU.         NS    VAXA.ISI.EDU.
ISI.EDU.         NS    A.ISI.EDU.
ISI.EDU.         NS    VENERA.ISI.EDU.
VAXA.ISI.EDU.    A     10.2.0.27
VAXA.ISI.EDU.    A     128.9.0.33
VENERA.ISI.EDU.  A     10.1.0.52
VENERA.ISI.EDU.  A     128.9.0.32
UDEL.EDU.        NS    LOUIE.UDEL.EDU.
UDEL.EDU.        NS    UMN-REI-UC.ARPA.
LOUIE.UDEL.EDU.  A     10.0.0.96
LOUIE.UDEL.EDU.  A     192.5.39.3
YALE.EDU.        NS    YALE.ARPA.
YALE.EDU.        NS    YALE-BULLDOG.ARPA.
MIT.EDU.   43200 NS    XX.LCS.MIT.EDU.
MIT.EDU.   43200 NS    ACHILLES.MIT.EDU.
XX.LCS.MIT.EDU.   43200 A 10.0.0.44
ACHILLES.MIT.EDU. 43200 A 18.72.0.8
`

// A SOA makes ISI.EDU the zone that A.ISI.EDU is authoritative for; RFC 1034 does not print it.
const rfc1034ISI = `
$TTL 172800
ISI.EDU.         SOA   A.ISI.EDU. HOSTMASTER.ISI.EDU. 870611 1800 300 604800 86400
ISI.EDU.         NS    A.ISI.EDU.
`

const rfc1034RootDenial = `. 86400 SOA SRI-NIC.ARPA. HOSTMASTER.SRI-NIC.ARPA. 870611 1800 300 604800 86400`

// The example queries of RFC 1034, 6.2. Only one thing is adapted: a NODATA has the SOA that RFC 2308 has since asked
// for. Positive answers have no NS records in the authority section there either.
func TestRFC1034(t *testing.T) {
	table{origin: ".", rows: rfc1034Root + rfc1034EDU, asks: []ask{
		{
			fact:     "6.2.1 addresses of a host",
			question: "SRI-NIC.ARPA. A",
			head:     "positive aa in .",
			answer: `
				SRI-NIC.ARPA. 86400 A 26.0.0.73
				SRI-NIC.ARPA. 86400 A 10.0.0.51`,
		},
		{
			fact:     "6.2.2 everything that a host has, its addresses only once",
			question: "SRI-NIC.ARPA. ANY",
			head:     "positive aa in .",
			answer: `
				SRI-NIC.ARPA. 86400 A 26.0.0.73
				SRI-NIC.ARPA. 86400 A 10.0.0.51
				SRI-NIC.ARPA. 86400 MX 0 SRI-NIC.ARPA.
				SRI-NIC.ARPA. 86400 HINFO DEC-2060 TOPS20`,
		},
		{
			fact:     "6.2.3 a mail exchange and its addresses",
			question: "SRI-NIC.ARPA. MX",
			head:     "positive aa in .",
			answer:   `SRI-NIC.ARPA. 86400 MX 0 SRI-NIC.ARPA.`,
			additional: `
				SRI-NIC.ARPA. 86400 A 26.0.0.73
				SRI-NIC.ARPA. 86400 A 10.0.0.51`,
		},
		{
			fact:      "6.2.4 a name without the type",
			question:  "SRI-NIC.ARPA. NS",
			head:      "nodata aa in .",
			authority: rfc1034RootDenial,
		},
		{
			fact:      "6.2.5 a mistyped name",
			question:  "SIR-NIC.ARPA. A",
			head:      "nxdomain aa in .",
			authority: rfc1034RootDenial,
		},
		{
			fact:     "6.2.6 a name in a delegated zone",
			question: "BRL.MIL. A",
			head:     "referral in .",
			authority: `
				MIL. 86400 NS SRI-NIC.ARPA.
				MIL. 86400 NS A.ISI.EDU.`,
			additional: `
				A.ISI.EDU.    86400 A 26.3.0.103
				SRI-NIC.ARPA. 86400 A 26.0.0.73
				SRI-NIC.ARPA. 86400 A 10.0.0.51`,
		},
		{
			fact:     "6.2.7 an alias to a name in a delegated zone, at C.ISI.EDU",
			question: "USC-ISIC.ARPA. A",
			head:     "referral aa in edu.",
			answer:   `USC-ISIC.ARPA. 86400 CNAME C.ISI.EDU.`,
			authority: `
				ISI.EDU. 172800 NS VAXA.ISI.EDU.
				ISI.EDU. 172800 NS A.ISI.EDU.
				ISI.EDU. 172800 NS VENERA.ISI.EDU.`,
			additional: `
				VAXA.ISI.EDU.   172800 A 10.2.0.27
				VAXA.ISI.EDU.   172800 A 128.9.0.33
				VENERA.ISI.EDU. 172800 A 10.1.0.52
				VENERA.ISI.EDU. 172800 A 128.9.0.32
				A.ISI.EDU.       86400 A 26.3.0.103`,
		},
		{
			fact:     "6.2.8 the alias itself",
			question: "USC-ISIC.ARPA. CNAME",
			head:     "positive aa in .",
			answer:   `USC-ISIC.ARPA. 86400 CNAME C.ISI.EDU.`,
		},
	}}.run(t)

	table{origin: ".", rows: rfc1034Root + rfc1034ISI, asks: []ask{{
		fact:     "6.2.7 an alias into another zone of the same server, at A.ISI.EDU",
		question: "USC-ISIC.ARPA. A",
		head:     "positive aa in isi.edu.",
		answer: `
			USC-ISIC.ARPA. 86400 CNAME C.ISI.EDU.
			C.ISI.EDU.     86400 A     10.0.0.52`,
	}}}.run(t)
}
