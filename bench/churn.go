package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/test/coredns"
)

// churnCommand makes the program ask CoreDNS for a while at a fixed rate and judge every answer, while rows change, the table is
// listed again and the Corefile is loaded again.
const churnCommand = "churn"

// churn is such a run.
type churn struct {
	*bench
	length   time.Duration
	names    int // that do not change
	zones    int // small ones, of zoneRows, which are only there
	changes  int // rows/s
	rate     int // questions/s; 0 until the ceiling is known
	snapshot bool
	ceiling  float64

	watch       stopwatch
	begun       time.Duration // the load
	guests      []*guest
	server      *coredns.Server
	metricsAddr string
	writers     *writers
	stopWriting context.CancelFunc
	written     chan error // what the writers ended with
	load        *churnResults
}

const (
	guestCount   = 5000
	ceilingFor   = 5 // seconds
	reloadsInAll = 10
	listsInAll   = 20
	rateStep     = int(time.Second / burstEvery)
	longestChurn = 240 // minutes
	finalPasses  = 5
)

func runChurn(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet(churnCommand, flag.ExitOnError)
	minutes := flags.Float64("minutes", 10, "how long to ask; 1 is for trying. A list comes 20 times and a reload 10 times in it")
	names := flags.Int("names", 200_000, "names that do not change, beside 5,000 whose rows do")
	zones := flags.Int("zones", 0, "small zones of twelve records beside them, which nobody asks for")
	snapshot := flags.Bool("snapshot", false, "keep a snapshot")
	changes := flags.Int("changes", 500, "rows/s that change")
	rate := flags.Int("rate", 0, "questions/s; 0 is half of what dnsperf finds to be possible")
	out := flags.String("out", "plots", "folder for the table, the plot and the figures")
	redraw := flags.Bool("redraw", false, "measure nothing: make the table and the plot again from churn.json in that folder")
	flags.Parse(args) //nolint:errcheck // it exits
	if *redraw {
		return redrawnChurn(*out)
	}
	if *minutes <= 0 || *minutes > longestChurn || *names < 1 || *names > 10_000_000 || *zones < 0 || *zones > 999_999 || *changes < 1 || *rate < 0 || flags.NArg() > 0 {
		return errors.New("churn: expected up to 240 minutes, up to 10000000 names and 999999 zones, and rates above 0")
	}
	c := &churn{
		bench: &bench{ctx: ctx, results: new(results)}, length: time.Duration(*minutes * float64(time.Minute)),
		names: *names, zones: *zones, snapshot: *snapshot, changes: *changes, rate: *rate, watch: stopwatch{time.Now()},
	}
	if _, err := exec.LookPath("dnsperf"); err != nil && c.rate == 0 {
		return fmt.Errorf("%w (Debian: apt-get install dnsperf); or give the -rate", err)
	}
	if err := c.do(c.plan(), c.stop); err != nil {
		return err
	}
	return c.load.write(*out)
}

func (c *churn) plan() []*step {
	about := 10*time.Second + time.Duration(c.names/20)*time.Millisecond
	return []*step{
		{"building CoreDNS, starting MariaDB", 30 * time.Second, c.prepare},
		{fmt.Sprintf("filling the table with %s names and %s zones", count(c.names+guestCount), count(c.zones)),
			5*time.Second + time.Duration((c.names+len(zoneRows)*c.zones)/100)*time.Millisecond, c.fill},
		{"how many questions/s are possible, while rows change", (ceilingFor + 2) * time.Second, c.findCeiling},
		{fmt.Sprintf("asking and judging for %s", clock(c.length)), c.length + answerIn, c.measure},
		{"asking for every name once more", about, c.compare},
	}
}

// fill makes the table, with a row for each guest that its triggers log, and starts CoreDNS on it.
func (c *churn) fill() (err error) {
	if err := c.db.refill(hosts(c.names), smallZones(c.zones)); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(c.snapshotPath()), 0o700); err != nil {
		return err
	}
	for i := range guestCount {
		c.guests = append(c.guests, &guest{number: i})
	}
	if c.writers, err = newWriters(c.watch, c.db.dsn(), c.guests, c.changes); err != nil {
		return err
	}
	if err := c.writers.invite(c.ctx); err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	c.metricsAddr = fmt.Sprintf("127.0.0.1:%d", port)
	c.server, err = coredns.Start(c.coredns, c.dir, c.corefile(0))
	return err
}

