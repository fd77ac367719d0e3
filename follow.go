package mysqldns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/miekg/dns"
)

const (
	backoffLeast = 100 * time.Millisecond
	backoffMost  = 5 * time.Second

	gateInterval    = time.Second      // between looks at the gate, where a change log is followed
	refusedInterval = 30 * time.Second // between lists of a table that lost more than max_shrink, and after a resync that failed
	preferInterval  = 5 * time.Second  // between tries to return to a host that stands before ours in dsn
	stockInterval   = 5 * time.Second  // between looks for changes that came very late …
	stockShare      = 50               // … which take one part in so many of the time at the most
	listShare       = 10               // a table whose server can not tell is listed for a tenth of the time at the most
	relistNames     = 1000             // changed names, from which on a list may be cheaper than reading each again …
	relistShare     = 10               // … and is, if they are more than one in so many records
)

// follower keeps the copy of one table in step with it: it lists the table, then follows its changes, for ever. One goroutine
// runs it; what others may look at is atomic.
type follower struct {
	source   *source
	database *database
	db       *zonedb.DB
	report   *report
	rows     *rowReader

	place     place  // how far the copy is
	server    string // the one that place belongs to, "" before the first list
	startHost int    // of the next session
	nextGate  time.Time
	nextNode  time.Time // look at a cluster's node
	nextStock time.Time
	nextList  time.Time     // resync
	listEnd   time.Time     // of the last list
	listTook  time.Duration // from its beginning
	stray     strayWatch
	busy      bool // the last look found news, so the next may read them without asking first
	refused   bool // the last list, for max_shrink
	beside    *comparison

	reached atomic.Pointer[reached] // nil before the first list

	answers func() *zonedb.View // what is answered from, this copy or another; nil if nothing is
	wanted  chan chan struct{}  // looks out of turn, and what to close when one went well
	still   sync.Mutex          // whoever holds it keeps the copy from changing

	loaded atomic.Bool // the copy has been filled once
	tried  *event      // the first try is over, one way or the other
	listed *event      // the first list was published

	publishing sync.Mutex    // guards what follows, and that a snapshot does not replace a list
	spoke      time.Time     // when the server answered last
	saved      *zonedb.View  // that the snapshot on disk has
	unsaved    chan struct{} // it has it no more
}

func newFollower(s *source, db *zonedb.DB) (*follower, error) {
	database, err := openDatabase(s)
	if err != nil {
		return nil, err
	}
	f := &follower{
		source:   s,
		database: database,
		db:       db,
		report:   newReport(s),
		rows:     newRowReader(s.ttl),
		wanted:   make(chan chan struct{}),
		unsaved:  make(chan struct{}, 1),
		tried:    newEvent(),
		listed:   newEvent(),
	}
	database.mayFollow = f.catchesUp
	return f, nil
}

// run follows until ctx ends. Whatever fails is tried again; until it succeeds, the copy stays as it is.
func (f *follower) run(ctx context.Context) {
	defer f.database.close()
	loadSnapshot := sync.OnceFunc(f.loadSnapshot)
	patience := time.AfterFunc(snapshotPatience, loadSnapshot)
	defer patience.Stop()
	pause := backoffLeast
	for ctx.Err() == nil {
		err := f.attend(ctx)
		if ctx.Err() == nil && err != nil {
			loadSnapshot()
		}
		f.tried.happen()
		switch {
		case ctx.Err() != nil:
			return
		case err == nil || errors.Is(err, errHostSwitch):
			continue
		case f.report.isUp():
			pause = backoffLeast
			f.report.suspect() // a connection may end; the next try tells whether anything is wrong
			continue
		}
		f.report.down(err, f.answers())
		sleep(ctx, jitter(pause))
		pause = min(2*pause, backoffMost)
	}
}

// errHostSwitch ends a session so that the next can be with a host that we would rather have.
var errHostSwitch = errors.New("a host that stands before this one can be had again")

