package mysqldns

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/plugin/follow"
	"github.com/mysqldns/mysqldns/plugin/journal"
	"github.com/mysqldns/mysqldns/plugin/zonedb"
)

const (
	versionDelay    = 100 * time.Millisecond // at most, at random, before a version is taken: so that mostly one instance does
	versionInterval = time.Second            // between versions of a zone
	versionPatience = 3 * time.Second        // how long to wait, where a version's content is not known, for others to take one that can be
	unlikePatience  = time.Minute            // the same where others make different content of the same rows
	wholePatience   = time.Hour              // how long the last version whose content was known is kept, and with it a whole state of the copy
	cutInterval     = 10 * time.Second       // between cuts of a zone's journal in the database
	behindWait      = 200 * time.Millisecond // before looking again whether the copy has caught up with the version
	ownerGrace      = 2 * time.Second        // between a change and the serial that an owner gives it
	versionRetry    = 5 * time.Second        // after an error of the database
	leastGap        = 60                     // between the serials known before a backup was restored and those after
	mostGap         = 3600

	pollByLog = 10 * time.Second // between looks at all versions, in case an entry of the change log was missed
	pollByAge = time.Second      // the same without a change log

	leastHistory = 64 << 10 // octets of deltas kept of a zone, however small it is
	mostHistory  = 64 << 20 // of all zones
)

// versions keeps the versions of a copy's zones in step with the database: it learns those that others take, and takes one itself where the copy has
// moved on and the source says where to write. One goroutine runs it; what is behind mu others may use, too.
type versions struct {
	source    *source
	keepOrder func()                 // makes the copy keep its names in order
	reserved  func(apex string) bool // whether it is the name of something else than a zone of rows
	table     *versionTable
	moves     *moves
	served    serials
	looked    *follow.Milestone // the first look at the database is over, or there was nothing to look for
	log       versionLog
	labels    [2]string // of metrics
	file      *versionFile

	// Of the goroutine.
	due      map[string]time.Time // when something is to be done about a zone
	unread   map[string]bool      // zones whose versions in the database are to be looked at
	nextPoll time.Time
	retry    time.Time // no look at the database before, after an error

	writeAgain time.Time // no version is written before, after an error

	mu          sync.Mutex
	zones       *journal.Zones
	saved       map[string][]journal.Saved // what the file has of zones that the copy did not have yet
	unsaved     []journal.Saved            // what it has not
	states      map[string]*versionState
	absent      bool // there are no tables of versions
	unreachable bool // the last look at the database failed
	history     int  // octets of deltas kept of all zones
	transfers   bool // somebody wants to transfer zones
	listeners   map[*MySQLDNS]func(apex string)
}

// versionState is what is known of a zone's version besides its content.
type versionState struct {
	looked   bool // in the database
	had      bool // it has a version there, which is
	was      uint32
	mine     bool           // the version was taken here
	took     journal.Digest // what the copy had when a version was taken here
	everTook bool
	unlike   bool             // others make different content of the same rows
	since    time.Time        // when the content of the version was last found unknown; zero if it is known
	last     time.Time        // when the version came
	cut      time.Time        // when the journal in the database was cut last …
	cutTo    uint32           // … and to which serial
	history  int              // octets of deltas that are counted in versions.history
	whole    *journal.Version // the last whose content was known, while that of the one known now is not

	floor       uint32    // the serial that the zone was served with before it was gone for a while; 0 for none
	restored    bool      // the version in the database is not one behind the known one, as after the restore of a backup
	filed       uint32    // the serial of the version that was noted for the file last
	unversioned bool      // its content changed under one serial
	broken      bool      // … and did so under the present one, from which no delta leads
	silent      time.Time // since when its content is another, and its owner's serial the same; zero if it is not so
	unwritten   bool      // the owner's version is to be written to the database
}

func newVersions(s *source) (*versions, error) {
	readers, writers, err := openBoth(s)
	if err != nil {
		return nil, err
	}
	v := &versions{
		source:    s,
		table:     &versionTable{table: s.table, ttl: s.ttl, readers: readers, writers: writers},
		reserved:  func(string) bool { return false },
		moves:     newMoves(),
		looked:    follow.NewMilestone(),
		log:       versionLog{table: s.table.String()},
		file:      &versionFile{path: besideSnapshot(s.snapshot), source: s.String()},
		labels:    s.labels(),
		due:       map[string]time.Time{},
		unread:    map[string]bool{},
		states:    map[string]*versionState{},
		listeners: map[*MySQLDNS]func(string){},
	}
	v.table.behind = v.table.isBehind
	v.zones = journal.NewZones(func(apex string, serial uint32) bool { return (v.transfers || serial == 0) && !v.reserved(apex) })
	return v, nil
}

// run keeps the versions until ctx ends.
func (v *versions) run(ctx context.Context) {
	defer v.table.closeAll()
	defer v.file.close()
	v.mu.Lock()
	v.saved = v.file.load()
	v.mu.Unlock()
	for ctx.Err() == nil {
		timer := time.NewTimer(v.rest())
		select {
		case <-ctx.Done():
		case <-v.moves.some:
		case <-timer.C:
		}
		timer.Stop()
		moved := v.follow()
		v.look(ctx)
		v.act(ctx)
		v.save()
		if moved && len(v.unread) == 0 {
			v.looked.Reach()
		}
	}
}