// corefile is what CoreDNS is to load the n-th time. Every one differs from the one before, every other in where the copy comes
// from: another ttl, which no row of ours needs, makes it another source.
func (c *churn) corefile(n int) string {
	snapshot := ""
	if c.snapshot {
		snapshot = "        snapshot " + c.snapshotPath() + "\n"
	}
	return fmt.Sprintf(`# loaded for the %d. time
.:{$PORT} {
    bind 127.0.0.1
    errors
    prometheus %s {
        runtime_metrics
    }
    mysqldns {
        dsn %s
        ttl %d
        resync %s
%s    }
}
`, n+1, c.metricsAddr, c.db.dsn(), defaultTTL+n/2, c.length/listsInAll, snapshot)
}

// snapshotPath is in a folder of its own.
func (c *churn) snapshotPath() string { return filepath.Join(c.dir, "snapshot", "copy") }

// defaultTTL is the directive's.
const defaultTTL = 3600

// findCeiling begins to change rows, and measures how many questions/s dnsperf gets answered meanwhile.
func (c *churn) findCeiling() error {
	var ctx context.Context
	ctx, c.stopWriting = context.WithCancel(c.ctx)
	c.written = make(chan error, 1)
	go func() { c.written <- c.writers.run(ctx) }()
	if c.rate != 0 {
		return nil
	}
	queries := filepath.Join(c.dir, "hits")
	if err := writeQueries(queries, 200_000, c.names, appendHost); err != nil {
		return err
	}
	port, err := c.port()
	if err != nil {
		return err
	}
	p, err := load(c.ctx, port, queries, ceilingFor, "NOERROR")
	if err != nil {
		return err
	}
	c.ceiling = p.QPS
	c.rate = max(int(p.QPS/2)/rateStep, 1) * rateStep
	c.progress.note("%s answers/s; half of it is asked: %s", count(p.QPS), count(c.rate))
	return nil
}

// measure asks at the fixed rate, while others change rows, have the Corefile loaded, and look at CoreDNS.
func (c *churn) measure() error {
	ctx, cancel := context.WithCancelCause(c.ctx)
	defer cancel(nil)
	r := &recorder{churn: c, tally: new(tally)}
	p := &probe{watch: c.watch, judged: r.judged}
	asking := &client{watch: c.watch, answered: r.answered, unanswered: r.tally.unanswered}
	if err := asking.dial(c.server.Addr); err != nil {
		return err
	}
	c.begun = c.watch.now()
	if err := r.begin(ctx); err != nil {
		return err
	}
	timed, stop := context.WithTimeout(ctx, c.length)
	defer stop()
	var beside sync.WaitGroup
	for _, do := range []func(context.Context) error{
		r.cutSeconds, r.takeSamples, r.watchSnapshot, r.reloadNowAndThen,
		func(ctx context.Context) error { return p.run(ctx, c.server.Addr, c.writers.committed) },
	} {
		beside.Go(func() {
			if err := do(timed); err != nil {
				cancel(err)
			}
		})
	}
	asking.run(timed, c.rate, c.mixture())
	c.stopWriting()
	wrote := <-c.written
	beside.Wait()
	port, err := c.port()
	if err == nil {
		r.drops, err = udpDrops(port)
	}
	asking.finish()
	if err := errors.Join(context.Cause(ctx), wrote, err); err != nil {
		return fmt.Errorf("%w; the end of CoreDNS's log:\n%s", err, tail(c.server.Log()))
	}
	c.load, err = r.results(p.delays)
	return err
}

// mixture is what is asked: names that change as often as others, and names that do not exist now and then.
func (c *churn) mixture() func() (question, bool) {
	random := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // the same in every run
	return func() (question, bool) {
		switch kind := random.IntN(20); {
		case kind < 10:
			q := c.guests[random.IntN(len(c.guests))].question()
			if kind < 2 { // also for what is not there
				q.place, q.qtype = here+place(random.IntN(2)), guestTypes[random.IntN(len(guestTypes))]
			}
			return q, true
		case kind < 19:
			return hostQuestion(random.IntN(c.names)), true
		}
		q := hostQuestion(random.IntN(10_000_000))
		q.absent = true
		return q, true
	}
}

func hostQuestion(i int) question { return question{number: i, qtype: guestTypes[0]} }

// stop ends what is still running.
func (c *churn) stop() error {
	if c.stopWriting != nil {
		c.stopWriting()
	}
	if c.server == nil {
		return nil
	}
	return c.server.Stop()
}
