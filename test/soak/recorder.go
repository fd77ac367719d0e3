package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/test/lab"
	"github.com/mysqldns/mysqldns/test/usage"
)

// recorder notes what happens during the load.
type recorder struct {
	churn *churn
	tally *tally

	seconds []second
	samples []sample
	reloads []reload
	saving  []span   // of the snapshot
	cpu     cpuTimes // before the load
	drops   drops
}

// second is what the client saw in one.
type second struct {
	At float64 // its end, seconds since the load began
	counts
	P50, P99, Max float64 // milliseconds

	took histogram
}

// reload is one of the Corefile.
type reload struct {
	From, To float64 // seconds since the load began
	Source   bool    // it names another source, so another copy took over
}

// drops are packets that the system threw away since a socket's buffer was full.
type drops struct{ client, server int }

// udpDrops reads what was dropped at the sockets of a server on a port, and of its clients, from Linux.
func udpDrops(port int) (d drops, err error) {
	text, err := os.ReadFile("/proc/net/udp")
	if err != nil {
		return d, err
	}
	return parseDrops(string(text), port), nil
}

// parseDrops reads lines of proc(5): number, own address, the peer's, and so on; the last field is the drops.
func parseDrops(text string, port int) (d drops) {
	suffix := fmt.Sprintf(":%04X", port)
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 13 {
			continue
		}
		dropped, _ := strconv.Atoi(fields[len(fields)-1]) // the heading has none
		switch {
		case strings.HasSuffix(fields[1], suffix):
			d.server += dropped
		case strings.HasSuffix(fields[2], suffix):
			d.client += dropped
		}
	}
	return d
}

// cpuTimes is how long the processes ran on a CPU.
type cpuTimes struct{ CoreDNS, MariaDB time.Duration }

func (r *recorder) since() float64 { return (r.churn.watch.now() - r.churn.begun).Seconds() }

func (r *recorder) answered(at time.Duration, q *question, packet []byte, v verdict, took time.Duration) {
	r.tally.answered(at-r.churn.begun, q, packet, v, took)
}

func (r *recorder) judged(at time.Duration, q *question, packet []byte, v verdict) {
	r.tally.judged(at-r.churn.begun, q, packet, v)
}

func (r *recorder) begin(ctx context.Context) (err error) {
	if r.cpu, err = r.churn.cpuTimes(); err != nil {
		return err
	}
	return r.sample(ctx)
}

// cutSeconds takes the tally's figures each second.
func (r *recorder) cutSeconds(ctx context.Context) error {
	every := max(int(r.churn.length/(40*time.Second)), 5)
	return each(ctx, time.Second, func() error {
		r.cut()
		if len(r.seconds)%every == 0 {
			r.note()
		}
		return nil
	})
}

func (r *recorder) cut() {
	counts, took := r.tally.cut()
	r.seconds = append(r.seconds, second{r.since(), counts, took.percentile(50), took.percentile(99), lab.Milliseconds(took.most), took})
}

// note tells of the last second, and of all that was not right.
func (r *recorder) note() {
	last := r.seconds[len(r.seconds)-1]
	r.tally.mu.Lock()
	bad := r.tally.counts
	r.tally.mu.Unlock()
	r.churn.Progress.Note("%s of %s: %s answers/s, p99 %.1f ms; in all %d wrong, %d backwards, %d unanswered, %d older than %s",
		lab.Clock(time.Duration(last.At*float64(time.Second))), lab.Clock(r.churn.length), lab.Count(last.Answered), last.P99, bad.Wrong, bad.Backwards, bad.Unanswered, bad.Late, allowed)
}

// takeSamples looks at CoreDNS each second.
func (r *recorder) takeSamples(ctx context.Context) error {
	return each(ctx, time.Second, func() error {
		if err := r.sample(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		return nil
	})
}

// each does something at intervals until ctx ends, or it fails.
func each(ctx context.Context, interval time.Duration, do func() error) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if err := do(); err != nil {
			return err
		}
	}
}

func (r *recorder) sample(ctx context.Context) error {
	m, err := scrape(ctx, r.churn.metricsAddr)
	if err == nil {
		r.samples = append(r.samples, m.sample(r.churn.watch.now()-r.churn.begun))
	}
	return err
}

// reloadNowAndThen has CoreDNS load another Corefile, ten times in a run.
func (r *recorder) reloadNowAndThen(ctx context.Context) error {
	every := r.churn.length / time.Duration(r.churn.reloads)
	for n := range r.churn.reloads {
		due := r.churn.begun + every*time.Duration(n) + every/2
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(due - r.churn.watch.now()):
		}
		from := r.since()
		if err := r.churn.server.Reload(r.churn.corefile(n + 1)); err != nil {
			return err
		}
		r.reloads = append(r.reloads, reload{from, r.since(), n%2 == 1})
	}
	return nil
}

func (c *churn) cpuTimes() (t cpuTimes, err error) {
	if t.CoreDNS, err = usage.CPU(c.server.PID()); err != nil {
		return t, err
	}
	t.MariaDB, err = usage.CPU(c.DB.Server.PID())
	return t, err
}

func (c *churn) port() (int, error) {
	_, port, err := net.SplitHostPort(c.server.Addr)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(port)
}

// results is what the load was, when it is over.
func (r *recorder) results(delays []delay) (*results, error) {
	c := r.churn
	lasted := r.since()
	cpu, err := c.cpuTimes()
	if err != nil {
		return nil, err
	}
	machine, err := c.LookAtMachine()
	if err != nil {
		return nil, err
	}
	r.tally.cut()
	for i := range delays {
		delays[i].At -= c.begun.Seconds()
	}
	t := r.tally
	return &results{
		When: time.Now().UTC().Truncate(time.Second), Machine: machine,
		Length: c.length.Seconds(), Names: c.names, Guests: len(c.guests), Changes: c.changes, Ceiling: c.ceiling, Rate: c.rate,
		Zones: c.zones, Phases: byPhase(r.seconds, listings(r.samples), r.saving),
		Seconds: r.seconds, Samples: r.samples, Reloads: r.reloads, Delays: delays,
		Total: t.counts, P50: t.took.percentile(50), P99: t.took.percentile(99), P999: t.took.percentile(99.9), Max: lab.Milliseconds(t.took.most),
		DroppedByServer: r.drops.server, DroppedByClient: r.drops.client, Bad: t.samples, Kinds: c.writers.kinds, WroteFor: (c.writers.ended - c.writers.begun).Seconds(),
		CoreDNS: (cpu.CoreDNS - r.cpu.CoreDNS).Seconds() / lasted, MariaDB: (cpu.MariaDB - r.cpu.MariaDB).Seconds() / lasted,
	}, nil
}
