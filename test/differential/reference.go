package differential

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/mysqldns/mysqldns/test/port"

	"github.com/miekg/dns"
)

// Reference is one of the name servers whose answers ours are compared with. It runs as long as the test.
type Reference struct {
	*Server
	Name string

	crosses bool   // follows an alias from one zone into another
	log     string // a file
	stop    func()
}

// software is how to run one name server: private data, private ports, in the foreground.
type software struct {
	name, binary, debian string
	config               func(dir string, port int, zones []string) string // zone i is in the file named i
	args                 []string                                          // the path of the configuration is added
	crosses              bool                                              // follows an alias from one zone into another
}

// hesitation is how long a reference may take from one zone to the next.
const hesitation = 2 * time.Second

var references = []software{
	{"NSD", "nsd", "nsd", nsdConfig, []string{"-d", "-c"}, true},
	{"Knot", "knotd", "knot", knotConfig, []string{"-c"}, false},
	{"BIND", "named", "bind9", bindConfig, []string{"-g", "-c"}, false},
}

// path finds a server's binary, which Debian keeps where only root looks.
func (s software) path() (string, error) {
	if path, err := exec.LookPath(s.binary); err == nil {
		return path, nil
	}
	return exec.LookPath(filepath.Join("/usr/sbin", s.binary))
}

// Missing lists the Debian packages of the references that are not installed.
func Missing() []string {
	var missing []string
	for _, s := range references {
		if _, err := s.path(); err != nil {
			missing = append(missing, s.debian)
		}
	}
	return missing
}

// Start runs every reference on the zones, with its files below dir. It does not wait until they answer.
func Start(dir string, zones []Zone) ([]*Reference, error) {
	apexes := make([]string, len(zones))
	for i, z := range zones {
		apexes[i] = z.Apex
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), []byte(z.String()), 0o644); err != nil {
			return nil, err
		}
	}
	var started []*Reference
	for _, s := range references {
		r, err := s.start(dir, apexes)
		if err != nil {
			Stop(started)
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		started = append(started, r)
	}
	return started, nil
}

// Stop ends the references.
func Stop(rs []*Reference) {
	for _, r := range rs {
		r.Close()
		r.stop()
	}
}

func (s software) start(dir string, zones []string) (*Reference, error) {
	path, err := s.path()
	if err != nil {
		return nil, err
	}
	number, err := port.FreeNumber()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, s.binary+".conf")
	if err := os.WriteFile(config, []byte(s.config(dir, number, zones)), 0o644); err != nil {
		return nil, err
	}
	r := &Reference{
		Server:  At(fmt.Sprintf("127.0.0.1:%d", number)),
		Name:    s.name,
		crosses: s.crosses,
		log:     filepath.Join(dir, s.binary+".log"),
	}
	if r.stop, err = run(path, append(s.args, config), dir, r.log); err != nil {
		return nil, err
	}
	return r, nil
}

// run starts a program and returns how to end it. The program ends with this process, too: the kernel tells it when the
// thread dies that started it, so that thread is kept.
func run(path string, args []string, dir, log string) (stop func(), err error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	started, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer close(ended)
		defer out.Close()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		cancel()
		return nil, err
	}
	return func() { cancel(); <-ended }, nil
}

// Settle waits until the reference serves the zones, and returns the apexes of those that it refuses: it serves others, and
// for a while no more of them.
func (r *Reference) Settle(zones []Zone, deadline time.Time) (refused []string, err error) {
	for _, z := range zones {
		refused = append(refused, z.Apex)
	}
	for changed := time.Now(); len(refused) > 0; time.Sleep(20 * time.Millisecond) {
		before := len(refused)
		refused = slices.DeleteFunc(refused, r.serves)
		if len(refused) != before {
			changed = time.Now()
		}
		if len(refused) < len(zones) && time.Since(changed) > hesitation {
			break
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(r.log)
			return nil, fmt.Errorf("%s does not answer; its last words:\n%s", r.Name, log[max(0, len(log)-2000):])
		}
	}
	return refused, nil
}

// serves reports whether the reference is authoritative for a zone.
func (r *Reference) serves(apex string) bool {
	m, err := r.try(message(dns.Question{Name: apex, Qtype: dns.TypeSOA, Qclass: dns.ClassINET}))
	return err == nil && m.Authoritative && m.Rcode == dns.RcodeSuccess && len(m.Answer) > 0
}

func nsdConfig(dir string, port int, zones []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `server:
	ip-address: 127.0.0.1
	port: %[1]d
	server-count: 1
	zonesdir: "%[2]s"
	database: ""
	username: ""
	pidfile: ""
	xfrdfile: "%[2]s/xfrd.state"
	zonelistfile: "%[2]s/zone.list"
	cookie-secret-file: ""
	ipv4-edns-size: 1232
	minimal-responses: yes
	refuse-any: no
	round-robin: no
	rrl-ratelimit: 0
	rrl-whitelist-ratelimit: 0
remote-control:
	control-enable: no
`, port, dir)
	for i, z := range zones {
		fmt.Fprintf(&b, "zone:\n\tname: \"%s\"\n\tzonefile: \"%d\"\n", z, i)
	}
	return b.String()
}

// Knot refuses records below a DNAME unless its checks are soft.
func knotConfig(dir string, port int, zones []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `server:
    rundir: "%[2]s"
    listen: 127.0.0.1@%[1]d
    udp-workers: 1
    tcp-workers: 1
    background-workers: 2
    udp-max-payload: 1232
    answer-rotation: off
control:
    listen: "%[2]s/knot.sock"
database:
    storage: "%[2]s/knot.db"
    journal-db-max-size: 16M
log:
  - target: stderr
    any: warning
template:
  - id: default
    storage: "%[2]s"
    semantic-checks: soft
    journal-content: none
    zonefile-load: whole
    zonefile-sync: -1
zone:
`, port, dir)
	for i, z := range zones {
		fmt.Fprintf(&b, "  - domain: \"%s\"\n    file: \"%d\"\n", strings.ReplaceAll(z, `\`, `\\`), i)
	}
	return b.String()
}

func bindConfig(dir string, port int, zones []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `options {
	directory "%[2]s";
	listen-on port %[1]d { 127.0.0.1; };
	listen-on-v6 { none; };
	pid-file none;
	lock-file none;
	session-keyfile none;
	managed-keys-directory "%[2]s";
	dnssec-validation no;
	recursion no;
	empty-zones-enable no;
	notify no;
	minimal-responses yes;
	minimal-any no;
	zero-no-soa-ttl no;
	edns-udp-size 1232;
	max-udp-size 1232;
	rrset-order { order none; };
	check-names primary ignore;
	check-integrity no;
	check-mx ignore;
	check-mx-cname ignore;
	check-srv-cname ignore;
	check-sibling no;
	check-wildcard no;
	check-dup-records ignore;
	check-spf ignore;
};
controls { };
`, port, dir)
	for i, z := range zones {
		fmt.Fprintf(&b, "zone \"%s\" { type primary; file \"%d\"; };\n", strings.ReplaceAll(z, `\`, `\\`), i)
	}
	return b.String()
}
