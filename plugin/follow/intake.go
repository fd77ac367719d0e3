package follow

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/miekg/dns"
)

// intakeBatch is how many records are added at once.
const intakeBatch = 1000

// intake streams a whole table into a load, and what else is to be known of it into found. One goroutine uses it at a time.
type intake struct {
	load     *zonedb.Load
	found    *listing
	pace     pace
	observer Observer
	rows     int
}

// newIntake prepares to read about so many rows.
func (f *Follower) newIntake(c *conn, rows int) *intake {
	in := &intake{
		load:     f.copy.db.NewLoad(),
		found:    f.rows.listing(c.Shape().CaseSensitive),
		observer: f.observer,
		pace:     pace{throttled: f.cfg.Answers() != nil, urgent: true},
	}
	in.load.Expect(rows)
	if in.pace.throttled {
		in.load.Pause = in.pace.yield
	}
	return in
}

// read reads the table.
func (in *intake) read(ctx context.Context, c *conn) error {
	add, finish := in.adder()
	batch := make([]dns.RR, 0, intakeBatch)
	progress := time.Now().Add(progressInterval)
	err := c.Rows(ctx, func(row *record.Row) error {
		if in.rows++; in.rows%intakeBatch == 0 && time.Now().After(progress) {
			in.observer.Observe(ListProgress{in.rows})
			progress = time.Now().Add(progressInterval)
		}
		in.pace.step(in.rows)
		if rr := in.found.read(row); rr != nil {
			batch = append(batch, rr)
		}
		if len(batch) == intakeBatch {
			add(batch)
			batch = make([]dns.RR, 0, intakeBatch)
		}
		return nil
	})
	add(batch)
	finish()
	return err
}

// adder returns what adds records, and what waits until all are added: concurrently with the reading or, if that is throttled, at once.
func (in *intake) adder() (add func([]dns.RR), finish func()) {
	if in.pace.throttled {
		return func(batch []dns.RR) { in.skip(in.addTo(batch)) }, func() {}
	}
	batches := make(chan []dns.RR, 4)
	var refused []noWireForm
	var adding sync.WaitGroup
	adding.Go(func() {
		for batch := range batches {
			refused = append(refused, in.addTo(batch)...)
		}
	})
	return func(batch []dns.RR) { batches <- batch }, func() {
		close(batches)
		adding.Wait()
		in.skip(refused)
	}
}

// addTo adds records to the load, and returns an error for each that the copy can not hold.
func (in *intake) addTo(batch []dns.RR) (refused []noWireForm) {
	for i, rr := range batch {
		in.pace.step(i)
		if err := in.load.Add(rr); err != nil {
			refused = append(refused, noWireForm{rr.Header().Name, dns.Type(rr.Header().Rrtype), err})
		}
	}
	return refused
}

func (in *intake) skip(refused []noWireForm) {
	for _, why := range refused {
		in.found.skip(why.owner, why)
	}
}

// noWireForm is the error for a record that the copy can not hold.
type noWireForm struct {
	owner  string
	rrtype dns.Type
	err    error
}

func (e noWireForm) Error() string { return fmt.Sprintf("%q %s: %v", e.owner, e.rrtype, e.err) }
