package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// step is a part of a run.
type step struct {
	what  string
	about time.Duration // how long it should take
	do    func() error
}

// progress says what a run does and how long the rest will take.
type progress struct {
	steps []*step
	begun time.Time
	done  int
}

func newProgress(steps []*step) *progress {
	return &progress{steps: steps, begun: time.Now()}
}

func (p *progress) begin(s *step) {
	rest := time.Duration(0)
	for _, later := range p.steps[p.done:] {
		rest += later.about
	}
	p.done++
	fmt.Fprintf(os.Stderr, "[%2d/%d] %s, %s to go: %s (about %s)\n", p.done, len(p.steps), clock(time.Since(p.begun)), clock(rest), s.what, clock(s.about))
}

// note says what came out of a part of a step.
func (p *progress) note(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "        "+format+"\n", args...)
}

// clock is minutes and seconds.
func clock(d time.Duration) string {
	seconds := int(d.Round(time.Second).Seconds())
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}

// count is a number with commas.
func count[T int | int64 | float64](n T) string {
	digits := strconv.FormatInt(int64(n), 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
