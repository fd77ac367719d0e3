package transfers

import (
	"database/sql"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/coredns"
	"github.com/mysqldns/mysqldns/test/usage"

	"github.com/miekg/dns"
)

var (
	benchRecords = flag.Int("records", 1_000_000, "of the large zone that BenchmarkTransfer transfers, and of as many zones of 100 as have that many together")
	benchChanges = flag.Int("changes", 50, "that BenchmarkSecondaries follows")
	benchFor     = flag.Duration("for", 20*time.Second, "how long BenchmarkFollowing and BenchmarkVersions change rows")
)

// rowsOf calls visit with the rows of a zone that has so many records.
func rowsOf(apex string, records int, visit func(name, rrtype, record string)) {
	visit(apex, "SOA", fmt.Sprintf("ns1.%s. hostmaster.%s. 7 3600 600 86400 300", apex, apex))
	visit(apex, "NS", "ns1."+apex+".")
	visit("ns1."+apex, "A", "192.0.2.1")
	for i := range max(records-3, 0) {
		visit(fmt.Sprintf("host%d.%s", i, apex), "A", fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255))
	}
}

// fleet is zones for a benchmark: their names, and how many records each has.
type fleet struct {
	name    string
	apexes  []string
	records int
}

func fleets() []fleet {
	many := fleet{name: "zones", records: 100}
	for i := range max(*benchRecords/100, 1) {
		many.apexes = append(many.apexes, fmt.Sprintf("zone%d.example", i))
	}
	return []fleet{{"records", []string{"large.example"}, *benchRecords}, many}
}

// fill inserts the rows of a fleet.
func (tb *table) fill(f fleet) {
	tb.t.Helper()
	const batch = 1000
	var values []string
	flush := func() {
		if len(values) > 0 {
			tb.exec("INSERT INTO tb_dns (name, type, ttl, record) VALUES " + strings.Join(values, ","))
			values = values[:0]
		}
	}
	for _, apex := range f.apexes {
		rowsOf(apex, f.records, func(name, rrtype, record string) {
			values = append(values, fmt.Sprintf("('%s','%s',60,'%s')", name, rrtype, record))
			if len(values) == batch {
				flush()
			}
		})
	}
	flush()
}

// writeZones writes a fleet as master files to a folder.
func writeZones(b *testing.B, dir string, f fleet) {
	b.Helper()
	for _, apex := range f.apexes {
		var text strings.Builder
		rowsOf(apex, f.records, func(name, rrtype, record string) { fmt.Fprintf(&text, "%s. 60 IN %s %s\n", name, rrtype, record) })
		if err := os.WriteFile(filepath.Join(dir, apex+".zone"), []byte(text.String()), 0o600); err != nil {
			b.Fatal(err)
		}
	}
}

// axfr transfers a zone and reads no more of it than a server's work needs: how many records came, and octets. It ends at the second SOA, which is the first
// record of no message but the first, and the last of the last.
func axfr(addr, zone string, records int) (octets int, err error) {
	conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(2 * time.Minute))
	q, err := new(dns.Msg).SetAxfr(dns.Fqdn(zone)).Pack()
	if err != nil {
		return 0, err
	}
	if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(q))), q...)); err != nil {
		return 0, err
	}
	buf := make([]byte, 65535)
	for got := 0; got < records+1; { // the SOA comes twice
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return octets, fmt.Errorf("%s after %d of %d records: %w", zone, got, records+1, err)
		}
		message := buf[:binary.BigEndian.Uint16(size[:])]
		if _, err := io.ReadFull(conn, message); err != nil {
			return octets, err
		}
		if rcode := int(message[3] & 15); rcode != dns.RcodeSuccess {
			return octets, fmt.Errorf("%s: %s", zone, dns.RcodeToString[rcode])
		}
		got += int(binary.BigEndian.Uint16(message[6:]))
		octets += len(message)
	}
	return octets, nil
}

// authoritative are servers that have the zones from files, to compare with.
var authoritative = []struct {
	name, binary string
	args         []string
	head, zone   string // of the configuration, with DIR, PORT and ZONE
}{
	{"Knot", "knotd", []string{"-c"}, knotHead + `acl:
  - id: anybody
    address: 127.0.0.1
    action: transfer
template:
  - id: default
    storage: "DIR"
    acl: anybody
zone:
`, "  - domain: ZONE\n    file: ZONE.zone\n"},
	{"NSD", "nsd", []string{"-d", "-c"}, nsdHead + `remote-control:
	control-enable: no
`, "zone:\n\tname: ZONE\n\tzonefile: ZONE.zone\n\tprovide-xfr: 127.0.0.1 NOKEY\n"},
}

