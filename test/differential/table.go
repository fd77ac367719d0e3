package differential

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// Table is the records of a table that belong together: a zone, and perhaps zones below it.
type Table struct {
	Name    string // of a file, or the apex of a random zone
	Origin  string // at or above every owner name
	Records []dns.RR
}

// Zone is what a server wants to be told about one zone: records at and below the apex, with the parent's side of each cut.
type Zone struct {
	Apex    string // lower case
	Records []dns.RR
}

// ReadTable reads a master file. Each SOA in it begins a zone.
func ReadTable(name string, r io.Reader) (Table, error) {
	t := Table{Name: name}
	p := dns.NewZoneParser(r, ".", name)
	p.SetDefaultTTL(3600)
	for rr, ok := p.Next(); ok; rr, ok = p.Next() {
		t.Records = append(t.Records, rr)
	}
	if err := p.Err(); err != nil {
		return t, err
	}
	zones := t.Zones()
	if len(zones) == 0 {
		return t, fmt.Errorf("%s: no SOA", name)
	}
	t.Origin = zones[0].Apex
	return t, nil
}

// String is the table as a master file.
func (t Table) String() string { return text(t.Records) }

// String is the zone as a master file.
func (z Zone) String() string { return text(z.Records) }

func text(rrs []dns.RR) string {
	var b strings.Builder
	for _, rr := range rrs {
		b.WriteString(line(rr))
		b.WriteByte('\n')
	}
	return b.String()
}

// line is a record as in a master file that Knot reads, too: class IN always has that name.
func line(rr dns.RR) string {
	if _, ok := rr.(*dns.RFC3597); ok {
		return strings.Replace(rr.String(), "\tCLASS1\t", "\tIN\t", 1)
	}
	return rr.String()
}

// Zones cuts the table into zones, the highest apex first. A table holds a name once, while two zones meet at a cut: of the
// records at the apex of a child, the DS go to its parent, the NS to both. The parent gets a copy of the addresses
// that are glue for it, too. What lies below a DNAME belongs to no zone.
func (t Table) Zones() []Zone { return t.split().sorted() }

func (s splitter) sorted() []Zone {
	var zones []Zone
	for _, z := range s {
		zones = append(zones, *z)
	}
	slices.SortFunc(zones, func(a, b Zone) int {
		if n := dns.CountLabel(a.Apex) - dns.CountLabel(b.Apex); n != 0 {
			return n
		}
		return strings.Compare(a.Apex, b.Apex)
	})
	return zones
}

func (t Table) split() splitter {
	s := splitter{}
	for _, rr := range t.Records {
		if apex := lower(rr.Header().Name); rr.Header().Rrtype == dns.TypeSOA && s[apex] == nil {
			s[apex] = &Zone{Apex: apex}
		}
	}
	for _, rr := range t.Records {
		s.place(rr)
	}
	for _, z := range s {
		s.addGlue(z, t.Records)
	}
	for _, z := range s {
		z.prune()
		slices.SortStableFunc(z.Records, soaFirst)
	}
	return s
}

func soaFirst(a, b dns.RR) int {
	rank := func(rr dns.RR) int {
		if rr.Header().Rrtype == dns.TypeSOA {
			return 0
		}
		return 1
	}
	return rank(a) - rank(b)
}

// splitter is the zones of a table by apex.
type splitter map[string]*Zone

func (s splitter) place(rr dns.RR) {
	owner := lower(rr.Header().Name)
	z := s.above(owner)
	if z == nil {
		return
	}
	if z.Apex == owner {
		parent := s.above(parentOf(owner))
		switch t := rr.Header().Rrtype; {
		case parent == nil || owner == ".":
		case t == dns.TypeDS:
			z = parent
		case t == dns.TypeNS:
			parent.Records = append(parent.Records, rr)
		}
	}
	z.Records = append(z.Records, rr)
}

// above returns the zone with the deepest apex at or above name.
func (s splitter) above(name string) *Zone {
	for name != "." {
		if z := s[name]; z != nil {
			return z
		}
		name = parentOf(name)
	}
	return s["."]
}

// addGlue copies the addresses of the name servers that z delegates to, where these lie below z, but in another zone.
func (s splitter) addGlue(z *Zone, all []dns.RR) {
	targets := map[string]bool{}
	for _, rr := range z.Records {
		ns, ok := rr.(*dns.NS)
		if !ok || lower(ns.Hdr.Name) == z.Apex {
			continue
		}
		if target := lower(ns.Ns); dns.IsSubDomain(z.Apex, target) && s.above(target) != z {
			targets[target] = true
		}
	}
	for _, rr := range all {
		if t := rr.Header().Rrtype; (t == dns.TypeA || t == dns.TypeAAAA) && targets[lower(rr.Header().Name)] {
			z.Records = append(z.Records, rr)
		}
	}
}

// prune takes away what lies below a DNAME. It is hidden (RFC 6672, 2.4), and servers refuse a zone which has it.
func (z *Zone) prune() {
	dnames := map[string]bool{}
	for _, rr := range z.Records {
		if rr.Header().Rrtype == dns.TypeDNAME {
			dnames[lower(rr.Header().Name)] = true
		}
	}
	z.Records = slices.DeleteFunc(z.Records, func(rr dns.RR) bool {
		for name := lower(rr.Header().Name); name != z.Apex; {
			if name = parentOf(name); dnames[name] {
				return true
			}
		}
		return false
	})
}

// Row is a row of tb_dns as a user would write it.
type Row struct {
	Name, Type, Class string
	TTL               uint32
	Record            string
}

// Rows writes the records as users do: types by name or by number, names with and without the dot at the end, some records
// twice. Style picks.
func (t Table) Rows(style func(n int) int) []Row {
	rows := make([]Row, 0, len(t.Records))
	for _, rr := range t.Records {
		rows = append(rows, row(rr, style))
		if style(10) == 0 {
			rows = append(rows, row(rr, style))
		}
	}
	return rows
}

func row(rr dns.RR, style func(n int) int) Row {
	h := rr.Header()
	row := Row{Name: h.Name, Type: dns.Type(h.Rrtype).String(), Class: "IN", TTL: h.Ttl, Record: rdata(rr)}
	if style(2) == 0 {
		row.Name = dotless(row.Name)
	}
	switch style(4) {
	case 0:
		row.Type = fmt.Sprint(h.Rrtype)
	case 1:
		row.Type = strings.ToLower(row.Type)
	}
	if style(2) == 0 {
		row.Class = "1"
	}
	switch h.Rrtype {
	case dns.TypeCNAME, dns.TypeDNAME, dns.TypeNS, dns.TypeMX, dns.TypeSRV:
		if style(2) == 0 {
			row.Record = dotless(row.Record)
		}
	}
	return row
}

// dotless cuts off the dot at the end, unless that is all there is of a name, or part of its last label.
func dotless(name string) string {
	if name == "." || strings.HasSuffix(name, " .") || strings.HasSuffix(name, `\.`) {
		return name
	}
	return strings.TrimSuffix(name, ".")
}

// rdata is the record without owner, TTL, class and type.
func rdata(rr dns.RR) string { return strings.SplitN(line(rr), "\t", 5)[4] }

func lower(name string) string { return strings.ToLower(name) }

// parentOf cuts off the first label. The parent of the root is the root.
func parentOf(name string) string {
	off, end := dns.NextLabel(name, 0)
	if end {
		return "."
	}
	return name[off:]
}
