// Command bench measures mysqldns against its neighbours on one machine, in one run: it starts a private MariaDB, CoreDNS and
// PowerDNS on 127.0.0.1, prints one table, and leaves it with plots and all single figures in a folder.
//
// Reading the source: main.go is the plan of a run; qps.go, serve.go, start.go, resident.go, latency.go, idle.go and far.go each
// measure one thing; contest.go asks servers with the usual plugins, over other transports, and with many small zones (mixed.go); table.go and plots.go show
// all. The rest is what they stand on, with test/lab. BENCHMARKS.md says what is measured.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/mysqldns/mysqldns/test/lab"
	"github.com/mysqldns/mysqldns/test/mariadb"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == insideCommand {
		exit(inside(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	quick := flag.Bool("quick", false, "short measurements, of 1,000 and 100,000 names only: five minutes instead of 45")
	names := flag.String("names", "", "numbers of names in place of the usual ones, such as 1000,1000000")
	only := flag.String("only", "", "regular expression: measure only what has a name that it matches, such as chain or zones")
	out := flag.String("out", "plots", "folder for the table, the plots and results.json")
	redraw := flag.Bool("redraw", false, "measure nothing: make the table and the plots again from results.json in that folder")
	flag.Parse()
	if *redraw {
		exit(redrawn(*out))
	}
	s := fullScale
	if *quick {
		s = quickScale
	}
	if err := s.resize(*names); err != nil {
		exit(err)
	}
	pattern, err := regexp.Compile(*only)
	if err != nil {
		exit(fmt.Errorf("-only: %w", err))
	}
	s.only = pattern
	exit(measure(ctx, s, *out))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// scale is how long and how much is measured.
type scale struct {
	quick   bool
	sizes   []int         // numbers of names, ascending
	zones   int           // of the mixed questions
	rounds  int           // of everything that alternates
	seconds int           // of one dnsperf
	queries int           // different ones that dnsperf asks
	settle  time.Duration // until resident memory is read
	updates int           // of the latency
	watch   time.Duration // of the idle database
	only    *regexp.Regexp
}

var (
	fullScale = scale{
		sizes:  []int{1000, 100_000, 1_000_000, 10_000_000},
		zones:  150_000,
		rounds: 5, seconds: 4, queries: 500_000, settle: 150 * time.Second, updates: 600, watch: 20 * time.Second,
	}
	quickScale = scale{
		quick:  true,
		sizes:  []int{1000, 100_000},
		zones:  5000,
		rounds: 3, seconds: 1, queries: 200_000, settle: 15 * time.Second, updates: 100, watch: 5 * time.Second,
	}
)

// most is how many names file and PowerDNS are asked with at the most.
const most = 1_000_000

// chief is the number of names at which everything but queries/s is measured.
func (s scale) chief() int {
	chief := s.sizes[0]
	for _, names := range s.sizes {
		if names <= most {
			chief = names
		}
	}
	return chief
}

// resize takes other numbers of names.
func (s *scale) resize(list string) error {
	if list == "" {
		return nil
	}
	s.sizes = nil
	for part := range strings.SplitSeq(list, ",") {
		names, err := strconv.Atoi(part)
		if err != nil || names < 1 || names > 10_000_000 {
			return fmt.Errorf("-names: %q is not a number from 1 to 10000000", part)
		}
		s.sizes = append(s.sizes, names)
	}
	slices.Sort(s.sizes)
	return nil
}

// bench is a run.
type bench struct {
	*lab.Run
	scale
	stock   string // CoreDNS as its own project builds it
	tls     *mariadb.TLS
	results *results
	changes int // that the latency was measured with
}

// measure measures everything and writes it to out.
func measure(ctx context.Context, s scale, out string) error {
	b := &bench{Run: &lab.Run{Ctx: ctx}, scale: s, results: &results{Quick: s.quick, When: time.Now().UTC().Truncate(time.Second)}}
	if _, err := exec.LookPath("dnsperf"); err != nil {
		return fmt.Errorf("%w (Debian: apt-get install dnsperf)", err)
	}
	if err := b.Do(b.plan(), func() error { return nil }); err != nil {
		return err
	}
	return b.results.write(out)
}

// plan is the steps of a run, with how long each should take.
func (b *bench) plan() (plan lab.Plan) {
	plan.Add(time.Minute, b.prepare, "building CoreDNS, with mysqldns and without; starting MariaDB")
	add := func(about time.Duration, do func() error, format string, args ...any) {
		if b.only == nil || b.only.MatchString(fmt.Sprintf(format, args...)) {
			plan.Add(about, do, format, args...)
		}
	}
	for _, names := range b.sizes {
		thousands := time.Duration(names / 1000)
		plan.Add(4*time.Second+thousands*10*time.Millisecond, func() error { return b.DB.Fill(names) }, "%s names: filling the table", lab.Count(names))
		runs, start := 3, thousands*3*time.Millisecond // of dnsperf in a round; servers that start
		if names <= most {
			runs, start = 7, thousands*40*time.Millisecond
		}
		asking := time.Duration(b.rounds*runs*b.seconds+12) * time.Second
		add(asking+start, func() error { return b.measureQPS(names) }, "%s names: queries/s over UDP, %d rounds", lab.Count(names), b.rounds)
		if names == b.sizes[0] || names == b.chief() {
			about := time.Duration(b.rounds) * (6*time.Second + thousands*13*time.Millisecond)
			add(about, func() error { return b.measureServe(names) }, "%s names: ServeDNS in process, %d rounds", lab.Count(names), b.rounds)
		}
		if names != b.chief() {
			continue
		}
		add(b.about(18)+time.Minute+thousands*50*time.Millisecond, func() error { return b.measureChains(names) },
			"%s names: queries/s in the usual chain, over TCP and TLS, beside NSD and Knot, %d rounds", lab.Count(names), b.rounds)
		add(time.Duration(3*b.rounds)*(time.Second+thousands*time.Millisecond), func() error { return b.measureStart(names) },
			"%s names: list, bare scan, start from a snapshot", lab.Count(names))
		add(b.settle+5*time.Second, func() error { return b.measureResident(names) }, "%s names: resident memory", lab.Count(names))
		add(2*b.watch+6*time.Second, b.measureIdle, "%s names: cost on the database when idle", lab.Count(names))
		add(time.Duration(2*b.updates)*130*time.Millisecond, func() error { return b.measureLatency(names) },
			"%s names: commit to answer, %d updates, idle and under load", lab.Count(names), b.updates)
		add(b.farTakes(), func() error { return b.measureFar(names) }, "%s names: far from the database", lab.Count(names))
	}
	add(b.about(5)+30*time.Second+time.Duration(b.zones)*time.Millisecond, func() error { return b.measureZones(b.zones) },
		"%s zones: queries/s, all kinds of answers, %d rounds", lab.Count(b.zones), b.rounds)
	return plan
}

// prepare builds and starts what all steps need.
func (b *bench) prepare() (err error) {
	if err := b.Run.Prepare(); err != nil {
		return err
	}
	b.stock = filepath.Join(b.Dir, "stock")
	build := exec.CommandContext(b.Ctx, "go", "-C", "../cmd", "build", "-o", b.stock, "github.com/coredns/coredns")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("CoreDNS as its own project builds it: %w\n%s", err, output)
	}
	b.results.Machine, err = b.LookAtMachine()
	return err
}
