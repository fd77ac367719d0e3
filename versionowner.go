package mysqldns

import (
	"time"

	"github.com/mysqldns/mysqldns/plugin/journal"
)

// Zones whose serial is their owner's business have a version where that moves. Each instance sees it move by itself. What an instance with write_dsn writes
// to the database is for others that start later: how that version came to be, or that its serial had other content before.

// isOwners reports whether the zone's serial is its owner's business: because it is not 0, or because nothing else moves it.
func (v *versions) isOwners(z *journal.Zone, st *versionState) bool {
	return z.RowSerial() != 0 || v.absent || st.looked && !st.had && v.table.writers == nil
}

// isKept reports whether the versions of a zone whose serial is its owner's are in the database. The caller holds mu.
func (v *versions) isKept(z *journal.Zone) bool { return z.RowSerial() != 0 && !v.absent }

// followOwner takes a version where the owner of a zone gave it another serial. The caller holds mu.
func (v *versions) followOwner(apex string, z *journal.Zone, st *versionState) {
	serial := z.RowSerial()
	was, _, known := z.Version()
	switch {
	case !known && v.isKept(z) && !st.looked && !v.unreachable: // the database may say how it came to be
		return
	case known && was == serial && z.IsCurrent():
		st.silent = time.Time{}
		v.scheduleOwner(apex, z, st)
		return
	case known && was == serial:
		if st.silent.IsZero() {
			st.silent = time.Now()
		}
		v.scheduleOwner(apex, z, st)
		return
	case known && journal.Newer(serial, was) && z.Has():
		z.Advance(serial, z.Copied(), z.Pending())
		if st.broken {
			z.Forget()
		}
	default:
		if known {
			v.log.wentBack(apex, was, serial)
		}
		z.Assume(serial, z.Copied())
	}
	st.broken, st.silent, st.unwritten = false, time.Time{}, true
	v.cameTo(apex, z, st)
	v.scheduleOwner(apex, z, st)
}

// scheduleOwner decides when to write a version, and when to find that content changed and the serial did not. The caller holds mu.
func (v *versions) scheduleOwner(apex string, z *journal.Zone, st *versionState) {
	due := time.Time{}
	if !st.silent.IsZero() {
		due = st.silent.Add(ownerGrace)
	}
	if v.writesOwners(z, st) {
		if soon := time.Now().Add(upTo(versionDelay)); due.IsZero() || soon.Before(due) {
			due = soon
		}
	}
	if due.IsZero() {
		delete(v.due, apex)
		return
	}
	v.dueBy(apex, due)
}

// writesOwners reports whether the zone's version is to be written to the database. The caller holds mu.
func (v *versions) writesOwners(z *journal.Zone, st *versionState) bool {
	return st.unwritten && st.looked && v.table.writers != nil && v.isKept(z)
}

// actOnOwners does what is due about a zone, and returns the version to write, if there is one. The caller holds mu.
func (v *versions) actOnOwners(apex string, z *journal.Zone, st *versionState) (n newVersion, write bool) {
	serial, _, known := z.Version()
	if !known {
		return n, false
	}
	if !st.silent.IsZero() && time.Since(st.silent) >= ownerGrace && serial == z.RowSerial() && !z.IsCurrent() {
		v.breakVersion(apex, z, st)
	}
	if write = v.writesOwners(z, st); write {
		n = prepareOwners(z, st)
	}
	if !st.silent.IsZero() {
		v.due[apex] = st.silent.Add(ownerGrace)
	}
	return n, write
}

// breakVersion makes the copy the content of a version whose serial the owner did not change. From then on no delta leads on from that serial: some
// secondaries may have the one content and some the other. The caller holds mu.
func (v *versions) breakVersion(apex string, z *journal.Zone, st *versionState) {
	serial, _, _ := z.Version()
	z.Assume(serial, z.Copied())
	if !st.unversioned {
		v.log.unversioned(apex, serial)
	}
	st.unversioned, st.broken, st.unwritten, st.silent = true, true, true, time.Time{}
	v.note(z, st)
}

// brokenDelta stands in the journal for a version whose serial had other content before.
var brokenDelta = []byte{0}

// prepareOwners makes what the database is to have of a zone's version: the steps to it from the one that it has; if that is unknown, all there are.
func prepareOwners(z *journal.Zone, st *versionState) newVersion {
	serial, digest, _ := z.Version()
	n := newVersion{zone: z.Apex(), owners: true, had: st.had, was: st.was, serial: serial, digest: digest}
	for _, saved := range z.SavedSince(st.was, st.broken) {
		n.steps = append(n.steps, journalRow{serial: saved.Serial, from: saved.From, known: saved.Known, delta: saved.Delta})
	}
	newest := &n.steps[len(n.steps)-1]
	switch {
	case st.broken:
		newest.delta = brokenDelta
	case !newest.known:
		newest.delta = []byte{}
	}
	if n.linked = st.had && n.steps[0].known && n.steps[0].from == st.was; n.linked && z.HistoryFrom() != serial {
		n.oldest, n.cut = z.Oldest(), true
	}
	return n
}

// learnOwners compares the version of a zone whose serial is its owner's with what the database has. The caller holds mu.
func (v *versions) learnOwners(apex string, z *journal.Zone, st *versionState, row versionRow, steps []journalRow) {
	serial, digest, known := z.Version()
	same := st.had && row.serial == z.RowSerial()
	switch {
	case !known && same && row.digest == z.Copied():
		v.adopt(z, row, steps)
		st.broken, st.unwritten = isBroken(row.serial, steps), false
		v.cameTo(apex, z, st)
	case known && same && row.serial == serial && row.digest == digest:
		st.unwritten = false
	case known && same && row.serial == serial: // one serial, two contents: no delta leads on
		st.broken, st.unwritten = true, false
		z.Forget()
		if !st.unlike {
			st.unlike = true
			v.log.unlikeOwners(apex, serial)
		}
		v.note(z, st)
	}
}

// isBroken reports whether the serial of a version had other content before.
func isBroken(serial uint32, steps []journalRow) bool {
	for _, step := range steps {
		if step.serial == serial {
			return !step.known && string(step.delta) == string(brokenDelta)
		}
	}
	return false
}
