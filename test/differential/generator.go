package differential

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// Random returns the i-th random table of a seed: a zone and perhaps zones below it, with few labels, so that wildcards,
// cuts, DNAMEs, aliases, empty non-terminals and zones meet.
func Random(seed uint64, i int) Table {
	g := &generator{
		Rand:  rand.New(rand.NewPCG(seed, uint64(i))),
		apex:  fmt.Sprintf("z%05d.test.", i),
		kinds: map[string]kind{},
		hides: map[string]bool{},
		ttls:  map[rrset]uint32{},
	}
	g.place()
	g.fill()
	return Table{Name: strings.TrimSuffix(g.apex, "."), Origin: g.apex, Records: g.records}
}

// kind is what stands at an owner name.
type kind int

const (
	data kind = iota
	alias
	redirection // a DNAME
	cut
	apex
)

type rrset struct {
	owner  string
	rrtype uint16
}

// generator makes one table: first which names there are and what kind of thing stands at each, then the records.
type generator struct {
	*rand.Rand
	apex    string
	owners  []string // in lower case, in the order of their making
	kinds   map[string]kind
	hides   map[string]bool // names with a DNAME
	ttls    map[rrset]uint32
	records []dns.RR
}

const maxDepth = 5 // labels below the apex

var labels = []string{"a", "a", "a", "b", "b", "b", "c", "c", "*", "*", "*", "ns"}

// place chooses the names.
func (g *generator) place() {
	g.add(g.apex, apex)
	for range 2 + g.IntN(14) {
		base := g.apex
		if g.IntN(5) < 3 {
			base = g.owner()
		}
		name := base
		for range 1 + g.IntN(2) {
			name = pick(g, labels) + "." + name
		}
		if dns.CountLabel(name) > dns.CountLabel(g.apex)+maxDepth {
			continue
		}
		g.add(name, g.kind(name))
	}
}

func (g *generator) add(name string, k kind) {
	if _, ok := g.kinds[name]; !ok {
		g.owners = append(g.owners, name)
		g.kinds[name] = k
		g.hides[name] = k == redirection || k == apex && g.lowest(name) && g.IntN(12) == 0
	}
}

// kind picks what stands at a name. BIND refuses a cut at a wildcard, NSD a zone below a DNAME.
func (g *generator) kind(name string) kind {
	n := g.IntN(20)
	switch {
	case n < 5:
		return alias
	case n < 7 && g.lowest(name):
		return redirection
	case n < 10 && !strings.HasPrefix(name, "*"):
		return cut
	case n < 12 && !strings.HasPrefix(name, "*") && !g.hidden(name):
		return apex
	}
	return data
}

// lowest reports whether no zone begins below name.
func (g *generator) lowest(name string) bool {
	return !slices.ContainsFunc(g.owners, func(owner string) bool {
		return owner != name && g.kinds[owner] == apex && dns.IsSubDomain(name, owner)
	})
}

// hidden reports whether a DNAME is above name.
func (g *generator) hidden(name string) bool {
	for name != g.apex {
		if name = parentOf(name); g.hides[name] {
			return true
		}
	}
	return false
}

// fill makes the records.
func (g *generator) fill() {
	for _, name := range slices.Clone(g.owners) {
		switch g.kinds[name] {
		case alias:
			g.record(name, dns.TypeCNAME, &dns.CNAME{Target: g.elsewhere(name)})
		case redirection:
			g.record(name, dns.TypeDNAME, &dns.DNAME{Target: g.elsewhere(name)})
			if g.IntN(3) == 0 {
				g.data(name)
			}
		case cut:
			g.delegate(name)
			if g.IntN(4) == 0 {
				g.data(name)
			}
		case apex:
			g.begin(name)
		default:
			g.data(name)
		}
	}
}

// begin makes the apex of a zone.
func (g *generator) begin(name string) {
	g.record(name, dns.TypeSOA, &dns.SOA{
		Ns: "ns.example.", Mbox: "hostmaster.example.", Serial: 1, Refresh: 3600, Retry: 600, Expire: 86400,
		Minttl: pick(g, []uint32{30, 300, 3600}),
	})
	g.delegate(name)
	if g.IntN(2) == 0 {
		g.data(name)
	}
	if g.hides[name] {
		g.record(name, dns.TypeDNAME, &dns.DNAME{Target: g.elsewhere(name)})
	}
}

// delegate makes the NS records of a cut or an apex, perhaps with addresses for them, and perhaps a DS.
func (g *generator) delegate(name string) {
	for range 1 + g.IntN(2) {
		target := g.server(name)
		g.record(name, dns.TypeNS, &dns.NS{Ns: target})
		if dns.IsSubDomain(g.apex, target) && (g.kinds[name] == apex || g.IntN(5) > 0) {
			g.address(target)
		}
	}
	if name != g.apex && g.IntN(3) == 0 {
		g.record(name, dns.TypeDS, &dns.DS{KeyTag: uint16(g.IntN(3)), Algorithm: 13, DigestType: 2, Digest: strings.Repeat("ab", 32)})
	}
}

