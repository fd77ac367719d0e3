package updates

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/cluster"
	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/updates/stage"

	"github.com/miekg/dns"
)

var writeFor = flag.Duration("writers", 6*time.Second, "how long eight writers work in each test")

const (
	writerCount = 8
	writerNames = 6
)

// writers change the same few names at random, each through one nameserver or another, and note what became of it.
type writers struct {
	t       *testing.T
	servers []*stage.Nameserver
	began   time.Time
	sent    atomic.Uint32 // messages

	mu        sync.Mutex
	histories map[string][]operation
	counts    map[string]int
}

func (w *writers) run(d time.Duration) {
	w.began, w.histories, w.counts = time.Now(), map[string][]operation{}, map[string]int{}
	var all sync.WaitGroup
	for id := range writerCount {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(id), 2136))
			for n := 0; time.Since(w.began) < d; n++ {
				w.once(random, fmt.Sprintf("%d-%d", id, n))
			}
		})
	}
	all.Wait()
}

// runWhile is run while steps are taken, one after the other and from the first again, with pauses before each other one: they kill and restart something.
func (w *writers) runWhile(d time.Duration, steps ...func() error) {
	var killing sync.WaitGroup
	killing.Go(func() {
		for end := time.Now().Add(d); time.Now().Before(end); {
			for i, step := range steps {
				if i%2 == 0 {
					time.Sleep(d / 8)
				}
				if err := step(); err != nil {
					w.t.Error(err)
					return
				}
			}
		}
	})
	w.run(d)
	killing.Wait()
}

