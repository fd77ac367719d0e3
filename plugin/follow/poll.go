package follow

import (
	"context"
	"errors"
	"time"

	"github.com/mysqldns/mysqldns/plugin/record"
)

// Errors that say that a list is the way to read what changed.
var (
	// errLogCut is returned when our position in the change log is gone: pruned, emptied or begun anew.
	errLogCut = errors.New("the change log no longer reaches back to our position")

	// errTooMany is returned when so much changed that a list is cheaper, or when the change log says so itself, as a transaction
	// does that took longer than lateness.
	errTooMany = errors.New("too many names changed to read each again")

	// errReplaced is returned when names have gone because the table has.
	errReplaced = errors.New("the table was replaced or emptied")
)

func isLogCut(err error) bool { return errors.Is(err, errLogCut) }

// resume goes on from the last session's position if it can. Else it lists.
func (f *Follower) resume(ctx context.Context, c *conn) error {
	if !f.position.resumable(c, f.copy.confirmedAt()) {
		if err := f.list(ctx, c); err != nil {
			return err
		}
	}
	return f.poll(ctx, c, false) // what changed while the list was read: a copy that takes over from another must not be behind it
}

// poll brings the copy up to date once. A whole one takes care that the copy then has all that another copy may have.
func (f *Follower) poll(ctx context.Context, c *conn, whole bool) error {
	if whole {
		if err := c.AwaitCluster(ctx); err != nil {
			return err
		}
	}
	now := time.Now()
	if !c.nodeAside {
		state, err := f.times.lookAtNode(ctx, c, now, c.nodeState)
		if err != nil {
			return err
		}
		f.noteState(c, state)
	}
	if (f.cfg.Resync > 0 || f.lists.refused) && f.times.due(resync, now) {
		f.times.set(resync, now.Add(jitter(f.retryAfter()))) // if it fails: changes do not wait for it
		if f.position.log == nil {
			return f.list(ctx, c)
		}
		if err := f.startResync(ctx, c); err != nil {
			return err
		}
	}
	if f.position.log == nil {
		return f.pollStamp(ctx, c, now, whole)
	}
	return f.pollLog(ctx, c, now)
}

// pollLog looks at the change log, and ends a resync that has read the table.
func (f *Follower) pollLog(ctx context.Context, c *conn, now time.Time) error {
	finishing := f.resync.finished() // before the copy catches up with what that has read
	if finishing {
		if listed, err := f.listIfReplaced(ctx, c); listed || err != nil {
			return err
		}
		if listed, err := f.listIfLate(ctx, c); listed || err != nil {
			return err
		}
	}
	err := f.look(ctx, c, now)
	if finishing && err == nil && f.resync != nil {
		return f.finishResync(ctx, c)
	}
	return err
}

// listInstead lists the table if that is the way to read what changed, as an error says. Other errors it returns.
func (f *Follower) listInstead(ctx context.Context, c *conn, why error) error {
	switch {
	case isLogCut(why):
		f.observer.Observe(Relisting{Why: LogCut, Err: why})
		f.position.lost()
		return f.list(ctx, c)
	case errors.Is(why, errReplaced):
		return f.listUnlogged(ctx, c)
	case errors.Is(why, errTooMany):
		return f.list(ctx, c)
	}
	return why
}

// rereadChanged reads the news and the names in them, and publishes all of it at once. It runs in a snapshot.
func (f *Follower) rereadChanged(ctx context.Context, c *conn) error {
	n, err := readNews(ctx, c, f.position.log)
	if err != nil {
		return err
	}
	if len(n.entries) == 0 {
		return nil
	}
	if f.isTooMany(n) {
		return errTooMany
	}
	again := f.rows.reread(n.names)
	err = c.RowsNamed(ctx, again.spellings, func(row *record.Row) error {
		again.take(row)
		return nil
	})
	if err != nil {
		return err
	}
	return f.takeReread(ctx, c, n, again, nil)
}

// isTooMany reports whether a list is the way to read what changed.
func (f *Follower) isTooMany(n news) bool {
	return n.all || len(n.names) >= relistNames && len(n.names)*relistShare > f.Latest().Len()
}

