package answer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/answer"

	"github.com/miekg/dns"
)

// weighed counts the work of one question: names looked up, and records made for it.
type weighed struct {
	answer.Zones
	nodes, records, types int
}

// Zone implements answer.Zones.
func (w *weighed) Zone(name string) answer.Zone { return weighedZone{w.Zones.Zone(name), w} }

type weighedZone struct {
	answer.Zone
	work *weighed
}

// Node implements answer.Zone.
func (z weighedZone) Node(name string) (answer.Node, bool) {
	z.work.nodes++
	n, ok := z.Zone.Node(name)
	return weighedNode{n, z.work}, ok
}

type weighedNode struct {
	answer.Node
	work *weighed
}

// RRset implements answer.Node.
func (n weighedNode) RRset(rrtype uint16, most int) []dns.RR {
	rrs := n.Node.RRset(rrtype, most)
	n.work.records += len(rrs)
	return rrs
}

// Types implements answer.Node.
func (n weighedNode) Types(most int) []uint16 {
	types := n.Node.Types(most)
	n.work.types += len(types)
	return types
}

// worst is tables made to cost as much as they can, and the question that does.
var worst = []struct {
	fact, question string
	rows           func(row func(format string, args ...any))
}{
	{"20,000 addresses at one name", "big A", func(row func(string, ...any)) {
		for i := range 20_000 {
			row("big A 10.%d.%d.%d", i>>16, i>>8&255, i&255)
		}
	}},
	{"6,000 mail exchanges with 3 addresses each", "mx MX", func(row func(string, ...any)) {
		for i := range 6_000 {
			row("mx MX 10 m%d", i)
			for j := range 3 {
				row("m%d A 10.0.0.%d", i, j)
			}
		}
	}},
	{"a cut of 3,000 name servers with glue", "x.cut A", func(row func(string, ...any)) {
		for i := range 3_000 {
			row("cut NS n%d.cut", i)
			row("n%d.cut A 192.0.2.1", i)
		}
	}},
	{"a cut whose name servers have 1,000 addresses each", "x.cut A", func(row func(string, ...any)) {
		for i := range 50 {
			row("cut NS n%d.cut", i)
			for j := range 1_000 {
				row("n%d.cut A 10.0.%d.%d", i, j>>8, j&255)
			}
		}
	}},
	{"name servers of 120 labels", "x.cut A", func(row func(string, ...any)) {
		for i := range 100 {
			row("cut NS n%d%s.cut", i, strings.Repeat(".a", 115))
			row("n%d%s.cut A 192.0.2.1", i, strings.Repeat(".a", 115))
		}
	}},
	{"a chain of 1,000 aliases", "c0 A", func(row func(string, ...any)) {
		for i := range 1_000 {
			row("c%d CNAME c%d", i, i+1)
		}
	}},
	{"a chain of names with 1,000 aliases each", "c0 A", func(row func(string, ...any)) {
		for i := range 20 {
			for j := range 1_000 {
				row("c%d CNAME c%d.x%d", i, i+1, j)
			}
			row("c%d.x0 CNAME c%d", i+1, i+1)
		}
	}},
	{"a chain of names with 1,000 DNAMEs each", "x.d0 A", func(row func(string, ...any)) {
		for i := range 20 {
			for j := range 1_000 {
				row("d%d DNAME d%d.y%d", i, i+1, j)
			}
			row("d%d.y0 DNAME d%d", i+1, i+1)
		}
	}},
	{"DNAMEs in a circle", "x.left A", func(row func(string, ...any)) {
		row("left DNAME right")
		row("right DNAME left")
	}},
	{"a DNAME to below itself", "x.down A", func(row func(string, ...any)) { row("down DNAME a.down") }},
	{"a wildcard that is an alias to what it matches", "x.wild A", func(row func(string, ...any)) { row("*.wild CNAME a.b.wild") }},
	{"10,000 types at one name", "types ANY", func(row func(string, ...any)) {
		for i := range 10_000 {
			if t := uint16(i + 1000); dns.TypeToRR[t] == nil {
				row("types TYPE%d \\# 1 00", t)
			}
		}
	}},
	{"a name of 122 labels that an alias leads to", "l A", func(row func(string, ...any)) {
		row("l CNAME %s", strings.Repeat("a.", 120)+"l2")
		row("%s A 192.0.2.1", strings.Repeat("a.", 120)+"l2")
	}},
}

