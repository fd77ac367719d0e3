package mysqldns

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/plugin/update"

	"github.com/coredns/caddy"
)

const secret = "hunter2"

// dsn is a DSN whose password must never be seen in an error or a log line.
const dsn = "dns:" + secret + "@tcp(192.0.2.1:3306)/dns"

func parseBlock(block string) (*MySQLDNS, error) {
	c := caddy.NewTestController("dns", block)
	c.ServerBlockKeys = []string{"."}
	return parse(c)
}

// directiveSays is a block and what must come of it.
type directiveSays struct {
	name, block string
	check       func(*MySQLDNS) bool
}

func TestDirectiveSays(t *testing.T) {
	dir := t.TempDir()
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte("rotated\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []directiveSays{
		{"defaults", `mysqldns { 
			dsn ` + dsn + ` 
		}`, func(m *MySQLDNS) bool {
			return m.source.table.String() == "tb_dns" && m.source.ttl == 3600 && m.source.refresh == 0 && m.source.resync == time.Hour &&
				m.all && len(m.Fall.Zones) == 0 && m.source.tls == nil
		}},
		{"zones narrow what is looked at", `mysqldns example.org Example.NET. {
			dsn ` + dsn + `
		}`, func(m *MySQLDNS) bool {
			return !m.all && slices.Equal(m.zones, []string{"example.org.", "example.net."})
		}},
		{"several hosts in order", `mysqldns {
			dsn ` + dsn + ` dns@tcp(192.0.2.2)/dns
		}`, func(m *MySQLDNS) bool {
			return len(m.source.hosts) == 2 && m.source.hosts[0].Addr == "192.0.2.1:3306" && m.source.hosts[1].Addr == "192.0.2.2:3306"
		}},
		{"a # and a blank in quotes, a port by its name, an IPv6 address without a port", `mysqldns {
			dsn "dns:a #1 word@tcp(192.0.2.1:mysql)/dns" dns@tcp([::1]:3306)/dns dns@tcp(2001:db8::1)/dns
		}`, func(m *MySQLDNS) bool {
			return m.source.hosts[0].Passwd == "a #1 word" && m.source.hosts[1].Addr == "[::1]:3306" && m.source.hosts[2].Addr == "[2001:db8::1]:3306"
		}},
		{"password_file", `mysqldns {
			dsn ` + dsn + `
			password_file ` + password + `
		}`, func(m *MySQLDNS) bool { return m.source.passwordFile == password }},
		{"table in another database", `mysqldns {
			dsn dns@tcp(192.0.2.1)/
			table other.names
		}`, func(m *MySQLDNS) bool { return m.source.table.Quoted() == "`other`.`names`" }},
		{"ttl 0", `mysqldns {
			dsn ` + dsn + `
			ttl 0
		}`, func(m *MySQLDNS) bool { return m.source.ttl == 0 }},
		{"refresh", `mysqldns {
			dsn ` + dsn + `
			refresh 250ms
		}`, func(m *MySQLDNS) bool { return m.source.refresh == 250*time.Millisecond }},
		{"resync off", `mysqldns {
			dsn ` + dsn + `
			resync 0
		}`, func(m *MySQLDNS) bool { return m.source.resync == 0 }},
		{"tls verifies the name in the DSN", `mysqldns {
			dsn ` + dsn + `
			tls
		}`, func(m *MySQLDNS) bool {
			return m.source.hosts[0].TLS != nil && !m.source.hosts[0].TLS.InsecureSkipVerify
		}},
		{"write_dsn with a password of its own", `mysqldns {
			dsn ` + dsn + `
			write_dsn writer@tcp(192.0.2.3)/dns writer@tcp(192.0.2.4)/dns
			write_password_file ` + password + `
		}`, func(m *MySQLDNS) bool {
			return len(m.source.writeHosts) == 2 && m.source.writeHosts[1].Addr == "192.0.2.4:3306" && m.source.writeHosts[0].InterpolateParams &&
				m.source.writePasswordFile == password && len(m.source.hosts) == 1 && m.source.passwordFile == ""
		}},
		{"catalog", `mysqldns {
			dsn ` + dsn + `
			catalog Catalog.example
		}`, func(m *MySQLDNS) bool {
			return m.catalogName == "catalog.example." && m.catalogOf("www.example.") == nil
		}},
		{"never write without write_dsn", `mysqldns {
			dsn ` + dsn + `
		}`, func(m *MySQLDNS) bool {
			w, err := openWriters(&m.source)
			return w == nil && err == nil
		}},
		{"snapshot", `mysqldns {
			dsn ` + dsn + `
			snapshot ` + dir + `/copy
		}`, func(m *MySQLDNS) bool { return m.source.snapshot == dir+"/copy" }},
		{"max_shrink", `mysqldns {
			dsn ` + dsn + `
			max_shrink 25%
		}`, func(m *MySQLDNS) bool { return m.source.maxShrink == 25 }},
		{"http", `mysqldns {
			dsn ` + dsn + `
			http 127.0.0.1:8053
		}`, func(m *MySQLDNS) bool { return m.web.addr == "127.0.0.1:8053" }},
		{"tls verifies another name", `mysqldns {
			dsn ` + dsn + `
			tls
			tls_servername db.example.org.
		}`, func(m *MySQLDNS) bool {
			return m.source.hosts[0].TLS.ServerName == "db.example.org" && !m.source.hosts[0].TLS.InsecureSkipVerify
		}},
		{"tls verifies another name, all on one line", `mysqldns {
			dsn ` + dsn + `
			tls servername db.example.org
		}`, func(m *MySQLDNS) bool { return m.source.hosts[0].TLS.ServerName == "db.example.org" }},
		{"tls verifies the CA alone", `mysqldns {
			dsn ` + dsn + `
			tls ` + authority(t, dir) + `
			tls_verify_ca
		}`, func(m *MySQLDNS) bool {
			tls := m.source.hosts[0].TLS
			return tls.InsecureSkipVerify && tls.VerifyConnection != nil && tls.ServerName == ""
		}},
		{"update, for a name and for all below it", `mysqldns {
			dsn ` + dsn + `
			write_dsn ` + dsn + `
			update Key.Example www.Example.org
			update key.example. *.example.org A txt TYPE65280
			update key.example *
		}`, func(m *MySQLDNS) bool {
			return reflect.DeepEqual(m.rules, update.Policy{
				{Key: "key.example.", Name: "www.example.org."},
				{Key: "key.example.", Name: "example.org.", Below: true, Types: []uint16{1, 16, 65280}},
				{Key: "key.example.", Name: ".", Below: true},
			})
		}},
		{"fallthrough everywhere", `mysqldns {
			dsn ` + dsn + `
			fallthrough
		}`, func(m *MySQLDNS) bool { return m.Fall.Through("www.example.org.") }},
		{"fallthrough in a zone", `mysqldns {
			dsn ` + dsn + `
			fallthrough example.org
		}`, func(m *MySQLDNS) bool {
			return m.Fall.Through("www.example.org.") && !m.Fall.Through("www.example.net.") && !m.fallNoData
		}},
		{"fallthrough of types as well", `mysqldns {
			dsn ` + dsn + `
			fallthrough nodata
		}`, func(m *MySQLDNS) bool { return m.Fall.Through("www.example.org.") && m.fallNoData }},
		{"fallthrough of types in zones", `mysqldns {
			dsn ` + dsn + `
			fallthrough nodata example.org nodata.
		}`, func(m *MySQLDNS) bool {
			return m.fallNoData && m.Fall.Through("www.example.org.") && m.Fall.Through("www.nodata.") && !m.Fall.Through("www.example.net.")
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, err := parseBlock(test.block)
			if err != nil {
				t.Fatal(err)
			}
			if !test.check(m) {
				t.Errorf("not what the directive says: %+v", m.source.String())
			}
		})
	}
	for _, p := range properties {
		if !slices.ContainsFunc(tests, func(test directiveSays) bool { return hasLine(test.block, p.name) }) {
			t.Errorf("no test that %s does what it says", p.name)
		}
	}
}

