package test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/test/powerdns"
)

// Rows of PowerDNS's records as its tools, its API and people write them: domain, name, type, ttl, prio, disabled, content. A - is
// NULL, ~ is the name of the domain.
const powerDNSRows = `
example.org ~                SOA   3600 - 0 ns1.example.org hostmaster.example.org 2024010101 10800 3600 604800 300
example.org ~                NS    3600 - 0 ns1.example.org
example.org ~                NS    3600 0 0 ns2.example.net.
example.org ~                MX    300 10 0 mail.example.org
example.org ~                MX    300 20 0 mail.example.net.
example.org ~                TXT   300  0 0 "v=spf1 mx -all"
example.org ~                CAA   300  0 0 0 issue "ca.example.net"
example.org ns1.~            A     300  0 0 192.0.2.53
example.org ns1.~            AAAA  300  0 0 2001:db8::53
example.org www.~            A     300  - 0 192.0.2.1
example.org www.~            A     300  0 0 192.0.2.2
example.org www.~            A     300  0 1 192.0.2.3
example.org mail.~           A     300 10 0 192.0.2.25
example.org Upper.~          A     300  0 0 192.0.2.26
example.org off.~            A     300  0 1 192.0.2.4
example.org maybe.~          A     300  0 - 192.0.2.5
example.org lead.~           A     300  0 0 192.000.002.007
example.org lead-0.~         A     300  0 0 000.0.0.08
example.org ttl-null.~       A     -    0 0 192.0.2.6
example.org ttl-0.~          A     0    0 0 192.0.2.7
example.org lower.~          aaaa  300  0 0 2001:db8::7

example.org prio-0.~         MX    300  0 0 mail.example.org
example.org prio-null.~      MX    300  - 0 30 mail.example.org
example.org prio-not-mx.~    KX    300  9 0 10 kx.example.org
example.org _sip._udp.~      SRV   300  5 0 1 5060 sip.example.org
example.org _sip._udp.~      SRV   300  - 0 6 1 5061 sip.example.net.

example.org quoted.~         TXT   300  0 0 "semi;colon \;escaped \"quote\" \\ \065\200"
example.org several.~        TXT   300  0 0 "one" "two"
example.org joined.~         TXT   300  0 0 "one""two"
example.org unquoted.~       TXT   300  0 0 v=DKIM1; k=rsa\; p=\"x\" \065
example.org blanks.~         TXT   300  0 0 two  blanks
example.org generic-text.~   TXT   300  0 0 \# 3 026869
example.org empty.~          TXT   300  0 0 ""
example.org no-content.~     TXT   300  0 0 -
example.org utf8.~           TXT   300  0 0 "é"
example.org two-types.~      TXT   300  0 0 "a"
example.org two-types.~      SPF   300  0 0 "v=spf1 -all"

example.org caa.~            CAA   300  0 0 128 iodef "mailto:security@example.org"
example.org caa-semi.~       CAA   300  0 0 0 issue "ca.example.net\; account=1"
example.org caa-none.~       CAA   300  0 0 0 issuewild ";"
example.org uri.~            URI   300  0 0 10 1 "https://www.example.org/"
example.org naptr.~          NAPTR 300  0 0 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.org!" .
example.org hinfo.~          HINFO 300  0 0 "PC" "Linux"
example.org https.~          HTTPS 300  0 0 1 . alpn=h2,h3 ipv4hint=192.0.2.1
example.org svcb.~           SVCB  300  0 0 0 www.example.org
example.org sshfp.~          SSHFP 300  0 0 4 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF
example.org tlsa.~           TLSA  300  0 0 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
example.org loc.~            LOC   300  0 0 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
example.org loc-short.~      LOC   300  0 0 52 22 N 4 53 E -2m
example.org loc-some.~       LOC   300  0 0 52 22 23 N 4 53 32 E -2m 1m
example.org https-key.~      HTTPS 300  0 0 1 . alpn="h2,h3" key7="/dns-query{?dns}"
example.org mapped.~         AAAA  300  0 0 ::ffff:192.0.2.1
example.org ptr.~            PTR   300  0 0 host.example.net
example.org rp.~             RP    300  0 0 admin.example.org txt.example.org
example.org unknown.~        TYPE65280 300 0 0 \# 4 0A000001

example.org *.wild.~         A     300  0 0 192.0.2.9
example.org *.wild.~         MX    300 10 0 mail.example.org
example.org here.wild.~      TXT   300  0 0 "blocks the wildcard"
example.org wild.~           -     -    - 0 -
example.org *.alias-wild.~   CNAME 300  0 0 www.example.org
example.org alias-wild.~     -     -    - 0 -
example.org *.mixed-wild.~   CNAME 300  0 0 www.example.org
example.org *.mixed-wild.~   A     300  0 0 192.0.2.12
example.org mixed-wild.~     -     -    - 0 -
example.org *.off-wild.~     A     300  0 1 192.0.2.10
example.org deep.ent.~       A     300  0 0 192.0.2.11
example.org ent.~            -     -    - 0 -
example.org deep.no-ent.~    A     300  0 0 192.0.2.18

example.org alias.~          CNAME 300  0 0 www.example.org
example.org alias-dot.~      CNAME 300  0 0 www.example.org.
example.org alias-gone.~     CNAME 300  0 0 gone.example.org
example.org alias-out.~      CNAME 300  0 0 www.elsewhere.invalid
example.org alias-2.~        CNAME 300  0 0 alias.example.org
example.org alias-child.~    CNAME 300  0 0 www.sub.example.org
example.org alias-other.~    CNAME 300  0 0 www.other.test
example.org alias-escaped.~  CNAME 300  0 0 a\.b.example.org
example.org dname.~          DNAME 300  0 0 wild.example.org

example.org a\.b.~           A     300  0 0 192.0.2.12
example.org sp\032ace.~      A     300  0 0 192.0.2.13
example.org \195\169.~       A     300  0 0 192.0.2.14
example.org back\\slash.~    A     300  0 0 192.0.2.15
example.org at@.~            A     300  0 0 192.0.2.16
example.org (semi;).~        A     300  0 0 192.0.2.19
example.org _under.~         A     300  0 0 192.0.2.17

example.org cut.~            NS    300  0 0 ns.cut.example.org
example.org cut.~            NS    300  0 0 ns1.example.org
example.org cut.~            DS    300  0 0 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
example.org ns.cut.~         A     300  0 0 192.0.2.60
example.org below.cut.~      A     300  0 0 192.0.2.61

example.org sub.~            NS    7200 0 0 ns9.example.org
example.org sub.~            NS    7200 0 0 ns1.sub.example.org
example.org sub.~            DS    300  0 0 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
example.org sub.~            TXT   300  0 0 "of the parent"
example.org left.sub.~       A     300  0 0 192.0.2.62
sub.example.org ~            SOA   3600 0 0 ns1.sub.example.org. hostmaster.sub.example.org. 1 10800 3600 604800 60
sub.example.org ~            NS    300  0 0 ns1.sub.example.org
sub.example.org ns1.~        A     300  0 0 192.0.2.70
sub.example.org www.~        A     300  0 0 192.0.2.71
sub.example.org a.foreign.example.org     A 300 0 0 192.0.2.72
sub.example.org notsub.example.org A 300 0 0 192.0.2.73

other.test  ~                SOA   3600 0 0 ns1.other.test hostmaster.other.test 7 10800 3600 604800 30
other.test  ~                NS    3600 0 0 ns1.example.org
other.test  www.~            A     300  0 0 192.0.2.80
other.test  www.example.org  A     300  0 0 192.0.2.81
other.test  away.~           ALIAS 300  0 0 www.example.org
other.test  code.~           LUA   300  0 0 A "ifportup(443, {'192.0.2.1'})"
other.test  dot.other.test.  A     300  0 0 192.0.2.82

nosoa.test  www.~            A     300  0 0 192.0.2.83

-           www.gone.test    A     300  0 0 192.0.2.90
gone.test   ~                SOA   3600 0 0 ns1.gone.test hostmaster.gone.test 1 10800 3600 604800 300
gone.test   ~                A     300  0 0 192.0.2.91
`

