package transfers

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/port"
)

// software is a name server that can be a secondary, with its configuration as docs/transfers.md has it.
type software struct {
	name, binary string
	args         []string // before the path of the configuration
	config       string   // with DIR, PORT, PRIMARY1, PRIMARY2, each ADDRESS SEPARATOR PORT, and ZONE
	separator    string
}

// What the configurations of one software have in common.
const (
	bindHead = `options {
	directory "DIR";
	listen-on port PORT { 127.0.0.1; };
	listen-on-v6 { none; };
	pid-file none; lock-file none; session-keyfile none;
	recursion no;
	dnssec-validation no;
	allow-transfer { any; };
`
	knotHead = `server:
    rundir: "DIR"
    listen: 127.0.0.1@PORT
control:
    listen: "DIR/knot.sock"
database:
    storage: "DIR/db"
`
	nsdHead = `server:
	ip-address: 127.0.0.1
	port: PORT
	server-count: 1
	zonesdir: "DIR"
	username: ""
	pidfile: ""
	database: ""
	xfrdir: "DIR"
	xfrdfile: "DIR/xfrd.state"
	zonelistfile: "DIR/zone.list"
`
	knotSecondary = knotHead + `log:
  - target: stderr
    any: info
remote:
  - id: one
    address: PRIMARY1
  - id: two
    address: PRIMARY2
acl:
  - id: notified
    address: 127.0.0.1
    action: notify
  - id: anybody
    address: 127.0.0.1
    action: transfer
`
)

var softwares = []software{
	{"BIND", "named", []string{"-g", "-c"}, bindHead + `	min-refresh-time 1;
};
controls { };
zone "ZONE" {
	type secondary;
	file "secondary";
	primaries { PRIMARY1; PRIMARY2; };
	allow-notify { 127.0.0.1; };
	notify no;
};
`, " port "},
	{"Knot", "knotd", []string{"-c"}, knotSecondary + `zone:
  - domain: ZONE
    storage: "DIR"
    file: secondary
    master: [one, two]
    acl: [notified, anybody]
`, "@"},
	{"NSD", "nsd", []string{"-d", "-c"}, nsdHead + `	xfrd-reload-timeout: 1
	verbosity: 2
remote-control:
	control-enable: no
zone:
	name: "ZONE"
	zonefile: secondary
	request-xfr: PRIMARY1 NOKEY
	request-xfr: PRIMARY2 NOKEY
	allow-notify: 127.0.0.1 NOKEY
	provide-xfr: 127.0.0.1 NOKEY
`, "@"},
}

// real is a running secondary.
type real struct {
	name, addr, log string
}

// freeAddr is an address for a server.
func freeAddr(t testing.TB) string {
	t.Helper()
	addr, err := port.Free()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

// start starts a secondary at an address, of primaries at two. It skips what is not installed.
func (s software) start(t testing.TB, addr, zone string, primaries [2]string) *real {
	t.Helper()
	path, err := exec.LookPath(s.binary)
	if err != nil {
		path, err = exec.LookPath(filepath.Join("/usr/sbin", s.binary))
	}
	if err != nil {
		if os.Getenv("MYSQLDNS_REQUIRE_SERVERS") != "" {
			t.Fatalf("%s is not installed", s.name)
		}
		t.Logf("NOT TESTED with %s, which is not installed", s.name)
		return nil
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "db"), 0o700); err != nil { // without it Knot knows no catalogs, and says so and no more
		t.Fatal(err)
	}
	_, ownPort, _ := net.SplitHostPort(addr)
	at := func(primary string) string { return strings.Replace(primary, ":", s.separator, 1) }
	config := strings.NewReplacer("DIR", dir, "PORT", ownPort, "ZONE", zone, "PRIMARY1", at(primaries[0]), "PRIMARY2", at(primaries[1])).Replace(s.config)
	file := filepath.Join(dir, "config")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &real{name: s.name, addr: addr, log: filepath.Join(dir, "log")}
	out, err := os.Create(r.log)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, append(s.args, file)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		out.Close()
		if t.Failed() {
			t.Logf("%s said:\n%s", r.name, tail(r.said(), 4000))
		}
	})
	return r
}

func (r *real) said() string {
	text, err := os.ReadFile(r.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func tail(text string, most int) string { return text[max(0, len(text)-most):] }

// complaints are what secondaries say of a transfer that was not right.
var complaints = []string{"not exact", "failed to apply", "bad diff", "does not exist", "semantic error", "malformed", "SERVFAIL", "not found, skipped"}

// complained returns the lines in which the secondary complains.
func (r *real) complained() (lines []string) {
	for _, line := range strings.Split(r.said(), "\n") {
		for _, complaint := range complaints {
			if strings.Contains(line, complaint) && !strings.Contains(line, "secondary") && !strings.Contains(line, "zonefile") {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// secondaries starts all of them.
func secondaries(t testing.TB, addrs []string, zone string, primaries [2]string) (all []*real) {
	t.Helper()
	for i, s := range softwares {
		if r := s.start(t, addrs[i], zone, primaries); r != nil {
			all = append(all, r)
		}
	}
	return all
}

// within waits until a secondary has what the table has.
func (tb *table) within(limit time.Duration, r *real, zone string) error {
	tb.t.Helper()
	var got []string
	if eventually(limit, func() bool {
		s := newSecondary(zone)
		if s.refresh(r.addr) != nil {
			return false
		}
		got = s.content()
		return fmt.Sprint(got) == fmt.Sprint(tb.tableZone(zone))
	}) {
		return nil
	}
	return fmt.Errorf("%s has after %s %q, the table %q", r.name, limit, got, tb.tableZone(zone))
}
