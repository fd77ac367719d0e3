package test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

const second = time.Second

// The original server's two tests of itself, and what it got wrong.
func TestTableAndUpstream(t *testing.T) {
	forwardTo := upstream(t, `
		www.baidu.com.    946 IN CNAME www.a.shifen.com.
		www.a.shifen.com. 50  IN A     220.181.38.150
		www.a.shifen.com. 50  IN A     220.181.38.149`)
	onEach(t, func(t *testing.T, db *database) {
		db.exec(t, "INSERT INTO tb_dns (name, type, class, ttl, record) VALUES ('mydns', '1', '1', 60, '111.112.113.114')")
		db.insert(t, "out.lan CNAME www.baidu.com")
		s := serve(t, db.corefile("", "forward . "+forwardTo))

		reply := s.expect(t, "mydns", "A", "NOERROR; A 111.112.113.114")
		if !reply.Authoritative || reply.Answer[0].Header().Ttl != 60 {
			t.Errorf("expected aa and a TTL of 60:\n%s", reply)
		}
		s.expect(t, "mydns", "AAAA", "NOERROR")
		s.expect(t, "www.baidu.com", "A", "NOERROR; CNAME www.a.shifen.com.; A 220.181.38.150; A 220.181.38.149")
		s.expect(t, "out.lan", "A", "NOERROR; CNAME www.baidu.com.; CNAME www.a.shifen.com.; A 220.181.38.150; A 220.181.38.149")
		s.expect(t, "nowhere.lan", "A", "NXDOMAIN") // the upstream's word

		iterative := question("out.lan", "A")
		iterative.RecursionDesired = false
		if got := short(s.exchange(t, iterative, "udp")); got != "NOERROR; CNAME www.baidu.com." {
			t.Errorf("without RD got %q", got)
		}
	})
}

func TestZonesComeFromTheRows(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t,
			"example.org SOA ns1.example.org host.example.org 7 7200 3600 1209600 60",
			"example.org NS ns1.example.org",
			"ns1.example.org A 192.0.2.1",
			"a.deep.example.org TXT \"deep\"",
			"*.wild.example.org A 192.0.2.2",
			"sub.example.org NS ns.sub.example.org",
			"ns.sub.example.org A 192.0.2.3",
			"www.example.org CNAME ns1.example.org",
		)
		s := serve(t, db.corefile("", ""))
		s.expect(t, "ns1.example.org", "A", "NOERROR; A 192.0.2.1")
		s.expect(t, "any.wild.example.org", "A", "NOERROR; A 192.0.2.2")
		s.expect(t, "www.example.org", "A", "NOERROR; CNAME ns1.example.org.; A 192.0.2.1")

		for name, rcode := range map[string]string{"deep.example.org": "NOERROR", "none.example.org": "NXDOMAIN"} {
			reply := s.expect(t, name, "A", rcode)
			if len(reply.Ns) != 1 || reply.Ns[0].Header().Rrtype != dns.TypeSOA || reply.Ns[0].Header().Ttl != 60 || !reply.Authoritative {
				t.Errorf("%s: expected aa and the SOA with a TTL of 60:\n%s", name, reply)
			}
		}
		referral := s.expect(t, "x.sub.example.org", "A", "NOERROR")
		if referral.Authoritative || len(referral.Ns) != 1 || len(referral.Extra) != 1 {
			t.Errorf("expected a referral with glue:\n%s", referral)
		}
		// A new zone needs no reload.
		s.expect(t, "www.example.net", "A", "REFUSED") // no next plugin
		db.insert(t, "example.net SOA ns1.example.org host.example.org 1 7200 3600 1209600 60")
		s.within(t, 10*second, "www.example.net", "A", "NXDOMAIN")
	})
}

