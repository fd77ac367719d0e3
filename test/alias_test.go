package test

import (
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/test/differential"

	"github.com/miekg/dns"
)

// Rows with ALIAS in PowerDNS's table: besides them there are those of powerDNSRows.
const aliasRows = `
example.org apex.~           ALIAS 300 0 0 www.example.org
example.org apex.~           MX    300 10 0 mail.example.org
example.org dot.~            ALIAS 300 0 0 www.other.test.
example.org low.~            ALIAS 30  0 0 ttl-high.example.org
example.org ttl-high.~       A     900 0 0 192.0.2.100
example.org high.~           ALIAS 900 0 0 www.example.org
example.org own.~            ALIAS 300 0 0 ns1.example.org
example.org own.~            A     300 0 0 192.0.2.101
example.org by-cname.~       ALIAS 300 0 0 alias-2.example.org
example.org by-dname.~       ALIAS 300 0 0 here.dname.example.org
example.org to-alias.~       ALIAS 300 0 0 out.example.org
example.org to-wild.~        ALIAS 300 0 0 any.wild.example.org
example.org to-child.~       ALIAS 300 0 0 www.sub.example.org
example.org below-cut.~      ALIAS 300 0 0 below.cut.example.org
example.org no-address.~     ALIAS 300 0 0 two-types.example.org
example.org gone.~           ALIAS 300 0 0 gone-too.example.org
example.org out.~            ALIAS 300 0 0 lb.elsewhere.test
example.org out-cname.~      ALIAS 300 0 0 www.elsewhere.test
example.org out-nodata.~     ALIAS 300 0 0 text.elsewhere.test
example.org out-gone.~       ALIAS 300 0 0 none.elsewhere.test
example.org out-fails.~      ALIAS 300 0 0 broken.elsewhere.test
example.org itself.~         ALIAS 300 0 0 itself.example.org
example.org *.standin.~      ALIAS 300 0 0 lb.elsewhere.test
example.org standin.~        -     -   - 0 -
example.org cname-to.~       CNAME 300 0 0 apex.example.org
`

// What mysqldns makes of ALIAS is what PowerDNS makes of it with expand-alias, whose resolver knows what CoreDNS does: it is CoreDNS.
func TestALIASAnswersLikePowerDNS(t *testing.T) {
	others := upstream(t, `
		www.elsewhere.test.  10 IN CNAME lb.elsewhere.test.
		lb.elsewhere.test.   60 IN A     203.0.113.1
		lb.elsewhere.test.   60 IN A     203.0.113.2
		lb.elsewhere.test.   20 IN AAAA  2001:db8::1
		text.elsewhere.test. 60 IN TXT   x
		below.cut.example.org. 60 IN A   203.0.113.9`)
	onReal(t, func(t *testing.T, db *database) {
		db.loadPowerDNS(t)
		db.insertPowerDNS(t, aliasRows)
		s := serve(t, db.corefile("table powerdns_view", "forward broken.elsewhere.test 127.0.0.1:1 {\nmax_fails 0\n}\nforward . "+others))
		ours := differential.At(s.UDP)
		defer ours.Close()
		theirs := differential.At(db.startPowerDNS(t, "expand-alias=yes", "resolver="+s.UDP).Addr)
		defer theirs.Close()
		var questions []dns.Question
		for _, f := range powerDNSFields(aliasRows) {
			for _, rrtype := range []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeMX, dns.TypeTXT, dns.TypeCNAME} {
				questions = append(questions, dns.Question{Name: dns.Fqdn(strings.Replace(f[1], "*", "a.b", 1)), Qtype: rrtype, Qclass: dns.ClassINET})
			}
		}
		for _, q := range questions {
			us, them, why := answer(t, ours, q), answer(t, theirs, q), aliasDiffers(q)
			if (us == them) != (why == "") {
				t.Errorf("%s\nours:\n%s\nPowerDNS:\n%s\nreason to differ: %q", q.String(), us, them, why)
			}
		}
		t.Logf("%d questions", len(questions))
		for name, want := range map[string]string{
			"apex": "NOERROR; A 192.0.2.1; A 192.0.2.2", "own": "NOERROR; A 192.0.2.101", "out": "NOERROR; A 203.0.113.1; A 203.0.113.2",
			"a.b.standin": "NOERROR; A 203.0.113.1; A 203.0.113.2", "gone": "NOERROR", "out-fails": "SERVFAIL", "itself": "SERVFAIL",
			"below-cut": "NOERROR; A 203.0.113.9",
		} {
			s.expect(t, name+".example.org", "A", want)
		}
	})
}

// aliasDiffers says why PowerDNS answers a question in another way; "" if it should not. docs/answers.md has it for users.
func aliasDiffers(q dns.Question) string {
	if q.Qtype != dns.TypeA && q.Qtype != dns.TypeAAAA {
		return ""
	}
	switch strings.TrimSuffix(q.Name, ".example.org.") {
	case "apex", "dot", "high", "by-cname", "to-wild", "to-child", "cname-to":
		if q.Qtype == dns.TypeAAAA {
			return "it leaves the SOA out where the target has no such address"
		}
	case "by-dname", "no-address":
		return "it leaves the SOA out where the target has no such address"
	case "low":
		return "its TTL is that of the addresses, and it leaves the SOA out where there are none"
	case "out-cname":
		return "its TTL is that of the addresses"
	case "gone", "out-nodata", "out-gone":
		return "it answers SERVFAIL for a target that does not exist"
	case "below-cut":
		return "its resolver, which is CoreDNS, answers with the referral, and it takes that for an answer without addresses"
	case "a.b.standin":
		return "it does not expand what a wildcard makes"
	}
	return ""
}
