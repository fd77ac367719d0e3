package test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mysqldns/mysqldns/test/differential"

	"github.com/miekg/dns"
)

// PowerDNS on its tables and we on the view give the same answers: every name with every type.
func TestPowerDNSViewAnswersLikePowerDNS(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.loadPowerDNS(t)
		theirs := differential.At(db.startPowerDNS(t).Addr)
		defer theirs.Close()
		ours := differential.At(serve(t, db.corefile("table powerdns_view", "")).UDP)
		defer ours.Close()
		questions := powerDNSQuestions()
		next := make(chan dns.Question)
		var asking sync.WaitGroup
		for range 8 {
			asking.Go(func() {
				for q := range next {
					us, them, why := answer(t, ours, q), answer(t, theirs, q), powerDNSDiffers(q)
					if (us == them) != (why == "") {
						t.Errorf("%s\nours:\n%s\nPowerDNS:\n%s\nreason to differ: %q", q.String(), us, them, why)
					}
				}
			})
		}
		for _, q := range questions {
			next <- q
		}
		close(next)
		asking.Wait()
		t.Logf("%d questions", len(questions))
	})
}

// powerDNSDiffers says why PowerDNS answers a question in another way; "" if it should not. docs/tables.md has what users should
// know of.
func powerDNSDiffers(q dns.Question) string {
	switch q.Name {
	case `\195\169.example.org.`:
		return "it answers SERVFAIL for names with other than printable ASCII"
	case "(semi;).example.org.":
		return "it writes such characters in names without escape"
	case "no-ent.example.org.":
		return "it knows an empty non-terminal by its row only"
	case "www.nosoa.test.":
		return "it answers nothing of a domain without SOA"
	case "left.sub.example.org.":
		return "it answers from the closest domain only"
	}
	switch {
	case q.Name == "x.mixed-wild.example.org." && q.Qtype == dns.TypeCNAME, strings.HasSuffix(q.Name, ".mixed-wild.example.org.") && q.Qtype == dns.TypeA:
		return "it answers a CNAME at a wildcard whatever is beside it, and adds a SOA to one that was asked for"
	case q.Name == "away.other.test." && q.Qtype == dns.TypeA:
		return "it answers an ALIAS if told to only"
	}
	madeFrom := []string{"x.alias-wild.example.org.", "x.dname.example.org.", "here.dname.example.org."}
	switch {
	case q.Name == "sub.example.org." && q.Qtype == dns.TypeTXT:
		return "it answers from the closest domain only"
	case q.Qtype == dns.TypeCNAME && slices.Contains(madeFrom, q.Name):
		return "it adds a SOA to a CNAME made from a wildcard or a DNAME"
	}
	return ""
}

func powerDNSQuestions() (questions []dns.Question) {
	names, types := slices.Clone(powerDNSNames), []uint16{}
	for _, f := range powerDNSFields(powerDNSRows) {
		if f[0] != "gone.test" && f[0] != "-" { // REFUSED there, and for the next plugin here
			names = append(names, f[1])
		}
		if rrtype, ok := dns.StringToType[strings.ToUpper(f[2])]; ok {
			types = append(types, rrtype)
		}
	}
	types = append(types, 65280)
	slices.Sort(names)
	slices.Sort(types)
	names, types = slices.Compact(names), slices.Compact(types)
	for _, name := range names {
		for _, rrtype := range types {
			questions = append(questions, dns.Question{Name: dns.Fqdn(name), Qtype: rrtype, Qclass: dns.ClassINET})
		}
	}
	return questions
}

// answer is what counts of the answer to a question that does not want recursion.
func answer(t *testing.T, server *differential.Server, q dns.Question) differential.Reply {
	t.Helper()
	m := new(dns.Msg)
	m.Id = dns.Id()
	m.Question = []dns.Question{q}
	reply, err := server.Ask(m)
	if err != nil {
		t.Error(err)
	}
	return differential.Normal(reply)
}

// What PowerDNS itself can not answer: the row alone is skipped, and named.
func TestPowerDNSRowsThatAreNoRecords(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.loadPowerDNS(t)
		db.insertPowerDNS(t, `
			example.org bad.~      A    300 0 0 1.2.3
			example.org bad.~      AAAA 300 0 0 2001:db8::1
			example.org twice.~    MX   300 0 0 20 mail.example.org
			example.org inner.~    TXT  300 0 0 say "hi"
			example.org open.~     TXT  300 0 0 "open
			example.org typeless.~ A    300 0 0 192.0.2.1
			example.org auto.~     HTTPS 300 0 0 1 . alpn=h2 ipv4hint=auto
			other.test  sub.~      SOA  300 0 0 ns1.other.test hostmaster.other.test 1`)
		db.exec(t, "UPDATE records SET type = '' WHERE name = 'typeless.example.org'",
			"INSERT INTO records (domain_id, type, disabled, content) VALUES (1, 'A', 0, '192.0.2.1')") // no name
		log := captureLog(t)
		s := serve(t, db.corefile("table powerdns_view", ""))
		s.expect(t, "bad.example.org", "AAAA", "NOERROR; AAAA 2001:db8::1")
		s.expect(t, "www.example.org", "A", "NOERROR; A 192.0.2.1; A 192.0.2.2")
		s.expect(t, "inner.example.org", "TXT", "NXDOMAIN")
		s.expect(t, "sub.other.test", "SOA", "NXDOMAIN")
		for _, row := range []string{`"bad.example.org" "A"`, `"twice.example.org" "MX"`, `"inner.example.org" "TXT"`, `"open.example.org" "TXT"`,
			`"(semi;).example.org" "A"`, `"typeless.example.org" ""`, `"auto.example.org" "HTTPS"`, `"sub.other.test" "SOA"`, `"code.other.test" "LUA"`} {
			if !strings.Contains(log.String(), row) {
				t.Errorf("not named: %s", row)
			}
		}
		if n := strings.Count(log.String(), "skipping a row"); n != 9 {
			t.Errorf("%d rows are named, expected 9", n)
		}
	})
}

// A domain of the root holds every name.
func TestPowerDNSViewOfTheRoot(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.loadPowerDNS(t)
		db.exec(t, "DELETE FROM records", "DELETE FROM domains", "INSERT INTO domains (id, name, type) VALUES (1, '.', 'NATIVE')",
			"INSERT INTO records (domain_id, name, type, content, ttl, disabled) VALUES"+
				" (1, '.', 'SOA', 'a.root.test h.root.test 1 2 3 4 5', 60, 0), (1, 'www.corp', 'A', '192.0.2.1', 60, 0)")
		s := serve(t, db.corefile("table powerdns_view", ""))
		s.expect(t, "www.corp", "A", "NOERROR; A 192.0.2.1")
		s.expect(t, "nosuch", "A", "NXDOMAIN")
	})
}
