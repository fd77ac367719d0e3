package mysqldns

import (
	"context"
	"errors"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/zonedb"
)

// comparison is what resync does where there is a change log: it reads the whole table over a connection of its own, while the follower goes on. What
// then differs from the copy came past the change log, but for the names that were read again meanwhile: of these the copy knows
// more than the list.
type comparison struct {
	in     *intake
	names  map[string]bool // owner names that were read again since it began
	folded map[string]bool // and by what bad rows would be known of them

	cancel context.CancelFunc
	done   *event // the next two are set
	took   time.Duration
	err    error
}

// errNoSecond means that the server does not let us have a second connection to it.
var errNoSecond = errors.New("no second connection to this server")

// compare begins to read the table beside the follower, unless that is done already.
func (f *follower) compare(ctx context.Context, s *session) error {
	if f.beside != nil {
		return nil
	}
	if err := s.Look(ctx); err != nil { // it may have been altered
		return err
	}
	if !s.HasLog {
		return f.list(ctx, s)
	}
	ctx, cancel := context.WithCancel(ctx)
	c := &comparison{
		in:     f.newIntake(s, f.db.View().Len()),
		names:  map[string]bool{},
		folded: map[string]bool{},
		cancel: cancel,
		done:   newEvent(),
	}
	c.in.waited = false
	f.beside = c
	go func() {
		defer c.done.happen()
		began := time.Now()
		c.err = c.read(ctx, f.database, s.host, s.server)
		c.took = time.Since(began)
	}()
	return nil
}

// read lists the table of the server over another connection.
func (c *comparison) read(ctx context.Context, d *database, host int, server string) error {
	s, err := d.connectTo(ctx, host)
	if table.IsRefusal(err) {
		return errors.Join(errNoSecond, err)
	}
	if err != nil {
		return err
	}
	defer s.close()
	if s.server != server { // a proxy leads to several
		return errNoSecond
	}
	return s.Snapshot(ctx, func() error { return c.in.read(ctx, s) })
}

// over reports whether the table has been read, or reading it has failed.
func (c *comparison) over() bool { return c != nil && c.done.happened() }

// keep notes names that the copy has as they are now.
func (c *comparison) keep(a *again) {
	if c == nil {
		return
	}
	for name := range a.changes {
		c.names[name] = true
	}
	for name := range a.folded {
		c.folded[name] = true
	}
}

// dropComparison ends what is read beside the follower: something better takes its place.
func (f *follower) dropComparison() {
	if c := f.beside; c != nil {
		f.beside = nil
		c.cancel()
		<-c.done.done
	}
}

// finishComparison publishes what was read, and tells of drift. The copy must have caught up with it before.
func (f *follower) finishComparison(ctx context.Context, s *session) error {
	c := f.beside
	f.dropComparison()
	switch {
	case errors.Is(c.err, errNoSecond):
		return f.compareHere(ctx, s)
	case c.err != nil:
		f.report.uncompared(c.err)
		return nil
	}
	c.in.waited = true // by changes, from now on
	kept := 0
	for name := range c.names {
		c.in.load.Keep(name)
		kept++
		c.in.breatheAt(kept)
	}
	c.in.found.keep(c.names, c.folded)
	refused := f.refused // then all that was refused differs, and nothing drifted
	f.listedIn(c.took)
	f.tellDrift(f.publish(c.in), refused)
	return nil
}

// tellDrift tells of what a list found different from the copy, unless the list before was refused.
func (f *follower) tellDrift(changed zonedb.Changed, refused bool) {
	if !refused && changed.Any() {
		f.report.drift(changed)
	}
}

// compareHere is a comparison over the session itself. What the change log has in the very state that is listed is applied before. Changes
// that come later wait for the end.
func (f *follower) compareHere(ctx context.Context, s *session) error {
	refused := f.refused
	changed, err := f.listAfter(ctx, s, func() error { return f.catchUp(ctx, s) })
	if err != nil {
		return f.listInstead(ctx, s, err)
	}
	f.tellDrift(changed, refused)
	return nil
}
