package answer_test

import "testing"

// Several zones in one table: the deepest apex answers.
func TestZones(t *testing.T) {
	table{origin: ".", rows: start + `
		@                     NS   ns.test.
		*                     TXT  "wildcard of the root"
		host.test.            A    192.0.2.1
		org.                  NS   ns.org.
		ns.org.               A    192.0.2.2
		example.              SOA  ns.example. hostmaster.example. 2 7200 900 1209600 60
		example.              NS   ns.example.
		ns.example.           A    192.0.2.3
		*.example.            A    192.0.2.4
		a.b.example.          A    192.0.2.5
		child.example.        SOA  ns.example. hostmaster.example. 3 7200 900 1209600 60
		child.example.        NS   ns.example.
		www.child.example.    A    192.0.2.6
		grand.child.example.  SOA  ns.example. hostmaster.example. 4 7200 900 1209600 60
		grand.child.example.  NS   ns.grand.child.example.
		ns.grand.child.example. A  192.0.2.7
		island.b.example.     SOA  ns.example. hostmaster.example. 5 7200 900 1209600 60
		www.island.b.example. A    192.0.2.8
		`, asks: []ask{
		{
			fact:     "the root's own records",
			question: ". SOA",
			head:     "positive aa in .",
			answer:   `. SOA ns. hostmaster. 1 7200 900 1209600 300`,
		},
		{
			fact:      "the root without the type",
			question:  ". MX",
			head:      "nodata aa in .",
			authority: denial,
		},
		{
			fact:     "a name of the root zone",
			question: "host.test. A",
			head:     "positive aa in .",
			answer:   `host.test. A 192.0.2.1`,
		},
		{
			fact:      "a name that the root zone denies",
			question:  "none.test. A",
			head:      "nxdomain aa in .",
			authority: denial,
		},
		{
			fact:     "a wildcard of the root zone",
			question: "a.b.nowhere. TXT",
			head:     "positive aa in . from *.",
			answer:   `a.b.nowhere. TXT "wildcard of the root"`,
		},
		{
			fact:       "a top-level domain that is delegated",
			question:   "www.org. A",
			head:       "referral in .",
			authority:  `org. NS ns.org.`,
			additional: `ns.org. A 192.0.2.2`,
		},
		{
			fact:       "a zone below the root is not referred to but answered",
			question:   "example. NS",
			head:       "positive aa in example.",
			answer:     `example. NS ns.example.`,
			additional: `ns.example. A 192.0.2.3`,
		},
		{
			fact:     "the wildcard of a parent",
			question: "any.example. A",
			head:     "positive aa in example. from *.example.",
			answer:   `any.example. A 192.0.2.4`,
		},
		{
			fact:      "is not the child's",
			question:  "any.child.example. A",
			head:      "nxdomain aa in child.example.",
			authority: `child.example. 60 SOA ns.example. hostmaster.example. 3 7200 900 1209600 60`,
		},
		{
			fact:     "a name of the child",
			question: "www.child.example. A",
			head:     "positive aa in child.example.",
			answer:   `www.child.example. A 192.0.2.6`,
		},
		{
			fact:       "the apex of the grandchild",
			question:   "grand.child.example. NS",
			head:       "positive aa in grand.child.example.",
			answer:     `grand.child.example. NS ns.grand.child.example.`,
			additional: `ns.grand.child.example. A 192.0.2.7`,
		},
		{
			fact:      "a name that the grandchild denies",
			question:  "x.grand.child.example. A",
			head:      "nxdomain aa in grand.child.example.",
			authority: `grand.child.example. 60 SOA ns.example. hostmaster.example. 4 7200 900 1209600 60`,
		},
		{
			fact:     "a zone to which nothing delegates",
			question: "www.island.b.example. A",
			head:     "positive aa in island.b.example.",
			answer:   `www.island.b.example. A 192.0.2.8`,
		},
		{
			fact:      "the name above it is the parent's",
			question:  "b.example. A",
			head:      "nodata aa in example.",
			authority: `example. 60 SOA ns.example. hostmaster.example. 2 7200 900 1209600 60`,
		},
	}}.run(t)
}

// What the table holds below a zone cut is another zone's, and hidden.
func TestCuts(t *testing.T) {
	table{origin: "example.", rows: start + `
		@            NS     ns
		ns           A      192.0.2.1
		sub          NS     ns.sub
		sub          NS     ns
		sub          A      192.0.2.2
		sub          TXT    "beside the cut"
		ns.sub       A      192.0.2.3
		www.sub      CNAME  ns
		*.sub        A      192.0.2.4
		d.sub        DNAME  ns
		deep.sub     NS     ns.deep.sub
		ns.deep.sub  A      192.0.2.5
		cname        NS     ns
		cname        CNAME  ns
		x.zone.sub   SOA    ns hostmaster 2 7200 900 1209600 60
		x.zone.sub   A      192.0.2.6
		`, asks: []ask{
		{
			fact:     "the NS of the apex are not a cut",
			question: "none A",
			head:     "nxdomain aa in example.",

			authority: denial,
		},
		{fact: "a record beside the cut", question: "sub A", head: "referral in example.", authority: subNS, additional: subGlue},
		{fact: "another", question: "sub TXT", head: "referral in example.", authority: subNS, additional: subGlue},
		{fact: "the SOA that the cut has not", question: "sub SOA", head: "referral in example.", authority: subNS, additional: subGlue},
		{fact: "glue", question: "ns.sub A", head: "referral in example.", authority: subNS, additional: subGlue},
		{fact: "an alias", question: "www.sub A", head: "referral in example.", authority: subNS, additional: subGlue},
		{fact: "a wildcard", question: "any.sub A", head: "referral in example.", authority: subNS, additional: subGlue},
		{fact: "a wildcard itself", question: "*.sub A", head: "referral in example.", authority: subNS, additional: subGlue},
		{fact: "a DNAME", question: "x.d.sub A", head: "referral in example.", authority: subNS, additional: subGlue},
		{fact: "a second cut", question: "www.deep.sub A", head: "referral in example.", authority: subNS, additional: subGlue},
		{fact: "a name above a zone of the table", question: "zone.sub A", head: "referral in example.", authority: subNS, additional: subGlue},
		{
			fact:     "but that zone answers for itself",
			question: "x.zone.sub A",
			head:     "positive aa in x.zone.sub.example.",
			answer:   `x.zone.sub A 192.0.2.6`,
		},
		{
			fact:       "a CNAME beside the NS of a cut is the other zone's",
			question:   "cname A",
			head:       "referral in example.",
			authority:  `cname NS ns`,
			additional: `ns A 192.0.2.1`,
		},
		{
			fact:      "the cut has no DS, and the parent says so",
			question:  "sub DS",
			head:      "nodata aa in example.",
			authority: denial,
		},
	}}.run(t)
}

const (
	subNS = `
		sub NS ns.sub
		sub NS ns`
	subGlue = `
		ns.sub A 192.0.2.3
		ns     A 192.0.2.1`
)
