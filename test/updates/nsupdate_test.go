package updates

import (
	"os/exec"
	"strings"
	"testing"
)

// nsupdate runs ISC's client with a script, over UDP unless args say something else.
func (n *nameserver) nsupdate(script string, args ...string) (output string, err error) {
	n.t.Helper()
	program, err := exec.LookPath("nsupdate")
	if err != nil {
		n.t.Skip("NOT TESTED: nsupdate is not installed (Debian: bind9-dnsutils)")
	}
	addr, port, _ := strings.Cut(n.Addr, ":")
	cmd := exec.Command(program, append([]string{"-t", "10", "-y", keyNsupdate}, args...)...)
	cmd.Stdin = strings.NewReader("server " + addr + " " + port + "\n" + script)
	text, err := cmd.CombinedOutput()
	return string(text), err
}

func TestNsupdate(t *testing.T) {
	s := newStage(t, rootDSN())
	n := s.serve(s.corefile(anything, keys))
	for _, transport := range [][]string{nil, {"-v"}} {
		// No "zone": nsupdate finds it by asking for the SOA of the name, which is in the authority section of NXDOMAIN.
		output, err := n.nsupdate("prereq nxdomain deep.host.example.org\n"+
			"update add deep.host.example.org 300 A 192.0.2.7\nupdate add deep.host.example.org 300 TXT \"two words\" three\nsend\n", transport...)
		if err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		n.shows("deep.host.example.org", "A", "NOERROR; A 192.0.2.7")
		n.shows("deep.host.example.org", "TXT", `NOERROR; TXT "two words" "three"`)
		if output, err = n.nsupdate("prereq nxdomain deep.host.example.org\nupdate delete deep.host.example.org\nsend\n", transport...); err == nil || !strings.Contains(output, "YXDOMAIN") {
			t.Fatalf("%v\n%s", err, output)
		}
		if output, err = n.nsupdate("zone example.org\nupdate delete deep.host.example.org TXT\nupdate delete deep.host.example.org A 192.0.2.7\nsend\n", transport...); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		n.shows("deep.host.example.org", "A", "NXDOMAIN")
		s.want("deep.host.example.org")
	}
	if output, err := n.nsupdate("update add 7.2.0.192.in-addr.arpa 300 PTR deep.host.example.org.\nsend\n"); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	n.shows("7.2.0.192.in-addr.arpa", "PTR", "NOERROR; PTR deep.host.example.org.")
	if output, err := n.nsupdate("zone example.org\nupdate add x.example.org 300 A 192.0.2.7\nsend\n", "-y", "hmac-sha256:wrong.example:"+keySecret); err == nil || !strings.Contains(output, "BADKEY") {
		t.Errorf("a key that nobody knows: %v\n%s", err, output)
	}
	if output, err := n.nsupdate("zone example.org\nupdate add x.example.org 300 A 192.0.2.7\nsend\n", "-y", "hmac-md5:"+keyName+":"+keySecret); err == nil || !strings.Contains(output, "BADSIG") {
		t.Errorf("HMAC-MD5: %v\n%s", err, output)
	}
}

// A thousand records in one message, over TCP.
func TestBigMessage(t *testing.T) {
	s := newStage(t, rootDSN())
	n := s.serve(s.corefile(anything, keys))
	var script strings.Builder
	for i := range 1000 {
		script.WriteString("update add host" + strings.Repeat("x", i%10) + ".example.org 60 TXT " + strings.Repeat("y", 1+i/10) + "\n")
	}
	if output, err := n.nsupdate("zone example.org\n"+script.String()+"send\n", "-v"); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if got := strings.Count(n.ask("host.example.org", "TXT"), "TXT "); got == 0 {
		t.Error("nothing there")
	}
	if got := len(s.rows("host.example.org")); got != 100 {
		t.Errorf("%d rows, expected 100", got)
	}
}
