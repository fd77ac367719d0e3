package follow

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/mysqldns/mysqldns/plugin/zonedb"
)

// comparison is a resync where there is a change log: it reads the whole table over a session of its own, while the follower goes on. What
// then differs from the copy came past the change log, but for the names that were read again meanwhile: of these the copy knows
// more than the list.
type comparison struct {
	in     *intake
	reread *rereadNames // since it began
	cancel context.CancelFunc
	done   *Milestone // the next three are set
	took   time.Duration
	err    error
	few    bool // names differ: load.Patch has them
}

// errNoSecond is returned when the server does not let us have a second session.
var errNoSecond = errors.New("no second connection to this server")

// startResync begins to read the table concurrently, unless that is done already.
func (f *Follower) startResync(ctx context.Context, c *conn) error {
	if f.resync != nil {
		return nil
	}
	if _, err := c.Inspect(ctx); err != nil {
		return err
	}
	if !c.Shape().HasLog {
		return f.list(ctx, c)
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &comparison{
		in:     f.newIntake(c, f.Latest().Len()),
		reread: newRereadNames(),
		cancel: cancel,
		done:   NewMilestone(),
	}
	r.in.pace.urgent = false
	f.resync = r
	server := c.server
	go func() {
		defer r.done.Reach()
		began := time.Now()
		r.err = f.readConcurrently(ctx, r.in, server)
		r.took = time.Since(began)
		if r.err == nil {
			r.few = r.in.load.Compare(ctx)
		}
	}()
	return nil
}

// readConcurrently lists the table of a server over another session with it.
func (f *Follower) readConcurrently(ctx context.Context, in *intake, server Server) error {
	c, err := f.tryDial(ctx, server.Host, true)
	if errors.Is(err, ErrRefused) {
		return errors.Join(errNoSecond, err)
	}
	if err != nil {
		return err
	}
	defer c.Close()
	if c.server.ID != server.ID { // a proxy leads to several
		return errNoSecond
	}
	if err := c.Snapshot(ctx, func() error { return in.read(ctx, c) }); err != nil {
		return c.Explain(err)
	}
	return nil
}

// finished reports whether the table has been read, or reading it has failed.
func (r *comparison) finished() bool { return r != nil && r.done.Reached() }

// keep notes names that the copy has as they are now.
func (r *comparison) keep(a *reread) {
	if r != nil {
		r.reread.add(a)
	}
}

// dropResync ends what is read concurrently: something better takes its place.
func (f *Follower) dropResync() {
	if r := f.resync; r != nil {
		f.resync = nil
		r.cancel()
		<-r.done.Done()
	}
}

// finishResync publishes what was read, and tells of drift. The copy must have caught up with it before.
func (f *Follower) finishResync(ctx context.Context, c *conn) error {
	r := f.resync
	f.dropResync()
	switch {
	case errors.Is(r.err, errNoSecond):
		return f.resyncHere(ctx, c)
	case r.err != nil:
		f.observer.Observe(ResyncFailed{r.err})
		return nil
	}
	r.in.found.keep(r.reread)
	refused := f.lists.refused // then all that was refused differs, and nothing drifted
	f.listedIn(r.took)
	if r.few {
		f.tellDrift(f.amend(r), refused)
		return nil
	}
	r.in.pace.urgent = true // changes wait for it from now on
	kept := 0
	for name := range r.reread.owners {
		r.in.load.Keep(name)
		kept++
		r.in.pace.step(kept)
	}
	f.tellDrift(f.publish(r.in), refused)
	return nil
}

// amend publishes what differs, unless that is refused. What is equal, which mostly is all, was found so before: changes wait for no more than the names that differ.
func (f *Follower) amend(r *comparison) (changed zonedb.Changed) {
	patch := r.in.load.Patch(maps.Keys(r.reread.owners))
	if f.refuses(patch.Len()) {
		return changed
	}
	changed = f.copy.amend(patch)
	f.tellListed(r.in, changed)
	return changed
}

// tellDrift tells of what a list found different from the copy, unless the list before was refused.
func (f *Follower) tellDrift(changed zonedb.Changed, refused bool) {
	if !refused && changed.Any() {
		f.observer.Observe(Drifted{changed})
	}
}

// resyncHere is a resync over the session itself. What the change log has in the very state that is listed is applied before. Changes
// that come later wait for the end.
func (f *Follower) resyncHere(ctx context.Context, c *conn) error {
	refused := f.lists.refused
	changed, err := f.listAfter(ctx, c, func() error { return f.rereadChanged(ctx, c) })
	if err != nil {
		return f.listInstead(ctx, c, err)
	}
	f.tellDrift(changed, refused)
	return nil
}