// takeReread publishes news with what was read of the names in them, unless names have gone with the table, as its stamp says. If that is nil, the server is
// asked for it.
func (f *Follower) takeReread(ctx context.Context, c *conn, n news, again *reread, stamp *Stamp) error {
	if again.emptied() {
		if err := f.checkReplaced(ctx, c, stamp); err != nil {
			return err
		}
	}
	f.copy.apply(again.changes, func() Position {
		f.position.log.see(n.entries, time.Now())
		return f.position.shared(c.server.ID)
	})
	f.resync.keep(again)
	again.done()
	f.unlogged.entriesCame()
	f.position.changed = time.Now()
	f.observer.Observe(Reread{Names: n.names, Skipped: f.rows.skippedByReason(), Lag: n.lag})
	return nil
}

// checkReplaced returns errReplaced if names have gone because the table has: what is gone with it must not go name by name, and not
// past MaxShrink. Without a stamp it asks for one.
func (f *Follower) checkReplaced(ctx context.Context, c *conn, stamp *Stamp) error {
	if stamp == nil {
		now, err := c.Stamp(ctx)
		if err != nil {
			return err
		}
		stamp = &now
	}
	if (tableState{c.server.ID, *stamp}).replaced(f.position.state()) {
		f.observer.Observe(Relisting{Why: Replaced})
		return errReplaced
	}
	return nil
}

// listIfReplaced lists the table if it is another one.
func (f *Follower) listIfReplaced(ctx context.Context, c *conn) (listed bool, err error) {
	err = f.checkReplaced(ctx, c, nil)
	if errors.Is(err, errReplaced) {
		return true, f.listUnlogged(ctx, c)
	}
	return false, err
}

// listIfUnlogged looks for what the change log does not show: another table in place of ours, TRUNCATE, or writes that fire no
// trigger (cascades; or there are no triggers).
func (f *Follower) listIfUnlogged(ctx context.Context, c *conn, stamp Stamp) (listed bool, err error) {
	replaced, relist := tableState{c.server.ID, stamp}.replaced(f.position.state()), f.unlogged.mustRelist()
	unlogged := f.unlogged.look(stamp)
	switch {
	case replaced:
		f.observer.Observe(Relisting{Why: Replaced})
		return true, f.listUnlogged(ctx, c)
	case unlogged:
		f.observer.Observe(Relisting{Why: Unlogged})
		return true, f.listUnlogged(ctx, c)
	case relist:
		f.observer.Observe(Relisting{Why: Logged})
		return true, f.list(ctx, c)
	}
	f.position.table = stamp
	return false, nil
}

// listUnlogged lists the table after changes that were not logged. More of them may come until there is.
func (f *Follower) listUnlogged(ctx context.Context, c *conn) error {
	err := f.list(ctx, c)
	f.unlogged.missedChanges = true
	return err
}

// listIfLate looks for entries that were committed after the watermark had passed their numbers.
func (f *Follower) listIfLate(ctx context.Context, c *conn) (listed bool, err error) {
	began, log := time.Now(), f.position.log
	counted, err := c.CountSince(ctx, log.settled.Since, log.low.Seq)
	if err != nil {
		return false, err
	}
	return f.judgeSettled(ctx, c, counted, began)
}

// judgeSettled lists the table if a count of the settled entries, which began at a time, found some that the copy has not seen.
func (f *Follower) judgeSettled(ctx context.Context, c *conn, counted SinceCount, began time.Time) (listed bool, err error) {
	took := max(time.Since(began)-c.RoundTrip(), 0)
	f.times.set(audit, began.Add(max(auditInterval, auditShare*took)))
	if f.position.log.auditSettled(counted) {
		return false, nil
	}
	f.observer.Observe(Relisting{Why: LateEntries})
	return true, f.list(ctx, c)
}

// pollStamp lists the table again when the server says that it may have changed, and now and then when it can not tell. A whole poll does
// not care how long ago that was.
func (f *Follower) pollStamp(ctx context.Context, c *conn, now time.Time, whole bool) error {
	stamp, err := c.Stamp(ctx)
	if err != nil {
		return err
	}
	rest := f.lists.took // a table that always changes is listed for half of the time at the most
	switch (tableState{c.server.ID, stamp}).since(f.position.state()) {
	case unchanged:
		return nil
	case unknown:
		rest *= listShare
	}
	if !whole && now.Before(f.lists.ended.Add(rest)) {
		return nil
	}
	return f.list(ctx, c)
}
