package faults

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns"
	"github.com/mysqldns/mysqldns/test/mariadb"

	_ "github.com/go-sql-driver/mysql" // for database/sql
)

const (
	quiet       = 500 * time.Millisecond // without a fault, before it
	writeEvery  = 100 * time.Millisecond
	firstSecret = "first-secret"
)

// stage is a database, what looks at it, and the fault that comes over it.
type stage struct {
	t     *testing.T
	fault fault
	dir   string

	server, second *mariadb.Server // second is nil unless the fault is lagging
	proxy          *Proxy          // before server; nil unless the fault is proxied or the server far away
	secondAddr     string          // of second, or of a proxy before that
	root           *sql.DB         // of server, without the proxy
	upstream       *Upstream

	steady, kept, bare *instance

	mu             sync.Mutex
	table, column  string // where the addresses are, at the moment
	writing        sync.WaitGroup
	writingContext context.Context
	stopWriting    context.CancelFunc

	killing func() // ends it
	commits int    // of changing
	result  Result
}

// newStage starts everything, and waits until all is well.
func newStage(t *testing.T, f fault) *stage {
	s := &stage{t: t, fault: f, dir: t.TempDir(), table: "tb_dns", column: "record", result: Result{Fault: f.name}}
	s.startDatabase()
	var err error
	if s.upstream, err = NewUpstream(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.upstream.Close)
	s.makeDisk()
	s.startInstances()
	s.startWriting()
	s.answers("before the fault", s.change(), time.Now())
	for _, i := range s.instances() {
		i.startAsking()
	}
	time.Sleep(quiet)
	for _, i := range s.instances() {
		i.before = len(i.Log())
	}
	return s
}

// startDatabase starts the servers with the table.
func (s *stage) startDatabase() {
	var env []string
	if s.fault.jumping {
		env = s.clock()
	}
	s.server = s.startServer("server", env)
	s.root = s.connect(s.server)
	s.fill(s.root)
	if s.fault.proxied || *roundTrip > 0 {
		s.proxy = s.far(s.server)
	}
	if s.fault.lagging {
		s.second = s.startServer("second", nil)
		second := s.connect(s.second)
		s.fill(second)
		s.exec(second, "SET GLOBAL read_only = ON")
		s.secondAddr = s.second.Addr
		if *roundTrip > 0 {
			s.secondAddr = s.far(s.second).Addr
		}
	}
}

// far puts a proxy before a server, which is as far away as the flag says.
func (s *stage) far(server *mariadb.Server) *Proxy {
	proxy, err := NewFarProxy(server.Addr, *roundTrip)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(proxy.Close)
	return proxy
}

func (s *stage) startServer(name string, env []string) *mariadb.Server {
	dir := filepath.Join(s.dir, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		s.t.Fatal(err)
	}
	server, err := mariadb.StartWithEnv(dir, env)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			s.t.Error(err)
		}
	})
	return server
}

