package test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

const soaOfExampleOrg = "example.org SOA ns1.example.org host.example.org 7 7200 3600 1209600 60"

// Names of our zones pass by a cache in front of us; all others are cached.
func TestCacheLeavesOurZonesAlone(t *testing.T) {
	tests := []struct {
		name     string
		corefile func(db *database, others string) string
		forwards bool
	}{
		{"zones of the directive", func(db *database, others string) string {
			return ".:0 {\n" + db.directive("example.org", "") + others + "}\n"
		}, true},
		{"zones of the server block", func(db *database, others string) string {
			return "example.org:0 {\n" + db.directive("", "") + others + "}\n"
		}, false},
		{"zones that the table has", func(db *database, others string) string {
			return ".:0 {\n" + db.directive("", "") + others + "}\n"
		}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			onReal(t, func(t *testing.T, db *database) {
				other := newCountingUpstream(t, "www.other. 300 IN A 203.0.113.1")
				db.insert(t, soaOfExampleOrg, "www.example.org A 192.0.2.1", "out.example.org CNAME www.other")
				s := serve(t, test.corefile(db, "cache\nforward . "+other.addr+"\n"))
				for range 2 {
					s.expect(t, "www.example.org", "A", "NOERROR; A 192.0.2.1") // a TTL of 300
					s.expect(t, "new.example.org", "A", "NXDOMAIN")             // 60
					s.expect(t, "www.example.org", "AAAA", "NOERROR")
				}
				db.exec(t, "UPDATE tb_dns SET record = '192.0.2.2' WHERE name = 'www.example.org'")
				s.within(t, 10*second, "www.example.org", "A", "NOERROR; A 192.0.2.2")
				db.insert(t, "new.example.org A 192.0.2.3", "www.example.org AAAA 2001:db8::1")
				s.within(t, 10*second, "new.example.org", "A", "NOERROR; A 192.0.2.3")
				s.within(t, 10*second, "www.example.org", "AAAA", "NOERROR; AAAA 2001:db8::1")
				if !test.forwards {
					return
				}
				for range 3 {
					s.expect(t, "www.other", "A", "NOERROR; A 203.0.113.1")
					s.expect(t, "out.example.org", "A", "NOERROR; CNAME www.other.; A 203.0.113.1")
				}
				if n := other.asked("www.other."); n != 1 {
					t.Errorf("the upstream was asked %d times for a name that can be cached", n)
				}
			})
		})
	}
}

// SERVFAIL until the first list is no answer to keep, neither for names of our zones nor while our zones are unknown.
func TestCacheDoesNotKeepWhatIsSaidBeforeTheFirstList(t *testing.T) {
	for _, zones := range []string{"example.org", ""} {
		t.Run("zones "+zones, func(t *testing.T) {
			onReal(t, func(t *testing.T, db *database) {
				db.insert(t, soaOfExampleOrg, "www.example.org A 192.0.2.1")
				db.exec(t, "DROP TABLE IF EXISTS tb_away", "RENAME TABLE tb_dns TO tb_away")
				s := serve(t, ".:0 {\n"+db.directive(zones, "")+"cache {\nservfail 5m\n}\nforward . "+upstream(t, "")+"\n}\n")
				s.expect(t, "www.example.org", "A", "SERVFAIL")
				s.expect(t, "none.example.org", "A", "SERVFAIL")
				db.exec(t, "RENAME TABLE tb_away TO tb_dns")
				s.within(t, 10*second, "www.example.org", "A", "NOERROR; A 192.0.2.1")
				s.expect(t, "none.example.org", "A", "NXDOMAIN")
			})
		})
	}
}

