package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// terminal is where a command reads and writes.
type terminal struct {
	stdin          io.Reader
	stdout, stderr io.Writer
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

// say writes one line to the standard error.
func (t *terminal) say(format string, args ...any) {
	fmt.Fprintf(t.stderr, "mysqldns: "+format+"\n", args...)
}

// progress shows how far long work is, if the standard error is a terminal. It is not for concurrent use.
type progress struct {
	bar     *progressbar.ProgressBar // nil without a terminal
	pending int64
	shown   time.Time
}

// showEvery is how often the bar moves.
const showEvery = 100 * time.Millisecond

// progress begins to show work of so many steps, or an unknown number of them (-1). They are octets, or things.
func (t *terminal) progress(what string, steps int64, octets bool) *progress {
	p := &progress{shown: time.Now()}
	if !isTerminal(t.stderr) {
		return p
	}
	if steps <= 0 {
		steps = -1
	}
	p.bar = progressbar.NewOptions64(steps,
		progressbar.OptionSetWriter(t.stderr),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(octets),
		progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(20),
		progressbar.OptionThrottle(showEvery),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetRenderBlankState(true),
	)
	return p
}

// step notes so many steps.
func (p *progress) step(n int64) {
	if p.bar == nil {
		return
	}
	p.pending += n
	if p.pending&0xff != 0 && p.pending < 0x1000 { // the clock costs more than a step
		return
	}
	if now := time.Now(); now.Sub(p.shown) >= showEvery {
		p.shown = now
		_ = p.bar.Add64(p.pending)
		p.pending = 0
	}
}

// done wipes the bar.
func (p *progress) done() {
	if p.bar != nil {
		_ = p.bar.Finish()
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
