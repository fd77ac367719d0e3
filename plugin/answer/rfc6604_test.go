package answer_test

import "testing"

// RFC 6604: the AA bit is about the first owner name of a chain (2.1), the rcode about the last (3).
func TestRFC6604(t *testing.T) {
	table{origin: "example.", rows: start + `
		nx      CNAME none
		nodata  CNAME text
		text    TXT   "text"
		cut     CNAME www.sub
		sub     NS    ns.example.net.
		away    CNAME www.example.net.
		dname   DNAME none
		two     CNAME nx
		`, asks: []ask{
		{
			fact:      "3 the end of the chain does not exist",
			question:  "nx A",
			head:      "nxdomain aa in example.",
			answer:    `nx CNAME none`,
			authority: denial,
		},
		{
			fact:     "3 the end of a longer chain does not exist",
			question: "two A",
			head:     "nxdomain aa in example.",
			answer: `
				two CNAME nx
				nx  CNAME none`,
			authority: denial,
		},
		{
			fact:     "3 the end of a chain through a DNAME does not exist",
			question: "x.dname A",
			head:     "nxdomain aa in example.",
			answer: `
				dname   DNAME none
				x.dname CNAME x.none`,
			authority: denial,
		},
		{
			fact:      "3 the end of the chain has not the type",
			question:  "nodata A",
			head:      "nodata aa in example.",
			answer:    `nodata CNAME text`,
			authority: denial,
		},
		{
			fact:      "2.1 the end of the chain lies in a delegated zone: a referral with AA",
			question:  "cut A",
			head:      "referral aa in example.",
			answer:    `cut CNAME www.sub`,
			authority: `sub NS ns.example.net.`,
		},
		{
			fact:      "2.1 without an alias the same referral has no AA",
			question:  "www.sub A",
			head:      "referral in example.",
			authority: `sub NS ns.example.net.`,
		},
		{
			fact:     "2.1 the end of the chain is somebody else's",
			question: "away A",
			head:     "positive aa in example. to www.example.net.",
			answer:   `away CNAME www.example.net.`,
		},
	}}.run(t)
}
