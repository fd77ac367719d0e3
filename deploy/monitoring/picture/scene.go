package main

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	_ "github.com/go-sql-driver/mysql" // for database/sql
	"github.com/miekg/dns"

	"github.com/mysqldns/mysqldns/deploy/monitoring"
	"github.com/mysqldns/mysqldns/test/coredns"
	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/port"
)

const (
	hosts     = 20_000 // names in the table
	questions = 60     // a second, at each server, in the mean
	changes   = 5      // a second

	lead = 15 * time.Second // before the picture begins, so that every line is there at its left edge
)

// scene is what is running.
type scene struct {
	dir      string
	db       *mariadb.Server
	pool     *sql.DB
	servers  map[string]*coredns.Server
	metrics  map[string]string
	upstream *dns.Server
	length   time.Duration
}

// perform runs everything, and returns what Prometheus has to say about it.
func perform(ctx context.Context, dashboard *monitoring.Dashboard, length time.Duration) (answers, error) {
	dir, err := os.MkdirTemp("", "mysqldns-picture-")
	if err != nil {
		return answers{}, err
	}
	defer os.RemoveAll(dir)
	s := &scene{dir: dir, servers: map[string]*coredns.Server{}, metrics: map[string]string{}, length: length}
	defer s.stop()
	if err := s.start(); err != nil {
		return answers{}, err
	}
	rules, err := filepath.Abs("monitoring/rules.yaml")
	if err != nil {
		return answers{}, err
	}
	p, err := startPrometheus(ctx, dir, rules, s.metrics)
	if err != nil {
		return answers{}, err
	}
	defer p.stop()
	fmt.Printf("running for %s\n", length)
	from := time.Now().Add(lead).Truncate(step)
	if err := s.play(ctx, from); err != nil {
		return answers{}, err
	}
	return p.ask(dashboard, from, from.Add(length))
}

func (s *scene) start() (err error) {
	if err := os.Mkdir(filepath.Join(s.dir, "mariadb"), 0o700); err != nil {
		return err
	}
	if s.db, err = mariadb.Start(filepath.Join(s.dir, "mariadb")); err != nil {
		return err
	}
	if s.pool, err = sql.Open("mysql", s.db.DSN("root", "", mariadb.Database)+"?multiStatements=true&interpolateParams=true"); err != nil {
		return err
	}
	if err := s.fill(); err != nil {
		return err
	}
	upstream, err := s.startUpstream()
	if err != nil {
		return err
	}
	fmt.Println("building CoreDNS")
	program, err := coredns.Build(s.dir)
	if err != nil {
		return err
	}
	for _, name := range []string{"dns-1", "dns-2"} {
		dir := filepath.Join(s.dir, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
		s.metrics[name] = freeAddr()
		// The table is listed far more often than it would be otherwise, so that there is something to see of it.
		corefile := fmt.Sprintf(`.:{$PORT} {
    bind 127.0.0.1
    prometheus %s
    mysqldns {
        dsn %s
        snapshot %s
        resync 50s
    }
    forward . %s
}
`, s.metrics[name], s.db.DSN("root", "", mariadb.Database), filepath.Join(dir, "snapshot"), upstream)
		if s.servers[name], err = coredns.Start(program, dir, corefile); err != nil {
			return err
		}
	}
	return nil
}

func (s *scene) stop() {
	for _, server := range s.servers {
		server.Stop()
	}
	if s.upstream != nil {
		s.upstream.Shutdown()
	}
	if s.pool != nil {
		s.pool.Close()
	}
	if s.db != nil {
		s.db.Stop()
	}
}

func (s *scene) fill() error {
	schema, err := os.ReadFile("../schema.sql")
	if err != nil {
		return err
	}
	if err := s.exec(string(schema)); err != nil {
		return err
	}
	_, err = s.pool.Exec(fmt.Sprintf(`INSERT INTO tb_dns (name, type, ttl, record) VALUES
		('example.org', 'SOA', 3600, 'ns1.example.org. hostmaster.example.org. 1 7200 3600 1209600 300'),
		('example.org', 'NS', 3600, 'ns1.example.org.'), ('ns1.example.org', 'A', 3600, '192.0.2.1'),
		('sub.example.org', 'NS', 3600, 'ns1.example.net.');
		INSERT INTO tb_dns (name, type, ttl, record) SELECT CONCAT('host-', seq, '.example.org'), 'A', 60, '192.0.2.2' FROM seq_1_to_%d`, hosts))
	return err
}

// startUpstream starts what questions are forwarded to, some milliseconds away.
func (s *scene) startUpstream() (addr string, err error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s.upstream = &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		time.Sleep(time.Duration(4+rand.IntN(8)) * time.Millisecond)
		reply := new(dns.Msg).SetReply(q)
		reply.Answer = []dns.RR{&dns.A{
			Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60}, A: net.IPv4(203, 0, 113, 1),
		}}
		w.WriteMsg(reply)
	})}
	go s.upstream.ActivateAndServe()
	return conn.LocalAddr().String(), nil
}

