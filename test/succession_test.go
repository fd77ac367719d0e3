package test

import (
	"database/sql"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/mariadb"

	"github.com/miekg/dns"
)

// A reload that changes how the table is read, while it cannot be: the copy of before goes on answering, however often, and is replaced when
// the table can be read.
func TestReloadToAnotherSourceWhileTheDatabaseIsDown(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		log := captureLog(t)
		db.insert(t, "www.lan A 192.0.2.1", "example.org SOA ns.example.org host.example.org 1 2 3 4 5")
		db.exec(t, "INSERT INTO tb_dns (name, type, record) VALUES ('bare.lan', 'A', '192.0.2.1')")
		metrics := "127.0.0.1:" + freePort(t)
		corefile := func(properties string) string {
			return strings.Replace(db.corefile(properties, "prometheus "+metrics), ".:0", ".:"+freePort(t), 1)
		}
		first := corefile("")
		s := serve(t, first)
		if err := db.server.Stop(); err != nil {
			t.Fatal(err)
		}
		for ttl := range 3 {
			s.reload(t, strings.Replace(first, "dsn", fmt.Sprintf("ttl %d\ndsn", 100+ttl), 1))
			s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
			s.expect(t, "none.example.org", "A", "NXDOMAIN")
			log.waitFor(t, "Answering from the copy (3 records)")
		}
		now := scrape(t, metrics)
		if now["records tb_dns"] != 3 || now["zones tb_dns"] != 1 || now["database_up tb_dns"] != 0 || now["copy_age_seconds tb_dns"] <= 0 {
			t.Errorf("%v records, %v zones, up %v, age %v", now["records tb_dns"], now["zones tb_dns"], now["database_up tb_dns"], now["copy_age_seconds tb_dns"])
		}
		if strings.Contains(log.String(), "SERVFAIL") {
			t.Errorf("the log tells of SERVFAIL:\n%s", log)
		}
		if err := db.server.Restart(); err != nil {
			t.Fatal(err)
		}
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.2' WHERE name = 'www.lan'")
		s.within(t, 10*second, "www.lan", "A", "NOERROR; A 192.0.2.2")
		if !eventually(10*second, func() bool { return s.ask(t, "bare.lan", "A").Answer[0].Header().Ttl == 102 }) {
			t.Error("the last ttl of the directive does not count")
		}
		if now := scrape(t, metrics); now["records tb_dns"] != 3 || now["database_up tb_dns"] != 1 {
			t.Errorf("%v records, up %v", now["records tb_dns"], now["database_up tb_dns"])
		}
	})
}

// Answers never go back in time at a reload to another source of the same table, and when it is complete the new one counts.
func TestNoAnswerGoesBackAtAReload(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		db.exec(t, "DROP USER IF EXISTS shared@'%'", "CREATE USER shared@'%'", "GRANT SELECT ON dns.* TO shared@'%'")
		db.exec(t, "INSERT INTO tb_dns (name, type, record) VALUES ('moving.lan', 'TXT', '0')")
		port := freePort(t)
		corefile := func(n int) string {
			return fmt.Sprintf(".:%s {\nmysqldns {\ndsn shared@tcp(%s)/dns\nttl %d\nrefresh 500ms\n}\n}\n", port, db.server.Addr, 1000+n) + slowStart(t, port)
		}
		s := serve(t, corefile(0))
		stop := make(chan struct{})
		var beside sync.WaitGroup
		beside.Go(func() {
			for n := 1; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := db.pool.Exec("UPDATE tb_dns SET record = ? WHERE name = 'moving.lan'", fmt.Sprintf("%d", n)); err != nil {
					t.Error(err)
				}
			}
		})
		for range 2 { // each with a socket of its own
			beside.Go(func() {
				last, asked := 0, 0
				client := &dns.Client{Timeout: 2 * time.Second}
				for {
					select {
					case <-stop:
						if asked < 100 {
							t.Errorf("asked %d times only", asked)
						}
						return
					default:
					}
					reply, _, err := client.Exchange(question("moving.lan", "TXT"), "127.0.0.1:"+port)
					if err != nil {
						continue // CoreDNS may drop a datagram while it moves the sockets
					}
					n := -1
					if len(reply.Answer) == 1 {
						fmt.Sscan(reply.Answer[0].(*dns.TXT).Txt[0], &n)
					}
					if asked++; n < last {
						t.Errorf("%d after %d: %s", n, last, short(reply))
					}
					last = n
				}
			})
		}
		const reloads = 8
		for n := range reloads {
			s.reload(t, corefile(n+1))
			if ttl := s.ask(t, "moving.lan", "TXT").Answer[0].Header().Ttl; ttl != uint32(1000+n+1) {
				t.Errorf("after the %d. reload the answer has the ttl %d", n+1, ttl)
			}
		}
		close(stop)
		beside.Wait()
		if n := connectionsOf(t, db, "shared"); n != 1 {
			t.Errorf("%d connections after %d reloads to another source, expected 1", n, reloads)
		}
	})
}

