package mysqldns

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/journal"
)

// schedule decides what to do about a zone, and when. The caller holds mu.
func (v *versions) schedule(apex string, z *journal.Zone, st *versionState) {
	now := time.Now()
	if v.isOwners(z, st) {
		v.followOwner(apex, z, st)
		return
	}
	serial, _, known := z.Version()
	if v.foundContent(z, st); !z.Has() && st.since.IsZero() {
		st.since = now
	}
	var due time.Time
	switch {
	case v.table.writers == nil || !st.looked || z.IsCurrent() && st.had && st.was == serial && !st.restored:
		delete(v.due, apex)
		return
	case !known || !st.had:
		due = now.Add(upTo(versionDelay))
	case st.unlike && st.took == z.Copied():
		delete(v.due, apex) // as it is: the version is adopted
		return
	case st.unlike && !z.Has():
		due = st.since.Add(unlikePatience + upTo(versionPatience))
	case !z.Has():
		due = st.since.Add(versionPatience + upTo(time.Second)) // but not while others take versions
		if next := st.last.Add(versionPatience + upTo(time.Second)); next.After(due) {
			due = next
			delete(v.due, apex)
		}
	default:
		due = now.Add(upTo(versionDelay))
		if next := st.last.Add(versionInterval); next.After(due) {
			due = next
		}
	}
	v.dueBy(apex, due)
}

// dueBy has something done about a zone at a time, unless it is due sooner.
func (v *versions) dueBy(apex string, due time.Time) {
	if already, ok := v.due[apex]; !ok || due.Before(already) {
		v.due[apex] = due
	}
}

// foundContent notes that the content of a version is known which was not: those who were told of the version, and got none or one before it, are told
// again. The caller holds mu.
func (v *versions) foundContent(z *journal.Zone, st *versionState) {
	if !z.Has() || st.since.IsZero() {
		return
	}
	st.since, st.whole = time.Time{}, nil
	v.tell(z.Apex())
}

// act does what is due.
func (v *versions) act(ctx context.Context) {
	var versions []newVersion
	v.mu.Lock()
	now := time.Now()
	held := now.Before(v.writeAgain)
	for apex, due := range v.due {
		z, st := v.zones.Zone(apex), v.states[apex]
		automatic := z != nil && st != nil && !v.isOwners(z, st)
		if due.After(now) || len(versions) == versionBatch || held && automatic {
			continue
		}
		delete(v.due, apex)
		if automatic {
			versions = append(versions, v.prepare(apex, z, st))
		} else if z != nil && st != nil {
			if n, write := v.actOnOwners(apex, z, st); write && held {
				v.dueBy(apex, v.writeAgain)
			} else if write {
				versions = append(versions, n)
			}
		}
	}
	v.mu.Unlock()
	if len(versions) > 0 {
		v.take(ctx, versions)
	}
}

// prepare makes the version that the copy has. The caller holds mu.
func (v *versions) prepare(apex string, z *journal.Zone, st *versionState) (n newVersion) {
	serial, _, known := z.Version()
	n = newVersion{zone: apex, had: st.had, was: st.was, digest: z.Copied(), serial: st.after(serial, time.Now())}
	step := journalRow{serial: n.serial, delta: []byte{}}
	defer func() { n.steps = []journalRow{step} }()
	if !known || !z.Has() {
		n.blind = known
		return n
	}
	n.pending = z.Pending()
	if encoded := n.pending.Encode(); len(encoded) <= journal.MaxDelta && len(encoded) <= historyOf(z) {
		step.from, step.known, step.delta, n.linked = serial, true, encoded, true
	}
	if !st.mine {
		n.check = z.Differ()
	}
	z.Cut(historyOf(z) - len(step.delta))
	if oldest, now := z.Oldest(), time.Now(); z.HistoryFrom() != serial && oldest != st.cutTo && now.Sub(st.cut) >= cutInterval {
		n.oldest, n.cut = oldest, true
	}
	return n
}

