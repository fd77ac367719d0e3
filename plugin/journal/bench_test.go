package journal

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/miekg/dns"
)

// heap is how many octets are in use.
func heap() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// BenchmarkMemory is what it takes to keep versions of a zone of a million records: the index of names in order, the zone itself, and the journal for each
// record that changed. Run it with -benchtime 1x.
func BenchmarkMemory(b *testing.B) {
	const records, changes, versions = 1_000_000, 100, 200
	for range b.N {
		db := zonedb.New()
		load := db.NewLoad()
		load.Add(rr(b, "example. 60 IN SOA ns.example. h.example. 0 1 2 3 4"))
		for i := range records - 1 {
			load.Add(host(b, i, 0))
		}
		load.Commit()
		before := heap()
		db.KeepOrder()
		view := db.View().InOrder()
		ordered := heap()
		zones := NewZones(func(string, uint32) bool { return true })
		zones.Move(view, nil, false)
		z := zones.Zone("example.")
		z.Assume(1, z.Copied())
		followed := heap()
		for version := range versions {
			after := map[string][]dns.RR{}
			var names []string
			for i := range changes {
				r := host(b, version*changes+i, 1)
				after[r.Header().Name] = []dns.RR{r}
				names = append(names, r.Header().Name)
			}
			db.Apply(after)
			zones.Move(db.View(), names, true)
			z.Advance(uint32(version+2), z.Copied(), z.Pending())
		}
		kept := heap()
		b.ReportMetric((ordered-before)/records, "index-octets/record")
		b.ReportMetric((followed-ordered)/records, "zone-octets/record")
		b.ReportMetric(float64(z.HistoryOctets())/(changes*versions), "journal-octets/change")
		b.ReportMetric((kept-followed)/(changes*versions), "heap-octets/change")
		runtime.KeepAlive(zones)
	}
}

func host(b *testing.B, i, change int) dns.RR {
	return rr(b, fmt.Sprintf("host%d.example. 60 IN A 10.%d.%d.%d", i, i>>16+change<<4, i>>8&255, i&255))
}

// BenchmarkPending is the time to make the delta of a version in which so many names of a zone changed at once, as an UPDATE of all rows does.
func BenchmarkPending(b *testing.B) {
	for _, changes := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprint(changes), func(b *testing.B) {
			db := zonedb.New()
			load := db.NewLoad()
			load.Add(rr(b, "example. 60 IN SOA ns.example. h.example. 0 1 2 3 4"))
			for i := range changes {
				load.Add(host(b, i, 0))
			}
			load.Commit()
			db.KeepOrder()
			zones := NewZones(func(string, uint32) bool { return true })
			zones.Move(db.View().InOrder(), nil, false)
			z := zones.Zone("example.")
			z.Assume(1, z.Copied())
			after := map[string][]dns.RR{}
			var names []string
			for i := range changes {
				r := host(b, i, 1)
				after[r.Header().Name] = []dns.RR{r}
				names = append(names, r.Header().Name)
			}
			db.Apply(after)
			zones.Move(db.View(), names, true)
			for b.Loop() {
				if d := z.Pending(); len(d.Added) != changes || len(d.Removed) != changes {
					b.Fatalf("%d added, %d removed", len(d.Added), len(d.Removed))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(changes), "ns/name")
		})
	}
}
