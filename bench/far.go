package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/test/faults"
	"github.com/mysqldns/mysqldns/test/lab"
)

// roundTrips are how far away the database is: in the same room, in the same country, over the sea and over a satellite.
var roundTrips = []time.Duration{0, 20 * time.Millisecond, 150 * time.Millisecond, 400 * time.Millisecond}

// far is what following costs and takes where the database is far away.
type far struct {
	Names      int
	RoundTrip  time.Duration
	Start      float64   // seconds from the start of the process to the first answer
	Idle, Busy []float64 // milliseconds from each commit to the answer: while nothing else changes, and while busyRate rows a second do
	Quiet      activity  // of the database, while nothing changes
	Changing   activity  // and while busyRate rows a second change
}

// busyRate is how many rows change in a second, besides those that are measured.
const busyRate = 10

// farUpdates is how many updates are measured at each distance.
func (b *bench) farUpdates() int { return max(b.updates/3, 30) }

// farTakes is about how long measureFar takes.
func (b *bench) farTakes() (all time.Duration) {
	for _, roundTrip := range roundTrips {
		all += 2*b.watch + 10*time.Second + 2*time.Duration(b.farUpdates())*(130*time.Millisecond+2*roundTrip)
	}
	return all
}

// measureFar measures at each distance.
func (b *bench) measureFar(names int) error {
	for _, roundTrip := range roundTrips {
		f, err := b.measureAt(names, roundTrip)
		if err != nil {
			return fmt.Errorf("round trip of %s: %w", roundTrip, err)
		}
		b.results.Far = append(b.results.Far, f)
		b.Progress.Note("round trip of %s: start %.1f s; idle %s; with %d changes a second %s", roundTrip, f.Start, spread(f.Idle), busyRate, spread(f.Busy))
	}
	return nil
}

// measureAt measures behind a proxy that makes the database be so far away.
func (b *bench) measureAt(names int, roundTrip time.Duration) (f far, err error) {
	f = far{Names: names, RoundTrip: roundTrip}
	proxy, err := faults.NewFarProxy(b.DB.Server.Addr, roundTrip)
	if err != nil {
		return f, err
	}
	defer proxy.Close()
	began := time.Now()
	p, err := b.startCoreDNS(b.CoreDNS, mysqldnsBlock(strings.Replace(b.DB.DSN(), b.DB.Server.Addr, proxy.Addr, 1)), lab.HostName(0))
	if err != nil {
		return f, err
	}
	defer p.stop()
	f.Start = time.Since(began).Seconds()
	time.Sleep(2*time.Second + 10*roundTrip) // until it follows
	if f.Quiet, err = b.watchDatabase(); err != nil {
		return f, err
	}
	if f.Idle, err = b.updateFew(p, names); err != nil {
		return f, err
	}
	stop := b.changeRows(names)
	defer stop()
	if f.Changing, err = b.watchDatabase(); err != nil {
		return f, err
	}
	f.Busy, err = b.updateFew(p, names)
	return f, err
}

// updateFew is update with farUpdates.
func (b *bench) updateFew(p *process, names int) ([]float64, error) {
	fewer := *b
	fewer.updates = b.farUpdates()
	all, err := fewer.update(p, names)
	b.changes = fewer.changes
	return all, err
}

// changeRows changes busyRate rows a second, with other addresses than update does, until stop is called.
func (b *bench) changeRows(names int) (stop func()) {
	ctx, cancel := context.WithCancel(b.Ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(time.Second / busyRate)
		defer ticker.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			name, text := fmt.Sprintf("busy%d.%s", n%busyRate, lab.Origin), fmt.Sprintf("change %d of %d", n, names)
			b.DB.Pool.ExecContext(ctx, "DELETE FROM tb_dns WHERE name = ?", name)                                            //nolint:errcheck // it ends with the run
			b.DB.Pool.ExecContext(ctx, "INSERT INTO tb_dns (name, type, record) VALUES (?, 'TXT', ?)", name, "\""+text+"\"") //nolint:errcheck
		}
	}()
	return func() { cancel(); <-ended }
}

// farTable shows the figures.
func (r *results) farTable() string {
	if len(r.Far) == 0 {
		return ""
	}
	var t strings.Builder
	t.WriteString("| Round trip to the database | start | commit to answer, idle: p50 / p99 / max | with 10 changes/s | at most (100 ms and 1.5 round trips) |" +
		" statements/s, octets/s and CPU idle | with 10 changes/s |\n|---|--:|--:|--:|--:|--:|--:|\n")
	for _, f := range r.Far {
		limit := 100*time.Millisecond + 3*f.RoundTrip/2
		fmt.Fprintf(&t, "| %s | %.1f s | %s | %s | %s | %s | %s |\n", f.RoundTrip, f.Start, lab.Triple(f.Idle), lab.Triple(f.Busy), limit, f.Quiet.words(), f.Changing.words())
	}
	return t.String()
}

// words are the figures of one second.
func (a activity) words() string {
	return fmt.Sprintf("%.1f, %.1f KB, %.2f ms", a.Queries, (a.Received+a.Sent)/1e3, a.CPU)
}
