package hostile

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/test/mariadb"

	"github.com/miekg/dns"
)

// Passwords with all that DSNs, URLs and Corefiles treat in a way of their own.
const (
	inDSN  = "Kx7/@tcp:%41&d=?1+mZ"
	inFile = "Qv9#x{}'\"`$ ü;\\w5Jr"
)

// leaks lists the forms in which a text tells a password: as it is, in the forms of URLs, in base64, or by a half.
func leaks(text, password string) (found []string) {
	for _, form := range []string{
		password, url.QueryEscape(password), url.PathEscape(password), base64.StdEncoding.EncodeToString([]byte(password)), strings.Trim(fmt.Sprintf("%q", password), `"`),
		password[:len(password)/2], password[len(password)/2:], url.QueryEscape(password)[:len(password)/2],
	} {
		if strings.Contains(text, form) {
			found = append(found, form)
		}
	}
	return found
}

func wantNoSecret(t *testing.T, where, text string) {
	t.Helper()
	for _, password := range []string{inDSN, inFile} {
		if found := leaks(text, password); len(found) > 0 {
			t.Errorf("%s tells a password, as %q:\n%.3000s", where, found, text)
		}
	}
}

// Whatever goes wrong, no password is logged, even at the debug level, nor told by metrics, the snapshot or the arguments of the process.
func TestNoSecretIsTold(t *testing.T) {
	makeTable(t)
	insert(t, control...)
	exec(t, "DROP USER IF EXISTS keeper@'%', filer@'%'", "CREATE USER keeper@'%' IDENTIFIED BY '"+inDSN+"'",
		"CREATE USER filer@'%' IDENTIFIED BY '"+strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(inFile)+"'", "GRANT SELECT ON dns.* TO keeper@'%'", "GRANT SELECT ON dns.* TO filer@'%'")
	dir := t.TempDir()
	file, snapshot := filepath.Join(dir, "password"), filepath.Join(dir, "copy")
	if err := os.WriteFile(file, []byte(inFile+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	metrics := freeAddr(t)
	keeper, filer := server.DSN("keeper", inDSN, mariadb.Database), server.DSN("filer", "", mariadb.Database)
	corefile := func(broken string) string {
		return fmt.Sprintf("good.test:{$PORT} {\nbind 127.0.0.1\ndebug\nerrors\nprometheus %s\nmysqldns {\ndsn %q\nsnapshot %s\n%s\n}\n}\n", metrics, keeper, snapshot, broken) +
			fmt.Sprintf("bad.test:{$PORT} {\nbind 127.0.0.1\ndebug\nerrors\nprometheus %s\nmysqldns {\ndsn %s\npassword_file %s\n}\n}\n", metrics, filer, file) +
			fmt.Sprintf("wrong.test:{$PORT} {\nbind 127.0.0.1\ndebug\nerrors\nprometheus %s\nmysqldns {\ndsn %q %q %q %q\n}\n}\n", metrics,
				server.DSN("nobody", inDSN, mariadb.Database), "keeper:"+inDSN+"@tcp(127.0.0.1:1)/dns", "keeper:"+inDSN+"@tcp(nosuchhost.invalid:3306)/dns",
				strings.Replace(keeper, "/dns", "/nosuchdatabase", 1)+"?sql_mode=%27nosuchmode%27")
	}
	s := startCorefile(t, corefile(""))
	within(t, limit, s.Addr, "mail.good.test.", dns.TypeAAAA, "NOERROR; AAAA 2001:db8::25")
	within(t, limit, s.Addr, "ns.bad.test.", dns.TypeA, "NOERROR; A 192.0.2.53")
	within(t, limit, s.Addr, "x.wrong.test.", dns.TypeA, "SERVFAIL")

	for i, mistake := range mistakes(keeper) {
		if err := s.Reload(corefile(mistake)); err == nil {
			t.Errorf("mistake %d is no mistake", i)
		} else {
			wantNoSecret(t, "the refusal of a reload", err.Error())
		}
	}
	exec(t, "RENAME TABLE tb_dns TO tb_away")
	logged(t, s.Log, "cannot read tb_dns")
	exec(t, "RENAME TABLE tb_away TO tb_dns", "ALTER USER keeper@'%' IDENTIFIED BY 'another'", "ALTER USER filer@'%' IDENTIFIED BY 'another'", "FLUSH PRIVILEGES")
	killConnections(t)
	logged(t, s.Log, "Access denied for user 'keeper'")
	logged(t, s.Log, "Access denied for user 'filer'")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	logged(t, s.Log, "cannot read the password")

	wantNoSecret(t, "/metrics", (&instance{s, metrics}).scrape(t))
	for _, path := range []string{"cmdline", "comm"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", s.PID(), path))
		if err != nil {
			t.Log("NOT TESTED: ", err)
		}
		wantNoSecret(t, path, string(text))
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	wantNoSecret(t, "the log", s.Log())
	text, err := os.ReadFile(snapshot)
	if err != nil || len(text) == 0 {
		t.Fatalf("no snapshot: %v", err)
	}
	wantNoSecret(t, "the snapshot", string(text))
}

// mistakes are lines that make a Corefile with a DSN unusable.
func mistakes(dsn string) []string {
	return []string{
		"dsn " + quoted(dsn), // a second time
		quoted(dsn),          // without the property
		"refresh " + "1",
		"snapshot /nosuchfolder/copy",
		"password_file /nosuchfile",
		"frobnicate",
		"table a.b.c",
	}
}

// A DSN that is none ends CoreDNS at start with a line that does not quote it.
func TestNoSecretInRefusedDSNs(t *testing.T) {
	for _, dsn := range []string{
		"keeper:" + inDSN + "@tcp(127.0.0.1:3306)",
		"keeper:" + inDSN + "(127.0.0.1:3306)/dns",
		"keeper:" + inDSN + "@127.0.0.1:3306/dns",
		"mysql://keeper:" + inDSN + "@127.0.0.1:3306/dns",
		"keeper:" + inDSN + "@tcp(127.0.0.1:3306/dns",
		"keeper:" + inDSN + "@udp(127.0.0.1:3306)/dns",
		"keeper:" + inDSN + "@tcp(127.0.0.1:3306)/%zz",
		"keeper:" + inDSN + "@tcp(127.0.0.1:3306)/dns?timeout=" + inDSN,
		"keeper:" + inDSN + "@tcp(127.0.0.1:3306)/dns?strict=true",
		"keeper:" + inDSN + "@tcp(127.0.0.1:3306)/dns?tls=" + inDSN,
		"keeper:" + inDSN + "@tcp(127.0.0.1:3306)/dns?interpolateParams=true&collation=gbk_chinese_ci",
		"keeper:" + inDSN + "@tcp(127.0.0.1:3306)/",
	} {
		printed, err := startRefused(t, "dsn "+quoted(dsn))
		if err == nil {
			t.Errorf("%s is taken", dsn)
		}
		if !strings.Contains(printed, "dsn") {
			t.Errorf("%s: refused without a word about dsn:\n%s", dsn, printed)
		}
		wantNoSecret(t, "the refusal of "+dsn, printed)
	}
}

// quoted is a word of a Corefile.
func quoted(word string) string { return `"` + strings.ReplaceAll(word, `"`, `\"`) + `"` }

// logged waits until something is in a log.
func logged(t *testing.T, log func() string, text string) {
	t.Helper()
	if !eventually(limit, func() bool { return strings.Contains(log(), text) }) {
		t.Fatalf("not logged: %s; the log is\n%s", text, log())
	}
}

// killConnections ends all connections but its own.
func killConnections(t *testing.T) {
	t.Helper()
	rows, err := open(t).Query("SELECT id FROM information_schema.PROCESSLIST WHERE user IN ('keeper', 'filer', 'reader')")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		_ = server.Exec(fmt.Sprintf("KILL %d", id)) // it may be gone
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