func TestTransportsAndClients(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		rows := []string{"MiXed.Example.ORG A 192.0.2.1"}
		for i := range 100 {
			rows = append(rows, "big.example.org TXT "+strings.Repeat("x", 60)+string(rune('0'+i/10))+string(rune('0'+i%10)))
		}
		db.insert(t, rows...)
		s := serve(t, db.corefile("", ""))

		mixed := question("mIXeD.eXample.org", "A")
		reply := s.exchange(t, mixed, "udp")
		if short(reply) != "NOERROR; A 192.0.2.1" || reply.Answer[0].Header().Name != "mIXeD.eXample.org." {
			t.Errorf("mixed case:\n%s", reply)
		}
		edns := question("mixed.example.org", "A")
		edns.SetEdns0(1232, true)
		if reply := s.exchange(t, edns, "udp"); reply.IsEdns0() == nil {
			t.Errorf("no EDNS in the reply to a question with it:\n%s", reply)
		}
		if reply := s.exchange(t, question("big.example.org", "TXT"), "udp"); !reply.Truncated {
			t.Errorf("expected a truncated reply, got %d records", len(reply.Answer))
		}
		if reply := s.exchange(t, question("big.example.org", "TXT"), "tcp"); reply.Truncated || len(reply.Answer) != 100 {
			t.Errorf("over TCP: %d records, tc %t", len(reply.Answer), reply.Truncated)
		}
	})
}

func TestChangesShow(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "www.lan A 192.0.2.1")
		s := serve(t, db.corefile("", ""))
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
		db.insert(t, "new.lan A 192.0.2.2")
		s.within(t, 10*second, "new.lan", "A", "NOERROR; A 192.0.2.2")
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.3' WHERE name = 'www.lan'")
		s.within(t, 10*second, "www.lan", "A", "NOERROR; A 192.0.2.3")
		db.exec(t, "UPDATE tb_dns SET name = 'renamed.lan' WHERE name = 'www.lan'")
		s.within(t, 10*second, "renamed.lan", "A", "NOERROR; A 192.0.2.3")
		s.expect(t, "www.lan", "A", "REFUSED")
		db.exec(t, "DELETE FROM tb_dns WHERE name = 'new.lan'")
		s.within(t, 10*second, "new.lan", "A", "REFUSED")
	})
}

// Names that SQL takes for different ones, and DNS for the same.
func TestSpellingsOfOneName(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "www.lan A 192.0.2.1", "WWW.lan. A 192.0.2.2", "\\119ww.lan A 192.0.2.3")
		s := serve(t, db.corefile("", ""))
		if reply := s.ask(t, "www.lan", "A"); len(reply.Answer) != 3 {
			t.Fatalf("expected three addresses:\n%s", reply)
		}
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.9' WHERE record = '192.0.2.2'")
		if !eventually(10*second, func() bool {
			answer := short(s.ask(t, "www.lan", "A"))
			return strings.Contains(answer, "192.0.2.9") && strings.Contains(answer, "192.0.2.1") && strings.Contains(answer, "192.0.2.3")
		}) {
			t.Errorf("a change of one spelling lost another: %s", short(s.ask(t, "www.lan", "A")))
		}
	})
}

func TestBadRowsAreSkippedAndNamed(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		log := captureLog(t)
		db.insert(t, "good.lan A 192.0.2.1", "good.lan A 300.0.0.1", "a..b A 192.0.2.1", "x.lan OPT 1", "y.lan AAAA 192.0.2.1")
		s := serve(t, db.corefile("", ""))
		s.expect(t, "good.lan", "A", "NOERROR; A 192.0.2.1")
		for _, text := range []string{`row 2 ("good.lan" "A")`, `row 3 ("a..b" "A")`, `row 4 ("x.lan" "OPT")`, `row 5 ("y.lan" "AAAA")`} {
			if n := strings.Count(log.String(), text); n != 1 {
				t.Errorf("%s is named %d times, expected once:\n%s", text, n, log)
			}
		}
		db.insert(t, "z.lan MX mail.lan")
		log.waitFor(t, `row 6 ("z.lan" "MX")`)
		db.exec(t, "UPDATE tb_dns SET record = '10 mail.lan' WHERE name = 'z.lan'")
		s.within(t, 10*second, "z.lan", "MX", "NOERROR; MX 10 mail.lan.")
		if n := strings.Count(log.String(), "skipping"); n != 5 {
			t.Errorf("%d lines about five bad rows:\n%s", n, log)
		}
	})
}

