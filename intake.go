package mysqldns

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/miekg/dns"
)

const (
	intakeBatch   = 1000            // records that are added at once
	progressEvery = 5 * time.Second // between log lines of a long list

	// A goroutine that computes keeps its processor for up to 10 ms, and with no processor free Go looks for packets that arrived no more often
	// than that. A busy socket overflows before. So while questions are answered, a list takes one processor only, and leaves it
	// whenever it has gone through so many rows: for a moment, or if nobody waits for the list for as long as it had it.
	breathEvery = 200
	breathLeast = 50 * time.Microsecond
	breathMost  = 5 * time.Millisecond
)

// intake streams a whole table into a load, and what else is to be known of it into found. One goroutine uses it at a time.
type intake struct {
	load     *zonedb.Load
	found    *listing
	gently   bool // questions are answered meanwhile
	waited   bool // somebody waits for the list
	rows     int
	breathed time.Time
}

// newIntake prepares to read about so many rows.
func (f *follower) newIntake(s *session, rows int) *intake {
	in := &intake{load: f.db.NewLoad(), found: f.rows.listing(s.Columns.CaseSensitive), gently: f.answers() != nil, waited: true}
	in.load.Expect(rows)
	if in.gently {
		in.load.Pause = in.breathe
	}
	return in
}

// read reads the table.
func (in *intake) read(ctx context.Context, s *session) error {
	add, finish := in.adder()
	batch := make([]dns.RR, 0, intakeBatch)
	progress := time.Now().Add(progressEvery)
	err := s.Rows(ctx, func(row *record.Row) error {
		if in.rows++; in.rows%intakeBatch == 0 && time.Now().After(progress) {
			log.Infof("listing %s: %d rows so far", s.Table, in.rows)
			progress = time.Now().Add(progressEvery)
		}
		in.breatheAt(in.rows)
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

// adder returns what adds records, and what waits until all are added: beside the reading, or if it is to go gently at once.
func (in *intake) adder() (add func([]dns.RR), finish func()) {
	if in.gently {
		return in.addAll, func() {}
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

func (in *intake) addAll(batch []dns.RR) { in.skip(in.addTo(batch)) }

// addTo adds records to the load, and returns an error for each that the copy can not hold.
func (in *intake) addTo(batch []dns.RR) (refused []noWireForm) {
	for i, rr := range batch {
		in.breatheAt(i)
		if err := in.load.Add(rr); err != nil {
			refused = append(refused, noWireForm{rr.Header().Name, dns.Type(rr.Header().Rrtype), err})
		}
	}
	return refused
}

func (in *intake) skip(refused []noWireForm) {
	for _, why := range refused {
		in.found.skip(&record.Row{Name: why.owner}, why)
	}
}

// breatheAt is breathe for one of many steps: so often as is needed.
func (in *intake) breatheAt(step int) {
	if step%breathEvery == 0 {
		in.breathe()
	}
}

// breathe leaves the processor to others, if there are questions.
func (in *intake) breathe() {
	if !in.gently {
		return
	}
	rest := breathLeast
	if !in.waited {
		rest = min(max(time.Since(in.breathed), breathLeast), breathMost)
	}
	time.Sleep(rest)
	in.breathed = time.Now()
}

// noWireForm is the error for a record that the copy can not hold.
type noWireForm struct {
	owner  string
	rrtype dns.Type
	err    error
}

func (e noWireForm) Error() string { return fmt.Sprintf("%q %s: %v", e.owner, e.rrtype, e.err) }
