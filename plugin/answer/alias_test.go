package answer_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestAliases(t *testing.T) {
	table{origin: "example.", rows: start + `
		one     CNAME two
		two     CNAME three
		three   CNAME host
		host    A     192.0.2.1
		Mixed   CNAME HoSt
		self    CNAME self
		left    CNAME right
		right   CNAME left
		a       CNAME b
		b       CNAME c
		c       CNAME a
		into    CNAME a
		down    CNAME www.child
		apex    CNAME child
		side    CNAME www.sister.test.
		out     CNAME www.example.net.
		ent     CNAME x
		y.x     A     192.0.2.2
		below   CNAME b.sub
		sub     NS    ns.sub
		ns.sub  A     192.0.2.3
		$ORIGIN child.example.
		@       SOA   ns hostmaster 2 7200 900 1209600 60
		@       A     192.0.2.4
		www     A     192.0.2.5
		up      CNAME host.example.
		nx      CNAME none.example.
		through CNAME down.example.
		away    CNAME out.example.
		$ORIGIN sister.test.
		@       SOA   ns hostmaster 3 7200 900 1209600 60
		www     A     192.0.2.6
		round   CNAME back.example.
		$ORIGIN example.
		back    CNAME round.sister.test.
		`, asks: []ask{
		{
			fact:     "a chain inside a zone, in its order",
			question: "one A",
			head:     "positive aa in example.",
			answer: `
				one   CNAME two
				two   CNAME three
				three CNAME host
				host  A     192.0.2.1`,
		},
		{
			fact:     "asked for CNAME, an alias is not followed",
			question: "one CNAME",
			head:     "positive aa in example.",
			answer:   `one CNAME two`,
		},
		{
			fact:     "upper-case letters in rows make no difference",
			question: "mixed A",
			head:     "positive aa in example.",
			answer: `
				mixed CNAME HoSt
				host  A     192.0.2.1`,
		},
		{
			fact:     "a loop of one name",
			question: "self A",
			head:     "positive aa in example.",
			answer:   `self CNAME self`,
		},
		{
			fact:     "a loop of two names",
			question: "left A",
			head:     "positive aa in example.",
			answer: `
				left  CNAME right
				right CNAME left`,
		},
		{
			fact:     "a loop of three names",
			question: "b A",
			head:     "positive aa in example.",
			answer: `
				b CNAME c
				c CNAME a
				a CNAME b`,
		},
		{
			fact:     "a way into a loop of three names",
			question: "into A",
			head:     "positive aa in example.",
			answer: `
				into CNAME a
				a    CNAME b
				b    CNAME c
				c    CNAME a`,
		},
		{
			fact:     "a loop through two zones",
			question: "back A",
			head:     "positive aa in sister.test.",
			answer: `
				back              CNAME round.sister.test.
				round.sister.test. CNAME back`,
		},
		{
			fact:     "down into a child zone of the table",
			question: "down A",
			head:     "positive aa in child.example.",
			answer: `
				down      CNAME www.child
				www.child A     192.0.2.5`,
		},
		{
			fact:      "to the apex of a child zone, whose SOA denies",
			question:  "apex TXT",
			head:      "nodata aa in child.example.",
			answer:    `apex CNAME child`,
			authority: `child 60 SOA ns.child hostmaster.child 2 7200 900 1209600 60`,
		},
		{
			fact:     "up into the parent zone of the table",
			question: "up.child A",
			head:     "positive aa in example.",
			answer: `
				up.child CNAME host
				host     A     192.0.2.1`,
		},
		{
			fact:      "up into the parent zone, whose SOA denies",
			question:  "nx.child A",
			head:      "nxdomain aa in example.",
			answer:    `nx.child CNAME none`,
			authority: denial,
		},
		{
			fact:     "up into the parent zone and down again",
			question: "through.child A",
			head:     "positive aa in child.example.",
			answer: `
				through.child CNAME down
				down          CNAME www.child
				www.child     A     192.0.2.5`,
		},
		{
			fact:     "sideways into another zone of the table",
			question: "side A",
			head:     "positive aa in sister.test.",
			answer: `
				side             CNAME www.sister.test.
				www.sister.test. A     192.0.2.6`,
		},
		{
			fact:     "out of the table",
			question: "out A",
			head:     "positive aa in example. to www.example.net.",
			answer:   `out CNAME www.example.net.`,
		},
		{
			fact:     "out of the table by way of two zones",
			question: "away.child A",
			head:     "positive aa in example. to www.example.net.",
			answer: `
				away.child CNAME out
				out        CNAME www.example.net.`,
		},
		{
			fact:      "to an empty non-terminal",
			question:  "ent A",
			head:      "nodata aa in example.",
			answer:    `ent CNAME x`,
			authority: denial,
		},
		{
			fact:       "to a name in a delegated zone",
			question:   "below A",
			head:       "referral aa in example.",
			answer:     `below CNAME b.sub`,
			authority:  `sub NS ns.sub`,
			additional: `ns.sub A 192.0.2.3`,
		},
	}}.run(t)
}

// Sixteen aliases are the most that one answer has.
func TestAliasesBounded(t *testing.T) {
	var rows, chain strings.Builder
	for i := range 40 {
		fmt.Fprintf(&rows, "c%d CNAME c%d\nd%d DNAME d%d\n", i, i+1, i, i+1)
	}
	rows.WriteString("c40 A 192.0.2.1\nx.d40 A 192.0.2.2\n")
	aliases := func(from, n int) string {
		chain.Reset()
		for i := from; i < from+n; i++ {
			fmt.Fprintf(&chain, "c%d CNAME c%d\n", i, i+1)
		}
		return chain.String()
	}
	redirections := func(from, n int) string {
		chain.Reset()
		for i := from; i < from+n; i++ {
			fmt.Fprintf(&chain, "d%d DNAME d%d\nx.d%d CNAME x.d%d\n", i, i+1, i, i+1)
		}
		return chain.String()
	}
	table{origin: "example.", rows: start + rows.String(), asks: []ask{
		{
			fact:     "fifteen aliases and the address",
			question: "c25 A",
			head:     "positive aa in example.",
			answer:   aliases(25, 15) + "c40 A 192.0.2.1",
		},
		{
			fact:     "sixteen aliases and no address",
			question: "c24 A",
			head:     "positive aa in example.",
			answer:   aliases(24, 16),
		},
		{
			fact:     "the first sixteen of forty aliases",
			question: "c0 A",
			head:     "positive aa in example.",
			answer:   aliases(0, 16),
		},
		{
			fact:     "fifteen DNAMEs, as many aliases, and the address",
			question: "x.d25 A",
			head:     "positive aa in example.",
			answer:   redirections(25, 15) + "x.d40 A 192.0.2.2",
		},
		{
			fact:     "the first sixteen of forty DNAMEs",
			question: "x.d0 A",
			head:     "positive aa in example.",
			answer:   redirections(0, 16),
		},
	}}.run(t)
}
