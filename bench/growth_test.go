package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	gometrics "runtime/metrics"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/mysqldns/mysqldns/stack"
	"github.com/mysqldns/mysqldns/test/lab"
	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/suite"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/miekg/dns"
)

// kinds of questions about the zone that growthServer serves.
var kinds = []struct {
	name, qname string
	qtype       uint16
}{
	{"hit", lab.HostName(7), dns.TypeA},
	{"miss", "none." + lab.Origin, dns.TypeA},
	{"NODATA", lab.HostName(7), dns.TypeAAAA},
	{"chain of aliases", "alias1." + lab.Origin, dns.TypeA},
	{"MX with addresses", lab.Origin, dns.TypeMX},
	{"wildcard", "any.wild." + lab.Origin, dns.TypeA},
	{"referral", "www.sub." + lab.Origin, dns.TypeA},
}

// growthServer is a CoreDNS with the usual plugins, without its listeners.
func growthServer(t testing.TB) *dnsserver.Server {
	t.Helper()
	db, err := lab.StartDatabase(filepath.Join(t.TempDir(), "mariadb"))
	if errors.Is(err, mariadb.ErrNotInstalled) && os.Getenv(suite.Require) == "" {
		t.Skipf("NOT TESTED: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Stop() })
	if err := db.Fill(100); err != nil {
		t.Fatal(err)
	}
	rows := "INSERT INTO tb_dns (name, type, record) VALUES "
	for i, row := range [][3]string{
		{"alias1.", "CNAME", "alias2."}, {"alias2.", "CNAME", "alias3."}, {"alias3.", "CNAME", lab.HostName(7)}, {"*.wild.", "A", "192.0.2.1"},
		{"", "MX", "10 " + lab.HostName(1)}, {"", "MX", "20 " + lab.HostName(2)}, {"sub.", "NS", "ns.sub."}, {"ns.sub.", "A", "192.0.2.2"},
	} {
		record := row[2]
		if record[len(record)-1] == '.' {
			record += lab.Origin
		}
		if i > 0 {
			rows += ", "
		}
		rows += fmt.Sprintf("('%s%s', '%s', '%s')", row[0], lab.Origin, row[1], record)
	}
	if err := db.Exec(rows); err != nil {
		t.Fatal(err)
	}
	i, err := startInstance(mysqldnsBlock(db.DSN()) + "\n errors\n prometheus 127.0.0.1:0\n cache\n ready 127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.stop)
	if _, err := i.awaitReady(mysqlDNS, time.Minute); err != nil {
		t.Fatal(err)
	}
	server, err := dnsserver.NewServer("dns://:53", []*dnsserver.Config{i.tap.config})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// packing is a writer that packs replies, as that of miekg/dns does, and sends them nowhere.
type packing struct{ nowhere }

func (w *packing) WriteMsg(m *dns.Msg) error {
	if _, err := m.Pack(); err != nil {
		return err
	}
	return w.nowhere.WriteMsg(m)
}

// grows answers a question in a goroutine of its own, from the packet to the packet as miekg/dns does it, and reports whether the
// runtime moved the goroutine's stack meanwhile: it does so where the stack is too small, and where it is large for nothing.
func grows(server *dnsserver.Server, packet []byte) (moved bool) {
	var done sync.WaitGroup
	done.Go(func() {
		var local byte
		before := uintptr(unsafe.Pointer(&local)) //nolint:gosec // compared only
		q := new(dns.Msg)
		if err := q.Unpack(packet); err != nil {
			panic(err)
		}
		server.ServeDNS(context.Background(), new(packing), q)
		moved = uintptr(unsafe.Pointer(&local)) != before //nolint:gosec // compared only
	})
	done.Wait()
	return moved
}

// packets are the kinds of questions in wire form; a cookie of chance would be no difference.
func packets(t testing.TB) (all [][]byte) {
	for _, kind := range kinds {
		packet, err := new(dns.Msg).SetQuestion(dns.Fqdn(kind.qname), kind.qtype).SetEdns0(1232, false).Pack()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, packet)
	}
	return all
}

// startingSize is what stacks start with.
func startingSize() uint64 {
	sample := []gometrics.Sample{{Name: "/gc/stack/starting-size:bytes"}}
	gometrics.Read(sample)
	return sample[0].Value.Uint64()
}

// raised collects garbage until stacks start with a size, or more where there are so few goroutines that one is enough for that.
func raised(t testing.TB, size uint64) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); startingSize() < size; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("stacks start with %d octets, expected %d", startingSize(), size)
		}
		runtime.GC()
	}
}

// No kind of question outgrows the stack that cmd/coredns has it start with, be it answered from the cache or not.
func TestQuestionFitsTheStack(t *testing.T) {
	server := growthServer(t)
	defer stack.Raise(stack.Question)()
	raised(t, stack.Question)
	for i, packet := range packets(t) {
		const tries, rounds = 200, 3 // a kind that outgrows it does so in each round; a busy machine makes some do so in one
		moved := tries
		for round := 0; round < rounds && moved > tries/50; round++ {
			moved = 0
			for range tries {
				if grows(server, packet) {
					moved++
				}
			}
		}
		if moved > tries/50 { // a new goroutine may get the stack of one that ended before the last collection
			t.Errorf("%s: %d of %d questions outgrew %d octets", kinds[i].name, moved, tries, stack.Question)
		}
	}
}

// BenchmarkGrowth shows how many questions outgrow the stack that their goroutine starts with, by its size.
func BenchmarkGrowth(b *testing.B) {
	server := growthServer(b)
	all := packets(b)
	for _, size := range []uint64{2 << 10, 8 << 10, 16 << 10, 32 << 10} {
		b.Run(fmt.Sprintf("start=%d", size), func(b *testing.B) {
			if size > startingSize() {
				defer stack.Raise(size)()
				raised(b, size)
			}
			moved := 0
			for i := 0; b.Loop(); i++ {
				if grows(server, all[i%len(all)]) {
					moved++
				}
			}
			b.ReportMetric(float64(moved)/float64(b.N), "grown/question")
			b.ReportMetric(float64(startingSize()), "B/stack")
		})
	}
}