// Addresses change places, an alias stays before them, and none gets lost.
func TestLoadbalance(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "alias.lan CNAME www.lan", "www.lan A 192.0.2.1", "www.lan A 192.0.2.2", "www.lan A 192.0.2.3")
		s := serve(t, db.corefile("", "loadbalance"))
		orders := map[string]bool{}
		for range 60 {
			answer := s.ask(t, "alias.lan", "A").Answer
			if len(answer) != 4 || answer[0].Header().Rrtype != dns.TypeCNAME {
				t.Fatalf("expected an alias and three addresses: %v", answer)
			}
			var order []string
			for _, rr := range answer[1:] {
				order = append(order, rr.(*dns.A).A.String())
			}
			orders[strings.Join(order, " ")] = true
			if slices.Sort(order); strings.Join(order, " ") != "192.0.2.1 192.0.2.2 192.0.2.3" {
				t.Fatalf("got %v", order)
			}
		}
		if len(orders) < 3 {
			t.Errorf("the addresses came in only these orders: %v", orders)
		}
	})
}

// Questions by another name, behind a cache: what rewrite leads to our zones is ours, and as fresh.
func TestRewrite(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, soaOfExampleOrg, "www.example.org A 192.0.2.1", "*.wild.example.org A 192.0.2.2")
		s := serve(t, ".:0 {\n"+db.directive("example.org", "")+"cache\nrewrite stop {\nname suffix .example.net .example.org answer auto\n}\n}\n")
		for _, name := range []string{"www.example.net.", "a.wild.example.net.", "www.example.org."} {
			reply := s.ask(t, name, "A")
			if len(reply.Answer) != 1 || reply.Answer[0].Header().Name != name || reply.Question[0].Name != name || !reply.Authoritative {
				t.Errorf("%s:\n%s", name, reply)
			}
		}
		s.expect(t, "none.example.net", "A", "NXDOMAIN")
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.3' WHERE name = 'www.example.org'")
		s.within(t, 10*second, "www.example.net", "A", "NOERROR; A 192.0.2.3")
	})
}

// The minimal plugin takes away what an answer can do without, and nothing of one that says no or elsewhere.
func TestMinimal(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, soaOfExampleOrg, "example.org MX 10 mx.example.org", "mx.example.org A 192.0.2.1",
			"sub.example.org NS ns.sub.example.org", "ns.sub.example.org A 192.0.2.2",
			"out.example.org CNAME www.other", "silence.example.org CNAME dropped.other")
		plain := serve(t, db.corefile("", ""))
		if reply := plain.ask(t, "example.org", "MX"); len(reply.Extra) != 1 {
			t.Fatalf("expected the address of the MX:\n%s", reply)
		}
		s := serve(t, db.corefile("", "minimal\nacl dropped.other {\ndrop\n}\nforward . 127.0.0.1:1 {\nmax_fails 0\n}"))
		if reply := s.expect(t, "example.org", "MX", "NOERROR; MX 10 mx.example.org."); len(reply.Extra) != 0 {
			t.Errorf("expected an answer section alone:\n%s", reply)
		}
		for _, name := range []string{"none.example.org", "mx.example.org"} {
			if reply := s.ask(t, name, "AAAA"); len(records(reply.Ns, "example.org.", dns.TypeSOA)) != 1 {
				t.Errorf("expected the SOA:\n%s", reply)
			}
		}
		if reply := s.ask(t, "www.sub.example.org", "A"); len(reply.Ns) != 1 || len(reply.Extra) != 1 {
			t.Errorf("expected a referral with glue:\n%s", reply)
		}
		// The client gets a reply even where no server is behind an alias, or a silent one.
		s.expect(t, "out.example.org", "A", "SERVFAIL; CNAME www.other.")
		s.expect(t, "silence.example.org", "A", "SERVFAIL; CNAME dropped.other.")
	})
}

// RFC 8482: one RRset over UDP, all over TCP; with the plugin any, its HINFO and nothing of ours.
func TestANY(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "www.lan A 192.0.2.1", "www.lan A 192.0.2.2", "www.lan AAAA 2001:db8::1", "www.lan TXT text")
		s := serve(t, db.corefile("", ""))
		types := func(network string) map[uint16]int {
			n := map[uint16]int{}
			for _, rr := range s.exchange(t, question("www.lan", "ANY"), network).Answer {
				n[rr.Header().Rrtype]++
			}
			return n
		}
		if over := types("udp"); len(over) != 1 {
			t.Errorf("over UDP: %v", over)
		}
		if over := types("tcp"); len(over) != 3 || over[dns.TypeA] != 2 {
			t.Errorf("over TCP: %v", over)
		}
		s = serve(t, db.corefile("", "any"))
		s.expect(t, "www.lan", "ANY", `NOERROR; HINFO "ANY obsoleted" "See RFC 8482"`)
		s.expect(t, "www.lan", "TXT", `NOERROR; TXT "text"`)
	})
}