// connect opens a pool for root. It keeps its one connection, so that it has one when no others can be had.
func (s *stage) connect(server *mariadb.Server) *sql.DB {
	pool, err := sql.Open("mysql", server.DSN("root", "", mariadb.Database)+"?multiStatements=true")
	if err != nil {
		s.t.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	s.t.Cleanup(func() { pool.Close() })
	return pool
}

// fill makes the table, its rows and the user.
func (s *stage) fill(pool *sql.DB) {
	s.exec(pool, mysqldns.Schema)
	s.exec(pool, inserts("tb_dns")...)
	s.exec(pool, "CREATE USER reader@'%' IDENTIFIED BY '"+firstSecret+"'", "GRANT SELECT ON dns.tb_dns TO reader@'%'")
	if !s.fault.logless {
		s.exec(pool, "GRANT SELECT ON dns.tb_dns_changes TO reader@'%'")
	}
}

func (s *stage) exec(pool *sql.DB, statements ...string) {
	s.t.Helper()
	for _, statement := range statements {
		if _, err := pool.ExecContext(s.t.Context(), statement); err != nil {
			s.t.Fatalf("%.200s: %v", statement, err)
		}
	}
}

// sql executes statements as root at the first server.
func (s *stage) sql(statements ...string) {
	s.t.Helper()
	s.exec(s.root, statements...)
}

// place says where the addresses are that change.
func (s *stage) place(table, column string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.table, s.column = table, column
}

// set commits an address.
func (s *stage) set(ctx context.Context, name, address string) error {
	s.mu.Lock()
	table, column := s.table, s.column
	s.mu.Unlock()
	_, err := s.root.ExecContext(ctx, fmt.Sprintf("UPDATE %s SET %s = '%s' WHERE name = '%s'", table, column, address, name))
	return err
}

// startWriting commits changes of meanwhile all the time, as far as the database takes them.
func (s *stage) startWriting() {
	// It ends between two changes: one that is broken off may or may not be committed yet when the table is read.
	s.writingContext, s.stopWriting = context.WithCancel(s.t.Context())
	s.writing.Go(func() {
		ticker := time.NewTicker(writeEvery)
		defer ticker.Stop()
		for i := 1; ; i++ {
			select {
			case <-s.writingContext.Done():
				return
			case <-ticker.C:
				s.set(s.t.Context(), meanwhile, value(i)) //nolint:errcheck // the table tells at the end what was committed
			}
		}
	})
}

// change commits a new address of changing and returns it.
func (s *stage) change() (address string) {
	s.t.Helper()
	s.commits++
	address = value(s.commits)
	if err := s.set(s.t.Context(), changing, address); err != nil {
		s.t.Fatal(err)
	}
	return address
}

// play inflicts the fault, restarts two servers in it, heals it and looks how long that takes to show.
func (s *stage) play() {
	s.fault.inflict(s)
	over := time.After(s.fault.lasts)
	s.restart()
	s.inside()
	<-over
	s.fault.heal(s)
	s.recover()
}

// recover commits a change and waits until all answer it, and what was committed before.
func (s *stage) recover() {
	s.t.Helper()
	healed := time.Now()
	took := s.answers("after healing", s.change(), healed)
	for _, took := range took {
		s.result.Recovery = max(s.result.Recovery, took)
	}
	if s.fault.blind && !s.fault.alone {
		s.result.Bare = "SERVFAIL; right " + seconds(took[s.bare]) + " after healing"
	}
	s.stopWriting()
	s.writing.Wait()
	s.compare(healed.Add(limit))
	for _, i := range s.instances() {
		i.expectReady(true)
		i.expectUp(true)
	}
}

// answers waits until all have an address of changing, for at most limit since then, and returns how long since then that took.
func (s *stage) answers(when, address string, since time.Time) (took map[*instance]time.Duration) {
	s.t.Helper()
	took = map[*instance]time.Duration{}
	var mu sync.Mutex
	var waiting sync.WaitGroup
	for _, i := range s.instances() {
		waiting.Go(func() {
			i.answers(when, address, since)
			mu.Lock()
			defer mu.Unlock()
			took[i] = time.Since(since)
		})
	}
	waiting.Wait()
	return took
}

// compare waits until all answer as the table says, for the names that changed and some that did not.
func (s *stage) compare(deadline time.Time) {
	s.t.Helper()
	truth := s.truth()
	for _, i := range s.instances() {
		for name, address := range truth {
			got := ""
			if !eventually(time.Until(deadline), func() bool {
				got = i.ask(name)
				return got == "NOERROR; A "+address
			}) {
				s.t.Errorf("%s answers %q for %s, the table has %s; the log:\n%s", i.name, got, name, address, i.tail())
				break
			}
		}
	}
}

// truth is the address of each of these names, as the table has it.
func (s *stage) truth() (addresses map[string]string) {
	s.t.Helper()
	rows, err := s.root.QueryContext(s.t.Context(), "SELECT name, record FROM tb_dns WHERE type = 'A'"+
		" AND (name = ? OR name LIKE '%.busy.example.org' OR name LIKE '%.fill.example.org' AND id % 301 = 0)", meanwhile)
	s.must(err)
	defer rows.Close()
	addresses = map[string]string{}
	for rows.Next() {
		var name, address string
		s.must(rows.Scan(&name, &address))
		addresses[name] = address
	}
	s.must(rows.Err())
	if len(addresses) < fillers/310 {
		s.t.Fatalf("the table has %d of the names", len(addresses))
	}
	return addresses
}

// close ends everything and returns what came of it.
func (s *stage) close() Result {
	s.t.Helper()
	s.stopWriting()
	s.writing.Wait()
	if s.result.Recovery > limit {
		s.t.Errorf("changes flow %s after healing, expected at most %s", s.result.Recovery, limit)
	}
	for _, i := range s.instances() {
		i.stop()
		if strings.Contains(i.Log(), "-secret") {
			s.t.Errorf("%s tells the password:\n%s", i.name, i.Log())
		}
	}
	s.judge()
	if leaked := s.upstream.Leaked(privateNames()); len(leaked) > 0 && !s.fault.emptied {
		s.t.Errorf("private names were passed on: %s", strings.Join(leaked, ", "))
	}
	return s.result
}

// judge says what is wrong with the tallies.
func (s *stage) judge() {
	s.t.Helper()
	steady := s.steady.tally
	s.result.Steady, s.result.Stalls = steady, machine.Stalled(steady.Spans)
	if steady.Wrong+steady.ServFail+s.result.Late() > 0 || steady.Right == 0 { // what is lost is late, too
		s.t.Errorf("steady: %d right, %d wrong, %d SERVFAIL, %d lost, %d late of %d; such as\n%s", steady.Right, steady.Wrong, steady.ServFail,
			steady.Lost, s.result.Late(), steady.Asked, strings.Join(steady.Samples, "\n"))
	}
	for _, i := range s.instances()[1:] {
		late := i.unexcused()
		if i.tally.Wrong+i.tally.ServFail+len(late)-machine.Stalled(late) > 0 || i.tally.Right == 0 {
			s.t.Errorf("%s: %d right, %d wrong, %d SERVFAIL, %d late or lost while it was there, of %d; such as\n%s", i.name, i.tally.Right,
				i.tally.Wrong, i.tally.ServFail, len(late), i.tally.Asked, strings.Join(i.tally.Samples, "\n"))
		}
	}
}

// eventually polls a condition until it holds, and reports whether it did in time. It tries at least once.
func eventually(within time.Duration, holds func() bool) bool {
	for deadline := time.Now().Add(within); ; time.Sleep(10 * time.Millisecond) {
		if holds() {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}
