package mysqldns

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/mysqldns/mysqldns/plugin/journal"
)

// look reads from the database what others took.
func (v *versions) look(ctx context.Context) {
	now := time.Now()
	v.mu.Lock()
	if now.After(v.nextPoll) {
		v.nextPoll = now.Add(v.pollInterval())
		for apex, z := range v.zones.All() {
			if z.RowSerial() == 0 {
				v.unread[apex] = true
			}
			if st := v.states[apex]; st != nil && !st.since.IsZero() && now.Sub(st.since) > wholePatience {
				st.whole = nil
			}
		}
	}
	q := v.inquire()
	v.mu.Unlock()
	if len(v.unread) == 0 || now.Before(v.retry) {
		return
	}
	rows, steps, err := v.table.look(ctx, q.known, q.fresh, q.owners)
	unlike := v.learnAll(ctx, q, rows, steps, err)
	if len(unlike) == 0 {
		return
	}
	if lags, err := v.table.copyLags(ctx); err == nil && !lags {
		v.foundUnlike(unlike)
	}
}

// inquiry is the zones of one look, by what is known of them.
type inquiry struct {
	known         map[string]uint32 // with their versions
	fresh, owners []string
}

// mostAsked is how many zones a look asks for, and mostFresh for how many whole journals: the server may be far away, and the journals long.
const (
	mostAsked = 5 * versionBatch
	mostFresh = versionBatch
)

// inquire chooses zones that are to be looked at, not more than a look can be asked for. The caller holds mu.
func (v *versions) inquire() inquiry {
	q := inquiry{known: map[string]uint32{}}
	for apex := range v.unread {
		z := v.zones.Zone(apex)
		if z == nil || z.RowSerial() != 0 && v.absent {
			delete(v.unread, apex)
			continue
		}
		if len(q.fresh) == mostFresh || len(q.known)+len(q.owners) == mostAsked {
			break
		}
		serial, _, ok := z.Version()
		switch {
		case !ok:
			q.fresh = append(q.fresh, apex)
		case z.RowSerial() != 0:
			q.owners = append(q.owners, apex) // it is known here how its version came to be
		default:
			q.known[apex] = serial
		}
	}
	return q
}

// all are the zones.
func (q inquiry) all() []string {
	return slices.Concat(q.fresh, q.owners, slices.Collect(maps.Keys(q.known)))
}

// learnAll takes over what a look found, and returns zones of which others may make different content of the same rows.
func (v *versions) learnAll(ctx context.Context, q inquiry, rows map[string]versionRow, steps map[string][]journalRow, err error) (unlike []string) {
	now := time.Now()
	v.mu.Lock()
	defer v.mu.Unlock()
	absent := errors.Is(err, errNoVersions)
	if err != nil && !absent {
		if ctx.Err() == nil {
			v.log.notRead(err)
		}
		v.retry = now.Add(upTo(versionRetry))
		v.lostSight()
		return nil
	}
	v.unreachable = false
	if absent && v.anyAutomatic() {
		v.log.absent(err)
	}
	v.absent = absent
	if !absent {
		v.log.read()
	}
	zones := q.all()
	if absent { // what holds for some holds for all
		zones = slices.Collect(maps.Keys(v.unread))
	}
	for _, apex := range zones {
		row, ok := rows[apex]
		if v.learn(apex, row, ok, steps[apex]) {
			unlike = append(unlike, apex)
		}
		delete(v.unread, apex)
	}
	return unlike
}

// foundUnlike notes that others make different content of the same rows of some zones, where that is still so.
func (v *versions) foundUnlike(zones []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, apex := range zones {
		z, st := v.zones.Zone(apex), v.states[apex]
		if z == nil || st == nil || !st.mayBeUnlike(z) {
			continue
		}
		st.unlike = true
		v.log.unlike(apex)
		v.schedule(apex, z, st)
	}
}

// mayBeUnlike reports whether others took a version whose content is not known, after one that was taken here of the same rows as far as the copy knows.
func (st *versionState) mayBeUnlike(z *journal.Zone) bool {
	return z.RowSerial() == 0 && st.everTook && st.took == z.Copied() && !z.Has() && !st.unlike
}

