package updates

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/mariadb"

	"github.com/miekg/dns"
)

func rootDSN() string { return database.DSN("root", "", mariadb.Database) }

func TestUpdateChangesRowsAndIsAnsweredAtOnce(t *testing.T) {
	s := newStage(t, rootDSN())
	s.exec("ALTER TABLE tb_dns ADD COLUMN comment VARCHAR(100) DEFAULT 'new'")
	s.exec("INSERT INTO tb_dns (name, type, ttl, record, comment) VALUES ('WWW.example.org.', 'A', NULL, '192.0.2.7', 'kept'), ('www.example.org', 'TXT', 60, 'text', 'kept')")
	n := s.serve(s.corefile(anything, keys))
	for i := range 5 {
		addr := fmt.Sprintf("192.0.2.%d", 10+i)
		n.update(dns.RcodeSuccess, "example.org", "add www.example.org 3600 A "+addr)
		if got := n.ask("www.example.org", "A"); !strings.Contains(got, addr) {
			t.Fatalf("after NOERROR: %s", got)
		}
		n.shows("example.org", "SOA", fmt.Sprintf("NOERROR; SOA ns1.example.org. hostmaster.example.org. %d 7200 3600 1209600 300", 8+i))
	}
	n.update(dns.RcodeSuccess, "example.org", "delete www.example.org A 192.0.2.7", "delete www.example.org A 192.0.2.10")
	var kept int
	if err := s.pool.QueryRow("SELECT COUNT(*) FROM tb_dns WHERE comment = 'kept'").Scan(&kept); err != nil || kept != 1 {
		t.Errorf("%d rows are left of two, of which the TXT was not concerned (%v)", kept, err)
	}
	n.shows("www.example.org", "TXT", `NOERROR; TXT "text"`)
	if !strings.Contains(n.Log(), "update of example.org. by key.example. from 127.0.0.1: NOERROR: -www.example.org. 3600 A, -www.example.org. 3600 A, serial 13") {
		t.Errorf("no such line in the log:\n%s", n.Log())
	}
}

func TestZoneWithAutomaticSerial(t *testing.T) {
	s := newStage(t, rootDSN())
	n := s.serve(s.corefile(anything, keys))
	n.update(dns.RcodeSuccess, "2.0.192.in-addr.arpa", "add 7.2.0.192.in-addr.arpa 60 PTR www.example.org.")
	n.shows("7.2.0.192.in-addr.arpa", "PTR", "NOERROR; PTR www.example.org.")
	s.want("2.0.192.in-addr.arpa", "NS 300 ns1.example.org.", "SOA 300 ns1.example.org. hostmaster.example.org. 0 7200 3600 1209600 300")
	n.update(dns.RcodeSuccess, "2.0.192.in-addr.arpa", "delete 7.2.0.192.in-addr.arpa")
	n.shows("7.2.0.192.in-addr.arpa", "PTR", "NXDOMAIN")
}

func TestRcodes(t *testing.T) {
	s := newStage(t, rootDSN(), "www.example.org A 192.0.2.7", "sub.example.org SOA a. b. 1 1 1 1 60", "sub.example.org NS ns1.example.org.", "loose.lan A 192.0.2.9")
	n := s.serve(s.corefile(anything, keys+" forward . 127.0.0.1:9\n"))
	rows := "SELECT COUNT(*), SUM(CRC32(CONCAT_WS(' ', id, name, type, ttl, record))) FROM tb_dns"
	state := func() (text string) {
		var count, sum string
		if err := s.pool.QueryRow(rows).Scan(&count, &sum); err != nil {
			t.Fatal(err)
		}
		return count + " " + sum
	}
	before := state()
	tests := []struct {
		name, key, zone string
		lines           []string
		rcode           int
	}{
		{"unsigned", "", "example.org", []string{"add a.example.org 60 A 192.0.2.1"}, dns.RcodeRefused},
		{"unsigned, of no zone", "", "example.com", []string{"add a.example.com 60 A 192.0.2.1"}, dns.RcodeRefused},
		{"a key without a rule", otherKey, "example.org", []string{"add a.example.org 60 A 192.0.2.1"}, dns.RcodeRefused},
		{"a key without a rule learns nothing", otherKey, "example.org", []string{"prereq nxdomain www.example.org"}, dns.RcodeRefused},
		{"no zone", keyName, "example.com", []string{"add a.example.com 60 A 192.0.2.1"}, dns.RcodeNotAuth},
		{"a loose name", keyName, "loose.lan", []string{"add loose.lan 60 A 192.0.2.1"}, dns.RcodeNotAuth},
		{"a name of the zone", keyName, "www.example.org", []string{"add www.example.org 60 A 192.0.2.1"}, dns.RcodeNotAuth},
		{"outside", keyName, "example.org", []string{"add a.example.com 60 A 192.0.2.1"}, dns.RcodeNotZone},
		{"below a zone below", keyName, "example.org", []string{"add a.sub.example.org 60 A 192.0.2.1"}, dns.RcodeNotZone},
		{"a type without a rule", keyName, "example.org", []string{"add a.example.org 60 NS a.example.org."}, dns.RcodeRefused},
		{"name in use", keyName, "example.org", []string{"prereq nxdomain www.example.org", "add www.example.org 60 TXT x"}, dns.RcodeYXDomain},
		{"name not in use", keyName, "example.org", []string{"prereq yxdomain a.example.org", "add www.example.org 60 TXT x"}, dns.RcodeNameError},
		{"RRset exists", keyName, "example.org", []string{"prereq nxrrset www.example.org A", "add www.example.org 60 TXT x"}, dns.RcodeYXRrset},
		{"RRset does not", keyName, "example.org", []string{"prereq yxrrset www.example.org A 192.0.2.8", "add www.example.org 60 TXT x"}, dns.RcodeNXRrset},
		{"nothing to change", keyName, "example.org", []string{"delete a.example.org", "add www.example.org 300 A 192.0.2.7"}, dns.RcodeSuccess},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n.updateAs(test.rcode, test.key, message(t, test.zone, test.lines...))
		})
	}
	malformed := message(t, "example.org", "add www.example.org 60 TXT x")
	malformed.Question[0].Qtype = dns.TypeA
	n.updateAs(dns.RcodeFormatError, keyName, malformed)
	if after := state(); after != before {
		t.Errorf("rows were %s and are %s", before, after)
	}
}

