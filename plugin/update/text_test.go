package update

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/record"

	"github.com/miekg/dns"
)

// defaultTTL is for rows whose ttl is "-", which stands for NULL.
const defaultTTL = 3600

// table is rows, numbered from 1, written as "name ttl type record".
type table map[uint64]*row

type row struct {
	name, ttl string
	rr        dns.RR
}

func parseTable(t testing.TB, rows ...string) table {
	t.Helper()
	all := table{}
	for i, text := range rows {
		f := strings.SplitN(text, " ", 4)
		r := record.Row{Name: f[0], TTL: strings.TrimPrefix(f[1], "-"), Type: f[2], Record: f[3]}
		rr, err := record.Parse(r, defaultTTL)
		if err != nil {
			t.Fatal(err)
		}
		all[uint64(i+1)] = &row{f[0], f[1], rr}
	}
	return all
}

// parseNumbered is parseTable for lines that begin with the number of the row.
func parseNumbered(t testing.TB, lines []string) table {
	t.Helper()
	all := table{}
	for _, line := range lines {
		id, text, _ := strings.Cut(line, " ")
		n, err := strconv.ParseUint(id, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		all[n] = parseTable(t, text)[1]
	}
	return all
}

func (t table) ids() []uint64 { return slices.Sorted(maps.Keys(t)) }

// At implements Table.
func (t table) At(name string) (records []Record) {
	for _, id := range t.ids() {
		if t[id].rr.Header().Name == name {
			records = append(records, Record{id, dns.Copy(t[id].rr)})
		}
	}
	return records
}

// apply does what changes say, as SQL would.
func (t table) apply(c *Changes) error {
	next := uint64(1)
	for id := range t {
		next = max(next, id+1)
	}
	for _, r := range c.Delete {
		if t[r.Row] == nil {
			return fmt.Errorf("row %d is deleted twice or never was", r.Row)
		}
		delete(t, r.Row)
	}
	for _, r := range c.SetTTL {
		if t[r.Row] == nil {
			return fmt.Errorf("row %d has a new TTL and is none", r.Row)
		}
		t[r.Row].ttl = fmt.Sprint(r.RR.Header().Ttl)
		t[r.Row].rr.Header().Ttl = r.RR.Header().Ttl
	}
	for _, r := range c.Rewrite {
		ttl := t[r.Row].rr.Header().Ttl
		t[r.Row].rr = dns.Copy(r.RR)
		t[r.Row].rr.Header().Ttl = ttl
	}
	for _, rr := range c.Insert {
		t[next] = &row{rr.Header().Name, fmt.Sprint(rr.Header().Ttl), dns.Copy(rr)}
		next++
	}
	return nil
}

// lines is the rows as text, each with its number.
func (t table) lines() (lines []string) {
	for _, id := range t.ids() {
		rr := t[id].rr
		lines = append(lines, fmt.Sprintf("%d %s %s %s %s", id, strings.TrimSuffix(t[id].name, "."), t[id].ttl, dns.Type(rr.Header().Rrtype),
			strings.TrimPrefix(rr.String(), rr.Header().String())))
	}
	return lines
}

// parseMessage makes an UPDATE of lines in the words of nsupdate, names always absolute, and sends it through its wire form.
func parseMessage(t testing.TB, zone string, lines ...string) *dns.Msg {
	t.Helper()
	m := new(dns.Msg)
	m.SetUpdate(dns.Fqdn(zone))
	for _, line := range lines {
		if rr := parseLine(t, line); strings.HasPrefix(line, "prereq ") {
			m.Answer = append(m.Answer, rr)
		} else {
			m.Ns = append(m.Ns, rr)
		}
	}
	return overTheWire(t, m)
}

func overTheWire(t testing.TB, m *dns.Msg) *dns.Msg {
	t.Helper()
	wire, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	got := new(dns.Msg)
	if err := got.Unpack(wire); err != nil {
		t.Fatal(err)
	}
	return got
}

func parseLine(t testing.TB, line string) dns.RR {
	t.Helper()
	f := strings.Fields(line)
	rest := func(n int) string { return strings.Join(f[n:], " ") }
	bare := func(name, rrtype string, class uint16) dns.RR {
		return &dns.ANY{Hdr: dns.RR_Header{Name: dns.Fqdn(name), Rrtype: dns.StringToType[rrtype], Class: class}}
	}
	full := func(text string, class uint16) dns.RR {
		rr, err := dns.NewRR(text)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		rr.Header().Class = class
		return rr
	}
	switch {
	case f[0] == "add":
		return full(dns.Fqdn(f[1])+" "+rest(2), dns.ClassINET)
	case f[0] == "delete" && len(f) == 2:
		return bare(f[1], "ANY", dns.ClassANY)
	case f[0] == "delete" && len(f) == 3:
		return bare(f[1], f[2], dns.ClassANY)
	case f[0] == "delete":
		return full(dns.Fqdn(f[1])+" 0 "+rest(2), dns.ClassNONE)
	case f[1] == "yxdomain":
		return bare(f[2], "ANY", dns.ClassANY)
	case f[1] == "nxdomain":
		return bare(f[2], "ANY", dns.ClassNONE)
	case f[1] == "nxrrset":
		return bare(f[2], f[3], dns.ClassNONE)
	case len(f) == 4:
		return bare(f[2], f[3], dns.ClassANY)
	}
	return full(dns.Fqdn(f[2])+" 0 "+rest(3), dns.ClassINET)
}

// everything is the rules of a key that may change all there is.
var everything = func() Policy {
	p := Policy{{Key: "key.", Name: ".", Below: true}, {Key: "key.", Name: ".", Below: true, Types: reserved}}
	return p
}()

const served = 100 // serial of a zone whose SOA row says 0

// carryOut applies a message to a table, and returns the RCODE.
func carryOut(m *dns.Msg, rights Policy, rows table) (*Changes, int, error) {
	u, err := Read(m, rights)
	var c *Changes
	if err == nil {
		c, err = u.Apply(rows, served)
	}
	if err != nil {
		var refusal *Error
		if !errors.As(err, &refusal) {
			return nil, 0, err
		}
		return nil, refusal.Rcode, nil
	}
	return c, dns.RcodeSuccess, rows.apply(c)
}

// step is a message and what becomes of the rows.
type step struct {
	name     string
	rows     []string
	zone     string // "" is example.org
	message  []string
	rcode    int
	expected []string // with the numbers of the rows; nil: as they were
	serial   uint32   // of the changes
}

func (s step) run(t *testing.T) {
	rows := parseTable(t, s.rows...)
	before := rows.lines()
	c, rcode, err := carryOut(parseMessage(t, cmp.Or(s.zone, "example.org"), s.message...), everything, rows)
	if err != nil {
		t.Fatal(err)
	}
	if rcode != s.rcode {
		t.Fatalf("got %s, expected %s", dns.RcodeToString[rcode], dns.RcodeToString[s.rcode])
	}
	expected := before
	if s.expected != nil {
		expected = parseNumbered(t, s.expected).lines()
	}
	if got := rows.lines(); !slices.Equal(got, expected) {
		t.Errorf("got\n  %s\nexpected\n  %s", strings.Join(got, "\n  "), strings.Join(expected, "\n  "))
	}
	if c != nil && c.Serial != s.serial {
		t.Errorf("the serial is %d, expected %d", c.Serial, s.serial)
	}
}
