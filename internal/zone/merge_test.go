package zone

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/internal/order"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

func key(t *testing.T, name string) wire.Key {
	t.Helper()
	k, err := wire.ParseKey(name)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// sorted sorts records, one a line, with IDs from 1. "NAME bad" is a row that is no record.
func sorted(t *testing.T, text string) *order.Reader {
	t.Helper()
	s := order.NewSorter(order.Memory)
	t.Cleanup(func() { s.Close() })
	id := uint64(0)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		id++
		if name, isBad := strings.CutSuffix(line, " bad"); isBad {
			if err := s.AddItem(&order.Item{Owner: key(t, name), Type: Bad, ID: id}); err != nil {
				t.Fatal(err)
			}
			continue
		}
		rr, err := dns.NewRR(line)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Add(rr, id); err != nil {
			t.Fatal(err)
		}
	}
	return s.Read()
}

const (
	soa   = "example. 60 SOA a. b. 1 2 3 4 5\n"
	child = "sub.example. 60 SOA a. b. 9 2 3 4 5\nsub.example. 60 NS ns.sub.example.\nns.sub.example. 60 A 192.0.2.53\nwww.sub.example. 60 A 192.0.2.5\n"
)

var words = map[Change]string{Add: "add", Remove: "remove", Keep: "keep", KeepTTL: "keep-ttl", Leave: "leave"}

func TestMerge(t *testing.T) {
	tests := []struct {
		name         string
		merger       Merger
		wanted, rows string
		expected     []string // "CHANGE OWNER TYPE ID"
	}{
		{"all new", Merger{Apex: true}, soa + "a.example. 60 A 192.0.2.1", "", []string{"add example. SOA 1", "add a.example. A 2"}},
		{"what is there is not added again", Merger{Apex: true}, soa + "a.example. 60 MX 1 B.example.\na.example. 60 MX 2 b.example.", soa + "A.example. 60 MX 1 b.example.", []string{
			"keep example. SOA 1", "keep a.example. MX 2", "add a.example. MX 3"}},
		{"rows before and behind what is wanted", Merger{Anywhere: true}, "b. 60 A 192.0.2.1\nd. 60 A 192.0.2.1", "a. 60 A 192.0.2.1\nb. 60 A 192.0.2.1\nc. 60 A 192.0.2.1", []string{
			"keep b. A 1", "add d. A 2"}},
		{"what is there too much stays", Merger{Apex: true}, soa, soa + "a.example. 60 A 192.0.2.1\nb.example. bad", []string{"keep example. SOA 1"}},
		{"what is there too much goes away", Merger{Apex: true, Replace: true}, soa, soa + "a.example. 60 A 192.0.2.1\nb.example. bad", []string{
			"keep example. SOA 1", "remove a.example. A 2", "remove b.example. None 3"}},
		{"another TTL is not taken over", Merger{Apex: true}, soa + "a.example. 5 A 192.0.2.1", soa + "a.example. 60 A 192.0.2.1", []string{
			"keep example. SOA 1", "keep-ttl a.example. A 2"}},
		{"another TTL is taken over", Merger{Apex: true, Replace: true}, soa + "a.example. 5 A 192.0.2.1", soa + "a.example. 60 A 192.0.2.1", []string{
			"keep example. SOA 1", "remove a.example. A 2", "add a.example. A 2"}},
		{"another SOA", Merger{Apex: true, Replace: true}, "example. 60 SOA a. b. 2 2 3 4 5", soa, []string{"remove example. SOA 1", "add example. SOA 1"}},
		{"duplicates in the file", Merger{Apex: true}, soa + "a.example. 5 A 192.0.2.1\na.example. 6 A 192.0.2.1", "", []string{"add example. SOA 1", "add a.example. A 2"}},
		{"duplicates in the table stay", Merger{Apex: true}, soa + "a.example. 5 A 192.0.2.1", soa + "a.example. 5 A 192.0.2.1\na.example. 5 A 192.0.2.1", []string{
			"keep example. SOA 1", "keep a.example. A 2"}},
		{"duplicates in the table go away", Merger{Apex: true, Replace: true}, soa + "a.example. 5 A 192.0.2.1", soa + "a.example. 9 A 192.0.2.1\na.example. 5 A 192.0.2.1\na.example. 5 A 192.0.2.1", []string{
			"keep example. SOA 1", "keep a.example. A 2", "remove a.example. A 2", "remove a.example. A 4"}},

		{"child zone of the table stays", Merger{Apex: true, Replace: true}, soa, soa + child, []string{"keep example. SOA 1"}},
		{"child zone of the table is not added to", Merger{Apex: true, Replace: true}, soa + "sub.example. 60 NS other.\nns.sub.example. 60 A 192.0.2.9\nx.sub.example. 60 A 192.0.2.9", soa + child, []string{
			"keep example. SOA 1", "leave sub.example. NS 2", "leave ns.sub.example. A 3", "leave x.sub.example. A 4"}},
		{"DS of a child zone is the parent's", Merger{Apex: true, Replace: true}, soa + "sub.example. 60 DS 1 13 2 01", soa + child + "sub.example. 60 DS 1 13 2 02", []string{
			"keep example. SOA 1", "remove sub.example. DS 6", "add sub.example. DS 2"}},
		{"DS at the apex is not the zone's", Merger{Apex: true, Replace: true}, soa + "example. 60 DS 1 13 2 01", soa + "example. 60 DS 1 13 2 02", []string{
			"keep example. SOA 1", "leave example. DS 2"}},
		{"delegation to elsewhere is the zone's", Merger{Apex: true, Replace: true}, soa, soa + "sub.example. 60 NS ns.sub.example.\nns.sub.example. 60 A 192.0.2.1", []string{
			"keep example. SOA 1", "remove sub.example. NS 2", "remove ns.sub.example. A 3"}},
		{"name behind a child zone", Merger{Apex: true, Replace: true}, soa, soa + child + "subx.example. 60 A 192.0.2.1", []string{"keep example. SOA 1", "remove subx.example. A 6"}},
		{"grandchild is no concern", Merger{Apex: true, Replace: true}, soa, soa + child + "x.sub.example. 60 SOA a. b. 1 2 3 4 5\ny.x.sub.example. 60 A 192.0.2.1\nz.sub.example. 60 A 192.0.2.1", []string{"keep example. SOA 1"}},

		{"records anywhere are added where they are", Merger{Anywhere: true}, "x.sub.example. 60 A 192.0.2.9\nfoo.lan. 60 A 192.0.2.1", soa + child, []string{
			"add x.sub.example. A 1", "add foo.lan. A 2"}},
		{"origin without a SOA", Merger{Replace: true}, "a.example. 60 A 192.0.2.1\nexample. 60 DS 1 13 2 01", "b.example. 60 A 192.0.2.1\n" + child, []string{
			"add example. DS 2", "add a.example. A 1", "remove b.example. A 1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !test.merger.Anywhere {
				test.merger.Origin = key(t, "example.")
			}
			var got []string
			err := test.merger.Merge(sorted(t, test.wanted), sorted(t, test.rows), func(c Change, i *order.Item) error {
				got = append(got, fmt.Sprintf("%s %s %s %d", words[c], i.Owner.Name(), dns.Type(i.Type), i.ID))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, test.expected) {
				t.Errorf("got\n  %s\nexpected\n  %s", strings.Join(got, "\n  "), strings.Join(test.expected, "\n  "))
			}
		})
	}
}