// A message that comes again is answered again, and not carried out twice.
func TestRepeatedMessage(t *testing.T) {
	s := newStage(t, rootDSN())
	n := s.serve(s.corefile(anything, keys))
	m := message(t, "example.org", "prereq nxdomain once.example.org", "add once.example.org 60 A 192.0.2.1")
	m.SetTsig(keyName, keyTsig, 300, time.Now().Unix())
	wire, _, err := dns.TsigGenerate(m, keySecret, "", false)
	if err != nil {
		t.Fatal(err)
	}
	for try := range 3 {
		if rcode := n.raw(wire); rcode != dns.RcodeSuccess {
			t.Fatalf("try %d: got %s", try, dns.RcodeToString[rcode])
		}
		s.exec("DELETE FROM tb_dns WHERE name = 'once.example.org'")
	}
	s.want("once.example.org")
	if count := strings.Count(n.Log(), ": repeated: answered again with NOERROR"); count != 2 {
		t.Errorf("%d lines about a repetition", count)
	}
	n.update(dns.RcodeSuccess, "example.org", "prereq nxdomain once.example.org", "add once.example.org 60 A 192.0.2.1")
	s.want("once.example.org", "A 60 192.0.2.1")
}

// raw sends a message as it is over UDP, and returns the RCODE.
func (n *nameserver) raw(wire []byte) int {
	n.t.Helper()
	conn, err := net.Dial("udp", n.Addr)
	if err != nil {
		n.t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := conn.Write(wire); err != nil {
		n.t.Fatal(err)
	}
	buf := make([]byte, dns.MaxMsgSize)
	length, err := conn.Read(buf)
	if err != nil || length < 12 {
		n.t.Fatalf("%d octets, %v", length, err)
	}
	return int(buf[3] & 0xf)
}

// While the database is away, an update is answered SERVFAIL in time, and questions as ever; afterwards it works again.
func TestDatabaseAway(t *testing.T) {
	s := newStage(t, rootDSN())
	n := s.serve(s.corefile(anything, keys))
	n.update(dns.RcodeSuccess, "example.org", "add a.example.org 60 A 192.0.2.1")
	if err := database.Pause(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	reply, err := n.exchange(message(t, "example.org", "add b.example.org 60 A 192.0.2.1"), keyName, "udp")
	took := time.Since(began)
	n.shows("a.example.org", "A", "NOERROR; A 192.0.2.1")
	if err := database.Resume(); err != nil {
		t.Fatal(err)
	}
	if err != nil || reply.Rcode != dns.RcodeServerFailure || took > 4*time.Second {
		t.Errorf("got %v, %v after %s", reply, err, took)
	}
	if err := database.Restart(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "an update that is carried out", 20*time.Second, func() bool {
		reply, err := n.exchange(message(t, "example.org", "add b.example.org 60 A 192.0.2.2"), keyName, "udp")
		return err == nil && reply.Rcode == dns.RcodeSuccess
	})
	s.want("b.example.org", "A 60 192.0.2.2")
}

// Who waits for a lock for too long gets SERVFAIL, and nothing is written.
func TestLockedZone(t *testing.T) {
	s := newStage(t, rootDSN())
	n := s.serve(s.corefile(anything, keys))
	n.update(dns.RcodeSuccess, "example.org", "add a.example.org 60 A 192.0.2.1")
	tx, err := s.pool.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("SELECT * FROM tb_dns_zones WHERE zone = 'example.org.' FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	n.update(dns.RcodeServerFailure, "example.org", "add b.example.org 60 A 192.0.2.1")
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("answered after %s", took)
	}
	n.update(dns.RcodeSuccess, "2.0.192.in-addr.arpa", "add 7.2.0.192.in-addr.arpa 60 PTR www.example.org.") // another zone
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	s.want("b.example.org")
	n.update(dns.RcodeSuccess, "example.org", "add b.example.org 60 A 192.0.2.1")
}
