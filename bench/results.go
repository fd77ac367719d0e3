package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
)

// results are all figures of a run.
type results struct {
	When     time.Time
	Quick    bool
	Machine  machine
	QPS      []qps
	Contests []contest
	Serve    []serves
	Start    []starts
	Resident []resident
	Latency  []latency
	Idle     *idle
	Far      []far
}

// machine is what the figures are of.
type machine struct {
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

func (b *bench) lookAtMachine() (m machine, err error) {
	m = machine{Cores: runtime.NumCPU(), Go: runtime.Version()}
	m.CPU = field("/proc/cpuinfo", "model name")
	kilobytes, _ := strconv.Atoi(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB"))
	m.MemoryGB = int(math.Round(float64(kilobytes) / 1e6))
	m.Kernel = said("uname", "-sr")
	m.Revision = said("git", "describe", "--tags", "--always", "--dirty")
	if _, version, ok := strings.Cut(said("/usr/sbin/pdns_server", "--version"), "PowerDNS Authoritative Server "); ok {
		m.PowerDNS, _, _ = strings.Cut(version, " ")
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == "github.com/coredns/coredns" {
				m.CoreDNS = strings.TrimPrefix(dep.Version, "v")
			}
		}
	}
	err = b.db.pool.QueryRowContext(b.ctx, "SELECT SUBSTRING_INDEX(VERSION(), '-', 1)").Scan(&m.MariaDB)
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

// write prints the table, and writes it with the plots and all figures to a folder.
func (r *results) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	table := r.table()
	fmt.Println(table)
	if err := os.WriteFile(filepath.Join(dir, "table.md"), []byte(table), 0o644); err != nil {
		return err
	}
	var all bytes.Buffer
	if err := json.NewEncoder(&all).Encode(r); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "results.json"), all.Bytes(), 0o644); err != nil {
		return err
	}
	if len(r.QPS) == 0 || len(r.Serve) == 0 || len(r.Latency) == 0 {
		return nil // a part alone, of -only, has no plots
	}
	return r.plot(dir)
}

// redrawn writes the table and the plots of a run again from its figures.
func redrawn(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil {
		return err
	}
	var r results
	if err := json.Unmarshal(text, &r); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(dir, "results.json"), err)
	}
	return r.write(dir)
}

func median(all []float64) float64 { return percentile(all, 50) }

// percentile is the least figure that so many percent of all are not above.
func percentile(all []float64, percent int) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[max((len(sorted)*percent+99)/100, 1)-1]
}

// ratios divides round by round.
func ratios(over, under []float64) []float64 {
	var all []float64
	for i := range min(len(over), len(under)) {
		all = append(all, over[i]/under[i])
	}
	return all
}

func pick[T any](all []T, figure func(T) float64) []float64 {
	var figures []float64
	for _, one := range all {
		figures = append(figures, figure(one))
	}
	return figures
}