// slowStart is a block that takes a second to start, as its database never answers: for so long an instance before it goes on.
func slowStart(t *testing.T, port string) (block string) {
	t.Helper()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	return "slow.lan:" + port + " {\nmysqldns {\ndsn nobody@tcp(" + silent.Addr().String() + ")/dns?timeout=1s&readTimeout=1s\n}\n}\n"
}

// A reload that adds a host, with the same snapshot: the file becomes the new copy's, and the one before does not write over it when it ends.
func TestReloadThatAddsAHostKeepsTheSnapshot(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		path := filepath.Join(t.TempDir(), "copy")
		db.insert(t, "www.lan A 192.0.2.1")
		one := strings.Replace(db.corefile("snapshot "+path, ""), ".:0", ".:"+freePort(t), 1)
		more := strings.Replace(one, "dsn ", "dsn nobody@tcp(127.0.0.1:1)/dns ", 1)
		s := serve(t, one)
		if !eventually(5*second, func() bool { _, err := os.Stat(path); return err == nil }) {
			t.Fatal("no snapshot after the first load")
		}
		db.insert(t, "late.lan A 192.0.2.2")
		s.within(t, 10*second, "late.lan", "A", "NOERROR; A 192.0.2.2") // which the one before has to save at its end, if it may
		s.reload(t, more)
		s.expect(t, "late.lan", "A", "NOERROR; A 192.0.2.2")
		if !eventually(5*second, func() bool {
			text, err := os.ReadFile(path)
			return err == nil && strings.Contains(string(text), "127.0.0.1:1/dns, "+db.server.Addr)
		}) {
			t.Error("the snapshot is not that of the new source")
		}
	})
}

// Where there is no change log, the new copy's last look is a list, however long that takes.
func TestReloadWhereAListTakesLong(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.exec(t, "INSERT INTO tb_dns (name, type, record) VALUES ('bare.lan', 'A', '192.0.2.1')")
		view := db.slowly(t)
		db.exec(t, "DROP VIEW "+view+"_changes")
		port := freePort(t)
		corefile := func(ttl int) string {
			return strings.Replace(db.corefile(fmt.Sprintf("table %s\nttl %d", view, ttl), ""), ".:0", ".:"+port, 1)
		}
		s := serve(t, corefile(60))
		s.reload(t, corefile(61))
		if !eventually(10*second, func() bool { return s.ask(t, "bare.lan", "A").Answer[0].Header().Ttl == 61 }) {
			t.Error("the ttl of the new Corefile does not count")
		}
	})
}

