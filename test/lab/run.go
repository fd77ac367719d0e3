// Package lab has what programs that measure stand on: the steps of a run and how long they take, a private MariaDB with the rows of a large zone or of many
// small ones, dnsperf, the machine that figures are of, and how figures and plots look.
package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/mysqldns/mysqldns/test/coredns"
)

// Run is a run of a program that measures: steps, one after the other, on a private MariaDB.
type Run struct {
	Ctx      context.Context
	Dir      string // temporary
	CoreDNS  string // the program
	DB       *Database
	Progress *Progress
}

// Do does the steps of a run in a temporary folder, and then stops all that they started.
func (r *Run) Do(plan Plan, stop func() error) (err error) {
	if r.Dir, err = os.MkdirTemp("", "mysqldns-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(r.Dir)
	r.Progress = newProgress(plan)
	for _, step := range plan {
		if r.Ctx.Err() != nil {
			err = errors.New("interrupted")
			break
		}
		r.Progress.begin(step)
		if err = step.do(); err != nil {
			err = fmt.Errorf("%s: %w", step.what, err)
			break
		}
	}
	err = errors.Join(err, stop())
	if r.DB != nil {
		err = errors.Join(err, r.DB.Stop())
	}
	return err
}

// Prepare builds CoreDNS and starts MariaDB.
func (r *Run) Prepare() (err error) {
	if r.CoreDNS, err = coredns.Build(r.Dir); err != nil {
		return err
	}
	r.DB, err = StartDatabase(filepath.Join(r.Dir, "mariadb"))
	return err
}

// Plan is the steps of a run.
type Plan []step

// step is a part of a run.
type step struct {
	what  string
	about time.Duration // how long it should take
	do    func() error
}

// Add adds a step, which does something that should take about so long; the rest says what, as to Printf.
func (p *Plan) Add(about time.Duration, do func() error, format string, args ...any) {
	*p = append(*p, step{fmt.Sprintf(format, args...), about, do})
}

// Progress says what a run does and how long the rest will take.
type Progress struct {
	steps Plan
	begun time.Time
	done  int
}

func newProgress(steps Plan) *Progress {
	return &Progress{steps: steps, begun: time.Now()}
}

func (p *Progress) begin(s step) {
	rest := time.Duration(0)
	for _, later := range p.steps[p.done:] {
		rest += later.about
	}
	p.done++
	fmt.Fprintf(os.Stderr, "[%2d/%d] %s, %s to go: %s (about %s)\n", p.done, len(p.steps), Clock(time.Since(p.begun)), Clock(rest), s.what, Clock(s.about))
}

// Note says what came out of a part of a step.
func (p *Progress) Note(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "        "+format+"\n", args...)
}