// firstVersions is how long a starting server waits for the versions in the database.
const firstVersions = 3 * time.Second

// awaitFirst waits until the versions in the database are known, so that no serial is shown that is older than one before; or until the time is over.
func (v *versions) awaitFirst(most time.Duration) {
	select {
	case <-v.looked.Done():
	case <-time.After(most):
	}
}

// rest is how long nothing is to be done.
func (v *versions) rest() time.Duration {
	now := time.Now()
	next := now.Add(pollByLog)
	if len(v.zones.All()) > 0 && v.nextPoll.Before(next) {
		next = v.nextPoll
	}
	if len(v.unread) > 0 && v.retry.Before(next) {
		next = v.retry
	}
	for _, due := range v.due {
		if due.Before(v.writeAgain) {
			due = v.writeAgain
		}
		if due.Before(next) {
			next = due
		}
	}
	return max(next.Sub(now), time.Millisecond)
}

// follow takes the zones to the last state of the copy, and reports whether there has been one.
func (v *versions) follow() bool {
	after, names, ok := v.moves.take()
	if after == nil {
		return v.zones.Moved()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if !ok && v.wantsAny(after) {
		v.keepOrder()
		after = after.InOrder()
	}
	for apex, z := range v.zones.Move(after, names, ok) {
		v.changed(apex, z)
	}
	if !ok {
		v.nextPoll = time.Time{}
	}
	for _, name := range names { // the change log names a zone whose version is another
		if z := v.zones.Zone(name); z != nil && (z.RowSerial() == 0 || v.isKept(z)) {
			v.unread[name] = true
		}
	}
	for apex := range v.states {
		if len(v.states) == len(v.zones.All()) {
			break
		}
		if v.zones.Zone(apex) == nil {
			v.history -= v.states[apex].history
			delete(v.states, apex)
			delete(v.due, apex)
			delete(v.unread, apex)
		}
	}
	return true
}

// wantsAny reports whether versions of any zone are wanted.
func (v *versions) wantsAny(view *zonedb.View) bool {
	if v.transfers {
		return true
	}
	for _, apex := range view.Zones() {
		if journal.RowSerial(view, apex) == 0 {
			return true
		}
	}
	return false
}

// changed notes that a zone's content or the serial of its row changed. The caller holds mu.
func (v *versions) changed(apex string, z *journal.Zone) {
	st := v.states[apex]
	if st == nil {
		st = new(versionState)
		v.states[apex] = st
		if served := v.served.find(apex); served != nil { // the zone was gone
			st.floor = served.Load()
		}
		v.restore(z, st)
	}
	if serial, _, known := z.Version(); known && z.RowSerial() == 0 { // also where it was the owner's until now
		v.served.set(apex, serial)
	}
	if !st.looked && (z.RowSerial() == 0 || v.isKept(z)) {
		v.unread[apex] = true
	}
	if st.looked || z.RowSerial() != 0 {
		v.schedule(apex, z, st)
	}
}

// tell tells those who want to know that a zone has a version. The caller holds mu.
func (v *versions) tell(apex string) {
	for _, tell := range v.listeners {
		tell(apex)
	}
}

// listen has tell called, which must not block, with each new version of any zone, until the function that is returned is called. From now on
// versions of all zones are kept.
func (v *versions) listen(m *MySQLDNS, tell func(apex string)) (stop func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.listeners[m] = tell
	for apex := range v.zones.All() {
		tell(apex)
	}
	if !v.transfers {
		v.transfers = true
		v.moves.anyName()
	}
	return func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		delete(v.listeners, m)
	}
}

// version returns the version of a zone, and about how large a transfer of all of it is; false if none is known.
func (v *versions) version(apex string) (version journal.Version, octets int, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	z := v.zones.Zone(apex)
	if z == nil {
		return version, 0, false
	}
	if _, _, known := z.Version(); !known {
		return version, 0, false
	}
	return z.Snapshot(), z.Octets(), true
}

// wholeVersion returns the newest version of a zone whose content is known; false if there is none.
func (v *versions) wholeVersion(apex string) (journal.Version, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	z, st := v.zones.Zone(apex), v.states[apex]
	switch {
	case z != nil && z.Has():
		return z.Snapshot(), true
	case z != nil && st != nil && st.whole != nil:
		return *st.whole, true
	}
	return journal.Version{}, false
}

// counts returns how many zones change without versions, and how many octets of deltas are kept.
func (v *versions) counts() (unversioned, octets int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for apex, z := range v.zones.All() {
		st := v.states[apex]
		if st != nil && (st.unversioned || z.RowSerial() == 0 && st.looked && v.isOwners(z, st)) {
			unversioned++
		}
		octets += z.HistoryOctets()
	}
	return unversioned, octets
}

// upTo is a time at random.
func upTo(most time.Duration) time.Duration {
	return time.Duration(rand.Int64N(int64(most))) //nolint:gosec // spreads load, keeps no secret
}