// directiveRefuses is the lines of a block and what the error of them must hold.
type directiveRefuses struct{ name, properties, expected string }

func TestDirectiveRefuses(t *testing.T) {
	tests := []directiveRefuses{
		{"unknown property", "dsn " + dsn + "\nfrobnicate 1", "frobnicate: unknown property; expected one of dsn"},
		{"a second DSN on a line of its own", "dsn " + dsn + "\n" + dsn, "a line begins with no property"},
		{"no dsn", "ttl 60", "dsn is missing"},
		{"no zone to fall through", "dsn " + dsn + "\nfallthrough example.org :", "fallthrough: zone 2 of 2 is not a domain name"},
		{"another name, and no TLS", "dsn " + dsn + "\ntls_servername db.example.org", "tls_servername: without tls"},
		{"another name that is none", "dsn " + dsn + "\ntls\ntls_servername a..b", `tls_servername: "a..b" is not a name`},
		{"the CA alone, and no TLS", "dsn " + dsn + "\ntls_verify_ca", "tls_verify_ca: without tls"},
		{"the CA alone, and all CAs", "dsn " + dsn + "\ntls\ntls_verify_ca", "tls_verify_ca: needs a CA of your own"},
		{"the CA alone with a value", "dsn " + dsn + "\ntls\ntls_verify_ca yes", "tls_verify_ca: expected no argument, got 1"},
		{"the CA alone, and a name", "dsn " + dsn + "\ntls\ntls_verify_ca\ntls_servername a.b", "tls_verify_ca: it looks at no name"},
		{"dsn without an @", "dsn dns:" + secret + "(192.0.2.1:3306)/dns", "dsn: DSN 1 of 1 has neither tcp(HOST:PORT) nor unix(PATH)"},
		{"dsn with an option that panics", "dsn " + dsn + "?strict=true", "the option strict"},
		{"dsn with a # that is not quoted", "dsn dns:hunter#2@tcp(192.0.2.1:3306)/dns", "dsn: DSN 1 of 1 does not parse: it ends before the address; " +
			"expected the form user:password@tcp(host:3306)/database, all of it in quotes if there is a blank or a # in it"},
		{"dsn with a blank that is not quoted", "dsn dns:a " + secret + "@tcp(192.0.2.1:3306)/dns", "dsn: DSN 1 of 2 does not parse: it ends before the address"},
		{"dsn with an IPv6 address without brackets", "dsn dns:" + secret + "@tcp(::1:3306)/dns", "dsn: DSN 1 of 1 has an IPv6 address without brackets: write tcp([::1]:3306)"},
		{"dsn with brackets and no port", "dsn dns:" + secret + "@tcp([::1])/dns", "dsn: DSN 1 of 1 has an address that is none; expected one such as"},
		{"dsn without arguments", "dsn", "dsn: expected DSN [DSN...], got no argument"},
		{"dsn without a slash", "dsn dns:" + secret + "@tcp(192.0.2.1:3306)", "DSN 1 of 1 does not parse"},
		{"second dsn wrong", "dsn " + dsn + " dns:" + secret + "@tcp(192.0.2.1", "DSN 2 of 2 does not parse"},
		{"password where the network should be", "dsn dns:" + secret + "/x@tcp(192.0.2.1)", "does not parse"},
		{"dsn with a bad parameter", "dsn " + dsn + "?parseTime=" + secret, "does not parse"},
		{"dsn without a database", "dsn dns:" + secret + "@tcp(192.0.2.1)/", "names no database"},
		{"dsn twice", "dsn " + dsn + "\ndsn " + dsn, "dsn is given twice"},
		{"password_file missing", "dsn " + dsn + "\npassword_file /nonexistent/password", "password_file: cannot read the password: open /nonexistent/password"},
		{"password_file without argument", "dsn " + dsn + "\npassword_file", "password_file: expected PATH, got no argument"},
		{"tls with too many arguments", "dsn " + dsn + "\ntls a b c d", "tls: expected [CERT KEY] [CA]"},
		{"tls with a missing CA", "dsn " + dsn + "\ntls /nonexistent/ca.pem", "tls: "},
		{"table with three parts", "dsn " + dsn + "\ntable a.b.c", `table: "a.b.c" is not the name of a table`},
		{"empty table", "dsn " + dsn + "\ntable a.", "is not the name of a table"},
		{"ttl with a unit", "dsn " + dsn + "\nttl 1h", `ttl: "1h" is not a TTL: expected seconds`},
		{"ttl beyond 31 bits", "dsn " + dsn + "\nttl 2147483648", "is not a TTL"},
		{"refresh without a unit", "dsn " + dsn + "\nrefresh 100", `refresh: "100" is not a usable duration`},
		{"refresh too short", "dsn " + dsn + "\nrefresh 1ms", "at least 10ms"},
		{"refresh negative", "dsn " + dsn + "\nrefresh -1s", "is not a usable duration"},
		{"refresh with two arguments", "dsn " + dsn + "\nrefresh 1s 2s", "refresh: expected DURATION, got 2 arguments"},
		{"snapshot without a folder", "dsn " + dsn + "\nsnapshot /nonexistent/copy", "snapshot: there is no folder for it"},
		{"snapshot that is a folder", "dsn " + dsn + "\nsnapshot /tmp", "snapshot: /tmp is a folder: name a file in it"},
		{"snapshot without a path", "dsn " + dsn + "\nsnapshot", "snapshot: expected PATH, got no argument"},
		{"max_shrink beyond 99", "dsn " + dsn + "\nmax_shrink 100", `max_shrink: "100" is not a percentage`},
		{"max_shrink in words", "dsn " + dsn + "\nmax_shrink half", "is not a percentage"},
		{"http without a port", "dsn " + dsn + "\nhttp 127.0.0.1", `http: "127.0.0.1" is not an address to listen at`},
		{"http without an address", "dsn " + dsn + "\nhttp", "http: expected ADDRESS, got no argument"},
		{"write_dsn without arguments", "dsn " + dsn + "\nwrite_dsn", "write_dsn: expected DSN [DSN...], got no argument"},
		{"write_dsn that does not parse", "dsn " + dsn + "\nwrite_dsn dns:" + secret + "@tcp(192.0.2.1:3306)", "write_dsn: DSN 1 of 1 does not parse"},
		{"write_dsn without a database", "dsn " + dsn + "\nwrite_dsn " + dsn + " dns:" + secret + "@tcp(192.0.2.1)/", "write_dsn: DSN 2 of 2 names no database"},
		{"write_password_file missing", "dsn " + dsn + "\nwrite_dsn " + dsn + "\nwrite_password_file /nonexistent/password", "write_password_file: cannot read the password"},
		{"write_password_file without write_dsn", "dsn " + dsn + "\nwrite_password_file /dev/null", "write_password_file is the password of write_dsn, which is missing"},
		{"write_password_file without argument", "dsn " + dsn + "\nwrite_dsn " + dsn + "\nwrite_password_file", "write_password_file: expected PATH, got no argument"},
		{"catalog of no name", "dsn " + dsn + "\ncatalog a..b", `catalog: "a..b" is not the name of a catalog zone: expected a domain name`},
		{"catalog at the root", "dsn " + dsn + "\ncatalog .", "catalog: the root is not the name of a catalog zone"},
		{"catalog without a name", "dsn " + dsn + "\ncatalog", "catalog: expected NAME, got no argument"},
		{"two catalogs", "dsn " + dsn + "\ncatalog a.example b.example", "catalog: expected NAME, got 2 arguments"},
		{"update without write_dsn", "dsn " + dsn + "\nupdate key.example www.example.org", "update: write_dsn is missing"},
		{"update without a name", "dsn " + dsn + "\nwrite_dsn " + dsn + "\nupdate key.example", "update: expected KEY NAME [TYPE...], got one argument"},
		{"update of every key", "dsn " + dsn + "\nwrite_dsn " + dsn + "\nupdate * www.example.org", `update: "*" is not the name of a TSIG key`},
		{"update of no name", "dsn " + dsn + "\nwrite_dsn " + dsn + "\nupdate key.example @", `update: "@" is not a name`},
		{"update of an unknown type", "dsn " + dsn + "\nwrite_dsn " + dsn + "\nupdate key.example www.example.org A FOO", `update: "FOO" is not a record type`},
		{"update of a type of questions", "dsn " + dsn + "\nwrite_dsn " + dsn + "\nupdate key.example www.example.org ANY", `update: "ANY" is not a record type`},
		{"resync garbage", "dsn " + dsn + "\nresync often", "resync: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseBlock("mysqldns {\n" + test.properties + "\n}")
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), test.expected) {
				t.Errorf("got %q, expected it to contain %q", err, test.expected)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error tells the password: %q", err)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has more than one line: %q", err)
			}
		})
	}
	for _, p := range properties {
		if _, most := p.arguments(); most == 0 {
			continue // TestNumberOfArguments has all that can be wrong
		}
		if !slices.ContainsFunc(tests, func(test directiveRefuses) bool {
			return hasLine(test.properties, p.name) && strings.HasPrefix(test.expected, p.name+": ") && !strings.Contains(test.expected, ": expected "+p.form)
		}) {
			t.Errorf("no test of the error when %s has a wrong argument", p.name)
		}
	}
}

func TestDirectiveTwiceInABlock(t *testing.T) {
	block := "mysqldns {\ndsn " + dsn + "\n}\n"
	if _, err := parseBlock(block + block); err == nil {
		t.Error("accepted")
	}
}
