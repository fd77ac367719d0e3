package main

import (
	"fmt"
	"strings"

	"github.com/mysqldns/mysqldns/test/lab"
)

// table is the figures as Markdown: medians of all rounds, and medians of the ratios of each round.
func (r *results) table() string {
	var t strings.Builder
	m := r.Machine
	fmt.Fprintf(&t, "%s: %s, %d cores, %d GB, %s. %s, CoreDNS %s, MariaDB %s, PowerDNS %s, mysqldns %s.\n\n", r.When.Format("2 January 2006"),
		m.CPU, m.Cores, m.MemoryGB, m.Kernel, strings.Replace(m.Go, "go", "Go ", 1), m.CoreDNS, m.MariaDB, m.PowerDNS, m.Revision)
	if r.Quick {
		t.WriteString("A quick run: too short for figures to be quoted.\n\n")
	}
	r.qpsTable(&t)
	t.WriteString("\n| What | | *mysqldns* | Compared with | Ratio | Target |\n|---|--:|--:|--:|--:|--:|\n")
	r.growthRow(&t)
	for _, c := range r.Contests {
		c.rows(&t)
	}
	for _, s := range r.Serve {
		s.rows(&t)
	}
	for _, s := range r.Start {
		s.rows(&t)
	}
	for _, s := range r.Resident {
		row(&t, "Resident memory, settled", s.Names, fmt.Sprintf("%.0f MB", megabytes(s.Full)), fmt.Sprintf("empty table %.0f MB", megabytes(s.Empty)),
			fmt.Sprintf("+%.0f MB", megabytes(s.Full-s.Empty)), "≤ +200 MB")
		row(&t, "Resident memory, at most", s.Names, fmt.Sprintf("%.0f MB", megabytes(s.FullTop)), "", "", "")
	}
	for _, l := range r.Latency {
		row(&t, "Commit to answer, idle: p50 / p99 / max", l.Names, lab.Triple(l.Idle), fmt.Sprintf("%d updates", len(l.Idle)), "", "p99 ≤ 150 ms")
		row(&t, "Commit to answer, loaded: p50 / p99 / max", l.Names, lab.Triple(l.Loaded), fmt.Sprintf("%d, at %s queries/s", len(l.Loaded), lab.Count(l.Load)), "", "p99 ≤ 150 ms")
	}
	if i := r.Idle; i != nil {
		row(&t, "MariaDB when idle: statements/s", 0, fmt.Sprintf("%.1f", i.With.Queries), fmt.Sprintf("nobody %.1f", i.Without.Queries), "", "")
		row(&t, "MariaDB when idle: CPU", 0, fmt.Sprintf("%.2f ms/s", i.With.CPU), fmt.Sprintf("nobody %.2f ms/s", i.Without.CPU), "", "")
	}
	if far := r.farTable(); far != "" {
		t.WriteString("\n" + far)
	}
	return t.String()
}

// qpsTable is hits and misses of all servers.
func (r *results) qpsTable(t *strings.Builder) {
	t.WriteString("| Queries/s over UDP | *whoami* | *file* | *mysqldns* | PowerDNS | mysqldns ÷ whoami | mysqldns ÷ file | mysqldns ÷ PowerDNS |\n")
	t.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, figures := range []struct {
		what string
		of   func(*qpsOf) []float64
	}{{"hits", (*qpsOf).hits}, {"misses", (*qpsOf).misses}} {
		for _, q := range r.QPS {
			fmt.Fprintf(t, "| %s names, %s |", lab.Count(q.Names), figures.what)
			for _, name := range servers {
				fmt.Fprintf(t, " %s |", cell(q.By[name] != nil, func() string { return lab.Count(lab.Median(figures.of(q.By[name]))) }))
			}
			ours := figures.of(q.By[mysqlDNS])
			for _, name := range []string{whoami, file, powerDNS} {
				fmt.Fprintf(t, " %s |", cell(q.By[name] != nil, func() string { return times(lab.Ratios(ours, figures.of(q.By[name]))) }))
			}
			t.WriteByte('\n')
		}
	}
}

// growthRow is what ten times the names cost. Whoami's figures of the same rounds take out what the machine did meanwhile.
func (r *results) growthRow(t *strings.Builder) {
	if len(r.QPS) < 2 || r.QPS[len(r.QPS)-1].Names <= most {
		return
	}
	less, more := r.QPS[len(r.QPS)-2], r.QPS[len(r.QPS)-1]
	relative := func(q qps) float64 { return lab.Median(lab.Ratios(q.By[mysqlDNS].hits(), q.By[whoami].hits())) }
	row(t, "Hits over UDP, relative to *whoami*", more.Names, fmt.Sprintf("%.2f", relative(more)),
		fmt.Sprintf("%s names %.2f", lab.Count(less.Names), relative(less)), fmt.Sprintf("**%.2f**", relative(more)/relative(less)), "≥ 0.9")
}

// cell is a figure, or a dash where there is none.
func cell(there bool, figure func() string) string {
	if !there {
		return "–"
	}
	return figure()
}

// times is the median of ratios, and between what they were.
func times(all []float64) string {
	return fmt.Sprintf("**%.2f** (%.2f–%.2f)", lab.Median(all), lab.Percentile(all, 0), lab.Percentile(all, 100))
}

func row(t *strings.Builder, what string, names int, ours, other, ratio, target string) {
	at := ""
	if names > 0 {
		at = lab.Count(names)
	}
	fmt.Fprintf(t, "| %s | %s | %s | %s | %s | %s |\n", what, at, ours, other, ratio, target)
}

func (s serves) rows(t *strings.Builder) {
	ours, theirs := s.By[mysqlDNS], s.By[file]
	compare := func(what, format, target string, figure func(served) float64) {
		a, b := lab.Pick(ours, figure), lab.Pick(theirs, figure)
		row(t, what, s.Names, fmt.Sprintf(format, lab.Median(a)), "*file* "+fmt.Sprintf(format, lab.Median(b)), times(lab.Ratios(a, b)), target)
	}
	compare("ServeDNS in process, hits", "%.0f ns", "≤ 1,300 ns", hitTime)
	compare("ServeDNS in process, misses", "%.0f ns", "", missTime)
	compare("Allocations of a hit", "%.0f", "≤ 9", func(f served) float64 { return float64(f.Hit.Allocs) })
	compare("Allocations of a miss", "%.0f", "", func(f served) float64 { return float64(f.Miss.Allocs) })
	if s.Names < 100_000 {
		return // what is the same for any number of records weighs too much
	}
	compare("Heap for each record", "%.0f B", "≤ 100 B", func(f served) float64 { return f.Heap })
	row(t, "Records and index alone", s.Names, fmt.Sprintf("%.0f B", s.Counted), "", "", "")
	compare("Full garbage collection", "%.1f ms", "", func(f served) float64 { return f.GC })
}

func (s starts) rows(t *strings.Builder) {
	row(t, "List of the table", s.Names, fmt.Sprintf("%.2f s", lab.Median(s.List)), fmt.Sprintf("bare scan %.2f s", lab.Median(s.Scan)), times(lab.Ratios(s.List, s.Scan)), "≤ 3")
	row(t, "Start from the snapshot", s.Names, fmt.Sprintf("%.2f s", lab.Median(s.Snapshot)), fmt.Sprintf("list %.2f s", lab.Median(s.List)), times(lab.Ratios(s.Snapshot, s.List)), "≤ 0.5")
}
