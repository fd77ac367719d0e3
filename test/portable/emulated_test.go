package portable

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// machine is one that qemu-user emulates.
type machine struct{ arch, qemu string }

// emulated is one where int has 32 bits and that stores the high octet first. make test-portable also has those that have one of both, and that CoreDNS is released for.
var emulated = machines()

func machines() []machine {
	both := machine{"mips", "qemu-mips"}
	if os.Getenv("MYSQLDNS_EMULATE") == "all" {
		return []machine{both, {"arm", "qemu-arm"}, {"s390x", "qemu-s390x"}}
	}
	return []machine{both}
}

// installed skips the test where there is no emulator.
func (m machine) installed(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath(m.qemu); err == nil {
		return
	}
	if os.Getenv("MYSQLDNS_REQUIRE_SERVERS") != "" {
		t.Fatalf("%s is not installed (Debian's qemu-user)", m.qemu)
	}
	t.Skipf("%s is not installed (Debian's qemu-user)", m.qemu)
}

// test runs tests of plugin/ on the machine, and returns what they print.
func (m machine) test(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"test", "-short", "-vet=off"}, args...)...)
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "GOARCH="+m.arch, "CGO_ENABLED=0")
	if m.qemu != "" {
		cmd.Env = append(cmd.Env, "GOOS=linux", "GOFLAGS="+os.Getenv("GOFLAGS")+" -exec="+m.qemu)
	}
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("on %s: %v\n%s", m.arch, err, output)
	}
	return string(output)
}

// alike are tests whose subject is what garbage is left and what goroutines see of each other. They take half of the time.
const alike = "TestMemoryIs|TestOldViewStays|TestChangeIsNeverSeenByHalves"

// emulatedPackages are those of plugin/ whose code reads and writes octets and numbers of its own. An emulated machine is slow: make test-portable
// runs the tests of the others too, and those that are alike on every machine.
func emulatedPackages() []string {
	if os.Getenv("MYSQLDNS_EMULATE") == "all" {
		return []string{"-timeout=30m", "./plugin/..."}
	}
	return []string{"-skip=" + alike, "./plugin/wire", "./plugin/cut", "./plugin/record", "./plugin/zonedb", "./plugin/journal"}
}

// TestOnEmulatedMachines runs the tests of packages of plugin/ where int has 32 bits and where the high octet comes first.
func TestOnEmulatedMachines(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: compiles the standard library for other machines")
	}
	for _, m := range emulated {
		t.Run(m.arch, func(t *testing.T) {
			m.installed(t)
			m.test(t, emulatedPackages()...)
		})
	}
}

// A snapshot that moves to another machine is read there.
func TestSnapshotsMoveBetweenMachines(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: compiles the standard library for other machines")
	}
	native := machine{arch: runtime.GOARCH}
	t.Setenv("MYSQLDNS_TEST_SNAPSHOTS", t.TempDir())
	exchange := func(m machine, snapshots int) {
		said := m.test(t, "-count=1", "-v", "-run=^TestSnapshotOfAnotherMachine$", "./plugin/zonedb")
		if want := fmt.Sprintf("%s has read %d snapshots", m.arch, snapshots); !strings.Contains(said, want) {
			t.Errorf("%q is not in:\n%s", want, said)
		}
	}
	exchange(native, 1)
	for i, m := range emulated {
		m.installed(t)
		exchange(m, 2+i)
	}
	exchange(native, 1+len(emulated))
}
