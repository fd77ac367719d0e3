package clients

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/updates/stage"
)

// dhcpdConfig is what docs/updates.md says, for a nameserver here and the key of these tests, and which addresses there are. It can name no port: the
// nameserver has 53.
func dhcpdConfig(t *testing.T, style string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/updates.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := regexp.MustCompile(`(?m)^    ddns-update-style(.*\n(    .*\n)*)`).FindString(string(text))
	if documented == "" {
		t.Fatal("docs/updates.md has no configuration of dhcpd")
	}
	documented = strings.NewReplacer("style standard", "style "+style, "192.0.2.53", "127.0.0.1", "dhcp.example.org.", stage.KeyName).Replace(documented)
	documented = regexp.MustCompile(`secret \S+;`).ReplaceAllString(documented, "secret "+stage.KeySecret+";")
	return documented + "authoritative;\nping-check false;\nsubnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.100 192.0.2.109; }\n"
}

// dhcp is a DHCP server, and on the other end of a cable a machine of its own for clients.
type dhcp struct {
	t     *testing.T
	log   string // path of what the server prints
	cable *exec.Cmd
}

// The ends of the cable.
const (
	serverSide = "veth0"
	clientSide = "veth1"
)

func startDHCP(t *testing.T, style string) *dhcp {
	t.Helper()
	for _, program := range []string{"dhcpd", "dhclient"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("NOT TESTED: %s is not installed (Debian: isc-dhcp-server, isc-dhcp-client)", program)
		}
	}
	dir := t.TempDir()
	d := &dhcp{t: t, log: filepath.Join(dir, "log"), cable: exec.Command("unshare", "--net", "sleep", "1h")}
	d.start(d.cable, os.DevNull)
	machine := strconv.Itoa(d.cable.Process.Pid)
	stage.WaitFor(t, "a machine for clients", 10*time.Second, func() bool { // until unshare has done its work, it is in the network of this one
		mine, err := os.Readlink("/proc/self/ns/net")
		if err != nil {
			t.Fatal(err)
		}
		other, err := os.Readlink("/proc/" + machine + "/ns/net")
		return err == nil && other != mine
	})
	for _, step := range [][]string{
		{"ip", "link", "add", serverSide, "type", "veth", "peer", "name", clientSide, "netns", machine},
		{"ip", "address", "add", "192.0.2.53/24", "dev", serverSide},
		{"ip", "link", "set", serverSide, "up"},
		{"nsenter", "--target", machine, "--net", "ip", "link", "set", clientSide, "up"},
	} {
		if output, err := command(step...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", step, err, output)
		}
	}
	config, leases := filepath.Join(dir, "dhcpd.conf"), filepath.Join(dir, "leases")
	writeFile(t, config, dhcpdConfig(t, style))
	writeFile(t, leases, "")
	d.start(exec.Command("dhcpd", "-4", "-f", "-d", "--no-pid", "-cf", config, "-lf", leases, serverSide), d.log)
	d.logs("Server starting service.")
	return d
}

