package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/record"
)

// findings checks rows, one a line as "NAME [TTL] TYPE RECORD" with ids from 1, and returns what is found as "KIND OWNER TYPE rows: PROBLEM".
func findings(t *testing.T, text string) []string {
	t.Helper()
	c := New(3600, false)
	defer c.Close()
	id := uint64(0)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		id++
		row := record.Row{ID: id}
		row.Name, line, _ = strings.Cut(line, " ")
		if line[0] >= '0' && line[0] <= '9' {
			row.TTL, line, _ = strings.Cut(line, " ")
		}
		row.Type, row.Record, _ = strings.Cut(line, " ")
		if err := c.Row(&row); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Finish(t.Context(), func(int64) {}); err != nil {
		t.Fatal(err)
	}
	var found []string
	err := c.Each(func(f *Finding) error {
		found = append(found, fmt.Sprintf("%s %s %s %d: %s", f.Kind, f.Owner, f.Type, f.Rows, f.Problem))
		if f.Count != len(f.Rows) || f.Advice == "" {
			t.Errorf("%+v", f)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != c.Found() {
		t.Errorf("%d findings, %d counted", len(found), c.Found())
	}
	return found
}

// zoneStart is a zone that is in order.
const zoneStart = `
	example SOA ns.example host.example 1 2 3 4 5
	example NS ns.example
	ns.example A 192.0.2.1
`

const notTransferred = "no transfer and no master file has it, so the zone's secondaries answer no addresses here"

func TestCheck(t *testing.T) {
	tests := []struct {
		name, rows string
		expected   []string
	}{
		{"nothing wrong", zoneStart, nil},
		{"nothing at all", "", nil},
		{"row that is no record", "a..b A 192.0.2.1\n www.lan A x", []string{
			`bad-row a..b A [1]: name "a..b" has an empty label`, `bad-row www.lan A [2]: record "x" is not an IPv4 address`}},
		{"name that SQL does not find", `\119ww.lan A 192.0.2.1`, []string{
			`unusual-name www.lan. A [1]: the name is written as "\\119ww.lan", so a search for "www.lan" does not find it`}},
		{"case does not matter where the collation is that of the schema", "WWW.lan. A 192.0.2.1", nil},
		{"rows that make the same record", "a.lan A 192.0.2.1\nA.lan. 3600 1 192.0.2.1\na.lan MX 1 b.lan\na.lan MX 1 B.lan.", []string{
			"duplicate a.lan. A [1 2]: 2 rows make the same record, which is answered once",
			"duplicate a.lan. MX [3 4]: 2 rows make the same record, which is answered once"}},
		{"TTLs that differ", "a.lan 60 A 192.0.2.1\na.lan 30 A 192.0.2.2\na.lan A 192.0.2.3\na.lan 7 TXT x", []string{
			"ttls-differ a.lan. A [1 2 3]: the TTLs of its A rows differ; all are answered with the least, 30"}},
		{"signatures have the TTL of what they cover", "a.lan 300 RRSIG A 13 2 300 20370101000000 20260101000000 1 lan AAAA\n" +
			"a.lan 0 RRSIG NSEC3PARAM 13 2 0 20370101000000 20260101000000 1 lan AAAA", nil},
		{"ALIAS", zoneStart + "example ALIAS www.example\nwww.example A 192.0.2.1\na.example ALIAS none.example\nb.example ALIAS c.example\nc.example TXT x\n" +
			"d.example ALIAS www.sub.example\nsub.example NS ns.lan\ne.example ALIAS elsewhere.test\ne.example ALIAS www.example\nf.lan ALIAS 192.0.2.1\nexample MX 1 example", []string{
			`bad-row f.lan ALIAS [13]: record "192.0.2.1" is an address, and an ALIAS names what has the addresses`,
			"more-than-one e.example. ALIAS [12 11]: it has 2 ALIAS records, of which one is answered",
			"missing-target a.example. ALIAS [6]: the target of its ALIAS, none.example., has no records",
			"target-without-address b.example. ALIAS [7]: the target of its ALIAS, c.example., has no A or AAAA record",
			"target-without-address d.example. ALIAS [9]: the target of its ALIAS, www.sub.example., is delegated to other servers, so questions for its addresses fail",
			"not-transferred example. ALIAS [4]: " + notTransferred, "not-transferred a.example. ALIAS [6]: " + notTransferred,
			"not-transferred b.example. ALIAS [7]: " + notTransferred, "not-transferred d.example. ALIAS [9]: " + notTransferred,
			"not-transferred e.example. ALIAS [12 11]: " + notTransferred}},
		{"several records where one may be", zoneStart + "example SOA ns.example host.example 2 2 3 4 5\na.lan CNAME b.lan\na.lan CNAME c.lan\nd.lan DNAME b.lan\nd.lan DNAME c.lan", []string{
			"more-than-one example. SOA [1 4]: it has 2 SOA records, of which one is answered",
			"more-than-one a.lan. CNAME [5 6]: it has 2 CNAME records, of which one is answered",
			"more-than-one d.lan. DNAME [7 8]: it has 2 DNAME records, of which one is answered"}},
		{"CNAME beside other data", "a.lan CNAME b.lan\na.lan A 192.0.2.1\na.lan TXT x\na.lan NSEC b.lan A", []string{
			"beside-cname a.lan.  [1]: it has a CNAME and A, TXT; the CNAME is answered where nothing else fits"}},
		{"CNAME beside what may be there", "a.lan CNAME b.lan\na.lan NSEC b.lan CNAME", nil},
		{"zone without name servers", "example SOA ns.lan host.lan 1 2 3 4 5", []string{
			"zone-without-ns example. SOA [1]: the zone has no NS records at its apex, so it cannot be delegated or transferred"}},

		{"delegation with glue", zoneStart + "sub.example NS ns.sub.example\nns.sub.example A 192.0.2.2\nsub.example DS 1 13 2 00", nil},
		{"delegation to a server at the cut", zoneStart + "sub.example NS sub.example\nsub.example AAAA ::1", nil},
		{"delegation without glue", zoneStart + "sub.example NS ns.sub.example", []string{
			"missing-glue sub.example. NS [4]: its name server ns.sub.example. is in the zone that it serves and has no address here, so nobody can reach it"}},
		{"delegation to a server in a sibling", zoneStart + "sub.example NS ns.b.example\nb.example NS ns.b.example\nns.b.example A 192.0.2.2", nil},
		{"delegation to a server elsewhere", zoneStart + "sub.example NS ns.elsewhere", nil},
		{"delegation to a child in the table", zoneStart + "sub.example NS ns.sub.example\nns.sub.example A 192.0.2.2\nsub.example SOA ns.sub.example h.example 1 2 3 4 5\nwww.sub.example A 192.0.2.3", nil},

		{"targets that exist", zoneStart + "a.example CNAME ns.example\nb.example MX 1 ns.example\n_s.example SRV 1 2 3 ns.example", nil},
		{"targets elsewhere", zoneStart + "a.example CNAME b.lan\nexample MX 1 b.lan\nexample NS b.lan", nil},
		{"targets that say that there is nothing", zoneStart + "example MX 0 .\n_s.example SRV 0 0 0 .", nil},
		{"targets that do not exist", zoneStart + "a.example CNAME zz.example\nb.example MX 1 aa.example\n_s.example SRV 1 2 3 nn.example\nexample NS no.example\nloose.lan CNAME gone.example", []string{
			"missing-target example. NS [7]: the target of its NS, no.example., has no records",
			"missing-target _s.example. SRV [6]: the target of its SRV, nn.example., has no records",
			"missing-target a.example. CNAME [4]: the target of its CNAME, zz.example., has no records",
			"missing-target b.example. MX [5]: the target of its MX, aa.example., has no records",
			"missing-target loose.lan. CNAME [8]: the target of its CNAME, gone.example., has no records"}},
		{"target that is an empty non-terminal", zoneStart + "a.example CNAME b.example\nx.b.example A 192.0.2.1", []string{
			"missing-target a.example. CNAME [4]: the target of its CNAME, b.example., has no records"}},
		{"target without an address", zoneStart + "example MX 1 a.example\na.example TXT x\nc.example CNAME a.example", []string{
			"target-without-address example. MX [4]: the target of its MX, a.example., has no A or AAAA record"}},
		{"target that a wildcard makes", zoneStart + "example MX 1 a.w.example\n*.w.example A 192.0.2.1", nil},
		{"target that a wildcard far above makes", zoneStart + "example MX 1 a.b.c.example\n*.example A 192.0.2.1", nil},
		{"wildcard without an address", zoneStart + "example MX 1 a.w.example\n*.w.example TXT x", []string{
			"target-without-address example. MX [4]: the target of its MX, a.w.example., has no A or AAAA record"}},
		{"wildcard that is an alias", zoneStart + "example MX 1 a.w.example\n*.w.example CNAME ns.example", []string{
			"target-is-alias example. MX [4]: the target of its MX, a.w.example., is an alias by a wildcard"}},
		{"wildcard blocked by a name before", zoneStart + "example MX 1 b.m.example\na.m.example A 192.0.2.1\n*.example A 192.0.2.1", []string{
			"missing-target example. MX [4]: the target of its MX, b.m.example., has no records"}},
		{"wildcard blocked by a name behind", zoneStart + "example MX 1 a.m.example\nb.m.example A 192.0.2.1\n*.example A 192.0.2.1", []string{
			"missing-target example. MX [4]: the target of its MX, a.m.example., has no records"}},
		{"wildcard that comes after its name in the order", zoneStart + `example MX 1 \032a.w.example` + "\n*.w.example A 192.0.2.1", nil},
		{"wildcard is the target itself", zoneStart + "example MX 1 *.w.example\n*.w.example A 192.0.2.1", nil},
		{"target that is an alias", zoneStart + "example MX 1 a.example\na.example CNAME ns.example\nb.example CNAME a.example\nexample NS a.example\n_s.example SRV 1 2 3 a.example", []string{
			"target-is-alias example. NS [7]: the target of its NS, a.example., is an alias",
			"target-is-alias example. MX [4]: the target of its MX, a.example., is an alias",
			"target-is-alias _s.example. SRV [8]: the target of its SRV, a.example., is an alias"}},
		{"target that is a loose alias", "a.lan MX 1 b.lan\nb.lan CNAME c.lan", []string{"target-is-alias a.lan. MX [1]: the target of its MX, b.lan., is an alias"}},
		{"target below a DNAME", zoneStart + "d.example DNAME lan\nexample MX 1 a.d.example\nb.example CNAME a.d.example", []string{
			"target-is-alias example. MX [5]: the target of its MX, a.d.example., is below a DNAME, and so an alias"}},
		{"target in a child of the table", zoneStart + "sub.example SOA a.lan b.lan 1 2 3 4 5\nsub.example NS a.lan\nexample MX 1 gone.sub.example\nexample MX 1 ok.sub.example\nok.sub.example A 192.0.2.1", []string{
			"missing-target example. MX [6]: the target of its MX, gone.sub.example., has no records"}},
		{"target in a child elsewhere", zoneStart + "sub.example NS a.lan\nexample MX 1 any.sub.example", nil},

		{"hidden by a delegation", zoneStart + "sub.example NS ns.lan\nsub.example TXT x\nwww.sub.example TXT y\nwww.sub.example A 192.0.2.1\nx.sub.example NS deeper.lan", []string{
			"hidden-by-delegation sub.example. TXT [5]: TXT is never answered: sub.example. is delegated to other servers",
			"hidden-by-delegation www.sub.example. TXT [6]: TXT is never answered: sub.example. is delegated to other servers",
			"hidden-by-delegation www.sub.example. A [7]: A is never answered: sub.example. is delegated to other servers",
			"hidden-by-delegation x.sub.example. NS [8]: NS is never answered: sub.example. is delegated to other servers"}},
		{"hidden by a DNAME", zoneStart + "d.example DNAME lan\nd.example A 192.0.2.1\nx.d.example A 192.0.2.1\nx.d.example TXT y", []string{
			"hidden-by-dname x.d.example.  [6 7]: A, TXT is never answered: the DNAME at d.example. takes its place"}},
		{"hidden by a loose DNAME", "d.lan DNAME x\ny.d.lan A 192.0.2.1", []string{
			"hidden-by-dname y.d.lan. A [2]: A is never answered: the DNAME at d.lan. takes its place"}},
		{"loose names have no cuts", "lan NS ns.lan\nwww.lan A 192.0.2.1", nil},
		{"zone below a DNAME is not hidden", zoneStart + "d.example DNAME lan\nz.d.example SOA a.lan b.lan 1 2 3 4 5\nz.d.example NS a.lan", nil},
		{"the root as a zone", ". SOA a. b. 1 2 3 4 5\n. NS a.\na. A 192.0.2.1\nx. CNAME gone.y.", []string{
			"missing-target x. CNAME [4]: the target of its CNAME, gone.y., has no records"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := findings(t, test.rows)
			if !slices.Equal(got, test.expected) {
				t.Errorf("got\n  %s\nexpected\n  %s", strings.Join(got, "\n  "), strings.Join(test.expected, "\n  "))
			}
		})
	}
}

func TestCheckNamesFewRowsAndCountsAll(t *testing.T) {
	c := New(60, false)
	defer c.Close()
	for id := range uint64(30) {
		if err := c.Row(&record.Row{ID: id + 1, Name: "a.lan", Type: "A", Record: "192.0.2.1"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Finish(t.Context(), func(int64) {}); err != nil {
		t.Fatal(err)
	}
	_ = c.Each(func(f *Finding) error {
		if f.Count != 30 || len(f.Rows) != mostRows {
			t.Errorf("%d rows named of %d", len(f.Rows), f.Count)
		}
		return nil
	})
	if c.Count(Duplicate) != 1 || c.Rows != 30 {
		t.Errorf("%d duplicates of %d rows", c.Count(Duplicate), c.Rows)
	}
}

func TestCheckUnderACollationThatTellsCase(t *testing.T) {
	c := New(60, true)
	defer c.Close()
	if err := c.Row(&record.Row{Name: "WWW.lan", Type: "A", Record: "192.0.2.1"}); err != nil {
		t.Fatal(err)
	}
	if c.Count(UnusualName) != 1 {
		t.Error("WWW.lan is not found as www.lan")
	}
}

func TestCheckEndsWithItsContext(t *testing.T) {
	c := New(60, false)
	defer c.Close()
	for i := range 3000 {
		if err := c.Row(&record.Row{Name: fmt.Sprintf("h%d.lan", i), Type: "A", Record: "192.0.2.1"}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := c.Finish(ctx, func(int64) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
