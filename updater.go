package mysqldns

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/update"

	"github.com/miekg/dns"
)

const (
	updateWithin = 2 * time.Second // for the transaction, all tries of it: clients give up after some seconds
	updateTries  = 3               // that fail because of another transaction, or with the connection
	updateShown  = time.Second     // for the copy to have what was written
	updateSlots  = 8               // transactions at a time
	updateRows   = 100_000         // at the names of one message

	receiptsEvery = 10 * time.Second // receipts that have expired are deleted
)

// updater carries out the updates of one server block.
type updater struct {
	copy    *tableCopy
	writers *writers
	ttl     uint32 // seconds, of rows whose ttl is NULL
	slots   chan struct{}
	idle    chan *updateSession
	closed  atomic.Bool

	forgetful sync.Once    // it was said that no receipts are kept
	untidy    sync.Once    // it was said that they are not deleted
	tidied    atomic.Int64 // when receipts were last deleted, as UNIX time
}

// updateSession is a connection that is prepared for updates.
type updateSession struct {
	*table.Session
	writer *table.Writer
}

func newUpdater(c *tableCopy, w *writers, ttl uint32) *updater {
	return &updater{copy: c, writers: w, ttl: ttl, slots: make(chan struct{}, updateSlots), idle: make(chan *updateSession, updateSlots)}
}

// close ends the sessions that are not in use; an update that still is under way ends its own. None may begin after it.
func (u *updater) close() {
	u.closed.Store(true)
	u.endIdle()
	u.writers.close()
}

// endIdle ends the sessions that are not in use.
func (u *updater) endIdle() {
	for {
		select {
		case s := <-u.idle:
			s.Conn.Close()
		default:
			return
		}
	}
}

// outcomeUnknown reports whether it is unknown if the table has a change.
func outcomeUnknown(err error) bool { return errors.Is(err, table.ErrUnknownOutcome) }

// carryOut makes what a message says of the rows of a zone, and waits until the copy shows it. An error that is an *update.Error is the client's. After
// every error nothing has changed, unless outcomeUnknown.
//
// Where the serial is the owner's, it moves in the transaction itself. Where it moves by itself, the version that has the change is taken afterwards, as after any
// other change of rows (versions.go): within a second or so, by whichever instance is first. RFC 2136 (3.6) would have the serial move before a changed name is
// answered; transfers keep that, as they send versions. A version taken in the transaction would not be worth what it costs: rows are also written with plain
// SQL, which locks no zone, so the delta from the last version would have to be found name by name under the lock, by an instance that happens to know that
// version; and a zone with hundreds of updates a second would have as many versions, with an entry of the journal and a NOTIFY each, and serials
// ahead of the clock. As it is, it has one a second, which has them all.
//
// A message whose receipt is there is not carried out: the error then is a *table.Repeated.
func (u *updater) carryOut(ctx context.Context, apex string, message *update.Message, receipt table.Receipt) (*update.Changes, error) {
	changes, err := u.commit(ctx, apex, message, receipt)
	if err != nil {
		return nil, table.Explain(err, u.writers.table)
	}
	if changes.Any() {
		u.awaitCopy(ctx, apex, changes)
	}
	return changes, nil
}

