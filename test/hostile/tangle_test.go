package hostile

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/client"

	"github.com/miekg/dns"
)

// tangle is rows that are each in order and together are not, in a zone of their own; @ is its apex.
type tangle struct {
	fact string
	rows string // lines of "name type record"
	asks []tangled
}

// tangled is a question and the answers that are right, in the form of client.Short.
type tangled struct {
	name  string
	qtype uint16
	want  []string
}

func one(name string, qtype uint16, want ...string) []tangled { return []tangled{{name, qtype, want}} }

var tangles = []tangle{
	{"an alias beside data", "x CNAME y\nx A 192.0.2.1\ny TXT t", []tangled{
		{"x", dns.TypeA, []string{"NOERROR; A 192.0.2.1"}},
		{"x", dns.TypeTXT, []string{`NOERROR; CNAME y.@; TXT "t"`}},
		{"x", dns.TypeCNAME, []string{"NOERROR; CNAME y.@"}},
	}},
	{"two aliases at a name", "x CNAME y\nx CNAME z\ny A 192.0.2.1\nz A 192.0.2.2",
		one("x", dns.TypeA, "NOERROR; CNAME y.@; A 192.0.2.1", "NOERROR; CNAME z.@; A 192.0.2.2")},
	{"an alias of itself", "x CNAME x", one("x", dns.TypeA, "NOERROR; CNAME x.@")},
	{"two aliases of each other", "x CNAME y\ny CNAME x", one("x", dns.TypeA, "NOERROR; CNAME y.@; CNAME x.@")},
	{"aliases in a circle through two wildcards", "*.a CNAME b.b\n*.b CNAME a.a", one("x.a", dns.TypeA, "NOERROR; CNAME b.b.@; CNAME a.a.@; CNAME b.b.@")},
	{"a wildcard that is an alias to what it matches", "*.w CNAME a.b.w", one("x.w", dns.TypeA, "NOERROR; CNAME a.b.w.@; CNAME a.b.w.@")},
	{"a wildcard of a wildcard", "*.*.w A 192.0.2.1\n*.w A 192.0.2.2", []tangled{
		{"x.w", dns.TypeA, []string{"NOERROR; A 192.0.2.2"}},
		{"x.*.w", dns.TypeA, []string{"NOERROR; A 192.0.2.1"}},
	}},
	{"DNAMEs in a circle", "l DNAME r\nr DNAME l", one("x.l", dns.TypeA, "NOERROR; DNAME r.@; CNAME x.r.@; DNAME l.@; CNAME x.l.@")},
	{"two DNAMEs at a name", "d DNAME e\nd DNAME f\nx.e A 192.0.2.1\nx.f A 192.0.2.2",
		one("x.d", dns.TypeA, "NOERROR; DNAME e.@; CNAME x.e.@; A 192.0.2.1", "NOERROR; DNAME f.@; CNAME x.f.@; A 192.0.2.2")},
	{"data below a DNAME", "d DNAME e\nx.d A 192.0.2.1\nx.e A 192.0.2.2", one("x.d", dns.TypeA, "NOERROR; DNAME e.@; CNAME x.e.@; A 192.0.2.2")},
	{"a DNAME at the apex, onto itself", "@ DNAME @", one("x", dns.TypeA, "NOERROR; DNAME @; CNAME x.@")},
	{"a DNAME at a wildcard", "*.d DNAME e\nx.e A 192.0.2.1", one("x.d", dns.TypeDNAME, "NOERROR; DNAME e.@")},
	{"two SOAs", "@ SOA ns h 2 7200 900 1209600 300", one("", dns.TypeSOA,
		"NOERROR; SOA ns. h. 2 7200 900 1209600 300", "NOERROR; SOA ns.@ h.@ 1 7200 900 1209600 300")},
	{"a SOA at a wildcard", "*.s SOA ns h 1 2 3 4 5\n*.s TXT apex", []tangled{
		{"*.s", dns.TypeTXT, []string{`NOERROR; TXT "apex"`}},
		{"x.s", dns.TypeTXT, []string{"NOERROR"}}, // the wildcard's data is another zone's
	}},
	{"a zone below a cut", "c NS ns.c\nz.c SOA ns h 1 2 3 4 5\nwww.z.c A 192.0.2.1", []tangled{
		{"www.z.c", dns.TypeA, []string{"NOERROR; A 192.0.2.1"}},
		{"www.c", dns.TypeA, []string{"NOERROR"}},
	}},
	{"an alias at the apex", "@ CNAME x\nx A 192.0.2.1", []tangled{
		{"", dns.TypeA, []string{"NOERROR; CNAME x.@; A 192.0.2.1"}},
		{"", dns.TypeSOA, []string{"NOERROR; SOA ns.@ h.@ 1 7200 900 1209600 300"}},
	}},
	{"a cut to a name that nobody has", "c NS nobody", one("x.c", dns.TypeA, "NOERROR")},
	{"a cut to itself", "c NS c", one("x.c", dns.TypeA, "NOERROR")},
	{"cuts to each other", "c NS ns.d\nd NS ns.c\nns.c A 192.0.2.1\nns.d A 192.0.2.2", one("x.c", dns.TypeA, "NOERROR")},
	{"a cut at a wildcard", "*.c NS ns", one("x.c", dns.TypeNS, "NOERROR; NS ns.@")},
	{"an alias at a cut", "c NS ns\nc CNAME x\nx A 192.0.2.1", one("c", dns.TypeA, "NOERROR")},
	{"a row twenty times", strings.Repeat("x A 192.0.2.1\n", 20), one("x", dns.TypeA, "NOERROR; A 192.0.2.1")},
	{"records that differ in the case of a name", "x NS ns\nx NS NS", one("x", dns.TypeDS, "NOERROR")},
	{"owners in other spellings", "Www A 192.0.2.1\nwww. A 192.0.2.2\n\\119ww A 192.0.2.3", one("wwW", dns.TypeA, "NOERROR; A 192.0.2.1; A 192.0.2.2; A 192.0.2.3")},
	{"a mail exchange beside none", "x MX 0 .\nx MX 10 m", one("x", dns.TypeMX, "NOERROR; MX 0 .; MX 10 m.@")},
	{"a service that is an alias of itself", "x SVCB 0 x\ny SVCB 0 x", one("y", 64, "NOERROR; SVCB 0 x.@")},
	{"glue that is an alias", "c NS n.c\nn.c CNAME c", one("x.c", dns.TypeA, "NOERROR")},
	{"a record of every type at a wildcard that is beside a cut", "*.w A 192.0.2.1\n*.w NS ns\n*.w DNAME e\n*.w SOA ns h 1 2 3 4 5", one("y.x.w", dns.TypeA, "NOERROR")},
}

