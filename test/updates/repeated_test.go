package updates

import (
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/updates/stage"

	"github.com/miekg/dns"
)

// recorded is a signed message that somebody on the way has seen.
func recorded(t *testing.T, lines ...string) []byte {
	t.Helper()
	m := stage.Message(t, "example.org", lines...)
	m.SetTsig(stage.KeyName, stage.KeyAlgorithm, 300, time.Now().Unix())
	wire, _, err := dns.TsigGenerate(m, stage.KeySecret, "", false)
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

// replay sends a message to a nameserver as it was, and checks the RCODE.
func replay(t *testing.T, n *stage.Nameserver, wire []byte, rcode int) {
	t.Helper()
	if got := raw(t, n, wire); got != rcode {
		t.Fatalf("got %s, expected %s\n%s", dns.RcodeToString[got], dns.RcodeToString[rcode], n.Log())
	}
}

// A message that was recorded undoes nothing, whichever server it is sent to, and whatever became of it the first time.
func TestRecordedMessageIsNotCarriedOutByAnyServer(t *testing.T) {
	s := stage.New(t, program, rootDSN())
	first, other := s.Serve(s.Corefile(stage.Anything, stage.Keys)), s.Serve(s.Corefile(stage.Anything, stage.Keys))
	tests := []struct {
		name   string
		lines  []string
		rcode  int
		then   string   // what is changed before it comes again
		expect []string // the rows at www.example.org, also after that
	}{
		{"an older state", []string{"delete www.example.org", "add www.example.org 60 A 192.0.2.1"}, dns.RcodeSuccess,
			"UPDATE tb_dns SET record = '192.0.2.2' WHERE name = 'www.example.org'", []string{"A 60 192.0.2.2"}},
		{"what was refused", []string{"prereq nxdomain www.example.org", "add www.example.org 60 A 192.0.2.3"}, dns.RcodeYXDomain,
			"DELETE FROM tb_dns WHERE name = 'www.example.org'", nil},
		{"what there was not to delete", []string{"delete www.example.org"}, dns.RcodeSuccess,
			"INSERT INTO tb_dns (name, type, ttl, record) VALUES ('www.example.org', 'A', 60, '192.0.2.4')", []string{"A 60 192.0.2.4"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wire := recorded(t, test.lines...)
			replay(t, first, wire, test.rcode)
			s.Exec(test.then)
			replay(t, other, wire, test.rcode)
			if err := first.Restart(); err != nil { // it has forgotten what it had in memory
				t.Fatal(err)
			}
			replay(t, first, wire, test.rcode)
			s.Want("www.example.org", test.expect...)
		})
	}
	if log := other.Log(); strings.Count(log, ": repeated: answered again with") != len(tests) {
		t.Errorf("it does not log %d repetitions:\n%s", len(tests), log)
	}
}

// What is kept of messages goes when their signatures are too old for any server.
func TestReceiptsGo(t *testing.T) {
	s := stage.New(t, program, rootDSN())
	n := s.Serve(s.Corefile(stage.Anything, stage.Keys))
	s.Exec("INSERT INTO tb_dns_updates (message, rcode, expires) VALUES (REPEAT('a', 32), 0, UNIX_TIMESTAMP() - 1), (REPEAT('b', 32), 0, UNIX_TIMESTAMP() + 600)")
	n.Update(dns.RcodeSuccess, "example.org", "add www.example.org 60 A 192.0.2.1")
	var old, young, own int
	err := s.Pool.QueryRow("SELECT SUM(message = REPEAT('a', 32)), SUM(message = REPEAT('b', 32)), SUM(expires BETWEEN UNIX_TIMESTAMP() + 590 AND UNIX_TIMESTAMP() + 600"+
		" AND message <> REPEAT('b', 32)) FROM tb_dns_updates").Scan(&old, &young, &own)
	if err != nil || old != 0 || young != 1 || own != 1 {
		t.Errorf("%d old ones, %d that are not, and %d of the update, %v", old, young, own, err)
	}
}

// With the schema or the rights of before, updates go on as they did.
func TestWithoutReceipts(t *testing.T) {
	for _, lack := range []string{"REVOKE INSERT ON tb_dns_updates FROM writer@'%'", "DROP TABLE tb_dns_updates"} {
		s := stage.New(t, program, rootDSN())
		s.Exec(lack)
		n := s.Serve(s.Corefile(stage.Anything, stage.Keys))
		for range 2 {
			n.Update(dns.RcodeSuccess, "example.org", "add www.example.org 60 A 192.0.2.1")
			n.Update(dns.RcodeYXDomain, "example.org", "prereq nxdomain www.example.org", "add www.example.org 60 A 192.0.2.2")
			n.Update(dns.RcodeSuccess, "example.org", "delete www.example.org")
		}
		s.Want("www.example.org")
		if count := strings.Count(n.Log(), "load schema.sql and grant what it says"); count != 1 {
			t.Errorf("after %s: %d lines about it\n%s", lack, count, n.Log())
		}
	}
}