// The table of the original server: five columns, numbers for types, nothing else; only SELECT on it.
func TestTableWithoutChangeLog(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.exec(t, "DROP TABLE tb_dns", "DROP TABLE tb_dns_changes",
			"CREATE TABLE tb_dns (name VARCHAR(255), type INT, class INT, ttl INT, record VARCHAR(255), note VARCHAR(20))",
			"INSERT INTO tb_dns VALUES ('mydns', 1, 1, 60, '111.112.113.114', 'x'), ('null.lan', 16, NULL, NULL, 'two words', NULL)")
		s := serve(t, db.corefile("refresh 100ms\nttl 77", ""))
		s.expect(t, "mydns", "A", "NOERROR; A 111.112.113.114")
		if reply := s.expect(t, "null.lan", "TXT", `NOERROR; TXT "two words"`); reply.Answer[0].Header().Ttl != 77 {
			t.Errorf("expected the directive's ttl:\n%s", reply)
		}
		// Changes in one second: the stamp of a table has no finer grain, and none may be lost.
		for _, address := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"} {
			db.exec(t, "UPDATE tb_dns SET record = '"+address+"' WHERE name = 'mydns'")
			s.within(t, 10*second, "mydns", "A", "NOERROR; A "+address)
		}
		db.exec(t, "DELETE FROM tb_dns WHERE name = 'mydns'")
		s.within(t, 10*second, "mydns", "A", "REFUSED")
	})
}

func TestViewInPlaceOfATable(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "a.lan A 192.0.2.1", "b.lan A 192.0.2.2")
		db.exec(t, "CREATE VIEW dns_view AS SELECT name, type, record FROM tb_dns WHERE name <> 'b.lan'")
		s := serve(t, db.corefile("table dns_view\nrefresh 100ms", ""))
		s.expect(t, "a.lan", "A", "NOERROR; A 192.0.2.1")
		s.expect(t, "b.lan", "A", "REFUSED")
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.3' WHERE name = 'a.lan'")
		s.within(t, 10*second, "a.lan", "A", "NOERROR; A 192.0.2.3")
	})
}

// What fires no trigger.
func TestTruncateAndRenameSwap(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "old.lan A 192.0.2.1")
		s := serve(t, db.corefile("", ""))
		s.expect(t, "old.lan", "A", "NOERROR; A 192.0.2.1")
		time.Sleep(1100 * time.Millisecond) // CREATE_TIME has whole seconds; a table is not swapped within one second of its creation
		db.exec(t, "TRUNCATE TABLE tb_dns")
		s.within(t, 10*second, "old.lan", "A", "REFUSED")

		db.exec(t, "DROP TABLE IF EXISTS tb_new, tb_old", "CREATE TABLE tb_new LIKE tb_dns",
			"INSERT INTO tb_new (name, type, record) VALUES ('swapped.lan', 'A', '192.0.2.2')")
		time.Sleep(1100 * time.Millisecond)
		db.exec(t, "RENAME TABLE tb_dns TO tb_old, tb_new TO tb_dns", "DROP TABLE tb_old")
		s.within(t, 10*second, "swapped.lan", "A", "NOERROR; A 192.0.2.2")
	})
}

// A table whose triggers are missing has a change log that says nothing.
func TestSilentChangeLogIsNoticed(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		log := captureLog(t)
		db.insert(t, "www.lan A 192.0.2.1")
		s := serve(t, db.corefile("", ""))
		db.exec(t, "DROP TRIGGER tb_dns_update")
		time.Sleep(1100 * time.Millisecond) // past the second of the last stamp
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.2'")
		s.within(t, 10*second, "www.lan", "A", "NOERROR; A 192.0.2.2")
		log.waitFor(t, "its change log does not say where")
	})
}