// Blocks with the same source share one copy, and one connection to the database.
func TestViewsShareOneCopy(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		db.exec(t, "DROP USER IF EXISTS viewer@'%'", "CREATE USER viewer@'%'", "GRANT SELECT ON dns.* TO viewer@'%'")
		db.insert(t, "www.lan A 192.0.2.1", "www.lan AAAA 2001:db8::1", "www.lan TXT text")
		directive := "mysqldns {\ndsn viewer@tcp(" + db.server.Addr + ")/dns\n}\n"
		s := serve(t, "lan:0 {\nview four {\nexpr type() == 'A'\n}\n"+directive+"}\n"+
			"lan:0 {\nview six {\nexpr type() == 'AAAA'\n}\n"+directive+"header {\nresponse clear aa\n}\n}\n"+
			"lan:0 {\n"+directive+"rewrite ttl exact lan 1\n}\n")
		if reply := s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1"); !reply.Authoritative {
			t.Errorf("not by the first block:\n%s", reply)
		}
		if reply := s.expect(t, "www.lan", "AAAA", "NOERROR; AAAA 2001:db8::1"); reply.Authoritative {
			t.Errorf("not by the second block:\n%s", reply)
		}
		s.expect(t, "www.lan", "TXT", `NOERROR; TXT "text"`)
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.2' WHERE type = 'A'", "UPDATE tb_dns SET record = '2001:db8::2' WHERE type = 'AAAA'")
		s.within(t, 10*second, "www.lan", "A", "NOERROR; A 192.0.2.2")
		s.within(t, 10*second, "www.lan", "AAAA", "NOERROR; AAAA 2001:db8::2")
		if n := connectionsOf(t, db, "viewer"); n != 1 {
			t.Errorf("%d connections to the database, expected one", n)
		}
	})
}

func TestACL(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "www.lan A 192.0.2.1", "www.lan AAAA 2001:db8::1", "secret.lan A 192.0.2.2")
		s := serve(t, db.corefile("", "acl {\nfilter type AAAA net *\n}\nacl secret.lan {\nblock\n}"))
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
		s.expect(t, "www.lan", "AAAA", "NOERROR")
		s.expect(t, "secret.lan", "A", "REFUSED")
	})
}

func TestHeader(t *testing.T) {
	forwardTo := upstream(t, "www.other. 60 IN A 203.0.113.1")
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "www.lan A 192.0.2.1", "out.lan CNAME www.other")
		s := serve(t, db.corefile("", "header {\nresponse set ra\n}\nforward . "+forwardTo))
		if reply := s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1"); !reply.RecursionAvailable || !reply.Authoritative {
			t.Errorf("expected ra and aa:\n%s", reply)
		}
		s.expect(t, "out.lan", "A", "NOERROR; CNAME www.other.; A 203.0.113.1")
		// Whoever takes the client's wish for recursion away gets no aliases chased.
		s = serve(t, db.corefile("", "header {\nquery clear rd\n}\nforward . "+forwardTo))
		s.expect(t, "out.lan", "A", "NOERROR; CNAME www.other.")
	})
}

// A template stands before us in the chain: it answers what it matches and leaves the rest to us.
func TestTemplateBeforeUs(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "www.lan A 192.0.2.1", "ip-7.lan A 192.0.2.2")
		s := serve(t, db.corefile("", `template IN A lan {
			match ^ip-(?P<n>[0-9]+)[.]lan[.]$
			answer "{{ .Name }} 60 IN A 198.51.100.{{ .Group.n }}"
			fallthrough
		}`))
		s.expect(t, "ip-7.lan", "A", "NOERROR; A 198.51.100.7")
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
	})
}