// start starts a process that ends with the test, and has a file for what it prints.
func (d *dhcp) start(cmd *exec.Cmd, output string) {
	d.t.Helper()
	file, err := os.OpenFile(output, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	defer file.Close()
	cmd.Stdout, cmd.Stderr = file, file
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
}

// logs waits until the server has printed a text.
func (d *dhcp) logs(text string) {
	d.t.Helper()
	d.awaitText(d.log, text)
}

// awaitText waits until a file has a text.
func (d *dhcp) awaitText(path, text string) {
	d.t.Helper()
	var printed []byte
	defer func() {
		if d.t.Failed() {
			d.t.Logf("%s has\n%s", path, printed)
		}
	}()
	stage.WaitFor(d.t, "a line with "+text, 20*time.Second, func() bool {
		printed, _ = os.ReadFile(path)
		return strings.Contains(string(printed), text)
	})
}

// machineScript has a client's address set, which Debian's own script would do, and write /etc/resolv.conf as well.
const machineScript = `#!/bin/sh
case $reason in
BOUND | RENEW | REBIND) ip address replace "$new_ip_address/24" dev "$interface" ;;
esac
`

// machine is a client with a name.
type machine struct {
	d      *dhcp
	client []string // ISC's client
}

// join has a machine get a lease: its identity tells it from others, and it wants a name.
func (d *dhcp) join(identity, name string) *machine {
	d.t.Helper()
	dir := d.t.TempDir()
	script, config, output := filepath.Join(dir, "script"), filepath.Join(dir, "dhclient.conf"), filepath.Join(dir, "log")
	writeFile(d.t, config, fmt.Sprintf("send dhcp-client-identifier \"%s\";\nsend host-name \"%s\";\n", identity, name))
	writeFile(d.t, script, machineScript)
	if err := os.Chmod(script, 0o700); err != nil {
		d.t.Fatal(err)
	}
	m := &machine{d, []string{"nsenter", "--target", strconv.Itoa(d.cable.Process.Pid), "--net",
		"dhclient", clientSide, "-4", "-d", "-v", "-cf", config, "-sf", script, "-lf", filepath.Join(dir, "leases"), "-pf", filepath.Join(dir, "pid")}}
	d.start(m.command(), output)
	d.awaitText(output, "bound to 192.0.2.")
	return m
}

// leave gives the lease back; the client that has it ends.
func (m *machine) leave() {
	m.d.t.Helper()
	if output, err := m.command("-r").CombinedOutput(); err != nil {
		m.d.t.Fatalf("dhclient: %v\n%s", err, output)
	}
}

func (m *machine) command(args ...string) *exec.Cmd { return command(slices.Concat(m.client, args)...) }

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Leases of ISC's DHCP server, in both of its styles: RFC 4703, and the drafts of before, whose TXT records stand in for DHCID.
func TestDhcpd(t *testing.T) {
	inOwnNetwork(t, func() {
		for style, guard := range map[string]string{"standard": "DHCID", "interim": "TXT"} {
			t.Run(style, func(t *testing.T) { testDhcpd(t, style, guard) })
		}
	})
}

func testDhcpd(t *testing.T, style, guard string) {
	s := stage.New(t, program, rootDSN(), "printer.example.org A 192.0.2.80")
	rules := "  update " + stage.KeyName + " *.example.org A " + guard + "\n  update " + stage.KeyName + " *.2.0.192.in-addr.arpa PTR\n"
	n := s.Serve(strings.ReplaceAll(s.Corefile(rules, stage.Keys), ".:{$PORT}", ".:53"))
	n.Addr = "127.0.0.1:53"
	d := startDHCP(t, style)

	laptop := d.join("one", "laptop")
	d.logs("Added reverse map")
	forward := n.Ask("laptop.example.org", "A")
	addr, found := strings.CutPrefix(forward, "NOERROR; A ")
	number, inRange := strings.CutPrefix(addr, "192.0.2.1")
	if !found || !inRange {
		t.Fatalf("laptop.example.org is %q", forward)
	}
	reverse := "1" + number + ".2.0.192.in-addr.arpa"
	n.Shows(reverse, "PTR", "NOERROR; PTR laptop.example.org.")
	if rows := s.Rows("laptop.example.org"); len(rows) != 2 || !strings.HasPrefix(rows[1], guard+" ") {
		t.Errorf("the rows of a lease are %q", rows)
	}

	thief := d.join("two", "laptop") // has an address, and not the name
	d.logs("FAILED")
	n.Shows("laptop.example.org", "A", forward)
	thief.leave()
	d.join("three", "printer") // a name that somebody wrote by hand
	d.logs("printer.example.org")
	n.Shows("printer.example.org", "A", "NOERROR; A 192.0.2.80")

	laptop.leave()
	d.logs("Removed reverse map")
	s.Want("laptop.example.org")
	s.Want(reverse)
	s.Want("printer.example.org", "A 300 192.0.2.80")
}
