package test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/test/port"

	"github.com/coredns/coredns/core/dnsserver"
)

// Corefile.example answers as it stands; only its port and where its server is are the test's.
func TestCorefileExample(t *testing.T) {
	text, err := os.ReadFile("../Corefile.example")
	if err != nil {
		t.Fatal(err)
	}
	onPrivate(t, func(t *testing.T, db *database) {
		db.exec(t, "DROP USER IF EXISTS mysqldns@'%'", "CREATE USER mysqldns@'%' IDENTIFIED BY 'pw'",
			"GRANT SELECT ON dns.tb_dns TO mysqldns@'%'", "GRANT SELECT ON dns.tb_dns_changes TO mysqldns@'%'")
		db.insert(t, "www.lan A 192.0.2.1")
		t.Setenv("MYSQL_PASSWORD", "pw")
		corefile := strings.Replace(string(text), ".:1053", ".:0", 1)
		corefile = strings.Replace(corefile, "127.0.0.1:3306", db.server.Addr, 1)
		corefile = strings.Replace(corefile, "/etc/resolv.conf", upstream(t, "www.other. 60 IN A 203.0.113.1"), 1)
		corefile = strings.Replace(corefile, "    ready\n", "", 1) // its port may be taken
		s := serve(t, corefile)
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
		s.expect(t, "www.other", "A", "NOERROR; A 203.0.113.1")
	})
}

// Every Corefile in the README and in docs/ starts.
func TestCorefilesInTheDocuments(t *testing.T) {
	documents, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, document := range append(documents, "../README.md") {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range regexp.MustCompile("(?s)(?:```|~~~) ?corefile\n(.*?)(?:```|~~~)").FindAllStringSubmatch(string(text), -1) {
			found++
			s, err := tryServe(movedHere(t, block[1]))
			if err != nil {
				t.Errorf("%s: %v\n%s", document, err, block[1])
				continue
			}
			s.Stop()
		}
	}
	if found < 6 {
		t.Fatalf("only %d Corefiles in the documents; are they marked ```corefile?", found)
	}
}

// movedHere is a Corefile with the ports, servers and files of this test in place of those that the documents name.
func movedHere(t *testing.T, corefile string) string {
	dir := t.TempDir()
	write(t, dir+"/password", "x")
	corefile = regexp.MustCompile(`(?m)^([a-z.]*):?\d* \{`).ReplaceAllString(corefile, "$1:0 {")
	corefile = regexp.MustCompile(`tcp\([^)]*\)`).ReplaceAllString(corefile, "tcp(127.0.0.1:1)") // no server there: refused at once
	corefile = strings.NewReplacer("/run/secrets/mysql", dir+"/password", "/etc/coredns/password", dir+"/password", "/var/lib/mysqldns", dir).Replace(corefile)
	corefile = regexp.MustCompile(`key file \S*/K\S+`).ReplaceAllStringFunc(corefile, func(string) string {
		return "key file " + newKey(t, "example.org.").file
	})
	return regexp.MustCompile(`(?m)^\s*(tls .*|ready|prometheus.*)$`).ReplaceAllString(corefile, "")
}

// plugin.cfg says what our own build does.
func TestPluginCfg(t *testing.T) {
	text, err := os.ReadFile("../plugin.cfg")
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for line := range strings.Lines(string(text)) {
		directive, _, ok := strings.Cut(line, ":")
		if ok && !strings.HasPrefix(line, "#") {
			order = append(order, directive)
		}
	}
	if got, expected := strings.Join(order, " "), strings.Join(dnsserver.Directives, " "); got != expected {
		t.Errorf("plugin.cfg has\n%s\nand the build has\n%s", got, expected)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	number, err := port.FreeNumber()
	if err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(number)
}
