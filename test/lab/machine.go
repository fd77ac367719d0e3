package lab

import (
	"math"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
)

// Machine is what the figures are of.
type Machine struct {
	CPU      string
	Cores    int
	MemoryGB int
	Kernel   string
	Go       string
	CoreDNS  string
	MariaDB  string
	PowerDNS string
	Revision string // of mysqldns
}

// LookAtMachine tells what a run is made on.
func (r *Run) LookAtMachine() (m Machine, err error) {
	m = Machine{Cores: runtime.NumCPU(), Go: runtime.Version()}
	m.CPU = field("/proc/cpuinfo", "model name")
	kilobytes, _ := strconv.Atoi(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB"))
	m.MemoryGB = int(math.Round(float64(kilobytes) / 1e6))
	m.Kernel = said("uname", "-sr")
	m.Revision = said("git", "describe", "--tags", "--always", "--dirty")
	if _, version, ok := strings.Cut(said("/usr/sbin/pdns_server", "--version"), "PowerDNS Authoritative Server "); ok {
		m.PowerDNS, _, _ = strings.Cut(version, " ")
	}
	m.CoreDNS, _, _ = strings.Cut(strings.TrimPrefix(said(r.CoreDNS, "-version"), "CoreDNS-"), " ") // what follows is of its own build
	err = r.DB.Pool.QueryRowContext(r.Ctx, "SELECT SUBSTRING_INDEX(VERSION(), '-', 1)").Scan(&m.MariaDB)
	return m, err
}

// field is the value of the first line of a file with that name.
func field(path, name string) string {
	text, _ := os.ReadFile(path)
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// said is what a program writes, "" if it can not be started.
func said(program string, args ...string) string {
	output, _ := exec.Command(program, args...).CombinedOutput()
	return strings.TrimSpace(string(output))
}
