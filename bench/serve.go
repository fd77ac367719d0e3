package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/zonedb"
	"github.com/mysqldns/mysqldns/test/lab"

	"github.com/coredns/coredns/plugin"

	"github.com/miekg/dns"
)

// served is what one plugin costs in one process.
type served struct {
	Hit, Miss cost    // of one ServeDNS
	Heap      float64 // octets for each record, of all that the plugin keeps
	GC        float64 // milliseconds of a full collection
}

// cost is what one call takes.
type cost struct {
	Nanoseconds float64
	Allocs      int64
	Octets      int64
}

// serves is ServeDNS at one number of names.
type serves struct {
	Names   int
	By      map[string][]served // by plugin, for each round
	Counted float64             // octets for each record, as the copy itself counts them
}

// measureServe measures mysqldns and file by turns.
func (b *bench) measureServe(names int) error {
	s := serves{Names: names, By: map[string][]served{}}
	for round := range b.rounds {
		for i := range 2 {
			name := []string{mysqlDNS, file}[(i+round)%2]
			var found served
			if err := b.child(task{what: "serve", plugin: name, names: names}, &found); err != nil {
				return err
			}
			s.By[name] = append(s.By[name], found)
		}
	}
	if err := b.child(task{what: "counted", names: names}, &s.Counted); err != nil {
		return err
	}
	b.results.Serve = append(b.results.Serve, s)
	for name, all := range s.By {
		last := all[len(all)-1]
		b.Progress.Note("%-10s hits %s ns, misses %s ns; %.0f B of heap for a record, full collection %.1f ms", name,
			lab.Count(lab.Median(lab.Pick(all, hitTime))), lab.Count(lab.Median(lab.Pick(all, missTime))), last.Heap, last.GC)
	}
	return nil
}

// serve starts a plugin and measures it.
func (t task) serve() (found served, err error) {
	before := heap()
	i, err := startPlugin(t.plugin, t.dsn, t.dir, t.names)
	if err != nil {
		return found, err
	}
	defer i.stop()
	found.Heap = float64(heap()-before) / float64(t.names)
	found.GC = collection()
	if found.Hit, err = costOf(i.handler(t.plugin), randomNames(t.names, lab.AppendHost), dns.RcodeSuccess); err != nil {
		return found, err
	}
	found.Miss, err = costOf(i.handler(t.plugin), randomNames(t.names, lab.AppendMiss), dns.RcodeNameError)
	return found, err
}

func costOf(h plugin.Handler, names []string, rcode int) (cost, error) {
	result := testing.Benchmark(func(b *testing.B) { benchmarkServe(b, h, names, rcode) })
	if result.N == 0 {
		return cost{}, errors.New("wrong answers")
	}
	return cost{float64(result.T.Nanoseconds()) / float64(result.N), result.AllocsPerOp(), result.AllocedBytesPerOp()}, nil
}

func hitTime(s served) float64  { return s.Hit.Nanoseconds }
func missTime(s served) float64 { return s.Miss.Nanoseconds }

// heap is the octets of what is in use.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// collection is how many milliseconds a full collection takes.
func collection() float64 {
	var all []float64
	for range 5 {
		start := time.Now()
		runtime.GC()
		all = append(all, lab.Milliseconds(time.Since(start)))
	}
	return lab.Median(all)
}

// counted is the octets for each record that a copy of the zone itself counts.
func counted(names int) (float64, error) {
	db := zonedb.New()
	l := db.NewLoad()
	rows := func(yield func(record.Row) bool) {
		_ = yield(record.Row{Name: lab.Origin, Type: "SOA", Record: lab.SOARecord}) && yield(record.Row{Name: lab.Origin, Type: "NS", Record: lab.NSRecord})
		for i := range names {
			if !yield(record.Row{Name: lab.HostName(i), Type: "A", TTL: strconv.Itoa(lab.TTL), Record: string(lab.AppendAddress(nil, i))}) {
				return
			}
		}
	}
	for row := range rows {
		rr, err := record.Parse(row, lab.TTL)
		if err != nil {
			return 0, err
		}
		if err := l.Add(rr); err != nil {
			return 0, err
		}
	}
	l.Commit()
	view := db.View()
	return float64(view.Bytes()) / float64(view.Len()), nil
}

// loadWithin is how long a server may take to load the largest zone.
const loadWithin = 10 * time.Minute

// mysqldnsBlock is the plugin with its defaults, but for the given properties.
func mysqldnsBlock(dsn string, properties ...string) string {
	block := "mysqldns {\n dsn " + dsn + "\n"
	for _, property := range properties {
		block += " " + property + "\n"
	}
	return block + " }"
}

// fileBlock is CoreDNS's own plugin for master files, which is not to look at the file again.
func fileBlock(path string) string { return "file " + path + " " + lab.Origin + " {\n reload 0\n }" }

// startPlugin starts one of the plugins in this process with the zone of so many names; dir is for the master file.
func startPlugin(name, dsn, dir string, names int) (*instance, error) {
	if name == mysqlDNS {
		i, err := startInstance(mysqldnsBlock(dsn))
		if err != nil {
			return nil, err
		}
		_, err = i.awaitReady(name, loadWithin)
		return i, err
	}
	path := filepath.Join(dir, fmt.Sprintf("zone-%d", names))
	if err := lab.WriteZoneFile(path, names); err != nil {
		return nil, err
	}
	return startInstance(fileBlock(path))
}

// randomNames returns names to ask for, fully qualified, always the same ones.
func randomNames(names int, appendName func([]byte, int) []byte) []string {
	random := rand.New(rand.NewPCG(2, uint64(names))) //nolint:gosec // the same in every run
	all := make([]string, 1<<20)
	for i := range all {
		all[i] = string(append(appendName(nil, random.IntN(names)), '.'))
	}
	return all
}

// benchmarkServe asks a handler for A records, and sends the replies nowhere.
func benchmarkServe(b *testing.B, h plugin.Handler, names []string, rcode int) {
	ctx := context.Background()
	w := new(nowhere)
	q := new(dns.Msg)
	q.SetQuestion("", dns.TypeA)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		q.Question[0].Name = names[i&(len(names)-1)]
		i++
		if _, err := h.ServeDNS(ctx, w, q); err != nil || w.rcode != rcode || w.records != 1 {
			b.Fatalf("%s: rcode %d, %d records, error %v", q.Question[0].Name, w.rcode, w.records, err)
		}
	}
}

// nowhere takes replies and does not send them.
type nowhere struct{ rcode, records int }

var clientAddr = &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 40000}

func (w *nowhere) WriteMsg(m *dns.Msg) error {
	w.rcode, w.records = m.Rcode, max(len(m.Answer), len(m.Ns)) // file adds the NS to an answer
	return nil
}

func (*nowhere) LocalAddr() net.Addr         { return clientAddr }
func (*nowhere) RemoteAddr() net.Addr        { return clientAddr }
func (*nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (*nowhere) Close() error                { return nil }
func (*nowhere) TsigStatus() error           { return nil }
func (*nowhere) TsigTimersOnly(bool)         {}
func (*nowhere) Hijack()                     {}
