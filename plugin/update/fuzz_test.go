package update

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/record"

	"github.com/miekg/dns"
)

// Whatever comes: a key changes only what its rules cover, the zone keeps its SOA and NS, what is written are rows that can be read, and a message that
// is refused changes nothing.
func FuzzMessage(f *testing.F) {
	for _, lines := range [][]string{
		{"prereq nxdomain www.example.org", "add www.example.org 60 A 192.0.2.1", "add www.example.org 60 TXT one"},
		{"prereq yxrrset a.example.org TXT one", "delete a.example.org", "delete example.org", "delete example.org NS ns.example.org."},
		{"prereq yxrrset sub.example.org NS", "delete sub.example.org DS", "add sub.example.org 60 DS 1 13 2 AA"},
		{"delete a.example.org TXT one", "add a.example.org 60 CNAME b.example.org.", "add example.org 60 SOA a. b. 9 1 1 1 60"},
		{`add b.example.org 60 TYPE65280 \# 2 abcd`, "add *.example.org 60 MX 10 mail.example.org.", "delete a.example.org TXT"},
	} {
		wire, err := parseMessage(f, "example.org", lines...).Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(wire)
	}
	rights := Policy{
		{Key: "key.", Name: "example.org.", Below: true},
		{Key: "key.", Name: "sub.example.org.", Types: []uint16{dns.TypeDS}},
		{Key: "key.", Name: "example.org.", Types: []uint16{dns.TypeSOA, dns.TypeNS, dns.TypeMX}},
	}
	before := parseTable(f, soa, ns, "a.example.org - TXT one", "A.example.org 60 TXT one", "sub.example.org 60 SOA a. b. 3 1 1 1 60",
		"sub.example.org 60 NS ns.example.net.", "sub.example.org 60 DS 1 13 2 AA", "www.sub.example.org 60 A 192.0.2.1")
	f.Fuzz(func(t *testing.T, wire []byte) {
		m := new(dns.Msg)
		if m.Unpack(wire) != nil {
			return
		}
		rows := before.copy() // parsing costs more than all that is tested
		c, rcode, err := carryOut(m, rights, rows)
		if err != nil {
			t.Fatal(err)
		}
		if rcode == dns.RcodeSuccess {
			wantSound(t, c, rights, rows)
		} else if !rows.same(before) {
			t.Errorf("refused with %s, and rows changed", dns.RcodeToString[rcode])
		}
	})
}

// copy returns rows that change without those of t.
func (t table) copy() table {
	all := make(table, len(t))
	for id, r := range t {
		all[id] = &row{r.name, r.ttl, dns.Copy(r.rr)}
	}
	return all
}

// same reports whether other is the same rows.
func (t table) same(other table) bool {
	return maps.EqualFunc(t, other, func(a, b *row) bool {
		return a.name == b.name && a.ttl == b.ttl && a.rr.Header().Ttl == b.rr.Header().Ttl && dns.IsDuplicate(a.rr, b.rr)
	})
}

func wantSound(t *testing.T, c *Changes, rights Policy, rows table) {
	t.Helper()
	touched := func(rr dns.RR) {
		if h := rr.Header(); !rights.allow(h.Name, h.Rrtype) || strings.HasSuffix(h.Name, ".sub.example.org.") {
			t.Errorf("changed what no rule allows: %s", rr)
		}
	}
	for _, r := range slices.Concat(c.Delete, c.SetTTL) {
		touched(r.RR)
	}
	for _, rr := range c.Insert {
		touched(rr)
		if _, err := record.Format(rr); err != nil {
			t.Errorf("no row can hold %s: %v", rr, err)
		}
	}
	var apexes, servers int
	for _, r := range rows.At("example.org.") {
		switch r.RR.Header().Rrtype {
		case dns.TypeSOA:
			apexes++
		case dns.TypeNS:
			servers++
		case dns.TypeCNAME:
			t.Error("an alias at the apex")
		}
	}
	if apexes != 1 || servers == 0 {
		t.Errorf("the zone has %d SOA and %d NS", apexes, servers)
	}
	if c.Any() && c.Serial == 0 {
		t.Error("the serial did not move")
	}
}
