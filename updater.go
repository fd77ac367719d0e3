package mysqldns

import (
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

func newUpdater(c *tableCopy, w *writers, ttl uint32) *updater {
	return &updater{copy: c, writers: w, ttl: ttl, slots: make(chan struct{}, updateSlots), idle: make(chan *updateSession, updateSlots)}
}

// close ends the sessions that are not in use; an update that still is under way ends its own. None may begin after it.
func (u *updater) close() {
	u.closed.Store(true)
	u.endIdle()
	u.writers.close()
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