// Rows that contradict one another, or lead in circles, are answered all the same, also after a list.
func TestTangledRows(t *testing.T) {
	makeTable(t)
	insert(t, control...)
	s := start(t, dsn(), "")
	stop := askControl(t, s.Addr)
	for i, tangle := range tangles {
		apex := fmt.Sprintf("t%d.test.", i)
		rows := []string{apex + " SOA ns." + apex + " h." + apex + " 1 7200 900 1209600 300"}
		for line := range strings.Lines(strings.TrimSpace(tangle.rows)) {
			rows = append(rows, qualified(strings.TrimSpace(line), apex))
		}
		insert(t, rows...)
	}
	check := func(wait time.Duration) {
		t.Helper()
		for i, tangle := range tangles {
			apex := fmt.Sprintf("t%d.test.", i)
			for _, q := range tangle.asks {
				got := ""
				if !eventually(wait, func() bool {
					got = client.Short(ask(t, s.Addr, strings.TrimPrefix(q.name+"."+apex, "."), q.qtype))
					for _, want := range q.want {
						if got == strings.ReplaceAll(want, "@", apex) {
							return true
						}
					}
					return false
				}) {
					t.Errorf("%s: %s %s: got %s, expected one of %q", tangle.fact, q.name, dns.Type(q.qtype), got, q.want)
				}
			}
		}
	}
	check(5 * time.Second)
	stop()
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	check(0)
}

// qualified puts an apex behind the names of a row that are relative to it: the owner, and all of the record that begins with a letter.
func qualified(row, apex string) string {
	field := strings.Fields(row)
	under := func(name string) string {
		if name == "@" {
			return apex
		}
		return strings.TrimSuffix(name, ".") + "." + apex
	}
	field[0] = under(field[0])
	for i := 2; i < len(field); i++ {
		if c := field[i][0] | 0x20; field[1] != "TXT" && field[1] != "SOA" && ('a' <= c && c <= 'z' || field[i] == "@") {
			field[i] = under(field[i])
		}
	}
	return strings.Join(field, " ")
}

