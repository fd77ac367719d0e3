package follow

import (
	"cmp"
	"context"
	"maps"
	"time"

	"github.com/mysqldns/mysqldns/plugin/zonedb"
)

// listHistory is what is to be known of the reads before.
type listHistory struct {
	ended   time.Time     // of the last list
	took    time.Duration // from its beginning
	refused bool          // it had lost more than MaxShrink
}

// list reads the whole table and publishes it in place of the copy.
func (f *Follower) list(ctx context.Context, c *conn) error {
	_, err := f.listAfter(ctx, c, func() error { return nil })
	return err
}

// listAfter lists the table in a snapshot, in which it calls before first. An error leaves the copy as it is.
func (f *Follower) listAfter(ctx context.Context, c *conn, before func() error) (changed zonedb.Changed, err error) {
	f.dropResync()
	start := time.Now()
	stamp, err := c.Inspect(ctx)
	if err != nil {
		return changed, err
	}
	in := f.newIntake(c, int(stamp.Rows))
	var here logPosition
	err = c.Snapshot(ctx, func() (err error) {
		if err = before(); err != nil {
			return err
		}
		var after Stamp // that of what we are reading may be later
		if c.Shape().HasLog {
			here, after, err = findPosition(ctx, c, f.knownLog(c))
		} else {
			after, err = c.Stamp(ctx)
		}
		if err != nil {
			return err
		}
		f.unlogged = unloggedWatch{last: after}
		return in.read(ctx, c)
	})
	if err != nil {
		f.observer.Observe(ListFailed{err})
		return changed, err
	}
	f.setPosition(c, stamp, here)
	f.listedIn(time.Since(start))
	return f.publish(in), nil
}

// knownLog is our position in the change log of a server, if we have one.
func (f *Follower) knownLog(c *conn) *watermark {
	if f.position.server != c.server.ID {
		return nil
	}
	return f.position.log
}

// setPosition notes how far a list has read.
func (f *Follower) setPosition(c *conn, stamp Stamp, here logPosition) {
	now := time.Now()
	f.confirm(c)
	f.position = position{server: c.server.ID, table: stamp}
	if here.mark != nil {
		f.position.log = here.take(now)
	}
	shared := f.position.shared(c.server.ID)
	f.copy.position.Store(&shared)
	f.times.set(checkTable, now.Add(checkInterval))
	f.times.set(audit, now.Add(auditInterval))
}

// publish makes a list the copy, unless that is refused, and says what differs.
func (f *Follower) publish(in *intake) (changed zonedb.Changed) {
	if f.refuses(in.load.Len()) {
		return changed
	}
	changed = f.copy.replace(in.load)
	f.tellListed(in, changed)
	return changed
}

// tellListed says what the copy is after a list.
func (f *Follower) tellListed(in *intake, changed zonedb.Changed) {
	in.found.done()
	f.observer.Observe(Listed{Records: f.Latest().Len(), Skipped: f.rows.skippedByReason(), Took: f.lists.took, Changed: changed.Any()})
	f.lists.refused = false
}

// refuses reports whether a list lost more records than MaxShrink allows; what a snapshot held is no measure for that. The copy then
// stays, and follows on from where that list was read.
func (f *Follower) refuses(records int) bool {
	had := f.Latest().Len()
	if f.cfg.MaxShrink == 0 || !f.copy.wasListed.Reached() || records*100 >= had*(100-f.cfg.MaxShrink) {
		return false
	}
	f.observer.Observe(ListRefused{Records: records, Had: had, Again: f.lists.refused})
	f.lists.refused = true
	f.times.set(resync, time.Now().Add(jitter(retryInterval)))
	return true
}

// listedIn notes that a list was read, and how long that took.
func (f *Follower) listedIn(took time.Duration) {
	f.lists.ended, f.lists.took = time.Now(), took
	f.times.set(resync, f.lists.ended.Add(jitter(f.cfg.Resync)))
}

// retryAfter is when to list again if the list that is due fails.
func (f *Follower) retryAfter() time.Duration {
	return cmp.Or(min(f.cfg.Resync, retryInterval), retryInterval)
}

// skippedByReason counts the rows that are skipped now.
func (r *rowReader) skippedByReason() map[string]int { return maps.Clone(r.skipped.reasons) }