// server picks the name of a name server for a zone: out of all zones, in the domain, in the parent, or beside.
func (g *generator) server(zone string) string {
	for range 10 {
		target := "ns.example."
		switch g.IntN(6) {
		case 0:
		case 1, 2:
			target = "ns." + zone
		case 3:
			target = "ns." + g.apex
		case 4:
			target = "ns." + g.owner()
		case 5:
			target = g.owner()
		}
		if g.serves(target, zone) {
			return target
		}
	}
	return "ns.example."
}

// serves reports whether the references accept target as a name server: it is no alias, and hidden by no DNAME. The name servers of an
// apex must have an address, which BIND finds only outside of cuts.
func (g *generator) serves(target, zone string) bool {
	if !dns.IsSubDomain(g.apex, target) {
		return true
	}
	if k, ok := g.kinds[target]; ok && k != data || strings.HasPrefix(target, "*") {
		return false
	}
	for name := parentOf(target); dns.IsSubDomain(g.apex, name); name = parentOf(name) {
		switch k := g.kinds[name]; {
		case g.hides[name]:
			return false
		case g.kinds[zone] == apex && name != zone && (k == cut || k == apex) && dns.IsSubDomain(zone, name):
			return false
		}
	}
	return true
}

// data makes one to three RRsets that are neither aliases nor cuts.
func (g *generator) data(name string) {
	for range 1 + g.IntN(3) {
		switch g.IntN(8) {
		case 0, 1, 2:
			g.address(name)
		case 3:
			g.record(name, dns.TypeAAAA, &dns.AAAA{AAAA: netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 15: byte(g.IntN(4))}).AsSlice()})
		case 4:
			g.record(name, dns.TypeTXT, &dns.TXT{Txt: []string{pick(g, []string{"one", "two", "Three", "with space"})}})
		case 5:
			g.record(name, dns.TypeMX, &dns.MX{Preference: uint16(g.IntN(3)), Mx: g.target()})
		case 6:
			g.record(name, dns.TypeSRV, &dns.SRV{Port: 53, Target: g.target()})
		case 7:
			g.record(name, 65280, &dns.RFC3597{Rdata: "c0ffee"})
		}
	}
}

func (g *generator) address(name string) {
	for range 1 + g.IntN(2) {
		g.record(name, dns.TypeA, &dns.A{A: netip.AddrFrom4([4]byte{192, 0, 2, byte(g.IntN(8))}).AsSlice()})
	}
}

// record adds rr at name, unless the same is there. An RRset has one TTL; letters have any case.
func (g *generator) record(name string, rrtype uint16, rr dns.RR) {
	h := rr.Header()
	set := rrset{name, rrtype}
	ttl, ok := g.ttls[set]
	if !ok {
		ttl = pick(g, []uint32{60, 300, 3600})
		g.ttls[set] = ttl
	}
	*h = dns.RR_Header{Name: name, Rrtype: rrtype, Class: dns.ClassINET, Ttl: ttl}
	if slices.ContainsFunc(g.records, func(other dns.RR) bool { return dns.IsDuplicate(rr, other) }) {
		return
	}
	if g.IntN(8) == 0 {
		h.Name = g.scramble(name)
	}
	g.records = append(g.records, rr)
}

// owner picks a name that exists.
func (g *generator) owner() string { return pick(g, g.owners) }

// target picks where an alias or a mail exchanger points to: a name that exists, one below or beside it, one of other
// people, one of nobody.
func (g *generator) target() string {
	name := g.owner()
	switch n := g.IntN(20); {
	case n < 10:
	case n < 14:
		name = pick(g, labels[:8]) + "." + name
	case n < 15:
		name = pick(g, labels) + "." + pick(g, labels) + "." + name
	case n < 17:
		name = pick(g, labels) + "." + parentOf(name)
	case n < 18:
		name = "nowhere." + g.apex
	case n < 19:
		name = "www.example."
	default:
		name = parentOf(name)
	}
	if g.IntN(8) == 0 {
		name = g.scramble(name)
	}
	return name
}

// elsewhere picks a target which, mostly, is not at or below name: an alias that leads back to itself has been seen soon.
func (g *generator) elsewhere(name string) string {
	target := g.target()
	for dns.IsSubDomain(name, target) && g.IntN(20) > 0 {
		target = g.target()
	}
	return target
}

// scramble changes the case of some letters (0x20).
func (g *generator) scramble(name string) string {
	b := []byte(name)
	for i, c := range b {
		if c >= 'a' && c <= 'z' && g.IntN(2) == 0 {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }
