package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/test/lab"
)

// phases are what the server does beside answering. A second in which it does both counts for both.
const (
	whileListing = "while the table is listed, by a resync or a reload"
	whileSaving  = "while the snapshot is saved"
	otherwise    = "else"
)

var phases = []string{whileListing, whileSaving, otherwise}

// phase is how long questions took in the seconds of a phase.
type phase struct {
	Seconds        int
	P50, P999, Max float64 // milliseconds
}

// span is a time of the load, in seconds since it began.
type span struct{ from, to float64 }

func overlaps(spans []span, from, to float64) bool {
	for _, s := range spans {
		if s.from < to && from < s.to {
			return true
		}
	}
	return false
}

// byPhase sums up the seconds of each phase.
func byPhase(seconds []second, listing, saving []span) map[string]phase {
	sums := map[string]*histogram{}
	all := map[string]phase{}
	for _, s := range seconds {
		in := map[string]bool{whileListing: overlaps(listing, s.At-1, s.At), whileSaving: overlaps(saving, s.At-1, s.At)}
		in[otherwise] = !in[whileListing] && !in[whileSaving]
		for _, name := range phases {
			if !in[name] {
				continue
			}
			if sums[name] == nil {
				sums[name] = new(histogram)
			}
			sums[name].merge(&s.took)
			p := all[name]
			p.Seconds++
			all[name] = p
		}
	}
	for name, took := range sums {
		all[name] = phase{all[name].Seconds, took.percentile(50), took.percentile(99.9), lab.Milliseconds(took.most)}
	}
	return all
}

// listings are when the table was listed, out of what CoreDNS exports each second: how many lists have ended, and how long all of them took. Each
// is known to a second.
func listings(samples []sample) (spans []span) {
	for i := 1; i < len(samples); i++ {
		before, now := samples[i-1], samples[i]
		if now.Lists > before.Lists {
			spans = append(spans, span{before.At - (now.ListsTook - before.ListsTook), now.At})
		}
	}
	return spans
}

// lookEvery is how often to look whether a snapshot is being saved.
const lookEvery = 20 * time.Millisecond

// watchSnapshot notes when there is a file beside the snapshot that is to take its place.
func (r *recorder) watchSnapshot(ctx context.Context) error {
	if !r.churn.snapshot {
		return nil
	}
	return each(ctx, lookEvery, func() error {
		entries, err := os.ReadDir(filepath.Dir(r.churn.snapshotPath()))
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if !strings.HasSuffix(entry.Name(), ".tmp") {
				continue
			}
			if now := r.since(); len(r.saving) > 0 && now-r.saving[len(r.saving)-1].to < 5*lookEvery.Seconds() {
				r.saving[len(r.saving)-1].to = now
			} else {
				r.saving = append(r.saving, span{now - lookEvery.Seconds(), now})
			}
		}
		return nil
	})
}

// phaseRows are the lines of the phases.
func (r *results) phaseRows(line func(what, must, format string, args ...any)) {
	for _, name := range phases {
		if p, ok := r.Phases[name]; ok {
			line("– "+name+": p50 / p99.9 / max", "", "%s of %d s", fmt.Sprintf("%.2f / %.1f / %.0f ms", p.P50, p.P999, p.Max), p.Seconds)
		}
	}
}
