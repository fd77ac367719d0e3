// Command soak asks CoreDNS for a while at a fixed rate and judges every answer, while rows change, the table is listed again and the Corefile is loaded
// again. It prints one table, leaves it with a plot and all figures in a folder, and fails if an answer was wrong, a change was lost, or something grew.
//
// Reading the source: churn.go is the plan of a run. writer.go changes rows, client.go asks, guest.go and wire.go judge the answers, probe.go waits for changes,
// recorder.go and scrape.go note figures over time, phase.go while what, compare.go looks for what was lost, flat.go for what grew; results.go and plot.go show
// them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/mysqldns/mysqldns/test/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	minutes := flag.Float64("minutes", 10, "how long to ask; 1 is for trying")
	lists := flag.Int("lists", 20, "how often the table is listed in that time")
	reloads := flag.Int("reloads", 10, "how often the Corefile is loaded again in that time")
	names := flag.Int("names", 200_000, "names that do not change, beside 5,000 whose rows do")
	zones := flag.Int("zones", 0, "small zones of twelve records beside them, which nobody asks for")
	snapshot := flag.Bool("snapshot", false, "keep a snapshot")
	changes := flag.Int("changes", 500, "rows/s that change")
	rate := flag.Int("rate", 0, "questions/s; 0 is half of what dnsperf finds to be possible")
	out := flag.String("out", "../bench/plots", "folder for the table, the plot and the figures")
	redraw := flag.Bool("redraw", false, "measure nothing: make the table and the plot again from churn.json in that folder")
	flag.Parse()
	if *redraw {
		return redrawn(*out)
	}
	if *minutes <= 0 || *minutes > longestChurn || *names < 1 || *names > 10_000_000 || *zones < 0 || *zones > 999_999 || *changes < 1 || *lists < 1 || *reloads < 1 || *rate < 0 || flag.NArg() > 0 {
		return errors.New("expected up to 240 minutes, up to 10000000 names and 999999 zones, at least one list and one reload, and rates above 0")
	}
	c := &churn{
		Run: &lab.Run{Ctx: ctx}, length: time.Duration(*minutes * float64(time.Minute)),
		names: *names, zones: *zones, snapshot: *snapshot, changes: *changes, lists: *lists, reloads: *reloads, rate: *rate, watch: stopwatch{time.Now()},
	}
	if _, err := exec.LookPath("dnsperf"); err != nil && c.rate == 0 {
		return fmt.Errorf("%w (Debian: apt-get install dnsperf); or give the -rate", err)
	}
	if err := c.Do(c.plan(), c.stop); err != nil {
		return err
	}
	return c.load.write(*out)
}