// commit tries the transaction until it succeeds or fails for good.
func (u *updater) commit(ctx context.Context, apex string, message *update.Message, receipt table.Receipt) (*update.Changes, error) {
	ctx, cancel := context.WithTimeout(ctx, updateWithin)
	defer cancel()
	select {
	case u.slots <- struct{}{}:
		defer func() { <-u.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%d updates are being carried out already: %w", updateSlots, ctx.Err())
	}
	for try := 1; ; try++ {
		changes, err := u.try(ctx, apex, message, receipt)
		if err == nil || try == updateTries || ctx.Err() != nil || !worthAnotherTry(err) {
			return changes, err
		}
		sleep(ctx, rand.N(time.Duration(try)*20*time.Millisecond))
	}
}

// worthAnotherTry reports whether a transaction may succeed that failed: it met another one, or its connection was an old one that had ended or was to a
// server that has become a replica.
func worthAnotherTry(err error) bool {
	return table.IsConflict(err) || table.IsReadOnly(err) || !table.IsRefusal(err) && !outcomeUnknown(err) && !isAnswer(err)
}

// isAnswer reports whether an error is what the client is to be told, and no trouble of ours.
func isAnswer(err error) bool {
	var refusal *update.Error
	var repeated *table.Repeated
	return errors.As(err, &refusal) || errors.As(err, &repeated)
}

// try carries a message out in one transaction, with its receipt.
func (u *updater) try(ctx context.Context, apex string, message *update.Message, receipt table.Receipt) (changes *update.Changes, err error) {
	s, err := u.session(ctx)
	if err != nil {
		return nil, err
	}
	given := false
	defer func() {
		if !given { // a panic, which the server outlives, must not leave the zone locked
			s.Conn.Close()
		}
	}()
	var refusal *update.Error
	err = s.UpdateZone(ctx, apex, func(serial sql.NullInt64) (table.Effect, error) {
		made, err := u.change(ctx, s, apex, serial, message)
		changes = made
		switch {
		case errors.As(err, &refusal):
			receipt.Rcode = refusal.Rcode
		case err != nil:
			return table.Nothing, err
		}
		kept, err := u.keep(ctx, s, receipt)
		switch {
		case refusal == nil && changes.Any():
			return table.Changed, err
		case kept:
			return table.Noted, err
		}
		return table.Nothing, err
	})
	if err == nil && refusal != nil {
		err = refusal
	}
	if err == nil {
		u.dropReceipts(ctx, s)
	}
	given = true
	u.giveBack(ctx, s, err == nil || isAnswer(err) || table.IsConflict(err))
	return changes, s.Explain(err, s.Table)
}

// change makes what a message says of the rows, in the transaction of s. After an *update.Error it has written nothing.
func (u *updater) change(ctx context.Context, s *updateSession, apex string, serial sql.NullInt64, message *update.Message) (*update.Changes, error) {
	rows, err := u.read(ctx, s, message.Names())
	if err != nil {
		return nil, err
	}
	changes, err := message.Apply(rows, u.served(apex, serial))
	if err != nil {
		return nil, err
	}
	return changes, s.write(ctx, rows, changes)
}

// keep keeps the receipt of a message, if that is possible. One that was refused, or had nothing to change, is kept too: the next time it might be otherwise.
func (u *updater) keep(ctx context.Context, s *updateSession, receipt table.Receipt) (kept bool, err error) {
	err = s.Keep(ctx, receipt)
	if !errors.Is(err, table.ErrNoReceipts) {
		return err == nil, err
	}
	u.forgetful.Do(func() {
		log.Warningf("updates of %s: %v. A message that somebody recorded and sends again is known to this server only, and others carry it out again", s.Table, err)
	})
	return false, nil
}

// dropReceipts deletes receipts now and then. What it leaves, or fails to delete, the next time may.
func (u *updater) dropReceipts(ctx context.Context, s *updateSession) {
	now, last := time.Now(), u.tidied.Load()
	if now.Unix()-last >= int64(receiptsEvery/time.Second) && u.tidied.CompareAndSwap(last, now.Unix()) {
		if err := s.DropReceipts(ctx, now); err != nil {
			u.untidy.Do(func() {
				log.Warningf("updates of %s: messages of clients that are too old stay in the database: %v", s.Table, err)
			})
		}
	}
}

// session returns an idle session or a new one.
func (u *updater) session(ctx context.Context) (*updateSession, error) {
	select {
	case s := <-u.idle:
		return s, nil
	default:
	}
	opened, err := u.writers.connect(ctx)
	if err != nil {
		return nil, err
	}
	s := &updateSession{Session: opened}
	if err = s.PrepareUpdates(ctx); err == nil {
		err = checkRows(ctx, s)
	}
	if err != nil {
		s.Conn.Close()
		return nil, err
	}
	return s, nil
}

// errUnfit means that the table is none whose rows updates can change.
var errUnfit = errors.New("updates need a table, not a view, whose column id tells its rows apart")

// checkRows finds out whether rows can be changed one by one, and how.
func checkRows(ctx context.Context, s *updateSession) (err error) {
	if !s.Columns.HasID() {
		return fmt.Errorf("%s has no column id that is a number: %w", s.Table, errUnfit)
	}
	if s.writer, err = s.NewWriter(ctx); err != nil && !table.IsRefusal(err) && ctx.Err() == nil {
		return fmt.Errorf("%w: %w", errUnfit, err)
	}
	return err
}

// giveBack keeps a session for the next update if its connection is good. If not, the idle ones are most likely of the same server that has ended, or
// takes no writes any more: each would fail another try.
func (u *updater) giveBack(ctx context.Context, s *updateSession, good bool) {
	if !good || ctx.Err() != nil {
		s.Conn.Close()
		u.endIdle()
		return
	}
	s.writer.Discard()
	select {
	case u.idle <- s:
	default:
		s.Conn.Close()
	}
	if u.closed.Load() { // meanwhile
		u.endIdle()
	}
}

// rowsNamed is the rows at some names. It implements update.Table.
type rowsNamed struct {
	records map[string][]update.Record
	rows    map[uint64]record.Row
}

// At implements update.Table.
func (r *rowsNamed) At(name string) []update.Record { return r.records[name] }

// read reads the rows at some names, however these are spelled. Rows that are no records are left alone.
func (u *updater) read(ctx context.Context, s *updateSession, names []string) (*rowsNamed, error) {
	found := &rowsNamed{map[string][]update.Record{}, map[uint64]record.Row{}}
	wanted := map[string]bool{}
	for _, name := range names {
		wanted[name] = true
	}
	err := s.RowsNamed(ctx, u.copy.follower.Spellings(names), func(row *record.Row) error {
		rr, err := record.Parse(*row, u.ttl)
		if err != nil || !wanted[rr.Header().Name] {
			return nil // SQL also finds names that DNS tells apart
		}
		was, twice := found.rows[row.ID]
		if twice && was == *row {
			return nil // SQL also takes two spellings for one
		}
		if twice || row.ID == 0 || len(found.rows) == updateRows {
			return fmt.Errorf("row %d of %s: its id is not its own, or the names of this update have more than %d rows", row.ID, s.Table, updateRows)
		}
		name := rr.Header().Name
		found.rows[row.ID] = *row
		found.records[name] = append(found.records[name], update.Record{Row: row.ID, RR: rr})
		return nil
	})
	for _, records := range found.records {
		slices.SortFunc(records, func(a, b update.Record) int { return cmp.Compare(a.Row, b.Row) })
	}
	return found, err
}

// served is the serial that a zone is answered with whose SOA row says 0.
func (u *updater) served(apex string, locked sql.NullInt64) uint32 {
	if locked.Valid {
		return uint32(locked.Int64)
	}
	if soa := soaOf(u.copy, apex); soa != nil {
		return soa.Serial
	}
	return 0
}

// write writes changes.
func (s *updateSession) write(ctx context.Context, was *rowsNamed, changes *update.Changes) error {
	for _, r := range changes.Delete {
		if err := s.writer.Delete(ctx, r.Row); err != nil {
			return err
		}
	}
	for _, rr := range changes.Insert {
		row, err := record.Format(rr)
		if err != nil {
			return err
		}
		if err := s.writer.Insert(ctx, row); err != nil {
			return err
		}
	}
	if err := s.writer.Flush(ctx); err != nil {
		return err
	}
	byTTL := map[uint32][]uint64{}
	for _, r := range changes.SetTTL {
		ttl := r.RR.Header().Ttl
		byTTL[ttl] = append(byTTL[ttl], r.Row)
	}
	for ttl, ids := range byTTL {
		if err := s.writer.SetTTL(ctx, ttl, ids); err != nil {
			return err
		}
	}
	for _, r := range changes.Rewrite {
		row, err := record.Format(r.RR)
		if err != nil {
			return err
		}
		if err := s.writer.Rewrite(ctx, was.rows[r.Row], row.Record); err != nil {
			return err
		}
	}
	return nil
}

// awaitCopy waits until the copy has what was written, for a while: then the client that asks next finds what it wrote.
func (u *updater) awaitCopy(ctx context.Context, apex string, changes *update.Changes) {
	ctx, cancel := context.WithTimeout(ctx, updateShown)
	defer cancel()
	for u.copy.answering().follower.PollNow(ctx) && !u.shows(apex, changes) {
		sleep(ctx, 10*time.Millisecond) // the server that is read may be a replica of the one that was written to
	}
}

// shows reports whether the copy has what was written: the serial, and where that moves by itself the records.
func (u *updater) shows(apex string, changes *update.Changes) bool {
	if changes.Serial != 0 {
		soa := soaOf(u.copy, apex)
		return soa == nil || int32(soa.Serial-changes.Serial) >= 0 // RFC 1982, 3.2
	}
	view := u.copy.view()
	if view == nil {
		return true
	}
	zone := view.Zone(apex)
	has := func(rr dns.RR) bool {
		node, ok := zone.Node(rr.Header().Name)
		if !ok || !node.Has(rr.Header().Rrtype) {
			return false
		}
		return slices.ContainsFunc(node.RRset(rr.Header().Rrtype, updateRows), func(other dns.RR) bool { return dns.IsDuplicate(rr, other) })
	}
	return !slices.ContainsFunc(changes.Insert, func(rr dns.RR) bool { return !has(rr) }) &&
		!slices.ContainsFunc(changes.Delete, func(r update.Record) bool { return has(r.RR) })
}

// soaOf returns the SOA of a zone as it is answered; nil if there is none.
func soaOf(c *tableCopy, apex string) *dns.SOA {
	view := c.view()
	if view == nil {
		return nil
	}
	zone := view.Zone(apex)
	node, ok := zone.Node(apex)
	if !ok || zone.Apex() != apex {
		return nil
	}
	for _, rr := range node.RRset(dns.TypeSOA, 1) {
		if soa, ok := rr.(*dns.SOA); ok {
			return soa
		}
	}
	return nil
}

// sleep waits for d or the end of ctx.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
