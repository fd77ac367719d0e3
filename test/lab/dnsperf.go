package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
)

// Perf is what one run of dnsperf found.
type Perf struct {
	QPS      float64
	Lost     float64 // share of the queries
	Expected float64 // share of the answers that have the expected rcode
}

var (
	qpsLine   = regexp.MustCompile(`Queries per second:\s+([\d.]+)`)
	lostLine  = regexp.MustCompile(`Queries lost:\s+\d+ \(([\d.]+)%\)`)
	rcodeText = `%s \d+ \(([\d.]+)%%\)`
)

// Load asks a server the queries of a file, from 8 sockets in 2 threads, with at most 100 open questions (dnsperf's default),
// until the time is over or ctx ends.
func Load(ctx context.Context, port int, queries string, seconds int, rcode string, more ...string) (Perf, error) {
	args := append([]string{"-s", "127.0.0.1", "-p", strconv.Itoa(port), "-d", queries, "-l", strconv.Itoa(seconds), "-c", "8", "-T", "2", "-q", "100"}, more...)
	cmd := exec.CommandContext(ctx, "dnsperf", args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // then it says what it found
	output, err := cmd.CombinedOutput()
	if ctx.Err() != nil && len(output) == 0 {
		return Perf{}, ctx.Err()
	}
	if err != nil && ctx.Err() == nil {
		return Perf{}, fmt.Errorf("dnsperf: %w\n%s", err, output)
	}
	number := func(pattern *regexp.Regexp) float64 {
		match := pattern.FindSubmatch(output)
		if match == nil {
			return 0
		}
		n, _ := strconv.ParseFloat(string(match[1]), 64)
		return n
	}
	p := Perf{number(qpsLine), number(lostLine) / 100, number(regexp.MustCompile(fmt.Sprintf(rcodeText, rcode))) / 100}
	if p.QPS == 0 {
		return p, fmt.Errorf("dnsperf found nothing:\n%s", output)
	}
	return p, nil
}