// attend opens a session and follows the table over it until something fails.
func (f *follower) attend(ctx context.Context) error {
	s, err := f.database.connect(ctx, f.startHost)
	if err != nil {
		return err
	}
	defer s.close()
	defer f.dropComparison()
	f.report.connected()
	if err := f.resume(ctx, s); err != nil {
		f.startHost = s.host + 1 // it lets us in and does not let us read: another may
		return fmt.Errorf("%s: %w", s.addr, table.Explain(err, s.Table))
	}
	f.startHost = 0
	f.listed.happen()
	f.tried.happen()
	f.report.up(s, f.source.interval(s))
	switchTo := f.watchPreferred(ctx, s)
	byLog, interval := s.HasLog, f.source.interval(s)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		var looked chan struct{}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-switchTo:
			return errHostSwitch
		case looked = <-f.wanted:
		case <-ticker.C:
		}
		began := time.Now()
		err := f.look(ctx, s, looked != nil)
		f.report.looked(err)
		if looked != nil && err == nil {
			close(looked)
		}
		if err != nil && time.Since(began) >= table.Patience {
			f.startHost = s.host + 1 // this one would hold us up again
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s.addr, table.Explain(err, s.Table))
		}
		f.heard()
		if s.HasLog != byLog { // it came or went
			byLog, interval = s.HasLog, f.source.interval(s)
			ticker.Reset(interval)
			f.report.up(s, interval)
		}
	}
}

// lookNow has the follower look for changes at once, and reports whether it did. Any goroutine may call it.
func (f *follower) lookNow(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, handoverLook)
	defer cancel()
	looked := make(chan struct{})
	select {
	case f.wanted <- looked:
	case <-time.After(handover):
		return false
	case <-ctx.Done():
		return false
	}
	select {
	case <-looked:
		return true
	case <-ctx.Done():
		return false
	}
}