func TestZonesNarrowWhatIsLookedAt(t *testing.T) {
	forwardTo := upstream(t, "a.other. 60 IN A 203.0.113.1")
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "a.lan A 192.0.2.1", "a.other A 192.0.2.2")
		s := serve(t, ".:0 {\nmysqldns lan {\ndsn "+db.dsn+"\n}\nforward . "+forwardTo+"\n}")
		s.expect(t, "a.lan", "A", "NOERROR; A 192.0.2.1")
		s.expect(t, "a.other", "A", "NOERROR; A 203.0.113.1")
	})
}

func TestFallthrough(t *testing.T) {
	forwardTo := upstream(t, "public.example.org. 60 IN A 203.0.113.1\nnodata.example.org. 60 IN AAAA 2001:db8::1")
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t,
			"example.org SOA ns1.example.org host.example.org 7 7200 3600 1209600 60",
			"private.example.org A 192.0.2.1",
			"nodata.example.org A 192.0.2.1")
		s := serve(t, db.corefile("", "forward . "+forwardTo))
		s.expect(t, "public.example.org", "A", "NXDOMAIN")
		through := serve(t, db.corefile("fallthrough example.org", "forward . "+forwardTo))
		through.expect(t, "public.example.org", "A", "NOERROR; A 203.0.113.1")
		through.expect(t, "private.example.org", "A", "NOERROR; A 192.0.2.1")
		through.expect(t, "nodata.example.org", "AAAA", "NOERROR") // NODATA stays ours
		other := serve(t, db.corefile("fallthrough example.net", "forward . "+forwardTo))
		other.expect(t, "public.example.org", "A", "NXDOMAIN")
	})
}

// An alias into an upstream that fails.
func TestFailingUpstreamGivesTheChainAndServfail(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "out.lan CNAME www.example.com")
		s := serve(t, db.corefile("", "erratic example.com {\ndrop 0\ntruncate 0\ndelay 0\n}\nforward . 127.0.0.1:1 {\nmax_fails 0\n}"))
		s.expect(t, "out.lan", "A", "SERVFAIL; CNAME www.example.com.")
		authoritative := serve(t, db.corefile("", ""))
		authoritative.expect(t, "out.lan", "A", "NOERROR; CNAME www.example.com.") // no next plugin to ask
	})
}

// The example "private names in a public zone": an alias to a name that only the public servers have, of each kind that there is.
func TestFallthroughAlongAliases(t *testing.T) {
	forwardTo := upstream(t, "foo.corp.test. 60 IN A 203.0.113.9\nx.e.corp.test. 60 IN A 203.0.113.10")
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t,
			"corp.test SOA ns1.corp.test hostmaster.corp.test 1 7200 3600 1209600 60",
			"bar.corp.test CNAME foo.corp.test",
			"two.corp.test CNAME bar.corp.test",
			"*.w.corp.test CNAME foo.corp.test",
			"d.corp.test DNAME e.corp.test",
			"none.corp.test CNAME missing.corp.test",
			"loosealias.lan CNAME foo.corp.test",
			"www.corp.test A 192.0.2.1")
		s := serve(t, db.corefile("fallthrough", "forward . "+forwardTo))
		s.expect(t, "foo.corp.test", "A", "NOERROR; A 203.0.113.9")
		s.expect(t, "bar.corp.test", "A", "NOERROR; CNAME foo.corp.test.; A 203.0.113.9")
		s.expect(t, "two.corp.test", "A", "NOERROR; CNAME bar.corp.test.; CNAME foo.corp.test.; A 203.0.113.9")
		s.expect(t, "x.w.corp.test", "A", "NOERROR; CNAME foo.corp.test.; A 203.0.113.9")
		s.expect(t, "x.d.corp.test", "A", "NOERROR; DNAME e.corp.test.; CNAME x.e.corp.test.; A 203.0.113.10")
		s.expect(t, "loosealias.lan", "A", "NOERROR; CNAME foo.corp.test.; A 203.0.113.9")
		if reply := s.expect(t, "none.corp.test", "A", "NXDOMAIN; CNAME missing.corp.test."); len(reply.Ns) != 0 {
			t.Errorf("the zone's SOA denies what the upstream denied:\n%s", reply)
		}
		closed := serve(t, db.corefile("", "forward . "+forwardTo))
		closed.expect(t, "bar.corp.test", "A", "NXDOMAIN; CNAME foo.corp.test.")
		closed.expect(t, "loosealias.lan", "A", "NXDOMAIN; CNAME foo.corp.test.")
	})
}

