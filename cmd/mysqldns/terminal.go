package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// terminal is where a command reads and writes.
type terminal struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	quiet          bool // shows no progress, as another does
}

// silent is a terminal for a part of the work whose progress another one shows.
func (t *terminal) silent() *terminal {
	silent := *t
	silent.quiet = true
	return &silent
}

// isTerminal reports whether a person sees what is written.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// coloured reports whether the standard output may have colours (https://no-color.org).
func (t *terminal) coloured() bool {
	return isTerminal(t.stdout) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// say writes one line to the standard error. Whatever it is about, a terminal shows it and does not obey it.
func (t *terminal) say(format string, args ...any) {
	fmt.Fprintln(t.stderr, "mysqldns: "+harmless(fmt.Sprintf(format, args...)))
}

// harmless replaces what a terminal would take for an order: control characters of ASCII and of Unicode, and those that turn text around.
func harmless(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return '?'
		}
		return r
	}, s)
}

// progress shows how far long work is, if the standard error is a terminal. It is not for concurrent use.
type progress struct {
	begin   func() *progressbar.ProgressBar // nil without a terminal
	bar     *progressbar.ProgressBar        // nil until the work is long
	pending int64                           // steps that it does not show yet
	next    time.Time                       // when it moves
}

const (
	showAfter = 500 * time.Millisecond // shorter work needs no bar
	showEvery = 100 * time.Millisecond
)

// progress begins to show work of so many steps, or an unknown number of them (-1). They are octets, or things.
func (t *terminal) progress(what string, steps int64, octets bool) *progress {
	p := &progress{next: time.Now().Add(showAfter)}
	if t.quiet || !isTerminal(t.stderr) {
		return p
	}
	if steps <= 0 {
		steps = -1
	}
	p.begin = func() *progressbar.ProgressBar {
		return progressbar.NewOptions64(steps,
			progressbar.OptionSetWriter(t.stderr),
			progressbar.OptionSetDescription(what),
			progressbar.OptionShowBytes(octets),
			progressbar.OptionShowCount(),
			progressbar.OptionSetWidth(20),
			progressbar.OptionClearOnFinish(),
		)
	}
	return p
}

// step notes so many steps.
func (p *progress) step(n int64) {
	if p.begin == nil {
		return
	}
	p.pending += n
	if p.pending&0xff != 0 && p.pending < 0x1000 { // the clock costs more than a step
		return
	}
	now := time.Now()
	if now.Before(p.next) {
		return
	}
	if p.bar == nil {
		p.bar = p.begin()
	}
	p.next = now.Add(showEvery)
	_ = p.bar.Add64(p.pending)
	p.pending = 0
}

// done wipes the bar.
func (p *progress) done() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// reader counts what is read from r.
func (p *progress) reader(r io.Reader) io.Reader { return &countedReader{r, p} }

type countedReader struct {
	io.Reader
	progress *progress
}

func (c *countedReader) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.progress.step(int64(n))
	return n, err
}