// lostSight notes that the database cannot be looked at: zones whose serial is their owner's do not wait for it. The caller holds mu.
func (v *versions) lostSight() {
	v.unreachable = true
	for apex := range v.unread {
		if z, st := v.zones.Zone(apex), v.states[apex]; z != nil && st != nil && z.RowSerial() != 0 {
			v.schedule(apex, z, st)
		}
	}
}

// anyAutomatic reports whether any zone asks for serials that move by themselves. The caller holds mu.
func (v *versions) anyAutomatic() bool {
	for _, z := range v.zones.All() {
		if z.RowSerial() == 0 {
			return true
		}
	}
	return false
}

// pollInterval is how often to look at all versions.
func (v *versions) pollInterval() time.Duration {
	if s := v.table.session; s != nil && !s.HasLog {
		return pollByAge
	}
	return pollByLog
}

// learn takes over the version that the database has of a zone, if it has one, and reports whether its content may be another than is made here of the same
// rows. The caller holds mu.
func (v *versions) learn(apex string, row versionRow, ok bool, steps []journalRow) (mayBeUnlike bool) {
	z, st := v.zones.Zone(apex), v.states[apex]
	if z == nil || st == nil {
		return false
	}
	again, had := st.looked, st.had
	st.looked, st.had, st.was, st.restored = true, ok, row.serial, false
	serial, digest, known := z.Version()
	switch {
	case z.RowSerial() != 0:
		v.learnOwners(apex, z, st, row, steps)
	case !ok:
		st.restored = had
		if again && v.table.writers == nil && !v.absent { // the first time, another instance may be about to
			v.log.nobodyWrites(apex)
		}
	case known && serial == row.serial && digest == row.digest:
	case known && !journal.Newer(row.serial, serial), !known && st.floor != 0 && journal.Newer(st.floor, row.serial):
		st.restored = true // what was served counts
	default:
		if z.Has() {
			before := z.Snapshot()
			st.whole = &before
		}
		if v.adopt(z, row, steps); z.Has() {
			st.whole = nil
		}
		st.mine = false
		if z.IsCurrent() {
			st.unlike = false
		}
		mayBeUnlike = st.mayBeUnlike(z)
		v.cameTo(apex, z, st)
	}
	v.schedule(apex, z, st)
	return mayBeUnlike
}

// adopt makes a version known that somebody else took.
func (v *versions) adopt(z *journal.Zone, row versionRow, steps []journalRow) {
	serial, _, known := z.Version()
	by := map[uint32]journalRow{}
	for _, step := range steps {
		by[step.serial] = step
	}
	var way []journalRow // back from the version
	for at := row.serial; ; {
		step, ok := by[at]
		if !ok || !step.known || known && at == serial {
			break
		}
		delete(by, at)
		way = append(way, step)
		at = step.from
	}
	if known && len(way) > 0 && way[len(way)-1].from == serial && advance(z, way, row.digest) {
		return
	}
	chain := []journal.Saved{{Zone: z.Apex(), Serial: row.serial}}
	if len(way) > 0 {
		chain = nil
	}
	for i := len(way) - 1; i >= 0; i-- {
		chain = append(chain, journal.Saved{Zone: z.Apex(), Serial: way[i].serial, Known: true, From: way[i].from, Delta: way[i].delta})
	}
	chain[len(chain)-1].Digest = row.digest
	z.Restore(chain)
}

// advance goes the way from the version known to the newest, whose digest is given. It reports whether it could.
func advance(z *journal.Zone, way []journalRow, digest journal.Digest) bool {
	deltas := make([]journal.Delta, len(way))
	for i, step := range way {
		var err error
		if deltas[i], err = journal.DecodeDelta(step.delta); err != nil {
			return false
		}
	}
	for i := len(way) - 1; i >= 0; i-- {
		made := journal.Digest{} // unknown for the versions between
		if i == 0 {
			made = digest
		}
		z.AdvanceEncoded(way[i].serial, made, deltas[i], way[i].delta)
	}
	return true
}
