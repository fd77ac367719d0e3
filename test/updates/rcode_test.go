package updates

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/mysqldns/mysqldns/test/updates/stage"
)

func rootDSN() string { return database.root }

func TestUpdateChangesRowsAndIsAnsweredAtOnce(t *testing.T) {
	s := stage.New(t, program, rootDSN())
	s.Exec("ALTER TABLE tb_dns ADD COLUMN comment VARCHAR(100) DEFAULT 'new'")
	s.Exec("INSERT INTO tb_dns (name, type, ttl, record, comment) VALUES ('WWW.example.org.', 'A', NULL, '192.0.2.7', 'kept'), ('www.example.org', 'TXT', 60, 'text', 'kept')")
	n := s.Serve(s.Corefile(stage.Anything, stage.Keys))
	for i := range 5 {
		addr := fmt.Sprintf("192.0.2.%d", 10+i)
		n.Update(dns.RcodeSuccess, "example.org", "add www.example.org 3600 A "+addr)
		if got := n.Ask("www.example.org", "A"); !strings.Contains(got, addr) {
			t.Fatalf("after NOERROR: %s", got)
		}
		n.Shows("example.org", "SOA", fmt.Sprintf("NOERROR; SOA ns1.example.org. hostmaster.example.org. %d 7200 3600 1209600 300", 8+i))
	}
	n.Update(dns.RcodeSuccess, "example.org", "delete www.example.org A 192.0.2.7", "delete www.example.org A 192.0.2.10")
	var kept int
	if err := s.Pool.QueryRow("SELECT COUNT(*) FROM tb_dns WHERE comment = 'kept'").Scan(&kept); err != nil || kept != 1 {
		t.Errorf("%d rows are left of two, of which the TXT was not concerned (%v)", kept, err)
	}
	n.Shows("www.example.org", "TXT", `NOERROR; TXT "text"`)
	if !strings.Contains(n.Log(), "update of example.org. by key.example. from 127.0.0.1: NOERROR: -www.example.org. 3600 A, -www.example.org. 3600 A, serial 13") {
		t.Errorf("no such line in the log:\n%s", n.Log())
	}
}

func TestZoneWithAutomaticSerial(t *testing.T) {
	s := stage.New(t, program, rootDSN())
	n := s.Serve(s.Corefile(stage.Anything, stage.Keys))
	n.Update(dns.RcodeSuccess, "2.0.192.in-addr.arpa", "add 7.2.0.192.in-addr.arpa 60 PTR www.example.org.")
	n.Shows("7.2.0.192.in-addr.arpa", "PTR", "NOERROR; PTR www.example.org.")
	s.Want("2.0.192.in-addr.arpa", "NS 300 ns1.example.org.", "SOA 300 ns1.example.org. hostmaster.example.org. 0 7200 3600 1209600 300")
	n.Update(dns.RcodeSuccess, "2.0.192.in-addr.arpa", "delete 7.2.0.192.in-addr.arpa")
	n.Shows("7.2.0.192.in-addr.arpa", "PTR", "NXDOMAIN")
}

func TestRcodes(t *testing.T) {
	s := stage.New(t, program, rootDSN(), "www.example.org A 192.0.2.7", "sub.example.org SOA a. b. 1 1 1 1 60", "sub.example.org NS ns1.example.org.", "loose.lan A 192.0.2.9")
	n := s.Serve(s.Corefile(stage.Anything, stage.Keys+" forward . 127.0.0.1:9\n"))
	rows := "SELECT COUNT(*), SUM(CRC32(CONCAT_WS(' ', id, name, type, ttl, record))) FROM tb_dns"
	state := func() (text string) {
		var count, sum string
		if err := s.Pool.QueryRow(rows).Scan(&count, &sum); err != nil {
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
		{"a key without a rule", stage.OtherKey, "example.org", []string{"add a.example.org 60 A 192.0.2.1"}, dns.RcodeRefused},
		{"a key without a rule learns nothing", stage.OtherKey, "example.org", []string{"prereq nxdomain www.example.org"}, dns.RcodeRefused},
		{"no zone", stage.KeyName, "example.com", []string{"add a.example.com 60 A 192.0.2.1"}, dns.RcodeNotAuth},
		{"a loose name", stage.KeyName, "loose.lan", []string{"add loose.lan 60 A 192.0.2.1"}, dns.RcodeNotAuth},
		{"a name of the zone", stage.KeyName, "www.example.org", []string{"add www.example.org 60 A 192.0.2.1"}, dns.RcodeNotAuth},
		{"outside", stage.KeyName, "example.org", []string{"add a.example.com 60 A 192.0.2.1"}, dns.RcodeNotZone},
		{"below a zone below", stage.KeyName, "example.org", []string{"add a.sub.example.org 60 A 192.0.2.1"}, dns.RcodeNotZone},
		{"a type without a rule", stage.KeyName, "example.org", []string{"add a.example.org 60 NS a.example.org."}, dns.RcodeRefused},
		{"name in use", stage.KeyName, "example.org", []string{"prereq nxdomain www.example.org", "add www.example.org 60 TXT x"}, dns.RcodeYXDomain},
		{"name not in use", stage.KeyName, "example.org", []string{"prereq yxdomain a.example.org", "add www.example.org 60 TXT x"}, dns.RcodeNameError},
		{"RRset exists", stage.KeyName, "example.org", []string{"prereq nxrrset www.example.org A", "add www.example.org 60 TXT x"}, dns.RcodeYXRrset},
		{"RRset does not", stage.KeyName, "example.org", []string{"prereq yxrrset www.example.org A 192.0.2.8", "add www.example.org 60 TXT x"}, dns.RcodeNXRrset},
		{"nothing to change", stage.KeyName, "example.org", []string{"delete a.example.org", "add www.example.org 300 A 192.0.2.7"}, dns.RcodeSuccess},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n.UpdateAs(test.rcode, test.key, stage.Message(t, test.zone, test.lines...))
		})
	}
	malformed := stage.Message(t, "example.org", "add www.example.org 60 TXT x")
	malformed.Question[0].Qtype = dns.TypeA
	n.UpdateAs(dns.RcodeFormatError, stage.KeyName, malformed)
	if after := state(); after != before {
		t.Errorf("rows were %s and are %s", before, after)
	}
}