// What a failed start left behind is gone with the next one, also where the instance that goes on has not got the plugin.
func TestFailedStartLeavesNothingBehind(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		db.exec(t, "DROP USER IF EXISTS shared@'%'", "CREATE USER shared@'%'", "GRANT SELECT ON dns.* TO shared@'%'")
		db.insert(t, "www.lan A 192.0.2.1")
		port := freePort(t)
		block := func(ttl int) string {
			return fmt.Sprintf("lan:%s {\nmysqldns {\ndsn shared@tcp(%s)/dns\nttl %d\n}\n}\n", port, db.server.Addr, ttl)
		}
		s := serve(t, "lan:"+port+" {\nwhoami\n}\n")
		for ttl := range 3 {
			broken := block(60+ttl) + "example.org:5399 {\nbind 192.0.2.254\nwhoami\n}\n"
			if err := s.Reload(broken); err == nil {
				t.Fatal("a reload to an address that is not ours succeeded")
			}
		}
		s.reload(t, block(70))
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
		if !eventually(5*second, func() bool { return connectionsOf(t, db, "shared") == 1 }) {
			t.Errorf("%d connections, expected 1", connectionsOf(t, db, "shared"))
		}
	})
}

// A reload that fails, after the copy that it made has saved its snapshot: the file becomes that of the copy that stays.
func TestReloadThatFailsGivesTheSnapshotBack(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		path := filepath.Join(t.TempDir(), "copy")
		db.insert(t, "www.lan A 192.0.2.1")
		one := strings.Replace(db.corefile("snapshot "+path, ""), ".:0", ".:"+freePort(t), 1)
		s := serve(t, one)
		has := func(source string) func() bool {
			return func() bool {
				text, err := os.ReadFile(path)
				return err == nil && strings.Contains(string(text), source)
			}
		}
		if !eventually(5*second, has(db.server.Addr)) {
			t.Fatal("no snapshot after the first load")
		}
		was := watchFile(t, path, "127.0.0.1:1/dns")
		more := strings.Replace(one, "dsn ", "dsn nobody@tcp(127.0.0.1:1)/dns ", 1)
		broken := more + slowStart(t, freePort(t)) + "\nexample.org:" + freePort(t) + " {\nbind 192.0.2.254\nwhoami\n}\n"
		if err := s.Reload(broken); err == nil {
			t.Fatal("a reload to an address that is not ours succeeded")
		}
		if !eventually(5*second, func() bool { return has(db.server.Addr)() && !has("127.0.0.1:1/dns")() }) {
			t.Error("the snapshot is that of a copy that is gone")
		}
		if !was() {
			t.Error("the copy that is gone did not save one: nothing was tried")
		}
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
	})
}

// watchFile looks at a file until the test ends, and tells whether it had a text.
func watchFile(t *testing.T, path, text string) (had func() bool) {
	var seen atomic.Bool
	stop := make(chan struct{})
	var looking sync.WaitGroup
	looking.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				if content, err := os.ReadFile(path); err == nil && strings.Contains(string(content), text) {
					seen.Store(true)
				}
			}
		}
	})
	t.Cleanup(func() { close(stop); looking.Wait() })
	return seen.Load
}

// Two tables are not kept in one file, in whichever order a reload names them.
func TestSnapshotOfTwoTables(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		db.insert(t, "www.lan A 192.0.2.1")
		one := strings.Replace(db.corefile("snapshot "+filepath.Join(t.TempDir(), "copy"), ""), ".:0", ".:"+freePort(t), 1)
		other := strings.Replace(strings.Replace(one, "snapshot", "table other\nsnapshot", 1), ".:", "other.lan:", 1)
		s := serve(t, one)
		for _, both := range []string{one + other, other + one} {
			if err := s.Reload(both); err == nil || !strings.Contains(err.Error(), "give each table a file of its own") {
				t.Errorf("%v", err)
			}
		}
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
	})
}

