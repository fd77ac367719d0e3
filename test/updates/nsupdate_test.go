package updates

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/test/updates/stage"
)

// nsupdate runs ISC's client with a script, over UDP unless args say something else.
func nsupdate(t *testing.T, n *stage.Nameserver, script string, args ...string) (output string, err error) {
	t.Helper()
	program, err := exec.LookPath("nsupdate")
	if err != nil {
		t.Skip("NOT TESTED: nsupdate is not installed (Debian: bind9-dnsutils)")
	}
	addr, port, _ := strings.Cut(n.Addr, ":")
	cmd := exec.Command(program, append([]string{"-t", "10", "-y", stage.KeyNsupdate}, args...)...)
	cmd.Stdin = strings.NewReader("server " + addr + " " + port + "\n" + script)
	text, err := cmd.CombinedOutput()
	return string(text), err
}

func TestNsupdate(t *testing.T) {
	s := stage.New(t, program, rootDSN())
	n := s.Serve(s.Corefile(stage.Anything, stage.Keys))
	for _, transport := range [][]string{nil, {"-v"}} {
		// No "zone": nsupdate finds it by asking for the SOA of the name, which is in the authority section of NXDOMAIN.
		output, err := nsupdate(t, n, "prereq nxdomain deep.host.example.org\n"+
			"update add deep.host.example.org 300 A 192.0.2.7\nupdate add deep.host.example.org 300 TXT \"two words\" three\nsend\n", transport...)
		if err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		n.Shows("deep.host.example.org", "A", "NOERROR; A 192.0.2.7")
		n.Shows("deep.host.example.org", "TXT", `NOERROR; TXT "two words" "three"`)
		if output, err = nsupdate(t, n, "prereq nxdomain deep.host.example.org\nupdate delete deep.host.example.org\nsend\n", transport...); err == nil || !strings.Contains(output, "YXDOMAIN") {
			t.Fatalf("%v\n%s", err, output)
		}
		if output, err = nsupdate(t, n, "zone example.org\nupdate delete deep.host.example.org TXT\nupdate delete deep.host.example.org A 192.0.2.7\nsend\n", transport...); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		n.Shows("deep.host.example.org", "A", "NXDOMAIN")
		s.Want("deep.host.example.org")
	}
	if output, err := nsupdate(t, n, "update add 7.2.0.192.in-addr.arpa 300 PTR deep.host.example.org.\nsend\n"); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	n.Shows("7.2.0.192.in-addr.arpa", "PTR", "NOERROR; PTR deep.host.example.org.")
	if output, err := nsupdate(t, n, "zone example.org\nupdate add x.example.org 300 A 192.0.2.7\nsend\n", "-y", "hmac-sha256:wrong.example:"+stage.KeySecret); err == nil || !strings.Contains(output, "BADKEY") {
		t.Errorf("a key that nobody knows: %v\n%s", err, output)
	}
	if output, err := nsupdate(t, n, "zone example.org\nupdate add x.example.org 300 A 192.0.2.7\nsend\n", "-y", "hmac-md5:"+stage.KeyName+":"+stage.KeySecret); err == nil || !strings.Contains(output, "BADSIG") {
		t.Errorf("HMAC-MD5: %v\n%s", err, output)
	}
}

// A thousand records in one stage.Message, over TCP.
func TestBigMessage(t *testing.T) {
	s := stage.New(t, program, rootDSN())
	n := s.Serve(s.Corefile(stage.Anything, stage.Keys))
	var script strings.Builder
	for i := range 1000 {
		script.WriteString("update add host" + strings.Repeat("x", i%10) + ".example.org 60 TXT " + strings.Repeat("y", 1+i/10) + "\n")
	}
	if output, err := nsupdate(t, n, "zone example.org\n"+script.String()+"send\n", "-v"); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if got := strings.Count(n.Ask("host.example.org", "TXT"), "TXT "); got == 0 {
		t.Error("nothing there")
	}
	if got := len(s.Rows("host.example.org")); got != 100 {
		t.Errorf("%d rows, expected 100", got)
	}
}
