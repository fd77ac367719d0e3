package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

const drawWithin = 2 * time.Minute // the go command may have to build pprof first

// draw writes the flame graph of a profile as one page. It is the one that "go tool pprof -http" shows: that page holds its
// data, style and script itself, so that it works as a file. Only its links to pprof's other views lead nowhere.
func draw(ctx context.Context, profile, page string) error {
	ctx, cancel := context.WithTimeout(ctx, drawWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "tool", "pprof", "-http=127.0.0.1:", "-no_browser", profile)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // to "go tool" too, which passes it on
	cmd.WaitDelay = 5 * time.Second
	output, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer cmd.Wait() //nolint:errcheck // it is ended, not asked how it went
	defer cancel()
	said := ""
	for lines := bufio.NewScanner(output); lines.Scan(); {
		said += lines.Text() + "\n"
		if _, url, ok := strings.Cut(lines.Text(), "Serving web UI on "); ok {
			return savePage(ctx, url+"/ui/flamegraph", page)
		}
	}
	return fmt.Errorf("go tool pprof shows no page: %s", said)
}

// savePage fetches a page from a server that is about to listen.
func savePage(ctx context.Context, url, path string) error {
	for {
		body, err := get(ctx, url)
		if err == nil {
			return os.WriteFile(path, body, 0o644)
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