// powerDNSDomains are the rows of domains. gone.test is none: its records were left behind.
var powerDNSDomains = []string{"example.org", "sub.example.org", "other.test", "nosoa.test"}

// more names to ask for than the rows have.
var powerDNSNames = []string{
	"nosuch.example.org", "WWW.Example.ORG", "x.www.example.org", "foreign.example.org", "no-ent.example.org",
	"a.wild.example.org", "b.a.wild.example.org", "x.here.wild.example.org", "x.alias-wild.example.org",
	"x.mixed-wild.example.org", "off-wild.example.org", "x.off-wild.example.org", "x.dname.example.org", "here.dname.example.org",
	"x.below.cut.example.org", "nosuch.sub.example.org", "nosuch.other.test", "x.www.other.test",
}

// loadPowerDNS makes PowerDNS's tables, as its package has them, with the rows, and the view.
func (db *database) loadPowerDNS(t *testing.T) {
	t.Helper()
	schema, err := powerdns.Schema()
	if errors.Is(err, powerdns.ErrNotInstalled) && os.Getenv("MYSQLDNS_REQUIRE_SERVERS") == "" {
		t.Skipf("NOT TESTED: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	drop := func() {
		db.exec(t, "DROP VIEW IF EXISTS powerdns_view", "DROP TABLE IF EXISTS powerdns_view_changes",
			"DROP TABLE IF EXISTS records, comments, domainmetadata, cryptokeys, tsigkeys, supermasters, domains")
	}
	drop()
	t.Cleanup(drop)
	db.load(t, schema)
	for i, domain := range powerDNSDomains {
		db.exec(t, fmt.Sprintf("INSERT INTO domains (id, name, type) VALUES (%d, '%s', 'NATIVE')", i+1, domain))
	}
	db.insertPowerDNS(t, powerDNSRows)
	db.load(t, tableScript(t, "powerdns"))
}

// insertPowerDNS adds rows written as in powerDNSRows.
func (db *database) insertPowerDNS(t *testing.T, rows string) {
	t.Helper()
	for _, f := range powerDNSFields(rows) {
		args := make([]any, len(f))
		for i := range f {
			if f[i] != "-" {
				args[i] = f[i]
			}
		}
		if i := slices.Index(powerDNSDomains, f[0]); i >= 0 {
			args[0] = i + 1
		} else if f[0] != "-" {
			args[0] = 99
		}
		const insert = "INSERT INTO records (domain_id, name, type, ttl, prio, disabled, content) VALUES (?, ?, ?, ?, ?, ?, ?)"
		if _, err := db.pool.Exec(insert, args...); err != nil {
			t.Fatalf("%q: %v", f, err)
		}
	}
}

// powerDNSFields splits rows into their columns.
func powerDNSFields(rows string) (all [][]string) {
	for line := range strings.Lines(rows) {
		var f []string
		rest := strings.TrimSpace(line)
		for range 6 {
			var field string
			field, rest, _ = strings.Cut(strings.TrimLeft(rest, " "), " ")
			f = append(f, field)
		}
		if f[0] != "" {
			f[1] = strings.Replace(f[1], "~", f[0], 1)
			all = append(all, append(f, strings.TrimLeft(rest, " ")))
		}
	}
	return all
}

// startPowerDNS starts PowerDNS on this database, with more settings.
func (db *database) startPowerDNS(t *testing.T, settings ...string) *powerdns.Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "pdns-") // short: it has the path of a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s, err := powerdns.Start(dir, db.dsn, settings...)
	if errors.Is(err, powerdns.ErrNotInstalled) && os.Getenv("MYSQLDNS_REQUIRE_SERVERS") == "" {
		t.Skipf("NOT TESTED: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}
