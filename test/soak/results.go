package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/test/lab"
)

// results are all figures of a run of churn. Times are in seconds since the load began, latencies in milliseconds.
type results struct {
	When    time.Time
	Machine lab.Machine

	Length  float64
	Names   int // that do not change
	Zones   int // small ones beside them
	Guests  int
	Changes int     // rows/s that were to change
	Ceiling float64 // answers/s that dnsperf found, 0 if it was not looked for
	Rate    int     // questions/s

	Seconds []second
	Samples []sample
	Reloads []reload
	Delays  []delay
	Phases  map[string]phase

	Total               counts
	P50, P99, P999, Max float64  // from when a question should have been sent
	DroppedByServer     int      // packets, since its socket's buffer was full
	DroppedByClient     int      // at ours
	Bad                 []string // the first answers that were wrong or went backwards, in words
	Kinds               map[string]int
	WroteFor            float64 // seconds
	Compared            int     // questions after the last change
	Lost                int     // of them without the right answer
	Differing           []string
	Drift               float64  // names that lists found different from the copy
	Warnings            []string // lines of CoreDNS's log
	CoreDNS, MariaDB    float64  // CPUs
}

// What a run has to keep to.
const (
	mostUnanswered = 0.001 // of the questions: UDP promises nothing
	leastRate      = 0.95  // of the rates that were asked for
	judgedFrom     = 300   // seconds a run has to last for its growth to be judged
	mostShown      = 5     // of each kind of bad answers, when a run fails; all are in churn.json
)

// failures says why a run is not what it should be.
func (r *results) failures() (why []string) {
	add := func(bad bool, format string, args ...any) {
		if bad {
			why = append(why, fmt.Sprintf(format, args...))
		}
	}
	add(r.Total.Wrong > 0, "%d wrong answers", r.Total.Wrong)
	add(r.Total.Backwards > 0, "%d answers older than one before", r.Total.Backwards)
	add(r.Lost > 0, "%d of %d questions after the last change are not answered as the table has it", r.Lost, r.Compared)
	add(r.Drift > 0, "lists found %.0f names different from the copy", r.Drift)
	add(r.unanswered() > mostUnanswered, "%.2f %% of the questions were not answered", 100*r.unanswered())
	add(r.written() < leastRate*float64(r.Changes), "only %.0f changes/s of %d: the machine did not keep up", r.written(), r.Changes)
	add(r.asked() < leastRate*float64(r.Rate), "only %.0f questions/s of %d: the machine did not keep up", r.asked(), r.Rate)
	for _, s := range r.series() {
		g := s.growth(r.Length)
		add(r.Length >= judgedFrom && !isFlat(g), "%s grew by %.1f %%", s.what, 100*g)
	}
	return why
}

// series are the figures that have to stay flat.
func (r *results) series() []series {
	of := func(what, unit string, level func([]float64) float64, figure func(sample) float64) series {
		s := series{what: what, unit: unit, level: level}
		for _, one := range r.Samples {
			if one.At <= r.Length {
				s.points = append(s.points, point{one.At, figure(one)})
			}
		}
		return s
	}
	return []series{
		of("resident memory", "MB", lab.Median, func(s sample) float64 { return s.Resident / 1e6 }),
		of("live heap", "MB", lab.Median, func(s sample) float64 { return s.Live / 1e6 }),
		of("goroutines", "", lowest, func(s sample) float64 { return s.Goroutines }),
	}
}

type series struct {
	what, unit string
	level      func([]float64) float64 // of a part of the run
	points     []point
}

func (s series) growth(length float64) float64 { return growth(s.points, length, s.level) }

func (r *results) last() sample { return r.Samples[len(r.Samples)-1] }

func (r *results) unanswered() float64 {
	return float64(r.Total.Unanswered) / float64(max(r.Total.Answered+r.Total.Unanswered, 1))
}

// asked is questions/s.
func (r *results) asked() float64 {
	return float64(r.Total.Answered+r.Total.Unanswered) / r.Length
}

// rows is how many changed.
func (r *results) rows() (rows int) {
	for _, kind := range kinds {
		rows += r.Kinds[kind]
	}
	return rows
}

func (r *results) written() float64 { return float64(r.rows()) / r.WroteFor }

// kinds are the kinds of changes. Each row that changed is of one of them.
var kinds = []string{inserted, deleted, renamed, retyped, revalued, retimed}