// Rows that are too many for a message are cut, and said to be; the server neither grows nor slows down for it.
func TestTooManyRows(t *testing.T) {
	makeTable(t)
	insert(t, control...)
	s := start(t, dsn(), "")
	stop := askControl(t, s.Addr)
	const all = 100_000
	exec(t, "INSERT INTO tb_dns (name, type, ttl, record) SELECT 'many.bad.test', 'A', 60, CONCAT('10.', seq >> 16, '.', seq >> 8 & 255, '.', seq & 255) FROM seq_0_to_99999",
		"INSERT INTO tb_dns (name, type, ttl, record) SELECT 'cut.bad.test', 'NS', 60, CONCAT('n', seq, '.cut.bad.test') FROM seq_1_to_1000",
		"INSERT INTO tb_dns (name, type, ttl, record) SELECT CONCAT('n', seq, '.cut.bad.test'), 'A', 60, '192.0.2.1' FROM seq_1_to_1000",
		"INSERT INTO tb_dns (name, type, ttl, record) SELECT 'types.bad.test', seq, 60, '\\\\# 1 00' FROM seq_1000_to_9999",
		"INSERT INTO tb_dns (name, type, ttl, record) SELECT CONCAT('c', seq, '.bad.test'), 'CNAME', 60, CONCAT('c', seq + 1, '.bad.test') FROM seq_1_to_200",
		"INSERT INTO tb_dns (name, type, ttl, record) SELECT 'texts.bad.test', 'TXT', 60, CONCAT(seq, ' ', REPEAT('x', 600)) FROM seq_1_to_100")
	within(t, 2*limit, s.Addr, "texts.bad.test.", dns.TypeA, "NOERROR") // the last to be read
	records := float64(len(control) + all + 1000 + 1000 + 9000 + 200 + 100)
	if !eventually(limit, func() bool { return s.metric(t, "coredns_mysqldns_records", "") == records }) {
		t.Fatalf("%g records, want %g", s.metric(t, "coredns_mysqldns_records", ""), records)
	}
	for _, q := range []struct {
		name      string
		qtype     uint16
		network   string
		truncated bool
		least     int // records in the message
	}{
		{"many.bad.test.", dns.TypeA, "udp", true, 0},
		{"many.bad.test.", dns.TypeA, "tcp", true, 4000},
		{"x.cut.bad.test.", dns.TypeA, "udp", true, 0},
		{"x.cut.bad.test.", dns.TypeA, "tcp", false, 2000},
		{"types.bad.test.", dns.TypeANY, "udp", false, 1},
		{"types.bad.test.", dns.TypeANY, "tcp", false, 100},
		{"c1.bad.test.", dns.TypeA, "udp", false, 16},
		{"texts.bad.test.", dns.TypeTXT, "udp", true, 0},
		{"texts.bad.test.", dns.TypeTXT, "tcp", false, 100},
	} {
		c := &dns.Client{Net: q.network, Timeout: 10 * time.Second}
		reply, _, err := c.Exchange(new(dns.Msg).SetQuestion(q.name, q.qtype), s.Addr)
		if err != nil {
			t.Errorf("%s %s over %s: %v", q.name, dns.Type(q.qtype), q.network, err)
			continue
		}
		records := len(reply.Answer) + len(reply.Ns) + len(reply.Extra)
		if reply.Rcode != dns.RcodeSuccess || reply.Truncated != q.truncated || records < q.least {
			t.Errorf("%s %s over %s: %s, truncated %t, %d records; want truncated %t, at least %d", q.name, dns.Type(q.qtype), q.network,
				dns.RcodeToString[reply.Rcode], reply.Truncated, records, q.truncated, q.least)
		}
	}
	stop()
	flood := client.Start(s.Addr, time.Millisecond, []client.Question{
		{Name: "many.bad.test", Type: dns.TypeMX, Want: []string{"NOERROR"}}, {Name: "c1.bad.test", Type: dns.TypeCNAME, Want: []string{"NOERROR; CNAME c2.bad.test."}},
	})
	before, _, err := s.Resident()
	if err != nil {
		t.Skip("NOT TESTED: how much memory the server has: ", err)
	}
	q, err := new(dns.Msg).SetQuestion("many.bad.test.", dns.TypeA).Pack()
	if err != nil {
		t.Fatal(err)
	}
	sendDatagrams(t, s.Addr, 5_000, func(int) []byte { return q })
	if tally := flood.Stop(); tally.Right == 0 || tally.Wrong+tally.ServFail > 0 {
		t.Errorf("beside the flood: %+v", tally)
	}
	after, _, _ := s.Resident()
	if after > before+200<<20 {
		t.Errorf("%d octets resident before the flood, %d after", before, after)
	}
}

// An answer that was cut for a small datagram is not what cache gives to those who can take all of it.
func TestCutAnswersAreNotKept(t *testing.T) {
	makeTable(t)
	insert(t, control...)
	exec(t, "INSERT INTO tb_dns (name, type, ttl, record) SELECT 'many', 'A', 60, CONCAT('10.0.', seq >> 8, '.', seq & 255) FROM seq_1_to_1000",
		"INSERT INTO tb_dns (name, type, ttl, record) SELECT 'few', 'A', 60, CONCAT('10.0.0.', seq) FROM seq_1_to_5")
	s := start(t, dsn(), "cache")
	within(t, limit, s.Addr, "few.", dns.TypeTXT, "NOERROR")
	exchange := func(network, name string) *dns.Msg {
		t.Helper()
		c := &dns.Client{Net: network, Timeout: 10 * time.Second}
		reply, _, err := c.Exchange(new(dns.Msg).SetQuestion(name, dns.TypeA), s.Addr)
		if err != nil {
			t.Fatal(err)
		}
		return reply
	}
	for range 2 {
		if reply := exchange("udp", "many."); !reply.Truncated || len(reply.Answer) > 40 {
			t.Errorf("over UDP: truncated %t, %d records", reply.Truncated, len(reply.Answer))
		}
		if reply := exchange("tcp", "many."); reply.Truncated || len(reply.Answer) != 1000 {
			t.Errorf("over TCP: truncated %t, %d records", reply.Truncated, len(reply.Answer))
		}
		if reply := exchange("udp", "few."); len(reply.Answer) != 5 {
			t.Errorf("few: %d records", len(reply.Answer))
		}
	}
	if hits := s.metric(t, "coredns_cache_hits_total", ""); hits == 0 {
		t.Error("nothing came out of cache, so this shows nothing")
	}
}