// once makes one operation.
func (w *writers) once(random *rand.Rand, value string) {
	name := fmt.Sprintf("name%d.example.org", random.IntN(writerNames))
	o := operation{kind: kind(random.IntN(3)), value: value, ended: never, outcome: unknown}
	var lines []string
	switch o.kind {
	case create:
		lines = []string{"prereq nxdomain " + name, "add " + name + " 60 TXT " + value}
	case change:
		if o.old = w.latest(name); o.old == "" {
			o.old = "none"
		}
		lines = []string{"prereq yxrrset " + name + " TXT " + o.old, "delete " + name + " TXT", "add " + name + " 60 TXT " + value}
	case remove:
		lines = []string{"prereq yxdomain " + name, "delete " + name}
	}
	m := stage.Message(w.t, "example.org", lines...)
	m.Id = uint16(w.sent.Add(1)) // two equal ones that are signed in the same second would be one message that is repeated
	server := w.servers[random.IntN(len(w.servers))]
	o.began = time.Since(w.began)
	reply, err := server.Exchange(m, stage.KeyName, "tcp")
	ended := time.Since(w.began)
	result := "no answer"
	if err == nil {
		result = dns.RcodeToString[reply.Rcode]
		switch reply.Rcode {
		case dns.RcodeSuccess:
			o.outcome, o.ended = done, ended
		case dns.RcodeYXDomain, dns.RcodeNXRrset, dns.RcodeNameError:
			o.outcome, o.ended = refused, ended
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[result]++
	if err == nil && o.outcome == unknown { // SERVFAIL and the like leave nothing
		return
	}
	w.histories[name] = append(w.histories[name], o)
}

// latest is a value that the name was given lately.
func (w *writers) latest(name string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range slices.Backward(w.histories[name]) {
		if o.outcome == done && o.value != "" {
			return o.value
		}
	}
	return ""
}

// judge checks that all that happened could have happened one after the other, that the rows are what is left of it, and that each change took one serial.
func (w *writers) judge(s *stage.Stage) {
	w.t.Helper()
	w.t.Logf("%v", w.counts)
	changes, uncertain := 0, w.counts["no answer"]
	for _, name := range slices.Sorted(maps.Keys(w.histories)) {
		history := w.histories[name]
		for _, o := range history {
			if o.outcome == done {
				changes++
			}
		}
		end := time.Since(w.began)
		last := operation{kind: read, outcome: done, began: end, ended: end + 1}
		switch rows := s.Rows(name); {
		case len(rows) == 1:
			last.value = strings.Trim(strings.TrimPrefix(rows[0], "TXT 60 "), `"`)
		case len(rows) > 1:
			w.t.Errorf("%s has rows of several: %q", name, rows)
		}
		if !linearizable(append(history, last)) {
			w.t.Errorf("%s: no order of its %d updates explains their outcomes and %q at the end", name, len(history), last.value)
		}
	}
	var serial int
	for _, row := range s.Rows("example.org") {
		fmt.Sscanf(row, "SOA 300 ns1.example.org. hostmaster.example.org. %d", &serial)
	}
	if serial-7 < changes || serial-7 > changes+uncertain {
		w.t.Errorf("%d changes and %d that nobody knows of made the serial %d of 7", changes, uncertain, serial)
	}
	if changes == 0 {
		w.t.Error("nothing was changed")
	}
	for _, n := range w.servers { // and the copies agree
		stage.WaitFor(w.t, "the last serial at "+n.Addr, 10*time.Second, func() bool {
			return n.Ask("example.org", "SOA") == fmt.Sprintf("NOERROR; SOA ns1.example.org. hostmaster.example.org. %d 7200 3600 1209600 300", serial)
		})
	}
}

// Two CoreDNS on one database.
func TestWriters(t *testing.T) {
	s := stage.New(t, program, rootDSN())
	w := &writers{t: t, servers: []*stage.Nameserver{s.Serve(s.Corefile(stage.Anything, stage.Keys)), s.Serve(s.Corefile(stage.Anything, stage.Keys))}}
	w.run(*writeFor)
	w.judge(s)
}

// The same, while a CoreDNS and the database are killed.
func TestWritersWhileServersDie(t *testing.T) {
	s := stage.New(t, program, rootDSN())
	w := &writers{t: t, servers: []*stage.Nameserver{s.Serve(s.Corefile(stage.Anything, stage.Keys)), s.Serve(s.Corefile(stage.Anything, stage.Keys))}}
	w.runWhile(*writeFor, w.servers[0].Kill, w.servers[0].Restart, func() error { return database.kill(s) })
	w.judge(s)
}

// Two CoreDNS that write to two nodes of a cluster: its certification tells them of each other. Then the same while a CoreDNS and a node are killed.
func TestWritersOnGalera(t *testing.T) {
	needPrivate(t)
	g := startGalera(t)
	at := func(text string, nodes ...int) string { // text with DSNs of the first node, for others
		for _, user := range []string{"reader", "writer"} {
			dsn := func(node int) string { return g.Nodes[node].DSN(user, "secret", mariadb.Database) }
			var all []string
			for _, node := range nodes {
				all = append(all, dsn(node))
			}
			text = strings.ReplaceAll(text, dsn(0), strings.Join(all, " "))
		}
		return text
	}
	t.Run("each on a node", func(t *testing.T) {
		s := stage.New(t, program, g.Nodes[0].DSN("root", "", mariadb.Database))
		corefile := s.Corefile(stage.Anything, stage.Keys)
		w := &writers{t: t, servers: []*stage.Nameserver{s.Serve(corefile), s.Serve(at(corefile, 1))}}
		w.run(*writeFor)
		w.judge(s)
	})
	t.Run("while servers die", func(t *testing.T) {
		s := stage.New(t, program, g.Nodes[0].DSN("root", "", mariadb.Database))
		corefile := s.Corefile(stage.Anything, stage.Keys)
		w := &writers{t: t, servers: []*stage.Nameserver{s.Serve(at(corefile, 0, 2)), s.Serve(at(corefile, 1, 2))}}
		w.runWhile(*writeFor, w.servers[0].Kill, w.servers[0].Restart, g.Nodes[1].Kill, g.Nodes[1].Restart)
		w.judge(s)
	})
}

// startGalera starts a cluster that stops when the test ends.
func startGalera(t *testing.T) *cluster.Galera {
	t.Helper()
	dir, err := os.MkdirTemp("", "mysqldns-updates-galera-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // other users may enter it, unlike t.TempDir
		t.Fatal(err)
	}
	g, err := cluster.StartGalera(dir, "SELECT 1")
	if errors.Is(err, cluster.ErrNotInstalled) {
		t.Skipf("NOT TESTED: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Stop() })
	return g
}
