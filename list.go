package mysqldns

import (
	"context"
	"time"

	"github.com/mysqldns/mysqldns/plugin/zonedb"
)

// list reads the whole table and publishes it in place of the copy.
func (f *follower) list(ctx context.Context, s *session) error {
	_, err := f.listAfter(ctx, s, func() error { return nil })
	return err
}

// listAfter lists the table in a snapshot, in which it calls before first. An error leaves the copy as it is.
func (f *follower) listAfter(ctx context.Context, s *session, before func() error) (changed zonedb.Changed, err error) {
	f.dropComparison()
	if err := s.Look(ctx); err != nil { // it may have been altered
		return changed, err
	}
	start := time.Now()
	g, err := s.readGate(ctx)
	if err != nil {
		return changed, err
	}
	in := f.newIntake(s, int(g.stamp.rows))
	var here place
	err = s.Snapshot(ctx, func() (err error) {
		if err = before(); err != nil {
			return err
		}
		var had *watermark
		if f.server == s.server {
			had = f.place.log
		}
		if here, err = s.readPlace(ctx, g, had); err != nil {
			return err
		}
		after, err := s.readGate(ctx) // the stamps of what we are reading may be later than g's
		if err != nil {
			return err
		}
		f.stray = strayWatch{last: after.stamp}
		return in.read(ctx, s)
	})
	if err != nil {
		f.report.unlisted()
		return changed, err
	}
	f.follows(s, here)
	f.listedIn(time.Since(start))
	return f.publish(in), nil
}

// publish makes a list the copy, unless that is refused, and says what differs.
func (f *follower) publish(in *intake) (changed zonedb.Changed) {
	if f.refuses(in.load.Len()) {
		return changed
	}
	f.still.Lock()
	f.publishing.Lock()
	changed = in.load.Commit()
	f.loaded.Store(true)
	f.publishing.Unlock()
	f.still.Unlock()
	in.found.done()
	f.report.listed(f.db.View().Len(), f.rows.skipped(), f.listTook, changed.Any())
	f.refused = false
	return changed
}

// refuses reports whether a list lost more records than max_shrink allows; what a snapshot held is no measure for that. The copy then
// stays, and follows on from where that list was read.
func (f *follower) refuses(records int) bool {
	had := f.db.View().Len()
	if f.source.maxShrink == 0 || !f.listed.happened() || records*100 >= had*(100-f.source.maxShrink) {
		return false
	}
	if !f.refused {
		log.Errorf("refusing a list of %s: it has %d records, the copy %d, and max_shrink is %d percent. Answering from the copy. "+
			"To accept it, reload with another max_shrink or without, or restart CoreDNS", f.source.table, records, had, f.source.maxShrink)
	}
	f.refused = true
	f.report.refused()
	f.nextList = time.Now().Add(jitter(refusedInterval))
	return true
}

// listedIn notes that a list was read, and how long that took.
func (f *follower) listedIn(took time.Duration) {
	f.listEnd, f.listTook = time.Now(), took
	f.nextList = f.listEnd.Add(jitter(f.source.resync))
}
