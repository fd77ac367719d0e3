package differential

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns"
	"github.com/mysqldns/mysqldns/test/instance"
	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/port"

	_ "github.com/coredns/coredns/plugin/bind" // with forward, what its Corefile has
	_ "github.com/coredns/coredns/plugin/forward"
	"github.com/go-sql-driver/mysql"
	"github.com/miekg/dns"
)

// subject is what the tests ask: CoreDNS over the rows of a MariaDB; without a MariaDB, or if MYSQLDNS_SUBJECT is "copy", the
// algorithm over the copy in memory.
func subject(t *testing.T, seed uint64) func([]Table) (Subject, error) {
	t.Helper()
	if os.Getenv("MYSQLDNS_SUBJECT") == "copy" {
		return NewCopy
	}
	dsn := os.Getenv("MYSQLDNS_TEST_DSN")
	if dsn == "" {
		server, err := mariadb.Start(t.TempDir())
		if errors.Is(err, mariadb.ErrNotInstalled) {
			missing(t, err.Error())
			return NewCopy
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { server.Stop() })
		dsn = server.DSN("root", "", mariadb.Database)
	}
	s := &served{dsn: dsn, others: refuse(t), style: rand.New(rand.NewPCG(seed, 0)).IntN}
	t.Cleanup(s.stop)
	return s.load
}

// served is CoreDNS over the rows of a table.
type served struct {
	dsn      string
	others   string        // address of a server that knows what the table does not
	style    func(int) int // how the next row is written
	instance *instance.Server
	server   *Server // which the instance is
}

// load puts tables in place of what was in the database before, and starts CoreDNS anew.
func (s *served) load(tables []Table) (Subject, error) {
	s.stop()
	config, err := mysql.ParseDSN(s.dsn)
	if err != nil {
		return nil, err
	}
	config.MultiStatements, config.InterpolateParams = true, true
	pool, err := sql.Open("mysql", config.FormatDSN())
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	pool.SetMaxOpenConns(1) // the script locks a table
	if _, err := pool.Exec("DROP TABLE IF EXISTS tb_dns; DROP TABLE IF EXISTS tb_dns_changes;" + mysqldns.Schema); err != nil {
		return nil, err
	}
	if err := s.insert(pool, tables); err != nil {
		return nil, err
	}
	number, err := port.FreeNumber()
	if err != nil {
		return nil, err
	}
	corefile := fmt.Sprintf(".:%d {\n bind 127.0.0.1\n mysqldns {\n dsn %s\n }\n forward . %s\n}\n", number, s.dsn, s.others)
	s.server = At(fmt.Sprintf("127.0.0.1:%d", number))
	if s.instance, err = instance.Start(corefile); err != nil {
		return nil, err
	}
	return s.server, complete(s.server, tables)
}

// refuse starts a server that refuses all questions, as the references do with those outside of their zones.
func refuse(t *testing.T) (address string) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		_ = w.WriteMsg(new(dns.Msg).SetRcode(q, dns.RcodeRefused))
	})}
	go server.ActivateAndServe()
	t.Cleanup(func() { server.Shutdown() })
	return conn.LocalAddr().String()
}

// insert writes the rows in an order of chance, many at a time.
func (s *served) insert(pool *sql.DB, tables []Table) error {
	var rows []Row
	for _, t := range tables {
		rows = append(rows, t.Rows(s.style)...)
	}
	for i := range rows {
		j := s.style(i + 1)
		rows[i], rows[j] = rows[j], rows[i]
	}
	for some := range slices.Chunk(rows, 500) {
		var values []any
		for _, row := range some {
			values = append(values, row.Name, row.Type, row.Class, row.TTL, row.Record)
		}
		query := "INSERT INTO tb_dns (name, type, class, ttl, record) VALUES (?, ?, ?, ?, ?)" + strings.Repeat(", (?, ?, ?, ?, ?)", len(some)-1)
		if _, err := pool.Exec(query, values...); err != nil {
			return err
		}
	}
	return nil
}

// complete waits until every zone is served.
func complete(s Subject, tables []Table) error {
	deadline := time.Now().Add(startTime)
	for _, t := range tables {
		for _, z := range t.Zones() {
			for {
				m, err := s.Ask(message(dns.Question{Name: z.Apex, Qtype: dns.TypeSOA, Qclass: dns.ClassINET}))
				if err == nil && m.Authoritative && len(m.Answer) == 1 {
					break
				}
				if time.Now().After(deadline) {
					return cmp.Or(err, fmt.Errorf("CoreDNS does not serve %s:\n%v", z.Apex, m))
				}
				time.Sleep(20 * time.Millisecond)
			}
		}
	}
	return nil
}

func (s *served) stop() {
	if s.instance != nil {
		s.server.Close()
		s.instance.Stop()
		s.instance = nil
	}
}