// What holds names of its own stands after us and gets those that the table has not, or that fallthrough gives away.
func TestHostsAfterUs(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, soaOfExampleOrg, "www.example.org A 192.0.2.1", "www.lan A 192.0.2.2")
		hosts := "hosts {\n198.51.100.1 www.example.org printer.example.org www.lan printer.lan\nfallthrough\n}"
		s := serve(t, db.corefile("", hosts))
		s.expect(t, "www.example.org", "A", "NOERROR; A 192.0.2.1")
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.2")
		s.expect(t, "printer.lan", "A", "NOERROR; A 198.51.100.1")
		s.expect(t, "printer.example.org", "A", "NXDOMAIN")
		s = serve(t, db.corefile("fallthrough example.org", hosts))
		s.expect(t, "printer.example.org", "A", "NOERROR; A 198.51.100.1")
		s.expect(t, "www.example.org", "A", "NOERROR; A 192.0.2.1")
	})
}

// Two blocks on one port: each answers for its own zones, though the table has both.
func TestTwoBlocksOnOnePort(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, soaOfExampleOrg, "www.example.org A 192.0.2.1", "alias.example.org CNAME www.example.net",
			"www.example.net A 192.0.2.2", "www.example.com A 192.0.2.3")
		s := serve(t, "example.org:0 {\n"+db.directive("", "")+"}\nexample.net:0 {\n"+db.directive("", "ttl 60")+"}\n")
		s.expect(t, "www.example.org", "A", "NOERROR; A 192.0.2.1")
		s.expect(t, "www.example.net", "A", "NOERROR; A 192.0.2.2")
		s.expect(t, "www.example.com", "A", "REFUSED") // no block has it
		s.expect(t, "alias.example.org", "A", "NOERROR; CNAME www.example.net.; A 192.0.2.2")
	})
}

// Aliases that lead from table to table, or through a rewrite, and back: an end, and a reply.
func TestAliasesInACircleThroughTheChain(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.exec(t, "DROP TABLE IF EXISTS tb_two", "CREATE TABLE tb_two LIKE tb_dns",
			"INSERT INTO tb_two (name, type, record) VALUES ('b.example.net', 'CNAME', 'a.example.org')")
		t.Cleanup(func() { db.pool.Exec("DROP TABLE tb_two") })
		db.insert(t, "a.example.org CNAME b.example.net", "c.example.org CNAME c.example.com")
		s := serve(t, "example.org:0 {\n"+db.directive("", "")+"whoami\n}\n"+
			"example.net:0 {\n"+db.directive("", "table tb_two")+"whoami\n}\n"+
			"example.com:0 {\nrewrite name exact c.example.com c.example.org\n"+db.directive(".", "")+"whoami\n}\n")
		for _, name := range []string{"a.example.org", "b.example.net", "c.example.org"} {
			reply := s.ask(t, name, "A")
			if reply.Rcode != dns.RcodeServerFailure || len(reply.Answer) == 0 || len(reply.Answer) > 16 {
				t.Errorf("%s: expected SERVFAIL and the beginning of the chain, got:\n%s", name, reply)
			}
		}
	})
}

// Only IN is served. CoreDNS refuses the rest by itself, but not where chaos is in the block.
func TestOtherClasses(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "www.lan TXT text", "version.bind TXT ours")
		for _, others := range []string{"", "chaos CoreDNS-test"} {
			s := serve(t, db.corefile("", others))
			s.expect(t, "www.lan", "TXT", `NOERROR; TXT "text"`)
			for _, class := range []uint16{dns.ClassCHAOS, dns.ClassHESIOD, dns.ClassANY} {
				q := question("www.lan", "TXT")
				q.Question[0].Qclass = class
				if reply := s.exchange(t, q, "udp"); len(reply.Answer) != 0 || reply.Rcode == dns.RcodeSuccess {
					t.Errorf("%q: a question in class %s got\n%s", others, dns.ClassToString[class], reply)
				}
			}
			if others != "" {
				q := question("version.bind", "TXT")
				q.Question[0].Qclass = dns.ClassCHAOS
				if got := short(s.exchange(t, q, "udp")); got != `NOERROR; TXT "CoreDNS-test"` {
					t.Errorf("chaos: got %q", got)
				}
			}
		}
	})
}