func TestMergeRefusesWhatDoesNotGoTogether(t *testing.T) {
	tests := []struct {
		name         string
		replace      bool
		wanted, rows string
		expected     string
	}{
		{"two CNAMEs", false, "a. 60 CNAME b.\na. 60 CNAME c.", "", "2 beside record 1: a. may have one CNAME only"},
		{"two SOAs", false, "a. 60 SOA b. c. 1 2 3 4 5\na. 60 SOA b. c. 2 2 3 4 5", "", "2 beside record 1: a. may have one SOA only"},
		{"CNAME and data", false, "a. 60 A 192.0.2.1\na. 60 CNAME b.", "", "1 beside record 2: a. may not have a CNAME and a A"},
		{"CNAME beside a row", false, "a. 60 CNAME b.", "a. 60 TXT x", "1 beside row 1: a. may not have a CNAME and a TXT"},
		{"data beside a row with a CNAME", false, "a. 60 TXT x", "a. 60 CNAME b.", "1 beside row 1: a. may not have a CNAME and a TXT"},
		{"another DNAME than that of a row", false, "a. 60 DNAME b.", "a. 60 DNAME c.", "1 beside row 1: a. may have one DNAME only"},
		{"the row goes away", true, "a. 60 CNAME b.", "a. 60 TXT x\na. 60 CNAME c.", ""},
		{"the mistake is the table's", false, "b. 60 A 192.0.2.1", "a. 60 TXT x\na. 60 CNAME c.", ""},
		{"CNAME beside what may be there", false, "a. 60 CNAME b.\na. 60 NSEC b. CNAME", "", ""},
		{"CNAME beside a row that is no record", false, "a. 60 CNAME b.", "a. bad", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := Merger{Anywhere: true, Replace: test.replace}
			err := m.Merge(sorted(t, test.wanted), sorted(t, test.rows), func(Change, *order.Item) error { return nil })
			got := ""
			var c *Conflict
			if errors.As(err, &c) {
				got = fmt.Sprintf("%d beside %s %d: %v", c.Record.ID, map[bool]string{true: "row", false: "record"}[c.InTable], c.Beside.ID, c)
			}
			if got != test.expected {
				t.Errorf("got %q, expected %q", got, test.expected)
			}
		})
	}
}

func TestScopeKeepsTheDelegationOfAChild(t *testing.T) {
	r := sorted(t, soa+child+"sub.example. 60 DS 1 13 2 02\nsub.example. 60 TXT x\nother.sub.example. 60 A 192.0.2.1\nns.sub.example. 60 TXT y")
	s := NewScope(key(t, "example."), true)
	var got []string
	for first := wire.Key("none"); r.Next(); {
		i := r.Item()
		if !i.Owner.Equal(first) {
			first = append(wire.Key{}, i.Owner...)
			s.Enter(i.Owner, i.Type == dns.TypeSOA)
		}
		if part := s.Part(i); part != Foreign {
			got = append(got, fmt.Sprint(i.Owner.Name(), " ", dns.Type(i.Type), " ", part))
		}
	}
	expected := []string{"example. SOA 0", "sub.example. NS 1", "sub.example. DS 0", "ns.sub.example. A 1"}
	if !slices.Equal(got, expected) {
		t.Errorf("got %q", got)
	}
}
