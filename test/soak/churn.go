package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/test/coredns"
	"github.com/mysqldns/mysqldns/test/lab"
	"github.com/mysqldns/mysqldns/test/port"
)

// churn is a run.
type churn struct {
	*lab.Run
	length   time.Duration
	names    int // that do not change
	zones    int // small ones, of zoneRows, which are only there
	changes  int // rows/s
	lists    int // of the table, by resync
	reloads  int
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
	load        *results
}

const (
	guestCount   = 5000
	loadWithin   = 3 * time.Minute // of the table, before the first answer
	ceilingFor   = 5               // seconds
	rateStep     = int(time.Second / burstEvery)
	longestChurn = 240 // minutes
	finalPasses  = 5
)

func (c *churn) plan() (p lab.Plan) {
	p.Add(30*time.Second, c.Prepare, "building CoreDNS, starting MariaDB")
	p.Add(5*time.Second+time.Duration((c.names+len(lab.ZoneRows)*c.zones)/100)*time.Millisecond, c.fill,
		"filling the table with %s names and %s zones", lab.Count(c.names+guestCount), lab.Count(c.zones))
	p.Add((ceilingFor+2)*time.Second, c.findCeiling, "how many questions/s are possible, while rows change")
	p.Add(c.length+answerIn, c.measure, "asking and judging for %s", lab.Clock(c.length))
	p.Add(10*time.Second+time.Duration(c.names/20)*time.Millisecond, c.compare, "asking for every name once more")
	return p
}

// fill makes the table, with a row for each guest that its triggers log, and starts CoreDNS on it.
func (c *churn) fill() (err error) {
	if err := c.DB.Refill(lab.Hosts(c.names), lab.SmallZones(c.zones)); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(c.snapshotPath()), 0o700); err != nil {
		return err
	}
	for i := range guestCount {
		c.guests = append(c.guests, &guest{number: i})
	}
	if c.writers, err = newWriters(c.watch, c.DB.DSN(), c.guests, c.changes); err != nil {
		return err
	}
	if err := c.writers.invite(c.Ctx); err != nil {
		return err
	}
	if c.metricsAddr, err = port.Free(); err != nil {
		return err
	}
	if c.server, err = coredns.Start(c.CoreDNS, c.Dir, c.corefile(0)); err != nil {
		return err
	}
	return lab.AwaitAnswer(c.server.Addr, lab.HostName(0), loadWithin, c.server.Exited())
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
`, n+1, c.metricsAddr, c.DB.DSN(), defaultTTL+n/2, max(c.length/time.Duration(c.lists), time.Second), snapshot)
}

// snapshotPath is in a folder of its own.
func (c *churn) snapshotPath() string { return filepath.Join(c.Dir, "snapshot", "copy") }

// defaultTTL is the directive's.
const defaultTTL = 3600

// findCeiling begins to change rows, and measures how many questions/s dnsperf gets answered meanwhile.
func (c *churn) findCeiling() error {
	var ctx context.Context
	ctx, c.stopWriting = context.WithCancel(c.Ctx)
	c.written = make(chan error, 1)
	go func() { c.written <- c.writers.run(ctx) }()
	if c.rate != 0 {
		return nil
	}
	queries := filepath.Join(c.Dir, "hits")
	if err := lab.WriteQueries(queries, 200_000, c.names, lab.AppendHost); err != nil {
		return err
	}
	port, err := c.port()
	if err != nil {
		return err
	}
	p, err := lab.Load(c.Ctx, port, queries, ceilingFor, "NOERROR")
	if err != nil {
		return err
	}
	c.ceiling = p.QPS
	c.rate = max(int(p.QPS/2)/rateStep, 1) * rateStep
	c.Progress.Note("%s answers/s; half of it is asked: %s", lab.Count(p.QPS), lab.Count(c.rate))
	return nil
}

// measure asks at the fixed rate, while others change rows, have the Corefile loaded, and look at CoreDNS.
func (c *churn) measure() error {
	ctx, cancel := context.WithCancelCause(c.Ctx)
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
func (c *churn) mixture() func() question {
	random := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // the same in every run
	return func() question {
		switch kind := random.IntN(20); {
		case kind < 10:
			q := c.guests[random.IntN(len(c.guests))].question()
			if kind < 2 { // also for what is not there
				q.place, q.qtype = here+place(random.IntN(2)), guestTypes[random.IntN(len(guestTypes))]
			}
			return q
		case kind < 19:
			return hostQuestion(random.IntN(c.names))
		}
		q := hostQuestion(random.IntN(10_000_000))
		q.absent = true
		return q
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