// after is the serial of the version behind the known one, 0 if there is none. Others may have taken versions, and served them, that the restore of a
// backup removed before they were seen here: a gap leaves out their serials, each of which would have two contents. It is one at random, since they leave one, too.
func (st *versionState) after(serial uint32, now time.Time) uint32 {
	next := journal.Next(serial, now)
	if st.had && !journal.Newer(next, st.was) {
		next = journal.Next(st.was, now)
	}
	if st.floor != 0 && !journal.Newer(next, st.floor) {
		next = journal.Next(st.floor, now)
	}
	if st.restored {
		next = journal.Next(next+leastGap+rand.Uint32N(mostGap-leastGap), now) //nolint:gosec // keeps no secret
	}
	return next
}

// take writes versions to the database.
func (v *versions) take(ctx context.Context, versions []newVersion) {
	results, err := v.table.take(ctx, versions)
	retry := versionRetry
	if table.IsConflict(err) { // somebody wrote the same rows: they may be free in a moment
		retry = behindWait
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if err != nil {
		if ctx.Err() == nil && !table.IsConflict(err) {
			v.log.notWritten(err)
			versionCount.WithLabelValues(v.labels[0], v.labels[1], "failed").Add(float64(len(versions)))
		}
		v.writeAgain = time.Now().Add(upTo(retry))
		for _, n := range versions {
			v.due[n.zone] = v.writeAgain
			v.unread[n.zone] = true // somebody else may have, or, if the connection broke, we
		}
		return
	}
	v.log.wrote()
	for i, n := range versions {
		z, st := v.zones.Zone(n.zone), v.states[n.zone]
		switch {
		case results[i] == nil:
			v.took(n, z, st)
			versionCount.WithLabelValues(v.labels[0], v.labels[1], "taken").Inc()
		case errors.Is(results[i], errCopyBehind):
			v.due[n.zone] = time.Now().Add(behindWait)
			versionCount.WithLabelValues(v.labels[0], v.labels[1], "behind").Inc()
		default:
			v.unread[n.zone] = true
			versionCount.WithLabelValues(v.labels[0], v.labels[1], "lost").Inc()
		}
	}
}

// took notes that a version was taken. The caller holds mu.
func (v *versions) took(n newVersion, z *journal.Zone, st *versionState) {
	if n.owners {
		st.had, st.was = true, n.serial
		if serial, digest, _ := z.Version(); serial == n.serial && digest == n.digest {
			st.unwritten = false
		}
		return
	}
	if n.cut {
		st.cut, st.cutTo = time.Now(), n.oldest
	}
	if step := n.steps[0]; step.known {
		z.AdvanceEncoded(n.serial, n.digest, n.pending, step.delta)
	} else {
		z.Assume(n.serial, n.digest)
	}
	st.had, st.was, st.mine, st.restored, st.took, st.everTook, st.since, st.whole = true, n.serial, true, false, n.digest, true, time.Time{}, nil
	v.cameTo(n.zone, z, st)
}

// cameTo shows a zone's version, and tells those who want to know. The caller holds mu.
func (v *versions) cameTo(apex string, z *journal.Zone, st *versionState) {
	st.last = time.Now()
	serial, _, _ := z.Version()
	if z.RowSerial() == 0 {
		v.served.set(apex, serial)
	}
	z.Cut(historyOf(z))
	v.bound(z, st)
	v.note(z, st)
	v.tell(apex)
}

// historyOf is how many octets of deltas are kept of a zone: half of what a transfer of all of it has.
func historyOf(z *journal.Zone) int { return max(z.Octets()/2, leastHistory) }

// bound keeps the deltas of all zones within bounds: the zone that comes last gives its own up. The caller holds mu.
func (v *versions) bound(z *journal.Zone, st *versionState) {
	v.history += z.HistoryOctets() - st.history
	st.history = z.HistoryOctets()
	if v.history > mostHistory {
		z.Forget()
		v.history -= st.history
		st.history = 0
	}
}
