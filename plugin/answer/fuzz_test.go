package answer_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/miekg/dns"
)

// corpus is the tables that questions are put to: two of the RFCs, and those of testdata/tables, each named for what is
// wrong or difficult in it.
func corpus(t testing.TB) map[string][]dns.RR {
	t.Helper()
	tables := map[string][]dns.RR{
		"RFC 1034": records(t, ".", rfc1034Root+rfc1034EDU+rfc1034ISI),
		"RFC 4592": records(t, "example.", rfc4592),
	}
	files, err := filepath.Glob("testdata/tables/*.zone")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tables: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tables[filepath.Base(file)] = records(t, ".", string(text))
	}
	return tables
}

// FuzzAcross puts any question to any table of the corpus; across checks the answer.
func FuzzAcross(f *testing.F) {
	tables := corpus(f)
	var names []string
	for name := range tables {
		names = append(names, name)
	}
	slices.Sort(names)
	var views []*zonedb.View
	for i, name := range names {
		views = append(views, load(f, tables[name]))
		for _, rr := range tables[name] {
			f.Add(byte(i), octets(rr.Header().Name), rr.Header().Rrtype)
			f.Add(byte(i), append([]byte("\x01x"), octets(rr.Header().Name)...), dns.TypeA)
		}
	}
	f.Fuzz(func(t *testing.T, table byte, name []byte, qtype uint16) {
		across(t, views[int(table)%len(views)], unpacked(name), qtype)
	})
}

// TestEveryQuestion asks every table of the corpus for every owner, above, below and beside it, for every type of interest.
func TestEveryQuestion(t *testing.T) {
	types := []uint16{
		dns.TypeA, dns.TypeAAAA, dns.TypeNS, dns.TypeDS, dns.TypeSOA, dns.TypeMX, dns.TypeCNAME, dns.TypeDNAME, dns.TypeTXT,
		dns.TypeSRV, dns.TypeHTTPS, dns.TypeDNSKEY, dns.TypeRRSIG, dns.TypeNSEC, dns.TypeANY, dns.TypeAXFR, dns.TypeOPT, 0, 65280,
	}
	asked := 0
	for name, rrs := range corpus(t) {
		t.Run(name, func(t *testing.T) {
			view := load(t, rrs)
			done := map[string]bool{}
			for _, rr := range rrs {
				for _, qname := range around(rr.Header().Name) {
					if done[qname] {
						continue
					}
					done[qname] = true
					for _, qtype := range types {
						across(t, view, qname, qtype)
						asked++
					}
				}
			}
		})
	}
	t.Logf("%d questions", asked)
}

// around is a name and those above, below and beside it.
func around(name string) []string {
	beside := name
	if off, end := dns.NextLabel(name, 0); !end {
		beside = name[off:]
	}
	var names []string
	for _, candidate := range []string{
		name, beside, "x." + name, "*." + name, "x.y." + name, "*.*." + name, "x." + beside, "*." + beside, name + name,
	} {
		candidate = strings.ReplaceAll(candidate, "..", ".")
		if candidate != "." {
			candidate = strings.TrimPrefix(candidate, ".")
		}
		var wire [255]byte
		if _, err := dns.PackDomainName(candidate, wire[:], 0, nil, false); err == nil {
			names = append(names, unpacked(wire[:]))
		}
	}
	return names
}

// octets is a name as a message has it.
func octets(name string) []byte {
	var wire [255]byte
	end, err := dns.PackDomainName(name, wire[:], 0, nil, false)
	if err != nil {
		panic(err)
	}
	return wire[:end]
}

// unpacked makes a name, in lower case, of any octets: those of a name in a message make that name.
func unpacked(octets []byte) string {
	var wire []byte
	for len(octets) > 0 && octets[0]&63 > 0 && len(wire) < 253 {
		n := min(int(octets[0]&63), len(octets)-1, 253-len(wire))
		if n == 0 {
			break
		}
		wire = append(wire, byte(n))
		wire = append(wire, octets[1:1+n]...)
		octets = octets[1+n:]
	}
	name, _, err := dns.UnpackDomainName(append(wire, 0), 0)
	if err != nil {
		panic(err)
	}
	return strings.ToLower(name)
}