// catchUpWith looks for changes for some moments, until the copy has what another of the same table has, and reports whether that was
// so. Any goroutine may call it.
func (f *follower) catchUpWith(ctx context.Context, other *follower) bool {
	for deadline := time.Now().Add(handover); f.lookNow(ctx); sleep(ctx, refreshByLog) {
		mine, others := f.reached.Load(), other.reached.Load()
		if others == nil || mine != nil && !mine.newest.isBefore(others.newest) {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
	return false
}

// watchPreferred tries the hosts that stand before the session's own now and then, beside it, and says when one can be had again.
func (f *follower) watchPreferred(ctx context.Context, s *session) <-chan struct{} {
	again := make(chan struct{})
	if s.host == 0 {
		return again
	}
	ctx, cancel := context.WithCancel(ctx)
	s.closing = cancel
	go func() {
		for ctx.Err() == nil {
			sleep(ctx, jitter(preferInterval))
			if ctx.Err() == nil && f.database.preferred(ctx, s.host) {
				close(again)
				return
			}
		}
	}()
	return again
}

// heard notes that the server answered.
func (f *follower) heard() {
	f.publishing.Lock()
	defer f.publishing.Unlock()
	f.spoke = time.Now()
}

// heardLast is when the server answered last, or confirmed what a snapshot held.
func (f *follower) heardLast() time.Time {
	f.publishing.Lock()
	defer f.publishing.Unlock()
	return f.spoke
}

// interval is how often to ask for changes over this session.
func (s *source) interval(over *session) time.Duration {
	switch {
	case s.refresh != 0:
		return s.refresh
	case over.HasLog:
		return refreshByLog
	}
	return refreshByGate
}

// resume begins where the last session ended if it can: with the same server, which has not been restarted since (it might have
// lost what it had not written to disk), and whose change log still is where it was. Else it lists.
func (f *follower) resume(ctx context.Context, s *session) error {
	restarted := s.uptime < time.Since(f.heardLast())+2*time.Second
	if f.server != s.server || restarted || (f.place.log != nil) != s.HasLog {
		if err := f.list(ctx, s); err != nil {
			return err
		}
	}
	return f.follow(ctx, s) // what changed while the list was read: a copy that takes over from another must not be behind it
}

// look follows once. One that is wanted out of turn takes care that the copy then has all that another copy may have.
func (f *follower) look(ctx context.Context, s *session, wanted bool) error {
	if wanted {
		f.listEnd = time.Time{} // without a change log, it lists although it did just now
	}
	if wanted && s.galera {
		if err := s.awaitCluster(ctx); err != nil {
			return err
		}
	}
	return f.follow(ctx, s)
}

// follow brings the copy up to date once.
func (f *follower) follow(ctx context.Context, s *session) error {
	now := time.Now()
	if s.galera && now.After(f.nextNode) {
		f.nextNode = now.Add(gateInterval)
		if err := s.keepsUp(ctx); err != nil {
			return err
		}
	}
	if (f.source.resync > 0 || f.refused) && now.After(f.nextList) {
		f.nextList = now.Add(jitter(cmp.Or(min(f.source.resync, refusedInterval), refusedInterval))) // if it fails: changes do not wait for it
		if f.place.log == nil {
			return f.list(ctx, s)
		}
		if err := f.compare(ctx, s); err != nil {
			return err
		}
	}
	if f.place.log == nil {
		return f.followGate(ctx, s, now)
	}
	compared := f.beside.over() // before the copy catches up with what that has read
	if compared {
		f.nextStock = time.Time{}
		if listed, err := f.lookAtGate(ctx, s); listed || err != nil {
			return err
		}
	}
	if now.After(f.nextGate) {
		f.nextGate = now.Add(gateInterval)
		if listed, err := f.watchGate(ctx, s); listed || err != nil {
			return err
		}
	}
	if now.After(f.nextStock) {
		if listed, err := f.takeStock(ctx, s); listed || err != nil {
			return err
		}
	}
	err := f.followLog(ctx, s, now)
	if compared && err == nil && f.beside != nil {
		return f.finishComparison(ctx, s)
	}
	return err
}

// followLog reads again the names that the change log names.
func (f *follower) followLog(ctx context.Context, s *session, now time.Time) error {
	some, err := f.busy, error(nil)
	if !some {
		some, err = s.hasNews(ctx, f.place.log)
	}
	if some {
		err = s.Snapshot(ctx, func() error { return f.catchUp(ctx, s) })
	}
	if err != nil {
		return f.listInstead(ctx, s, err)
	}
	f.place.log.settle(now)
	return nil
}

// listInstead lists the table if that is the way to read what changed, as an error of catchUp or hasNews says. Other errors it returns.
func (f *follower) listInstead(ctx context.Context, s *session, why error) error {
	switch {
	case errors.Is(why, errLogCut):
		log.Infof("%s: %v; listing the whole table again", s.Table, why)
		f.server = "" // if that fails, the next session lists too
		return f.list(ctx, s)
	case errors.Is(why, errReplaced):
		return f.listForNow(ctx, s)
	case errors.Is(why, errTooMany):
		return f.list(ctx, s)
	}
	return why
}

// Errors of catchUp that say that a list is the way to read what changed.
var (
	// errTooMany: so much that a list is cheaper, or the change log says so itself, as a transaction does that took longer than lateness.
	errTooMany  = errors.New("too many names changed to read each again")
	errReplaced = errors.New("the table was replaced or emptied")
)

// catchUp reads the news and the names in them, and publishes all of it at once. It runs in a snapshot.
func (f *follower) catchUp(ctx context.Context, s *session) error {
	n, err := s.readNews(ctx, f.place.log)
	if err != nil {
		return err
	}
	if f.busy = len(n.entries) > 0; !f.busy {
		return nil
	}
	if n.all || len(n.names) >= relistNames && len(n.names)*relistShare > f.db.View().Len() {
		return errTooMany
	}
	again := f.rows.again(n.names)
	changes := again.changes
	err = s.RowsNamed(ctx, again.spellings, func(row *record.Row) error {
		if rr := again.read(row); rr != nil {
			changes[rr.Header().Name] = append(changes[rr.Header().Name], rr)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := f.stillThere(ctx, s, changes); err != nil {
		return err
	}
	f.still.Lock()
	f.db.Apply(changes)
	f.place.log.see(n.entries)
	f.reaches(s)
	f.still.Unlock()
	f.beside.keep(again)
	again.done()
	f.stray.news()
	f.report.followed(f.rows.skipped(), n.lag)
	return nil
}

// stillThere returns errReplaced if names have gone because the table has: what is gone with it must not go name by name, and not
// past max_shrink.
func (f *follower) stillThere(ctx context.Context, s *session, changes map[string][]dns.RR) error {
	for _, rrs := range changes {
		if len(rrs) > 0 {
			continue
		}
		g, err := s.readGate(ctx)
		if err == nil && g.replaced(f.place.gate) {
			f.report.replaced()
			return errReplaced
		}
		return err
	}
	return nil
}

// watchGate looks for what the change log does not show: another table in place of ours, TRUNCATE, or writes that fire no
// trigger (cascades; or there are no triggers).
func (f *follower) watchGate(ctx context.Context, s *session) (listed bool, err error) {
	g, err := s.readGate(ctx)
	if err != nil {
		return false, err
	}
	replaced, owed := g.replaced(f.place.gate), f.stray.isDue()
	silent := f.stray.look(g.stamp)
	switch {
	case replaced:
		f.report.replaced()
	case silent:
		log.Warningf("%s changed and its change log does not say where; listing the whole table again. Are the triggers of schema.sql there?", s.Table)
	case owed:
		log.Infof("%s: its change log speaks again; listing the whole table for what it did not say before", s.Table)
	default:
		f.place.gate.stamp = g.stamp
		return false, nil
	}
	if replaced || silent {
		return true, f.listForNow(ctx, s)
	}
	return true, f.list(ctx, s)
}

// listForNow lists the table after changes of which there was no news. More of them may come until there is.
func (f *follower) listForNow(ctx context.Context, s *session) error {
	err := f.list(ctx, s)
	f.stray.owed = true
	return err
}

// lookAtGate lists the table if it is another one.
func (f *follower) lookAtGate(ctx context.Context, s *session) (listed bool, err error) {
	g, err := s.readGate(ctx)
	if err != nil || !g.replaced(f.place.gate) {
		return false, err
	}
	f.report.replaced()
	return true, f.listForNow(ctx, s)
}

// takeStock looks for changes that came so late that nothing waited for them any more.
func (f *follower) takeStock(ctx context.Context, s *session) (listed bool, err error) {
	began := time.Now()
	complete, err := s.takeStock(ctx, f.place.log)
	took := time.Since(began)
	f.nextStock = began.Add(max(stockInterval, stockShare*took))
	if err != nil || complete {
		return false, err
	}
	log.Infof("%s: changes came more than %s after others with higher numbers; listing the whole table again", s.Table, lateness)
	return true, f.list(ctx, s)
}

// followGate lists the table again when the server says that it may have changed, and now and then when it can not tell.
func (f *follower) followGate(ctx context.Context, s *session, now time.Time) error {
	g, err := s.readGate(ctx)
	if err != nil {
		return err
	}
	rest := f.listTook // a table that always changes is listed for half of the time at the most
	switch g.since(f.place.gate) {
	case same:
		return nil
	case unknown:
		rest *= listShare
	}
	if now.Before(f.listEnd.Add(rest)) {
		return nil
	}
	return f.list(ctx, s)
}

// follows notes how far a list has read.
func (f *follower) follows(s *session, here place) {
	f.heard()
	if here.log != nil {
		here.log.see(here.entries)
		here.log.stock = here.stock
		here.entries = nil
	}
	f.place, f.server = here, s.server
	f.reaches(s)
	f.nextGate = time.Now().Add(gateInterval)
	f.nextStock = time.Now().Add(stockInterval)
}

// strayWatch notices a table that changes while its change log is silent.
type strayWatch struct {
	last   stamp
	silent bool // the stamp moved, and no news came before or since
	spoken bool // news came since the last look
	owed   bool // the change log was silent or the table another, so what changed just before news come again may be in no news
}

// news notes that the change log had something to say.
func (w *strayWatch) news() { w.spoken = true }

// isDue reports whether news came again, so that the table is to be listed once more.
func (w *strayWatch) isDue() bool { return w.owed && w.spoken }

// look compares with the stamp at the last look, and reports whether that one had moved without any news until now. A look of
// grace lies between, since a stamp may show before the change that it is for.
func (w *strayWatch) look(now stamp) bool {
	stray := w.silent && !w.spoken
	w.silent = now.updated != w.last.updated && now.updated != "" && !w.spoken
	w.last, w.spoken = now, false
	return stray
}

// sleep waits for d or the end of ctx.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// jitter spreads d by a tenth to each side, so that many servers do not ask at the same moment.
func jitter(d time.Duration) time.Duration {
	return d - d/10 + time.Duration(rand.Int64N(int64(d/5)+1)) //nolint:gosec // spreads load, keeps no secret
}
