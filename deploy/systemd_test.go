package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const unit = "systemd/coredns.service"

// analyze runs systemd-analyze on the unit, whose program is put where there is one.
func analyze(t *testing.T, arguments ...string) (string, error) {
	t.Helper()
	program, err := exec.LookPath("systemd-analyze")
	if err != nil {
		missing(t, "systemd-analyze is not installed (Debian: apt-get install systemd, or ./install-tools)")
	}
	text := read(t, unit)
	if !strings.Contains(text, "ExecStart=/usr/local/bin/coredns ") {
		t.Fatal("ExecStart is another program")
	}
	here, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), filepath.Base(unit))
	text = strings.Replace(text, "ExecStart=/usr/local/bin/coredns ", "ExecStart="+here+" ", 1)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	output, err := exec.Command(program, append(arguments, path)...).CombinedOutput()
	return string(output), err
}

func TestUnitIsWhatSystemdUnderstands(t *testing.T) {
	output, err := analyze(t, "verify", "--man=no")
	// What it says about other units of this machine is not ours.
	for _, line := range regexp.MustCompile(`(?m)^.*coredns\.service.*$`).FindAllString(output, -1) {
		if !strings.Contains(line, "Unit sysinit.target not found") { // where systemd is installed in part, as in containers
			t.Error(line)
		}
	}
	if err != nil && !strings.Contains(output, "sysinit.target") {
		t.Errorf("%v\n%s", err, output)
	}
}

// On the scale of systemd-analyze, from 0 to 10 for a service without any protection. What remains is that it talks to the network.
func TestUnitIsHardened(t *testing.T) {
	if output, err := analyze(t, "security", "--offline=yes", "--no-pager", "--threshold=20"); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// The snapshot of the Corefile that docs/operations.md has beside the unit is in the only folder that may be written.
func TestUnitLetsTheSnapshotBeWritten(t *testing.T) {
	text, folder := read(t, unit), ""
	if match := regexp.MustCompile(`(?m)^StateDirectory=(\S+)$`).FindStringSubmatch(text); match != nil {
		folder = "/var/lib/" + match[1]
	}
	if snapshot := regexp.MustCompile(`(?m)^\s+snapshot (\S+)$`).FindStringSubmatch(read(t, "../docs/operations.md")); snapshot == nil || filepath.Dir(snapshot[1]) != folder {
		t.Errorf("the snapshot is %q, and what may be written %q", snapshot, folder)
	}
}
