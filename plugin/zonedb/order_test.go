package zonedb

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/miekg/dns"
)

// Runs are cut in two as they grow and go when they are empty, in many zones; each is listed as by a look at all names.
func TestOrderOfManyNames(t *testing.T) {
	const zones, hosts = 30, 200
	rng := rand.New(rand.NewPCG(1, 2))
	ordered, plain := New(), New()
	ordered.KeepOrder()
	var names []string
	for z := range zones {
		apex := fmt.Sprintf("z%d.", z)
		if z%3 == 0 {
			apex = fmt.Sprintf("below.z%d.", z+1)
		}
		names = append(names, apex)
		for h := range hosts {
			names = append(names, fmt.Sprintf("h%d.%s", h, apex))
		}
	}
	apply := func(some []string, gone bool) {
		changes := map[string][]dns.RR{}
		for _, name := range some {
			changes[name] = nil
			if !gone {
				changes[name] = []dns.RR{mustRR(t, name+" A 192.0.2.1")}
				if name[0] != 'h' {
					changes[name] = append(changes[name], mustRR(t, name+" SOA . . 1 2 3 4 5"), mustRR(t, name+" NS h1."+name))
				}
			}
		}
		ordered.Apply(changes)
		plain.Apply(changes)
	}
	check := func() {
		t.Helper()
		for _, apex := range append(plain.View().Zones(), "", "z1.") {
			got, want := slices.Collect(ordered.View().All(apex)), slices.Collect(plain.View().All(apex))
			if !slices.EqualFunc(got, want, func(a, b dns.RR) bool { return a.String() == b.String() }) {
				t.Fatalf("%q lists %d records, expected %d", apex, len(got), len(want))
			}
		}
	}
	for _, gone := range []bool{false, true} {
		rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		for some := range slices.Chunk(names, 400) {
			apply(some, gone)
			check()
		}
	}
	if n := len(ordered.View().order.runs); n != 0 {
		t.Errorf("%d runs are left of no names", n)
	}
}

// Listing one of many zones looks at its names only.
func BenchmarkAllOfOneZone(b *testing.B) {
	for _, ordered := range []bool{false, true} {
		b.Run(fmt.Sprintf("ordered=%t", ordered), func(b *testing.B) {
			db := New()
			if ordered {
				db.KeepOrder()
			}
			l := db.NewLoad()
			for z := range 1000 {
				l.Add(mustRR(b, fmt.Sprintf("z%d. SOA . . 1 2 3 4 5", z)))
				for h := range 99 {
					l.Add(mustRR(b, fmt.Sprintf("h%d.z%d. A 192.0.2.1", h, z)))
				}
			}
			l.Commit()
			v := db.View()
			if v.order != nil {
				b.ReportMetric(float64(v.order.bytes())/float64(v.Names()), "B/name")
			}
			for b.Loop() {
				n := 0
				for range v.All("z500.") {
					n++
				}
				if n != 100 {
					b.Fatal(n)
				}
			}
		})
	}
}
