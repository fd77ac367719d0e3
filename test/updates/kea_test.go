package updates

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/port"
	"github.com/mysqldns/mysqldns/test/updates/stage"
)

// kea is a DHCP-DDNS server of ISC's Kea, which DHCP servers tell about leases.
type kea struct {
	t    *testing.T
	conn net.Conn
	log  string // path
}

// keaConfig has the addresses of Kea and of the nameserver, the key and its secret.
const keaConfig = `{"DhcpDdns": {
  "ip-address": "127.0.0.1", "port": %s, "dns-server-timeout": 500, "ncr-protocol": "UDP", "ncr-format": "JSON",
  "tsig-keys": [{"name": "%s", "algorithm": "HMAC-SHA256", "secret": "%s"}],
  "forward-ddns": {"ddns-domains": [{"name": "example.org.", "key-name": "%[2]s", "dns-servers": [{"ip-address": "127.0.0.1", "port": %[4]s}]}]},
  "reverse-ddns": {"ddns-domains": [{"name": "2.0.192.in-addr.arpa.", "key-name": "%[2]s", "dns-servers": [{"ip-address": "127.0.0.1", "port": %[4]s}]}]},
  "loggers": [{"name": "kea-dhcp-ddns", "severity": "DEBUG", "output_options": [{"output": "stdout"}]}]
}}`

func startKea(t *testing.T, n *stage.Nameserver) *kea {
	t.Helper()
	program, err := exec.LookPath("kea-dhcp-ddns")
	if err != nil {
		if _, err = os.Stat("/usr/sbin/kea-dhcp-ddns"); err != nil {
			t.Skip("NOT TESTED: kea-dhcp-ddns is not installed (Debian: kea-dhcp-ddns-server)")
		}
		program = "/usr/sbin/kea-dhcp-ddns"
	}
	addr, err := port.Free()
	if err != nil {
		t.Fatal(err)
	}
	_, mine, _ := net.SplitHostPort(addr)
	_, theirs, _ := net.SplitHostPort(n.Addr)
	dir := t.TempDir()
	config := filepath.Join(dir, "kea.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, keaConfig, mine, stage.KeyName, stage.KeySecret, theirs), 0o600); err != nil {
		t.Fatal(err)
	}
	k := &kea{t: t, log: filepath.Join(dir, "log")}
	log, err := os.Create(k.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(program, "-c", config)
	cmd.Env = append(os.Environ(), "KEA_PIDFILE_DIR="+dir, "KEA_LOCKFILE_DIR="+dir)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("Kea logged:\n%s", k.logged())
		}
	})
	stage.WaitFor(t, "Kea listens", 20*time.Second, func() bool { return strings.Contains(k.logged(), "DHCP_DDNS_STARTED") })
	if k.conn, err = net.Dial("udp", addr); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.conn.Close() })
	return k
}

func (k *kea) logged() string {
	text, err := os.ReadFile(k.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// lease is what a DHCP server says about one.
type lease struct {
	name, addr, client string // client is the DHCID, in hex
	forward, reverse   bool
}

// tell tells Kea that a lease begins or ends, and waits until it is done with that, well or not.
func (k *kea) tell(change int, l lease, outcome string) {
	k.t.Helper()
	text, err := json.Marshal(map[string]any{
		"change-type": change, "forward-change": l.forward, "reverse-change": l.reverse, "fqdn": l.name + ".", "ip-address": l.addr, "dhcid": l.client,
		"lease-expires-on": "20400101000000", "lease-length": 600, "use-conflict-resolution": true,
	})
	if err != nil {
		k.t.Fatal(err)
	}
	before := strings.Count(k.logged(), outcome)
	if _, err := k.conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(text))), text...)); err != nil {
		k.t.Fatal(err)
	}
	stage.WaitFor(k.t, "Kea logs "+outcome, 10*time.Second, func() bool { return strings.Count(k.logged(), outcome) > before })
}

const (
	leaseBegins = 0
	leaseEnds   = 1
)

// RFC 4703 with a real client of it: add, renew, conflict, release, forward and reverse.
func TestKea(t *testing.T) {
	s := stage.New(t, program, rootDSN(), "static.example.org A 192.0.2.80")
	n := s.Serve(s.Corefile("  update "+stage.KeyName+" *.example.org A DHCID\n  update "+stage.KeyName+" *.2.0.192.in-addr.arpa PTR DHCID\n", stage.Keys))
	k := startKea(t, n)
	const mine, other = "000201A1B2C3D4", "000201FFEEDDCC"
	const reverse = "71.2.0.192.in-addr.arpa"

	first := lease{"host.example.org", "192.0.2.71", mine, true, true}
	k.tell(leaseBegins, first, "DHCP_DDNS_ADD_SUCCEEDED")
	n.Shows("host.example.org", "A", "NOERROR; A 192.0.2.71")
	n.Shows(reverse, "PTR", "NOERROR; PTR host.example.org.")
	s.Want("host.example.org", "A 600 192.0.2.71", "DHCID 600 AAIBobLD1A==")

	k.tell(leaseBegins, first, "DHCP_DDNS_ADD_SUCCEEDED") // renewed
	s.Want("host.example.org", "A 600 192.0.2.71", "DHCID 600 AAIBobLD1A==")
	moved := lease{"host.example.org", "192.0.2.72", mine, true, false}
	k.tell(leaseBegins, moved, "DHCP_DDNS_ADD_SUCCEEDED")
	n.Shows("host.example.org", "A", "NOERROR; A 192.0.2.72")

	k.tell(leaseBegins, lease{"host.example.org", "192.0.2.73", other, true, false}, "DHCP_DDNS_ADD_FAILED")  // another client's name
	k.tell(leaseBegins, lease{"static.example.org", "192.0.2.74", mine, true, false}, "DHCP_DDNS_ADD_FAILED") // nobody's, by DHCP
	n.Shows("host.example.org", "A", "NOERROR; A 192.0.2.72")
	n.Shows("static.example.org", "A", "NOERROR; A 192.0.2.80")

	k.tell(leaseEnds, lease{"host.example.org", "192.0.2.72", other, true, false}, "DHCP_DDNS_REMOVE_") // not the one that has it
	n.Shows("host.example.org", "A", "NOERROR; A 192.0.2.72")
	k.tell(leaseEnds, moved, "DHCP_DDNS_REMOVE_SUCCEEDED")
	k.tell(leaseEnds, lease{"host.example.org", "192.0.2.71", mine, false, true}, "DHCP_DDNS_REMOVE_SUCCEEDED")
	s.Want("host.example.org")
	s.Want(reverse)
}