// BenchmarkTransfer is how long it takes to transfer one zone of -records records, and as many records in zones of 100 one after the other: from CoreDNS, Knot
// and NSD, on the same machine and in one run. Run it with -benchtime 1x.
func BenchmarkTransfer(b *testing.B) {
	for _, f := range fleets() {
		b.Run(f.name+"/mysqldns", func(b *testing.B) {
			tb := newTable(b)
			tb.fill(f)
			p := tb.primary(false, "127.0.0.1:9", "")
			benchmarkFleet(b, p.Addr, f)
			if now, most, err := p.Resident(); err == nil {
				b.ReportMetric(float64(now)/1e6, "MB-resident")
				b.ReportMetric(float64(most)/1e6, "MB-most")
			}
		})
		for _, other := range authoritative {
			b.Run(f.name+"/"+other.name, func(b *testing.B) {
				dir := b.TempDir()
				writeZones(b, dir, f)
				addr := freeAddr(b)
				_, port, _ := net.SplitHostPort(addr)
				config := strings.NewReplacer("DIR", dir, "PORT", port).Replace(other.head)
				for _, apex := range f.apexes {
					config += strings.ReplaceAll(other.zone, "ZONE", apex)
				}
				startOther(b, other.binary, other.args, dir, config)
				benchmarkFleet(b, addr, f)
			})
		}
	}
}

// startOther starts a name server with a configuration, and skips the benchmark where it is not installed.
func startOther(b *testing.B, binary string, args []string, dir, config string) {
	b.Helper()
	path, err := exec.LookPath(binary)
	if err != nil {
		if path, err = exec.LookPath(filepath.Join("/usr/sbin", binary)); err != nil {
			b.Skip(binary, " is not installed")
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "db"), 0o700); err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(dir, "config")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(path, append(args, file)...)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
}

// benchmarkFleet transfers all zones, one after the other, once they are there.
func benchmarkFleet(b *testing.B, addr string, f fleet) {
	b.Helper()
	last := f.apexes[len(f.apexes)-1]
	var err error
	if !eventually(3*time.Minute, func() bool { _, err = axfr(addr, last, f.records); return err == nil }) {
		b.Fatal(err)
	}
	octets := 0
	b.ResetTimer()
	for range b.N {
		for _, apex := range f.apexes {
			n, err := axfr(addr, apex, f.records)
			if err != nil {
				b.Fatal(err)
			}
			octets += n
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N*len(f.apexes)*f.records)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(octets)/float64(b.N*len(f.apexes)*f.records), "octets/record")
}

// BenchmarkSecondaries is how long each of -changes takes to be at three secondaries. Run it with -benchtime 1x.
func BenchmarkSecondaries(b *testing.B) {
	const zone = "example.org"
	tb := newTable(b)
	tb.zone(zone, 0)
	addrs := []string{freeAddr(b), freeAddr(b), freeAddr(b)}
	x, y := tb.primary(true, strings.Join(addrs, " "), ""), tb.primary(true, strings.Join(addrs, " "), "")
	all := secondaries(b, addrs, zone, [2]string{x.Addr, y.Addr})
	for _, r := range all {
		if err := tb.within(30*time.Second, r, zone); err != nil {
			b.Fatal(err)
		}
	}
	var took []time.Duration
	b.ResetTimer()
	for n := range *benchChanges {
		time.Sleep(1500 * time.Millisecond) // a change by itself: of a zone that changes all the time there is a version each second
		tb.insert(fmt.Sprintf("change%d.example.org A 192.0.2.1", n))
		began := time.Now()
		for _, r := range all {
			if !eventually(30*time.Second, func() bool { return has(r.addr, fmt.Sprintf("change%d.example.org.", n)) }) {
				b.Fatalf("%s has not the change", r.name)
			}
		}
		took = append(took, time.Since(began))
	}
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "p50-ms")
	b.ReportMetric(float64(took[len(took)*95/100].Milliseconds()), "p95-ms")
	b.ReportMetric(float64(took[len(took)-1].Milliseconds()), "most-ms")
}

// has reports whether a server has an address of a name.
func has(addr, name string) bool {
	reply, _, err := (&dns.Client{Timeout: time.Second}).Exchange(new(dns.Msg).SetQuestion(name, dns.TypeA), addr)
	return err == nil && len(reply.Answer) == 1
}

