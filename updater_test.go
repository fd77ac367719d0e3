package mysqldns

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/update"

	"github.com/go-sql-driver/mysql"
	"github.com/miekg/dns"
)

// countedConns counts the connections that it makes. Their server does all that it is told, and answers each question with one row of one zero. It
// implements driver.Connector.
type countedConns struct{ open atomic.Int32 }

func (c *countedConns) Connect(context.Context) (driver.Conn, error) {
	c.open.Add(1)
	return &countedConn{c}, nil
}

func (c *countedConns) Driver() driver.Driver { return nil }

type countedConn struct{ of *countedConns }

func (c *countedConn) Prepare(string) (driver.Stmt, error) { return nil, errors.ErrUnsupported }
func (c *countedConn) Begin() (driver.Tx, error)           { return nil, errors.ErrUnsupported }
func (c *countedConn) Close() error                        { c.of.open.Add(-1); return nil }

func (c *countedConn) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(1), nil
}

func (c *countedConn) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return new(oneZero), nil
}

type oneZero struct{ read bool }

func (*oneZero) Columns() []string { return []string{"zero"} }
func (*oneZero) Close() error      { return nil }

func (r *oneZero) Next(row []driver.Value) error {
	if r.read {
		return io.EOF
	}
	r.read, row[0] = true, int64(0)
	return nil
}

// newIdleSessions makes an updater, and sessions that are not among its idle ones yet.
func newIdleSessions(t *testing.T, n int) (u *updater, all []*updateSession, conns *countedConns) {
	conns = new(countedConns)
	pool := sql.OpenDB(conns)
	pool.SetMaxIdleConns(0)
	u = newUpdater(nil, &writers{pools: []*sql.DB{pool}}, 60)
	for range n {
		conn, err := pool.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, &updateSession{&table.Session{Conn: conn}, new(table.Writer)})
	}
	return u, all, conns
}

// A server that went away took all its connections with it. An update that met each of them in turn would have no try left for a new one.
func TestIdleSessionsEndWithTheFirstThatFails(t *testing.T) {
	u, all, conns := newIdleSessions(t, updateSlots)
	for _, s := range all {
		u.giveBack(t.Context(), s, true)
	}
	if open := conns.open.Load(); open != updateSlots {
		t.Fatalf("%d sessions are kept, not %d", open, updateSlots)
	}
	s, err := u.session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u.giveBack(t.Context(), s, false)
	if open := conns.open.Load(); open != 0 {
		t.Errorf("%d sessions are still open", open)
	}
}

func TestSessionsOfAnUpdateUnderWayEndAfterClose(t *testing.T) {
	u, all, conns := newIdleSessions(t, 2)
	u.giveBack(t.Context(), all[0], true)
	u.close()
	u.giveBack(t.Context(), all[1], true)
	if open := conns.open.Load(); open != 0 {
		t.Errorf("%d sessions are still open", open)
	}
}

// A panic ends one request and not CoreDNS. The transaction that it is in would keep the zone from all others.
func TestPanicEndsTheTransaction(t *testing.T) {
	u, all, conns := newIdleSessions(t, 1) // without a copy
	u.giveBack(t.Context(), all[0], true)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("there was no panic")
			}
		}()
		u.try(t.Context(), "example.org.", new(update.Message), table.Receipt{})
	}()
	if open := conns.open.Load(); open != 0 {
		t.Errorf("%d sessions are still open", open)
	}
}

// A host that is down takes no connection and refuses none. The one behind it is asked before the client of an update gives up.
func TestSilentHostLeavesTimeForTheOthers(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the kernel takes connections, and no greeting comes
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	asked := make(chan struct{})
	go func() {
		if conn, err := other.Accept(); err == nil {
			conn.Close()
			close(asked)
		}
	}()
	var s source
	for _, l := range []net.Listener{silent, other} {
		cfg := mysql.NewConfig()
		cfg.Net, cfg.Addr, cfg.DBName, cfg.Logger = "tcp", l.Addr().String(), "dns", &mysql.NopLogger{}
		s.writeHosts = append(s.writeHosts, cfg)
	}
	w, err := openWriters(&s)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := w.connect(ctx); err == nil {
		t.Fatal("connected to a host that is none")
	}
	select {
	case <-asked:
	case <-time.After(10 * time.Second):
		t.Error("the second host was not asked")
	}
}

// nowhere takes the answer to a well signed message and drops it.
type nowhere struct{ dns.ResponseWriter }

func (nowhere) RemoteAddr() net.Addr    { return &net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 53} }
func (nowhere) TsigStatus() error       { return nil }
func (nowhere) WriteMsg(*dns.Msg) error { return nil }

// What is remembered of messages is bounded. Who has a key of the listener and no rule has no share of it.
func TestMessagesOfKeysWithoutRulesAreNotRemembered(t *testing.T) {
	m := &MySQLDNS{rules: update.Policy{{Key: "key.", Name: "example.org."}}}
	for _, key := range []string{"stranger.", "key."} {
		r := new(dns.Msg).SetUpdate("example.org.")
		r.Question[0].Qtype = dns.TypeA                                                                   // malformed, so nothing of the table is needed
		r.Extra = []dns.RR{&dns.TSIG{Hdr: dns.RR_Header{Name: key, Rrtype: dns.TypeTSIG}, MAC: "aa"}}[:0] // as tsig leaves it
		if _, err := m.serveUpdate(t.Context(), nowhere{}, r); err != nil {
			t.Fatal(err)
		}
		if remembered := len(m.repeats.known); (remembered > 0) != (key == "key.") {
			t.Errorf("after a message of %s %d are remembered", key, remembered)
		}
	}
}