// Two blocks with one copy; a reload gives one of them another source: what it answers does not depend on which comes first. Going back to
// the first source works as well.
func TestReloadOfOneBlockOfTwo(t *testing.T) {
	for _, first := range []bool{true, false} {
		t.Run(fmt.Sprint(first), func(t *testing.T) {
			onPrivate(t, func(t *testing.T, db *database) {
				db.exec(t, "INSERT INTO tb_dns (name, type, record) VALUES ('www.one', 'A', '192.0.2.1'), ('www.two', 'A', '192.0.2.2')")
				port := freePort(t)
				block := func(zone, more string) string {
					return zone + ":" + port + " {\nmysqldns {\ndsn " + db.dsn + "\n" + more + "\n}\n}\n"
				}
				corefile := func(more string) string {
					if first {
						return block("one", more) + block("two", "")
					}
					return block("two", "") + block("one", more)
				}
				s := serve(t, corefile(""))
				if err := db.server.Stop(); err != nil {
					t.Fatal(err)
				}
				for _, more := range []string{"ttl 77", "ttl 78", "", "ttl 79"} {
					s.reload(t, corefile(more))
					s.expect(t, "www.one", "A", "NOERROR; A 192.0.2.1")
					s.expect(t, "www.two", "A", "NOERROR; A 192.0.2.2")
				}
				if err := db.server.Restart(); err != nil {
					t.Fatal(err)
				}
				ttl := func(name string) uint32 { return s.ask(t, name, "A").Answer[0].Header().Ttl }
				if !eventually(10*second, func() bool { return ttl("www.one") == 79 && ttl("www.two") == 3600 }) {
					t.Errorf("the TTLs are %d and %d, expected 79 and 3600", ttl("www.one"), ttl("www.two"))
				}
			})
		})
	}
}

// A reload that puts another server first, which has not got what was answered already: it is not followed.
func TestReloadToAServerThatIsBehind(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		log := captureLog(t)
		server, err := mariadb.Start(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer server.Stop()
		pool, err := sql.Open("mysql", server.DSN("root", "", mariadb.Database))
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		behind := &database{"behind", server.DSN("root", "", mariadb.Database), pool, server}
		behind.reset(t)
		db.insert(t, "www.lan A 192.0.2.1")
		behind.insert(t, "www.lan A 192.0.2.1")
		first := strings.Replace(db.corefile("", ""), ".:0", ".:"+freePort(t), 1)
		s := serve(t, first)
		time.Sleep(10 * time.Millisecond) // entries of one moment are not told apart
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.2'")
		s.within(t, 10*second, "www.lan", "A", "NOERROR; A 192.0.2.2")
		s.reload(t, strings.Replace(first, "dsn ", "ttl 60\ndsn "+behind.dsn+" ", 1))
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.2")
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.3'")
		s.within(t, 15*second, "www.lan", "A", "NOERROR; A 192.0.2.3")
		if strings.Contains(log.String(), "following tb_dns at "+server.Addr) {
			t.Errorf("it follows the server that is behind:\n%s", log)
		}
	})
}

// CoreDNS as a process, told by a signal to read a Corefile, then one that is none: it follows the table as before.
func TestFollowsAfterASignalToReloadNonsense(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		db.insert(t, "www.lan A 192.0.2.1")
		corefile := ".:{$PORT} {\nbind 127.0.0.1\nhealth 127.0.0.1:" + freePort(t) + " {\nlameduck 3s\n}\nmysqldns {\ndsn " +
			db.server.DSN("root", "", mariadb.Database) + "\n}\n}\n"
		s := startProcess(t, corefile)
		if err := s.Reload(corefile + "# again\n"); err != nil {
			t.Fatal(err)
		}
		if err := s.Reload(strings.Replace(corefile, "dsn", "nonsense", 1)); err == nil {
			t.Fatal("nonsense was loaded")
		}
		client := clientOf(s)
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.2'")
		client.within(t, 5*second, "www.lan", "A", "NOERROR; A 192.0.2.2")

		// While the health plugin keeps a server that is to end for a while, too.
		stopped := make(chan error)
		go func() { stopped <- s.Stop() }()
		if !eventually(5*second, func() bool { return strings.Contains(s.Log(), "Shutting down") }) {
			t.Fatalf("it does not end:\n%s", s.Log())
		}
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.3'")
		client.within(t, 2*second, "www.lan", "A", "NOERROR; A 192.0.2.3")
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		if _, err := net.Dial("tcp", s.Addr); err == nil {
			t.Error("it still listens")
		}
	})
}
