package test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/faults"

	"github.com/go-sql-driver/mysql"
)

// wire is what clients of a database have sent, packet by packet.
type wire struct {
	mu   sync.Mutex
	sent []string
}

func (w *wire) see(octets []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, string(octets))
}

// statements are those that were sent since the last call. A statement is the octet 3 behind the header of a packet (COM_QUERY).
func (w *wire) statements() (all []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, packet := range w.sent {
		if len(packet) > 5 && packet[4] == 3 && packet[3] == 0 {
			all = append(all, packet[5:])
		}
	}
	w.sent = nil
	return all
}

// throughWire starts CoreDNS behind a proxy that makes the database be so far away.
func (db *database) throughWire(t *testing.T, roundTrip time.Duration, properties string) (*server, *wire) {
	t.Helper()
	cfg, err := mysql.ParseDSN(db.dsn)
	if err != nil {
		t.Fatal(err)
	}
	proxy, err := faults.NewFarProxy(cfg.Addr, roundTrip)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	w := &wire{}
	proxy.Watch(w.see)
	cfg.Addr = proxy.Addr
	far := *db
	far.dsn = cfg.FormatDSN()
	return serve(t, far.corefile(properties, "")), w
}

// ofNode is what the connection sends that asks a server about itself as a node.
var ofNode = regexp.MustCompile("SHOW (REPLICA STATUS|STATUS LIKE 'wsrep)|replication_group_members|^SET NAMES|information_schema.COLUMNS")

// ofPruner is what a connection of its own asks about the age of the change log.
var ofPruner = regexp.MustCompile("^SELECT (seq|TIMESTAMPDIFF).* FROM `tb_dns_changes` WHERE (seq|changed_at) <")

// A look at the change log is one statement, with news and without.
func TestALookIsOneStatement(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "www.example.org A 192.0.2.1", "other.example.org A 192.0.2.1")
		s, w := db.throughWire(t, 20*time.Millisecond, "resync 0")
		if !eventually(10*second, func() bool { return short(s.ask(t, "www.example.org", "A")) == "NOERROR; A 192.0.2.1" }) {
			t.Fatal("does not read the table")
		}
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.2' WHERE name = 'www.example.org'")
		if !eventually(10*second, func() bool { return short(s.ask(t, "www.example.org", "A")) == "NOERROR; A 192.0.2.2" }) {
			t.Fatal("does not follow")
		}
		w.statements()
		for n := range 10 {
			name, address := fmt.Sprintf("n%d.example.org", n), fmt.Sprintf("192.0.2.%d", n)
			db.insert(t, name+" A "+address)
			if !eventually(10*second, func() bool { return short(s.ask(t, name, "A")) == "NOERROR; A "+address }) {
				t.Fatalf("%s does not show", name)
			}
			db.exec(t, "DELETE FROM tb_dns WHERE name = '"+name+"'")
			if !eventually(10*second, func() bool { return !strings.Contains(short(s.ask(t, name, "A")), address) }) {
				t.Fatalf("%s does not go", name)
			}
		}
		looks := 0
		for _, statement := range w.statements() {
			switch {
			case strings.Contains(statement, "FROM `tb_dns_changes` AS e") && strings.Contains(statement, "`tb_dns` AS r"):
				looks++
			case !ofNode.MatchString(statement) && !ofPruner.MatchString(statement):
				t.Errorf("asked besides: %s", statement)
			}
		}
		if looks < 10 {
			t.Errorf("%d looks only", looks)
		}
	})
}

// From the connection to the first row there are five statements, each of which waits for the answer to the one before.
func TestFiveRoundTripsToTheFirstRow(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "www.example.org A 192.0.2.1")
		s, w := db.throughWire(t, 0, "")
		if !eventually(10*second, func() bool { return short(s.ask(t, "www.example.org", "A")) == "NOERROR; A 192.0.2.1" }) {
			t.Fatal("does not read the table")
		}
		statements := w.statements()
		for n, statement := range statements {
			if strings.HasSuffix(statement, "FROM `tb_dns`") {
				if n+1 > 5 {
					t.Errorf("the table is read with statement %d:\n%s", n+1, strings.Join(statements[:n+1], "\n"))
				}
				return
			}
		}
		t.Errorf("the table was not read:\n%s", strings.Join(statements, "\n"))
	})
}

// Far away, a change shows after the pause between two looks and one and a half round trips; the test is generous beside that, as a busy machine is slow.
func TestChangesShowFarAway(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "www.example.org A 192.0.2.0")
		const roundTrip = 400 * time.Millisecond
		s, _ := db.throughWire(t, roundTrip, "")
		if !eventually(20*second, func() bool { return short(s.ask(t, "www.example.org", "A")) == "NOERROR; A 192.0.2.0" }) {
			t.Fatal("does not read the table")
		}
		var worst time.Duration
		for n := range 10 {
			address := fmt.Sprintf("192.0.2.%d", n+1)
			db.exec(t, "UPDATE tb_dns SET record = '"+address+"' WHERE name = 'www.example.org'")
			committed := time.Now()
			if !eventually(10*second, func() bool { return short(s.ask(t, "www.example.org", "A")) == "NOERROR; A "+address }) {
				t.Fatalf("%s does not show", address)
			}
			worst = max(worst, time.Since(committed))
		}
		t.Logf("at most %s", worst)
		if limit := 100*time.Millisecond + 3*roundTrip/2 + 500*time.Millisecond; worst > limit {
			t.Errorf("a change showed after %s, expected at most %s", worst, limit)
		}
	})
}

// A DSN with compress=true is followed like any other.
func TestCompressedConnection(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "www.example.org A 192.0.2.1")
		compressed := *db
		compressed.dsn = db.dsn + map[bool]string{true: "&", false: "?"}[strings.Contains(db.dsn, "?")] + "compress=true"
		s := serve(t, compressed.corefile("", ""))
		for _, address := range []string{"192.0.2.1", "192.0.2.2"} {
			db.exec(t, "UPDATE tb_dns SET record = '"+address+"'")
			if !eventually(10*second, func() bool { return short(s.ask(t, "www.example.org", "A")) == "NOERROR; A "+address }) {
				t.Fatalf("%s does not show", address)
			}
		}
	})
}
