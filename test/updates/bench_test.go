package updates

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/port"
	"github.com/mysqldns/mysqldns/test/updates/stage"

	"github.com/miekg/dns"
)

// questionRate is how many questions a second are answered beside updates, in all.
const questionRate = 20_000

// BenchmarkUpdates is updates a second, each of one record at a new name, by eight clients over UDP: through one CoreDNS and through four on one MariaDB, and with
// BIND on the same disk; each by itself, and while questions are answered. make bench-updates runs it.
func BenchmarkUpdates(b *testing.B) {
	for _, rate := range []int{0, questionRate} {
		name := "alone"
		if rate > 0 {
			name = fmt.Sprintf("questions=%d", rate)
		}
		for _, replicas := range []int{1, 4} {
			b.Run(fmt.Sprintf("replicas=%d/%s", replicas, name), func(b *testing.B) {
				s := stage.New(b, program, rootDSN())
				var addrs []string
				for range replicas {
					addrs = append(addrs, s.Serve(s.Corefile(stage.Anything, stage.Keys)).Addr)
				}
				benchmarkBeside(b, addrs, rate)
			})
		}
		b.Run("bind/"+name, func(b *testing.B) { benchmarkBeside(b, []string{startNamed(b)}, rate) })
	}
}

// benchmarkBeside is benchmarkUpdates while questions are asked, if there are to be any.
func benchmarkBeside(b *testing.B, addrs []string, rate int) {
	if rate == 0 {
		benchmarkUpdates(b, addrs)
		return
	}
	quiet := askAt(b, addrs, rate)
	<-time.After(time.Second)
	before := quiet.stop(b)
	busy := askAt(b, addrs, rate)
	benchmarkUpdates(b, addrs)
	during := busy.stop(b)
	b.ReportMetric(before.p99, "question-p99-ms-before")
	b.ReportMetric(during.p99, "question-p99-ms")
	b.ReportMetric(during.rate, "answers/s")
}

func benchmarkUpdates(b *testing.B, addrs []string) {
	const clients = 8
	var next, resent atomic.Int64
	var mu sync.Mutex
	var took []time.Duration
	var all sync.WaitGroup
	b.ResetTimer()
	for id := range clients {
		all.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				m := stage.Message(b, "example.org", fmt.Sprintf("add host%d.example.org 60 A 192.0.2.1", n))
				m.SetTsig(stage.KeyName, stage.KeyAlgorithm, 300, time.Now().Unix())
				began := time.Now()
				reply, again, err := insist(m, addrs[id%len(addrs)])
				if err != nil || reply.Rcode != dns.RcodeSuccess {
					b.Errorf("%v, %v", reply, err)
					return
				}
				resent.Add(int64(again))
				mu.Lock()
				took = append(took, time.Since(began))
				mu.Unlock()
			}
		})
	}
	all.Wait()
	b.StopTimer()
	if slices.Sort(took); len(took) > 0 {
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "updates/s")
		b.ReportMetric(float64(resent.Load()), "resent")
	}
}

// insist sends a message as it is until it is answered, as clients do over UDP. The time that this takes is that of the update.
func insist(m *dns.Msg, addr string) (reply *dns.Msg, again int, err error) {
	c := &dns.Client{Timeout: time.Second, TsigSecret: map[string]string{stage.KeyName: stage.KeySecret}}
	for ; again < 10; again++ {
		if reply, _, err = c.Exchange(m.Copy(), addr); err == nil { // signing takes the TSIG record away
			break
		}
	}
	return reply, again, err
}

// startNamed starts BIND with example.org and the key, and returns its address.
func startNamed(b *testing.B) (addr string) {
	b.Helper()
	program, err := exec.LookPath("named")
	if err != nil {
		b.Skip("NOT MEASURED: named is not installed (Debian: bind9)")
	}
	if addr, err = port.Free(); err != nil {
		b.Fatal(err)
	}
	dir, number := b.TempDir(), addr[len("127.0.0.1:"):]
	config := fmt.Sprintf(`options { directory "%s"; listen-on port %s { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none; recursion no; dnssec-validation no; };
controls { };
key "%s" { algorithm hmac-sha256; secret "%s"; };
zone "example.org" { type primary; file "zone"; update-policy { grant "%[3]s" zonesub any; }; };
`, dir, number, stage.KeyName, stage.KeySecret)
	zone := "$TTL 300\nexample.org. SOA ns1.example.org. hostmaster.example.org. 7 7200 3600 1209600 300\nexample.org. NS ns1.example.org.\nns1.example.org. A 192.0.2.1\n"
	for name, text := range map[string]string{"named.conf": config, "zone": zone} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	cmd := exec.Command(program, "-g", "-c", filepath.Join(dir, "named.conf"))
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	q := new(dns.Msg)
	q.SetQuestion("example.org.", dns.TypeSOA)
	stage.WaitFor(b, "named answers", 20*time.Second, func() bool {
		reply, err := dns.Exchange(q, addr)
		return err == nil && reply.Rcode == dns.RcodeSuccess
	})
	return addr
}