// The DS records of a referral are for those who ask for DNSSEC.
func TestDSInReferrals(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, soaOfExampleOrg, "sub.example.org NS ns.example.net", "sub.example.org DS 1 13 2 "+strings.Repeat("ab", 32))
		s := serve(t, db.corefile("", ""))
		for do, expected := range map[bool]int{true: 1, false: 0} {
			q := question("www.sub.example.org", "A")
			q.SetEdns0(1232, do)
			reply := s.exchange(t, q, "udp")
			if len(ofType(reply.Ns, dns.TypeNS)) != 1 || len(ofType(reply.Ns, dns.TypeDS)) != expected || len(reply.Ns) != 1+expected {
				t.Errorf("DO %t:\n%s", do, reply)
			}
		}
		if reply := s.ask(t, "sub.example.org", "DS"); len(reply.Answer) != 1 || !reply.Authoritative {
			t.Errorf("asked for, DS needs no DO:\n%s", reply)
		}
	})
}

// Who wants to write is told that it is not implemented, and nothing changes.
func TestUpdateIsNotImplemented(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, soaOfExampleOrg, "www.example.org A 192.0.2.1")
		s := serve(t, db.corefile("", ""))
		update := new(dns.Msg)
		update.SetUpdate("example.org.")
		rr, err := dns.NewRR("new.example.org. 60 IN A 192.0.2.2")
		if err != nil {
			t.Fatal(err)
		}
		update.Insert([]dns.RR{rr})
		for _, network := range []string{"udp", "tcp"} {
			if reply := s.exchange(t, update, network); reply.Rcode != dns.RcodeNotImplemented {
				t.Errorf("%s:\n%s", network, reply)
			}
		}
		s.expect(t, "new.example.org", "A", "NXDOMAIN")
	})
}

// The client's spelling comes back in the question and at the name that it asked for, through all that stands between.
func TestMixedCaseThroughTheChain(t *testing.T) {
	forwardTo := upstream(t, "www.other. 60 IN A 203.0.113.1")
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, soaOfExampleOrg, "www.example.org A 192.0.2.1", "alias.example.org CNAME www.example.org",
			"out.example.org CNAME www.other", "*.wild.example.org A 192.0.2.2")
		s := serve(t, db.corefile("", "cache\nloadbalance\nminimal\nrewrite stop {\nname suffix .example.net .example.org answer auto\n}\nforward . "+forwardTo))
		for _, name := range []string{"wWw.exAmple.oRg.", "ALIAS.example.org.", "Out.Example.Org.", "Any.WILD.example.org."} {
			for range 2 { // the second time from the cache, where it is cached
				reply := s.ask(t, name, "A")
				if len(reply.Answer) == 0 || reply.Question[0].Name != name || reply.Answer[0].Header().Name != name {
					t.Errorf("%s:\n%s", name, reply)
				}
			}
		}
		if reply := s.ask(t, "nOne.example.ORG", "A"); reply.Rcode != dns.RcodeNameError || reply.Question[0].Name != "nOne.example.ORG." {
			t.Errorf("NXDOMAIN:\n%s", reply)
		}
	})
}

// directive is the plugin's, on this database.
func (db *database) directive(zones, properties string) string {
	return "mysqldns " + zones + " {\ndsn " + db.dsn + "\n" + properties + "\n}\n"
}

// countingUpstream is an upstream that counts what it is asked for.
type countingUpstream struct {
	addr  string
	mu    sync.Mutex
	names map[string]int
}

func newCountingUpstream(t *testing.T, zone string) *countingUpstream {
	t.Helper()
	c := &countingUpstream{names: map[string]int{}}
	behind := upstream(t, zone)
	c.addr = answering(t, func(q *dns.Msg) *dns.Msg {
		c.mu.Lock()
		c.names[strings.ToLower(q.Question[0].Name)]++
		c.mu.Unlock()
		reply, err := dns.Exchange(q, behind)
		if err != nil {
			return nil
		}
		return reply
	})
	return c
}

func (c *countingUpstream) asked(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.names[name]
}
