package answer_test

import (
	"testing"

	"github.com/mysqldns/mysqldns/plugin/answer"
)

// RFC 8482: over UDP, one RRset of the name is as good as all of them (4.1).
func TestRFC8482(t *testing.T) {
	const rows = start + `
		@      NS    ns
		@      A     192.0.2.1
		@      A     192.0.2.2
		@      TXT   "text"
		alias  CNAME @
		d      DNAME t
		d      A     192.0.2.3
		a.t    A     192.0.2.4
		a.t    A     192.0.2.5
		a.t    TXT   "text"
		ent.x  A     192.0.2.6
		away   DNAME example.net.
		*.w    A     192.0.2.7
		*.w    TXT   "text"
		`
	for _, c := range []struct {
		fact, question string
		head           string
		all, one       string
	}{
		{
			fact:     "all RRsets of a name, or the first",
			question: "@ ANY",
			head:     "positive aa in example.",
			all: `
				@ SOA ns hostmaster 1 7200 900 1209600 300
				@ NS  ns
				@ A   192.0.2.1
				@ A   192.0.2.2
				@ TXT "text"`,
			one: `
				@ A   192.0.2.1
				@ A   192.0.2.2`,
		},
		{
			fact:     "an alias is all that its owner has, and is not followed",
			question: "alias ANY",
			head:     "positive aa in example.",
			all:      `alias CNAME @`,
			one:      `alias CNAME @`,
		},
		{
			fact:     "a synthesized name",
			question: "x.w ANY",
			head:     "positive aa in example. from *.w.example.",
			all: `
				x.w A   192.0.2.7
				x.w TXT "text"`,
			one: `x.w A   192.0.2.7`,
		},
		{
			fact:     "a DNAME at the name itself is an RRset like others",
			question: "d ANY",
			head:     "positive aa in example.",
			all: `
				d A     192.0.2.3
				d DNAME t`,
			one: `d A 192.0.2.3`,
		},
		{
			fact:     "below a DNAME the way to the name stays (RFC 6672, 3.2)",
			question: "a.d ANY",
			head:     "positive aa in example.",
			all: `
				d   DNAME t
				a.d CNAME a.t
				a.t A     192.0.2.4
				a.t A     192.0.2.5
				a.t TXT   "text"`,
			one: `
				d   DNAME t
				a.d CNAME a.t
				a.t A     192.0.2.4
				a.t A     192.0.2.5`,
		},
		{
			fact:     "below a DNAME that leaves the table",
			question: "a.away ANY",
			head:     "positive aa in example. to a.example.net.",
			all: `
				away   DNAME example.net.
				a.away CNAME a.example.net.`,
			one: `
				away   DNAME example.net.
				a.away CNAME a.example.net.`,
		},
	} {
		t.Run(c.fact, func(t *testing.T) {
			qname, qtype := question(t, "example.", c.question)
			resp := across(t, load(t, records(t, "example.", rows)), qname, qtype)
			if got := head(resp); got != c.head {
				t.Errorf("%s: %s\nwant: %s", c.question, got, c.head)
			}
			compare(t, "answer", resp.Answer, records(t, "example.", c.all))
			compare(t, "OneRRset's answer", answer.OneRRset(resp.Answer), records(t, "example.", c.one))
		})
	}
	if got := answer.OneRRset(nil); len(got) != 0 {
		t.Errorf("OneRRset of nothing is %v", got)
	}
	table{origin: "example.", rows: rows, asks: []ask{
		{fact: "nothing at an empty non-terminal", question: "x ANY", head: "nodata aa in example.", authority: denial},
		{fact: "nothing where no name is", question: "none ANY", head: "nxdomain aa in example.", authority: denial},
	}}.run(t)
}