// fallthrough nodata: one type of a name is the table's, the others come from upstream, and the name never stops to exist.
func TestFallthroughForTypes(t *testing.T) {
	forwardTo := upstream(t, "www.corp.test. 60 IN AAAA 2001:db8::9\nwww.lan. 60 IN AAAA 2001:db8::10")
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t,
			"corp.test SOA ns1.corp.test hostmaster.corp.test 1 7200 3600 1209600 60",
			"www.corp.test A 192.0.2.1",
			"alias.corp.test CNAME www.corp.test",
			"alone.corp.test A 192.0.2.2",
			"other.test SOA ns1.corp.test hostmaster.corp.test 1 7200 3600 1209600 60",
			"www.other.test A 192.0.2.3",
			"www.lan A 192.0.2.4")
		s := serve(t, db.corefile("fallthrough nodata corp.test lan", "forward . "+forwardTo))
		s.expect(t, "www.corp.test", "A", "NOERROR; A 192.0.2.1")
		s.expect(t, "www.corp.test", "AAAA", "NOERROR; AAAA 2001:db8::9")
		s.expect(t, "alias.corp.test", "AAAA", "NOERROR; CNAME www.corp.test.; AAAA 2001:db8::9")
		s.expect(t, "www.lan", "AAAA", "NOERROR; AAAA 2001:db8::10")
		s.expect(t, "none.corp.test", "A", "NXDOMAIN")
		s.expect(t, "www.other.test", "AAAA", "NOERROR")
		reply := s.expect(t, "alone.corp.test", "AAAA", "NOERROR") // which the upstream denies as a name
		if len(reply.Ns) != 1 || reply.Ns[0].Header().Rrtype != dns.TypeSOA || !reply.Authoritative {
			t.Errorf("expected the denial of the zone:\n%s", reply)
		}
	})
}

// Signatures form no RRset (RFC 4035, 2.2): each is answered with its own TTL.
func TestSignaturesKeepTheirTTLs(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		const times = " 20370101000000 20260101000000 1 example.com AAAA"
		db.insert(t, "example.com SOA ns1.example.com h.example.com 1 7200 3600 1209600 300", "example.com RRSIG SOA 13 2 300"+times,
			"example.com RRSIG NS 13 2 300"+times, "example.com RRSIG NSEC3PARAM 13 2 0"+times)
		db.exec(t, "UPDATE tb_dns SET ttl = 0 WHERE record LIKE 'NSEC3PARAM %'")
		s := serve(t, db.corefile("", ""))
		var ttls []string
		for _, rr := range s.exchange(t, question("example.com", "RRSIG"), "tcp").Answer {
			ttls = append(ttls, fmt.Sprintf("%s %d", dns.Type(rr.(*dns.RRSIG).TypeCovered), rr.Header().Ttl))
		}
		slices.Sort(ttls)
		if want := []string{"NS 300", "NSEC3PARAM 0", "SOA 300"}; !slices.Equal(ttls, want) {
			t.Errorf("got %q, want %q", ttls, want)
		}
	})
}