// BenchmarkFollowing is the CPU time of CoreDNS while fifty transactions a second change rows of a zone: with serials that move by themselves, transfers and
// write_dsn, and without. Run it with -benchtime 1x.
func BenchmarkFollowing(b *testing.B) {
	for _, versions := range []bool{false, true} {
		b.Run(fmt.Sprintf("versions=%t", versions), func(b *testing.B) {
			tb := newTable(b)
			if versions {
				tb.zone("example.org", 0)
			} else {
				tb.zone("example.org", 7)
			}
			p := tb.plainOr(versions)
			for range b.N {
				before, changes := cpuTime(b, p), tb.entries()
				stop := tb.writer("example.org", 1)
				time.Sleep(*benchFor)
				stop()
				used := cpuTime(b, p) - before
				b.ReportMetric(used.Seconds()/benchFor.Seconds()*1000, "CPU-ms/s")
				b.ReportMetric(float64(used.Microseconds())/float64(max(tb.entries()-changes, 1)), "µs/entry")
			}
		})
	}
}

// plainOr starts a CoreDNS that takes versions, or one that answers and no more.
func (tb *table) plainOr(versions bool) *coredns.Server {
	tb.t.Helper()
	if versions {
		return tb.primary(true, "127.0.0.1:9", "")
	}
	s, err := coredns.Start(program, tb.t.TempDir(), ".:{$PORT} {\n mysqldns {\n"+tb.dsn(false)+"}\n}\n")
	if err != nil {
		tb.t.Fatal(err)
	}
	tb.t.Cleanup(func() { s.Stop() })
	return s
}

// entries is how many entries the change log ever had.
func (tb *table) entries() (n int) {
	tb.t.Helper()
	if err := tb.pool.QueryRow("SELECT COALESCE(MAX(seq), 0) FROM tb_dns_changes").Scan(&n); err != nil {
		tb.t.Fatal(err)
	}
	return n
}

// cpuTime is what a server has used.
func cpuTime(b *testing.B, s *coredns.Server) time.Duration {
	b.Helper()
	used, err := usage.CPU(s.PID())
	if err != nil {
		b.Skip("only Linux tells: ", err)
	}
	return used
}

// BenchmarkVersions is what a version costs the database, in a zone that fifty transactions a second change and in one with one change now and then: rows and
// octets of the journal, and all rows that the server wrote more than for the changes alone. Run it with -benchtime 1x.
func BenchmarkVersions(b *testing.B) {
	for _, busy := range []bool{true, false} {
		b.Run(fmt.Sprintf("busy=%t", busy), func(b *testing.B) {
			tb := newTable(b)
			tb.zone("example.org", 0)
			tb.primary(true, "127.0.0.1:9", "")
			if !eventually(10*time.Second, func() bool { return len(tb.serials()) > 0 }) {
				b.Fatal("there is no version")
			}
			for range b.N {
				seen := tb.serials()
				written := tb.rowsWritten(b)
				changes := tb.entries()
				stop := tb.changing(busy)
				for end := time.Now().Add(*benchFor); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
					for serial, octets := range tb.serials() {
						seen[serial] = octets
					}
				}
				stop()
				octets := 0
				for _, n := range seen {
					octets += n
				}
				versions := float64(max(len(seen)-1, 1))
				b.ReportMetric(versions/benchFor.Seconds(), "versions/s")
				b.ReportMetric(float64(octets)/versions, "octets/version")
				b.ReportMetric(float64(tb.rowsWritten(b)-written)/versions, "rows/version")
				b.ReportMetric(float64(tb.entries()-changes)/versions, "entries/version")
			}
		})
	}
}

// changing changes rows, fifty times a second or every two seconds.
func (tb *table) changing(busy bool) (stop func()) {
	if busy {
		return tb.writer("example.org", 1)
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			case <-time.After(2 * time.Second):
				tb.pool.Exec("INSERT INTO tb_dns (name, type, ttl, record) VALUES (?, 'A', 60, '192.0.2.1')", fmt.Sprintf("slow%d.example.org", n))
			}
		}
	}()
	return func() { close(done); <-ended }
}

// serials are the versions of example.org that the journal has, and how many octets the delta of each.
func (tb *table) serials() map[uint32]int {
	tb.t.Helper()
	rows, err := tb.pool.Query("SELECT serial, LENGTH(delta) FROM tb_dns_journal WHERE zone = 'example.org.'")
	if err != nil {
		tb.t.Fatal(err)
	}
	defer rows.Close()
	all := map[uint32]int{}
	for rows.Next() {
		var serial uint32
		var octets int
		if err := rows.Scan(&serial, &octets); err != nil {
			tb.t.Fatal(err)
		}
		all[serial] = octets
	}
	if err := rows.Err(); err != nil {
		tb.t.Fatal(err)
	}
	return all
}

// rowsWritten is how many rows the server has written since it started, of all tables.
func (tb *table) rowsWritten(b *testing.B) (all int) {
	b.Helper()
	rows, err := tb.pool.Query("SHOW GLOBAL STATUS WHERE Variable_name IN ('Handler_write', 'Handler_update', 'Handler_delete')")
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name sql.RawBytes
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			b.Fatal(err)
		}
		all += n
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return all
}