// A stage.Message that comes again is answered again, and not carried out twice.
func TestRepeatedMessage(t *testing.T) {
	s := stage.New(t, program, rootDSN())
	n := s.Serve(s.Corefile(stage.Anything, stage.Keys))
	wire := recorded(t, "prereq nxdomain once.example.org", "add once.example.org 60 A 192.0.2.1")
	for try := range 3 {
		if rcode := raw(t, n, wire); rcode != dns.RcodeSuccess {
			t.Fatalf("try %d: got %s", try, dns.RcodeToString[rcode])
		}
		s.Exec("DELETE FROM tb_dns WHERE name = 'once.example.org'")
	}
	s.Want("once.example.org")
	if count := strings.Count(n.Log(), ": repeated: answered again with NOERROR"); count != 2 {
		t.Errorf("%d lines about a repetition", count)
	}
	n.Update(dns.RcodeSuccess, "example.org", "prereq nxdomain once.example.org", "add once.example.org 60 A 192.0.2.1")
	s.Want("once.example.org", "A 60 192.0.2.1")
}

// raw sends a stage.Message as it is over UDP, and returns the RCODE.
func raw(t *testing.T, n *stage.Nameserver, wire []byte) int {
	t.Helper()
	conn, err := net.Dial("udp", n.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := conn.Write(wire); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, dns.MaxMsgSize)
	length, err := conn.Read(buf)
	if err != nil || length < 12 {
		t.Fatalf("%d octets, %v", length, err)
	}
	return int(buf[3] & 0xf)
}

// While the database is away, an update is answered SERVFAIL in time, and questions as ever; afterwards it works again.
func TestDatabaseAway(t *testing.T) {
	database := needPrivate(t)
	s := stage.New(t, program, rootDSN())
	n := s.Serve(s.Corefile(stage.Anything, stage.Keys))
	n.Update(dns.RcodeSuccess, "example.org", "add a.example.org 60 A 192.0.2.1")
	if err := database.Pause(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	reply, err := n.Exchange(stage.Message(t, "example.org", "add b.example.org 60 A 192.0.2.1"), stage.KeyName, "udp")
	took := time.Since(began)
	n.Shows("a.example.org", "A", "NOERROR; A 192.0.2.1")
	if err := database.Resume(); err != nil {
		t.Fatal(err)
	}
	if err != nil || reply.Rcode != dns.RcodeServerFailure || took > 4*time.Second {
		t.Errorf("got %v, %v after %s", reply, err, took)
	}
	if err := database.Restart(); err != nil {
		t.Fatal(err)
	}
	stage.WaitFor(t, "an update that is carried out", 20*time.Second, func() bool {
		reply, err := n.Exchange(stage.Message(t, "example.org", "add b.example.org 60 A 192.0.2.2"), stage.KeyName, "udp")
		return err == nil && reply.Rcode == dns.RcodeSuccess
	})
	s.Want("b.example.org", "A 60 192.0.2.2")
}

// Who waits for a lock for too long gets SERVFAIL, and nothing is written.
func TestLockedZone(t *testing.T) {
	s := stage.New(t, program, rootDSN())
	n := s.Serve(s.Corefile(stage.Anything, stage.Keys))
	n.Update(dns.RcodeSuccess, "example.org", "add a.example.org 60 A 192.0.2.1")
	tx, err := s.Pool.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("SELECT * FROM tb_dns_zones WHERE zone = 'example.org.' FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	n.Update(dns.RcodeServerFailure, "example.org", "add b.example.org 60 A 192.0.2.1")
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("answered after %s", took)
	}
	n.Update(dns.RcodeSuccess, "2.0.192.in-addr.arpa", "add 7.2.0.192.in-addr.arpa 60 PTR www.example.org.") // another zone
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	s.Want("b.example.org")
	n.Update(dns.RcodeSuccess, "example.org", "add b.example.org 60 A 192.0.2.1")
}