// play is what happens. Times are shares of what the picture shows.
func (s *scene) play(ctx context.Context, from time.Time) error {
	ctx, cancel := context.WithDeadline(ctx, from.Add(s.length+lead))
	defer cancel()
	var running sync.WaitGroup
	for _, server := range s.servers {
		running.Go(func() { s.askAll(ctx, server.Addr) })
	}
	running.Go(func() { s.changeRows(ctx) })
	defer running.Wait()
	defer cancel()
	for _, event := range []struct {
		at   float64
		what func() error
	}{
		{.18, func() error { // two mistakes in the table
			return s.exec(`INSERT INTO tb_dns (name, type, record) VALUES ('mistake.example.org', 'A', '192.0.2.256'), ('mistake.example.org', 'ADDRESS', '192.0.2.2')`)
		}},
		{.30, func() error { // a new site, in one transaction
			return s.exec(`INSERT INTO tb_dns (name, type, ttl, record) SELECT CONCAT('host-', seq, '.site2.example.org'), 'A', 60, '192.0.2.3' FROM seq_1_to_4000`)
		}},
		{.42, s.db.Kill},
		{.58, s.db.Restart},
		{.72, func() error { // one of the mistakes is mended
			return s.exec(`UPDATE tb_dns SET record = '192.0.2.25' WHERE name = 'mistake.example.org' AND type = 'A'`)
		}},
		{.80, func() error { // past the change log
			return s.exec(`DROP TRIGGER tb_dns_insert;
				INSERT INTO tb_dns (name, type, ttl, record) VALUES ('drift-1.example.org', 'A', 60, '192.0.2.4'), ('drift-2.example.org', 'A', 60, '192.0.2.4');
				CREATE TRIGGER tb_dns_insert AFTER INSERT ON tb_dns FOR EACH ROW INSERT INTO tb_dns_changes (name) VALUES (NEW.name)`)
		}},
		{1, func() error { return nil }},
	} {
		select {
		case <-time.After(time.Until(from.Add(time.Duration(event.at * float64(s.length))))):
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := event.what(); err != nil {
			return err
		}
	}
	return nil
}

func (s *scene) exec(text string) error {
	_, err := s.pool.Exec(text)
	return err
}

// changeRows changes some rows a second, while there is a database.
func (s *scene) changeRows(ctx context.Context) {
	for tick := time.NewTicker(time.Second / changes); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		attempt, cancel := context.WithTimeout(ctx, time.Second)
		s.pool.ExecContext(attempt, "UPDATE tb_dns SET record = ? WHERE name = ?",
			fmt.Sprintf("198.51.100.%d", rand.IntN(256)), fmt.Sprintf("host-%d.example.org", 1+rand.IntN(hosts)))
		cancel()
	}
}

// askAll asks a server: most questions are for names that exist, and there are more and fewer of them as time goes by.
func (s *scene) askAll(ctx context.Context, addr string) {
	client := dns.Client{Timeout: 2 * time.Second}
	conn, err := client.Dial(addr)
	if err != nil {
		return
	}
	defer conn.Close()
	began := time.Now()
	for ctx.Err() == nil {
		name, qtype := question()
		client.ExchangeWithConn(new(dns.Msg).SetQuestion(name, qtype), conn) // what comes back, Prometheus tells
		rate := questions * (1 + .35*math.Sin(2*math.Pi*1.3*float64(time.Since(began))/float64(s.length)))
		time.Sleep(time.Duration(rand.ExpFloat64() / rate * float64(time.Second)))
	}
}

func question() (name string, qtype uint16) {
	host := fmt.Sprintf("host-%d.example.org.", 1+rand.IntN(hosts))
	switch n := rand.IntN(100); {
	case n < 62:
		return host, dns.TypeA
	case n < 74:
		return host, dns.TypeAAAA
	case n < 84:
		return "no-" + host, dns.TypeA
	case n < 87:
		return "www.sub.example.org.", dns.TypeA
	}
	return fmt.Sprintf("www-%d.example.com.", rand.IntN(1000)), dns.TypeA
}

// freeAddr is an address at which no process listens.
func freeAddr() string {
	addr, err := port.Free()
	if err != nil {
		panic(err) // there is no free port on this machine
	}
	return addr
}