// table is the figures as Markdown.
func (r *results) table() string {
	var t strings.Builder
	m := r.Machine
	fmt.Fprintf(&t, "%s: %s, %d cores, %d GB, %s. %s, CoreDNS %s, MariaDB %s, mysqldns %s. %s minutes, %s names, %s of which change, and %s zones of twelve records beside them.\n\n", r.When.Format("2 January 2006"),
		m.CPU, m.Cores, m.MemoryGB, m.Kernel, strings.Replace(m.Go, "go", "Go ", 1), m.CoreDNS, m.MariaDB, m.Revision,
		lab.Clock(time.Duration(r.Length*float64(time.Second))), lab.Count(r.Names+r.Guests), lab.Count(r.Guests), lab.Count(r.Zones))
	t.WriteString("| What | Figure | Must be |\n|---|--:|--:|\n")
	line := func(what, must, format string, args ...any) {
		fmt.Fprintf(&t, "| %s | %s | %s |\n", what, fmt.Sprintf(format, args...), must)
	}
	ceiling := ""
	if r.Ceiling > 0 {
		ceiling = fmt.Sprintf(" (dnsperf meanwhile: %s)", lab.Count(r.Ceiling))
	}
	line("Questions/s, all answers judged", "", "%s%s", lab.Count(r.Rate), ceiling)
	line("Answers", "", "%s", lab.Count(r.Total.Answered))
	line("Wrong answers", "0", "%d", r.Total.Wrong)
	line(fmt.Sprintf("Answers older than one before, and of them older than %s", allowed), "0", "%d, %d", r.Total.Backwards, r.Total.Reverted)
	line("Questions without an answer", "≤ 0.1 %", "%s (%.4f %%)", lab.Count(r.Total.Unanswered), 100*r.unanswered())
	line("– thrown away by the system: full buffer of CoreDNS, of the client", "", "%s, %s", lab.Count(r.DroppedByServer), lab.Count(r.DroppedByClient))
	line("Changed rows", fmt.Sprintf("%d/s", r.Changes), "%s, %.0f/s", lab.Count(r.rows()), r.written())
	for _, kind := range []string{inserted, deleted, renamed, retyped, revalued, retimed, severalRows, transaction, takenBack} {
		line("– "+kind, "", "%s", lab.Count(r.Kinds[kind]))
	}
	line("Lists of the whole table", "", "%.0f", r.last().Lists-r.Samples[0].Lists)
	line("Reloads, and those with another source", "", "%d, %d", len(r.Reloads), r.newSources())
	line("Names that lists found different from the copy", "0", "%.0f", r.Drift)
	line("Lost changes: questions after the end whose answer is not the table's", "0", "%d of %s", r.Lost, lab.Count(r.Compared))
	line("Warnings and errors in CoreDNS's log", "", "%d", len(r.Warnings))
	r.timeRows(line)
	for _, s := range r.series() {
		must := fmt.Sprintf("≤ +%.0f %%", 100*flatMost)
		if r.Length < judgedFrom {
			must = "" // not judged
		}
		line(fmt.Sprintf("Growth of %s, and median, in the run", s.what), must, "%+.1f %%, %.0f %s", 100*s.growth(r.Length), s.median(), s.unit)
	}
	line("CPU: CoreDNS, MariaDB", "", "%.2f, %.2f", r.CoreDNS, r.MariaDB)
	line("Garbage collections, the longest pause", "", "%s, %.2f ms", lab.Count(r.last().Pauses-r.Samples[0].Pauses), r.longestPause())
	return t.String()
}

// timeRows are the lines of latencies.
func (r *results) timeRows(line func(what, must, format string, args ...any)) {
	delays := lab.Pick(r.Delays, func(d delay) float64 { return d.Milliseconds })
	line("Question to answer: p50 / p99 / p99.9 / max", "", "%.2f / %.2f / %.1f / %.0f ms", r.P50, r.P99, r.P999, r.Max)
	r.phaseRows(line)
	line("Commit to answer: p50 / p99 / max", "", "%s of %s", lab.Triple(delays), lab.Count(len(delays)))
	line(fmt.Sprintf("Answers older than %s, the oldest", allowed), "", "%s (%.4f %%), %.0f ms", lab.Count(r.Total.Late), 100*float64(r.Total.Late)/float64(max(r.Total.Answered, 1)), r.Total.Oldest)
}

func (s series) median() float64 {
	return lab.Median(lab.Pick(s.points, func(p point) float64 { return p.Figure }))
}

func (r *results) newSources() (n int) {
	for _, reload := range r.Reloads {
		if reload.Source {
			n++
		}
	}
	return n
}

func (r *results) longestPause() float64 {
	return slices.Max(lab.Pick(r.Samples, func(s sample) float64 { return s.Longest }))
}

// write prints the table, and writes it with the plot and all figures to a folder. It is an error if the run is not what it should be.
func (r *results) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	table := r.table()
	fmt.Println(table)
	if err := os.WriteFile(filepath.Join(dir, "churn.md"), []byte(table), 0o644); err != nil {
		return err
	}
	all, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "churn.json"), append(all, '\n'), 0o644); err != nil {
		return err
	}
	if err := r.plot(filepath.Join(dir, "churn.svg")); err != nil {
		return err
	}
	why := r.failures()
	if len(why) == 0 {
		return nil
	}
	text := strings.Join(why, "; ")
	for _, sample := range slices.Concat(r.Bad[:min(len(r.Bad), mostShown)], r.Differing[:min(len(r.Differing), mostShown)]) {
		text += "\n    " + sample
	}
	return errors.New(text)
}

// redrawn writes the table and the plot of a run again from its figures.
func redrawn(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "churn.json"))
	if err != nil {
		return err
	}
	var r results
	if err := json.Unmarshal(text, &r); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(dir, "churn.json"), err)
	}
	return r.write(dir)
}
