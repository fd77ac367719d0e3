package mysqldns

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// fuzzDSN is dsn with a password so long that a part of it would be noticed.
const (
	fuzzSecret = "hunter2-who-hunts-alone"
	fuzzDSN    = "dns:" + fuzzSecret + "@tcp(192.0.2.1:3306)/dns"
)

// FuzzCorefile puts any arguments and properties beside any DSN. What comes out is a source that a copy can be made of, or one
// line of error that does not hold the password of the DSN, nor a part of it.
func FuzzCorefile(f *testing.F) {
	for _, seed := range []struct{ zones, dsn, properties string }{
		{"", fuzzDSN, ""},
		{"example.org 192.0.2.0/24", fuzzDSN, "table other.names\nttl 0\nrefresh 250ms\nresync 0\nmax_shrink 50%\nfallthrough example.org"},
		{"", fuzzDSN, "tls\nsnapshot copy\npassword_file go.mod"},
		{"", fuzzDSN + "?tls=preferred&allowAllFiles=true&multiStatements=true&interpolateParams=false", "tls"},
		{"", fuzzDSN + "?strict=true", ""},
		{"", fuzzDSN + "?charset=gbk&collation=gbk_chinese_ci", ""},
		{"", fuzzDSN + "?loc=" + fuzzSecret + "&timeout=" + fuzzSecret, ""},
		{"", fuzzDSN + "?sql_mode=%27NO_BACKSLASH_ESCAPES%27&maxAllowedPacket=" + fuzzSecret, ""},
		{"", "dns:" + fuzzSecret + "(192.0.2.1:3306)/dns", ""},
		{"", "dns:" + fuzzSecret + "/dns", ""},
		{"", "dns:" + fuzzSecret + "@/%zz", ""},
		{"", "dns:" + fuzzSecret + "@unix(/run/mysqld.sock)/dns", ""},
		{"", "mysql://dns:" + fuzzSecret + "@192.0.2.1:3306/dns", ""},
		{"", "dns:a/" + fuzzSecret + "@tcp(192.0.2.1)", ""},
		{"", fuzzDSN, "table `a`;--\nttl 1h\nrefresh 1"},
		{"", fuzzDSN, "table \x00\nmax_shrink -1\nunknown\n{\n}"},
		{".. a..b", fuzzDSN, "fallthrough ..\nfallthrough"},
	} {
		f.Add(seed.zones, seed.dsn, seed.properties)
	}
	f.Fuzz(func(t *testing.T, zones, dsn, properties string) {
		if dsn == "" || strings.ContainsFunc(zones+dsn, func(r rune) bool { return unicode.IsSpace(r) && r != ' ' || strings.ContainsRune(`"\{}#`, r) }) ||
			strings.Contains(dsn, " ") || opensDevice(properties) {
			return // they would not be one line of zones, and one DSN
		}
		m, err := parseBlock("mysqldns " + zones + " {\ndsn " + dsn + "\n" + properties + "\n}")
		if err != nil {
			wantHarmless(t, err, dsn, zones+properties)
			return
		}
		if len(m.source.hosts) == 0 || m.source.table.Table == "" || len(m.zones) == 0 {
			t.Fatalf("taken, and says not where the table is: %s", m.source.String())
		}
		d, err := newDialer(&m.source)
		if err != nil {
			wantHarmless(t, err, dsn, zones+properties)
			return
		}
		d.Close()
		for _, host := range m.source.hosts {
			if !slices.Contains([]string{"tcp", "tcp4", "tcp6", "unix"}, host.Net) { // which an error of a connection quotes
				t.Fatalf("taken with the network %q", host.Net)
			}
			if host.AllowAllFiles || host.MultiStatements || m.source.tls != nil && (host.TLS == nil || host.TLS.InsecureSkipVerify && host.TLS.VerifyConnection == nil || host.AllowFallbackToPlaintext) {
				t.Fatalf("taken with what must not be: %+v", host)
			}
		}
		if shows(m.source.String(), dsn, zones+properties) {
			t.Fatalf("its name tells the password: %s", m.source.String())
		}
	})
}

// opensDevice spares the fuzzer files that never end.
var opensDevice = regexp.MustCompile(`/dev|/proc|/sys`).MatchString

func wantHarmless(t *testing.T, err error, dsn, others string) {
	t.Helper()
	if shows(err.Error(), dsn, others) {
		t.Fatalf("the error tells the password of %q: %q", dsn, err)
	}
}

// shows reports whether a text has the password of a DSN, or the first or second half of it, where neither the rest of the DSN nor the
// other words that may be quoted have that.
func shows(text, dsn, others string) bool {
	address := dsn[:max(strings.LastIndex(dsn, "/"), 0)]
	end := strings.LastIndex(address, "@")
	if end < 0 { // it was forgotten
		end = max(strings.Index(address, "("), 0)
	}
	user, password, _ := strings.Cut(dsn[:end], ":")
	rest := dsn[end:]
	if len(password) < 12 {
		return false // its halves may be anywhere by chance
	}
	const ours = "dsn: DSN of does not parse; expected the form user:password@tcp(host:3306)/database names no after slash 0123456789 it ends before the address all of it in quotes if there is a blank or a # in it " +
		"has an IPv6 address without brackets write that is none one such as"
	for _, part := range []string{password[:len(password)/2], password[len(password)/2:]} {
		if strings.Contains(text, part) && !strings.Contains(strings.Join([]string{user, rest, others, ours}, "\n"), part) {
			return true
		}
	}
	return false
}
