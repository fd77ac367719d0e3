package test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// Blocks with the same source share one copy and one connection, also across reloads, during which no answer is missing.
func TestOneCopyForBlocksAndReloads(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		db.exec(t, "DROP USER IF EXISTS shared@'%'", "CREATE USER shared@'%'", "GRANT SELECT ON dns.* TO shared@'%'")
		db.insert(t, "www.lan A 192.0.2.1", "www.other A 192.0.2.2")
		port := freePort(t)
		block := " {\nmysqldns {\ndsn shared@tcp(" + db.server.Addr + ")/dns\n}\n}\n"
		corefile := "lan:" + port + block + "other:" + port + block
		s := serve(t, corefile)
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
		s.expect(t, "www.other", "A", "NOERROR; A 192.0.2.2")
		if n := connectionsOf(t, db, "shared"); n != 1 {
			t.Errorf("two blocks hold %d connections, expected 1", n)
		}

		s.reload(t, corefile)
		before := runtime.NumGoroutine()
		stop := make(chan struct{})
		var asking sync.WaitGroup
		asked, missed := 0, 0
		asking.Go(func() {
			client := &dns.Client{Timeout: 2 * time.Second}
			for {
				select {
				case <-stop:
					return
				default:
				}
				reply, _, err := client.Exchange(question("www.lan", "A"), "127.0.0.1:"+port)
				if asked++; err != nil || short(reply) != "NOERROR; A 192.0.2.1" {
					missed++
				}
			}
		})
		for range 50 {
			s.reload(t, corefile)
		}
		close(stop)
		asking.Wait()
		// While a reload moves the sockets, CoreDNS may drop a datagram: that is its own, and rare.
		if t.Logf("asked %d times during 50 reloads, %d missed", asked, missed); missed > asked/100 {
			t.Errorf("%d of %d answers were missing", missed, asked)
		}
		if n := connectionsOf(t, db, "shared"); n != 1 {
			t.Errorf("%d connections after 50 reloads, expected 1", n)
		}
		if !eventually(10*second, func() bool { return runtime.NumGoroutine() <= before+5 }) {
			t.Errorf("%d goroutines before 50 reloads, %d after", before, runtime.NumGoroutine())
		}
		broken := corefile + "example.org:5399 {\nbind 192.0.2.254\nwhoami\n}\n" + strings.ReplaceAll(block, "shared@", "root@")
		others := connectionsOf(t, db, "root")
		if err := s.Reload(broken); err == nil {
			t.Fatal("a reload to an address that is not ours succeeded")
		}
		if !eventually(10*second, func() bool { return connectionsOf(t, db, "root") <= others }) {
			t.Error("the reload that failed left a connection behind")
		}
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
		if n := connectionsOf(t, db, "shared"); n != 1 {
			t.Errorf("%d connections after a failed reload, expected 1", n)
		}
	})
}

// Readers, changes, lists and reloads at once: for the race detector, and no answer may be wrong.
func TestEverythingAtOnce(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "fixed.lan A 192.0.2.1", "moving.lan A 192.0.2.2", "example.org SOA ns.example.org host.example.org 1 2 3 4 5")
		corefile := strings.Replace(db.corefile("refresh 10ms\nresync 1s\nsnapshot "+t.TempDir()+"/copy", "prometheus 127.0.0.1:0"), ".:0", ".:"+freePort(t), 1)
		s := serve(t, corefile)
		stop := make(chan struct{})
		var running sync.WaitGroup
		until := func(work func()) {
			running.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						work()
					}
				}
			})
		}
		var asked, wrong atomic.Int64
		addr := s.UDP
		for range 4 {
			until(func() {
				reply, _, err := (&dns.Client{Timeout: 5 * time.Second}).Exchange(question("fixed.lan", "A"), addr)
				if asked.Add(1); err == nil && short(reply) != "NOERROR; A 192.0.2.1" {
					wrong.Add(1)
				}
			})
		}
		n := 0
		until(func() {
			n++
			if _, err := db.pool.Exec("UPDATE tb_dns SET record = ? WHERE name = 'moving.lan'", fmt.Sprintf("10.0.%d.%d", n>>8&255, n&255)); err != nil {
				t.Error(err)
			}
		})
		for deadline := time.Now().Add(4 * time.Second); time.Now().Before(deadline); {
			s.reload(t, corefile)
		}
		close(stop)
		running.Wait()
		if wrong.Load() > 0 || asked.Load() < 100 {
			t.Errorf("%d of %d answers were wrong", wrong.Load(), asked.Load())
		}
		s.within(t, 10*second, "moving.lan", "A", fmt.Sprintf("NOERROR; A 10.0.%d.%d", n>>8&255, n&255))
	})
}

// connectionsOf counts the connections of a user that stay: it is the least of several counts, as now and then one more is open for a moment, which looks at the age of
// the change log.
func connectionsOf(t *testing.T, db *database, user string) (least int) {
	t.Helper()
	for i := range 5 {
		if i > 0 {
			time.Sleep(50 * time.Millisecond)
		}
		n := db.count(t, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = '"+user+"'")
		if i == 0 || n < least {
			least = n
		}
	}
	return least
}