// However bad the table, one question costs as many look-ups and records as the package comment says, for the size of the message.
func TestWorkIsBounded(t *testing.T) {
	for _, bad := range worst {
		t.Run(bad.fact, func(t *testing.T) {
			var rows strings.Builder
			rows.WriteString(start)
			bad.rows(func(format string, args ...any) { fmt.Fprintf(&rows, format+"\n", args...) })
			view := load(t, parsed(t, rows.String()))
			qname, qtype := question(t, "example.", bad.question)
			for _, size := range []int{512, 1232, 4096, dns.MaxMsgSize} {
				work := &weighed{Zones: view}
				resp := answer.Within(size, work, qname, qtype)
				most := size / 12
				// What is answered or refers, and the RRset that it ends with; the same of addresses; the aliases before.
				if atMost := 4*most + 3*maxAliases; work.records > atMost {
					t.Errorf("%d octets: %d records made, at most %d are needed", size, work.records, atMost)
				}
				// Way down, wildcard and SOA for each alias; the way down and the node for each target.
				targets := min(maxTargets+len(resp.Authority), most+1)
				if atMost := (maxAliases + targets) * (dns.CountLabel(longest(resp, qname)) + 4); work.nodes > atMost {
					t.Errorf("%d octets: %d names looked up, at most %d are needed", size, work.nodes, atMost)
				}
				if work.types > 128 {
					t.Errorf("%d octets: %d types looked at", size, work.types)
				}
				wantTruncatedIfTooLong(t, size, resp, qname, qtype)
			}
		})
	}
}

// parsed reads many rows. They are in lower case and need no settling.
func parsed(t *testing.T, text string) []dns.RR {
	t.Helper()
	zp := dns.NewZoneParser(strings.NewReader("$TTL 3600\n"+text), "example.", "")
	var rrs []dns.RR
	for rr, ok := zp.Next(); ok; rr, ok = zp.Next() {
		rrs = append(rrs, rr)
	}
	if err := zp.Err(); err != nil {
		t.Fatal(err)
	}
	return rrs
}

// longest is the name of most labels that an answer speaks of.
func longest(resp answer.Response, name string) string {
	for _, section := range [][]dns.RR{resp.Answer, resp.Authority, resp.Additional} {
		for _, rr := range section {
			for _, other := range []string{rr.Header().Name, dns.Field(rr, dns.NumField(rr))} {
				if dns.CountLabel(other) > dns.CountLabel(name) {
					name = other
				}
			}
		}
	}
	return name
}

// wantTruncatedIfTooLong: a message says that records are missing where they are, and only where it is full.
func wantTruncatedIfTooLong(t *testing.T, size int, resp answer.Response, qname string, qtype uint16) {
	t.Helper()
	m := new(dns.Msg).SetQuestion(qname, qtype)
	m.Compress = true
	m.Answer, m.Ns, m.Extra = resp.Answer, resp.Authority, resp.Additional
	if fits := m.Len() <= size; resp.Truncated && fits {
		t.Errorf("%d octets: truncated to %d", size, m.Len())
	}
}

// A cut RRset is the beginning of the whole one, and said to be cut; one that fits is whole.
func TestTruncated(t *testing.T) {
	var rows strings.Builder
	rows.WriteString(start)
	for i := range 1_000 {
		fmt.Fprintf(&rows, "big A 10.0.%d.%d\nlist PTR h%d\n", i>>8, i&255, i)
	}
	for i := range 20 {
		fmt.Fprintf(&rows, "few A 10.0.0.%d\n", i)
	}
	view := load(t, records(t, "example.", rows.String()))
	for _, test := range []struct {
		name      string
		qtype     uint16
		size      int
		records   int
		truncated bool
	}{
		{"big.example.", dns.TypeA, 512, 42, true},
		{"big.example.", dns.TypeA, 4096, 341, true},
		{"big.example.", dns.TypeA, dns.MaxMsgSize, 1_000, false},
		{"list.example.", dns.TypePTR, 512, 42, true},
		{"list.example.", dns.TypePTR, dns.MaxMsgSize, 1_000, false},
		{"few.example.", dns.TypeA, 512, 20, false},
		{"big.example.", dns.TypeANY, 512, 42, true},
	} {
		whole := answer.Within(dns.MaxMsgSize, view, test.name, test.qtype)
		resp := answer.Within(test.size, view, test.name, test.qtype)
		if len(resp.Answer) != test.records || resp.Truncated != test.truncated {
			t.Errorf("%s %s in %d octets: %d records, truncated %t, want %d, %t", test.name, dns.Type(test.qtype), test.size,
				len(resp.Answer), resp.Truncated, test.records, test.truncated)
		}
		if got, want := lines(resp.Answer), lines(whole.Answer[:min(test.records, len(whole.Answer))]); got != want {
			t.Errorf("%s in %d octets:\n%swant:\n%s", test.name, test.size, got, want)
		}
	}
}
