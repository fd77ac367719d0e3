package zonedb

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// size is how many names the benchmarks have; ZONEDB_NAMES=10000000 asks for another number.
var size = sync.OnceValue(func() int {
	if n, err := strconv.Atoi(os.Getenv("ZONEDB_NAMES")); err == nil {
		return n
	}
	return 1_000_000
})

func benchName(i int) string { return fmt.Sprintf("host%07d.example.org.", i) }

func benchA(i int) *dns.A {
	ip := binary.BigEndian.AppendUint32(nil, uint32(i))
	return &dns.A{Hdr: dns.RR_Header{Name: benchName(i), Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 3600}, A: net.IP(ip)}
}

// fill adds a zone of n names with one A record each.
func fill(tb testing.TB, l *Load, n int) {
	tb.Helper()
	add := func(rr dns.RR) {
		if err := l.Add(rr); err != nil {
			tb.Fatal(err)
		}
	}
	add(mustRR(tb, "example.org. 3600 IN SOA ns.example.org. admin.example.org. 1 2 3 4 5"))
	rr := benchA(0)
	var name [64]byte
	for i := range n {
		b := append(name[:0], "host0000000"...)
		for j, rest := 10, i; rest > 0; j, rest = j-1, rest/10 {
			b[j] = byte('0' + rest%10)
		}
		rr.Hdr.Name = string(append(b, ".example.org."...))
		binary.BigEndian.PutUint32(rr.A, uint32(i))
		add(rr)
	}
}

var filled = sync.OnceValue(func() *DB {
	db := New()
	l := db.NewLoad()
	fill(&testing.B{}, l, size())
	l.Commit()
	return db
})

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		before := heap()
		db := New()
		l := db.NewLoad()
		fill(b, l, size())
		l.Commit()
		after := heap()
		start := time.Now()
		runtime.GC()
		b.ReportMetric(float64(time.Since(start).Microseconds()), "µs/GC")
		b.ReportMetric(float64(after-before)/float64(size()), "B/record")
		b.ReportMetric(float64(db.View().Bytes())/float64(size()), "counted-B/record")
		runtime.KeepAlive(db)
	}
}

// BenchmarkEndOfAList is what changes wait for where a list ends in which nothing differs but 1,000 names that changed meanwhile: with all of it compared then,
// or compared before.
func BenchmarkEndOfAList(b *testing.B) {
	for _, before := range []bool{false, true} {
		b.Run(fmt.Sprintf("compared-before=%t", before), func(b *testing.B) {
			db := New()
			l := db.NewLoad()
			fill(b, l, size())
			l.Commit()
			for b.Loop() {
				b.StopTimer()
				l := db.NewLoad()
				fill(b, l, size())
				var changed []string
				for i := range 1000 {
					rr := benchA(i * 997 % size())
					rr.A = net.IPv4(192, 0, 2, byte(i))
					changed = append(changed, rr.Hdr.Name)
					db.Apply(map[string][]dns.RR{rr.Hdr.Name: {rr}})
				}
				few := before && l.Compare(b.Context())
				b.StartTimer()
				if few {
					l.Patch(slices.Values(changed)).Commit()
					continue
				}
				for _, name := range changed {
					l.Keep(name)
				}
				l.Commit()
			}
		})
	}
}

func BenchmarkLookup(b *testing.B) {
	v := filled().View()
	names := make([]string, 1<<20)
	for i := range names {
		names[i] = benchName(i * 7919 % size())
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		z := &v.loose
		n, ok := z.Node(names[i&(len(names)-1)])
		if !ok || len(n.RRset(dns.TypeA, math.MaxInt)) != 1 {
			b.Fatal(i)
		}
		i++
	}
}

// BenchmarkAnswer asks as package answer does: for the zone, its apex and the name; of the names, half exist.
func BenchmarkAnswer(b *testing.B) {
	v := filled().View()
	names := make([]string, 1<<20)
	for i := range names {
		names[i] = benchName(i*7919%size() + i%2*10_000_000)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		name := names[i&(len(names)-1)]
		z := v.Zone(name)
		z.Node(z.Apex())
		if n, ok := z.Node(name); ok != (i%2 == 0) || ok && len(n.RRset(dns.TypeA, math.MaxInt)) != 1 {
			b.Fatal(i)
		}
		i++
	}
}

func BenchmarkZone(b *testing.B) {
	for _, zones := range []int{0, 1, 100_000} {
		b.Run(fmt.Sprint(zones), func(b *testing.B) {
			db := New()
			l := db.NewLoad()
			for i := range max(zones, 1) {
				rr := mustRR(b, fmt.Sprintf("zone%d.test. SOA . . 1 1 1 1 1", i))
				if zones == 0 {
					rr = mustRR(b, "zone.test. A 192.0.2.1")
				}
				if err := l.Add(rr); err != nil {
					b.Fatal(err)
				}
			}
			l.Commit()
			v := db.View()
			names := make([]string, 1<<16)
			for i := range names {
				names[i] = fmt.Sprintf("www.a.zone%d.test.", i*31%max(zones, 1))
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if v.Zone(names[i&(1<<16-1)]) == nil {
					b.Fatal(i)
				}
				i++
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, run := range []struct {
		name   string
		again  bool
		expect int
	}{{"first", false, 0}, {"first expecting half", false, size() / 2}, {"first expecting all", false, size()},
		{"first expecting twice", false, 2 * size()}, {"again", true, 0}} {
		b.Run(run.name, func(b *testing.B) {
			db := New()
			if run.again {
				db = filled()
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			n := 0
			for b.Loop() {
				n++
				if !run.again {
					db = New()
				}
				start := time.Now()
				l := db.NewLoad()
				l.Expect(run.expect)
				fill(b, l, size())
				b.ReportMetric(float64(time.Since(start).Nanoseconds())/float64(size()), "ns/Add")
				start = time.Now()
				l.Commit()
				b.ReportMetric(float64(time.Since(start).Milliseconds()), "ms/Commit")
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(n*size()), "allocated-B/record")
			b.ReportMetric(float64(db.View().Bytes())/float64(size()), "counted-B/record")
		})
	}
}

func BenchmarkApply1(b *testing.B) {
	db := filled()
	rr := benchA(0)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		rr.Hdr.Name = benchName(i * 7919 % size())
		binary.BigEndian.PutUint32(rr.A, uint32(-i))
		if c := db.Apply(map[string][]dns.RR{rr.Hdr.Name: {rr}}); c.Modified != 1 {
			b.Fatal(c)
		}
	}
	b.ReportMetric(float64(db.View().Bytes())/float64(size()), "counted-B/record")
}

func BenchmarkSnapshot(b *testing.B) {
	v := filled().View()
	var file bytes.Buffer
	if err := v.Save(&file, "bench", time.Unix(0, 0)); err != nil {
		b.Fatal(err)
	}
	data := file.Bytes()
	b.Run("save", func(b *testing.B) {
		for b.Loop() {
			file.Reset()
			if err := v.Save(&file, "bench", time.Unix(0, 0)); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(data))/float64(size()), "B/record")
	})
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			l := New().NewLoad()
			if _, err := l.Read(bytes.NewReader(data), "bench"); err != nil {
				b.Fatal(err)
			}
			l.Commit()
		}
	})
}

func BenchmarkAll(b *testing.B) {
	v := filled().View()
	for b.Loop() {
		n := 0
		for range v.All("example.org.") {
			n++
		}
		if n == 0 {
			b.Fatal(n)
		}
	}
}
