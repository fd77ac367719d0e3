package follow

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mysqldns/mysqldns/plugin/zonedb"
)

// Config is how to follow a table.
type Config struct {
	TTL       uint32        // seconds, of rows without one
	Refresh   time.Duration // between polls; 0 is the default of the way of following
	Resync    time.Duration // between reads of the whole table; 0 is never
	MaxShrink int           // percent of its records that the table may have lost when it is read as a whole; 0 is any
	Snapshot  Snapshot

	// Answers is what is answered from, from this copy or another; nil means from this copy. It returns nil if nothing is. Any goroutine may call it.
	Answers func() *zonedb.View

	// Published is called when the copy has another state, while no other can take its place, so it must not block. Before is nil if the copy was empty.
	// Names are those by which the two states may differ, and all that the change log named, in lower case and fully qualified; nil stands for any name.
	Published func(before, after *zonedb.View, names []string)
}

// Follower keeps a copy of one table in step with it. Run is called once; the other methods are safe for concurrent use. The fields from position on are those
// of Run's goroutine.
type Follower struct {
	cfg      Config
	dialer   Dialer
	observer Observer
	copy     *theCopy
	snapshot *snapshotFile
	state    connection
	stalls   stalls
	dials    dialTimes
	host     atomic.Int64
	inbox    inbox

	rows     *rowReader
	position position
	times    timetable
	unlogged unloggedWatch
	lists    listHistory
	resync   *comparison // nil while none is read
}

// inbox is what others ask of the follower's goroutine, which answers between two polls.
type inbox struct {
	polls     chan request
	questions chan question
}

// request is for a poll out of turn.
type request struct {
	whole bool         // the copy then has all that another copy may have
	ended chan<- error // how it went; does not block
}

// New returns a follower with an empty copy.
func New(cfg Config, dialer Dialer, observer Observer) *Follower {
	f := &Follower{
		cfg:      cfg,
		dialer:   dialer,
		observer: observer,
		copy:     newCopy(cfg.Published),
		inbox:    inbox{make(chan request), make(chan question)},
	}
	if f.cfg.Answers == nil {
		f.cfg.Answers = f.View
	}
	f.snapshot = newSnapshotFile(cfg.Snapshot, f.copy, observer)
	f.rows = newRowReader(cfg.TTL, func(fresh []SkippedRow) { observer.Observe(RowsSkipped{fresh}) })
	return f
}

// View is the state of the copy; nil if it was never filled.
func (f *Follower) View() *zonedb.View { return f.copy.view() }

// Latest is View, but an empty state in place of nil.
func (f *Follower) Latest() *zonedb.View { return f.copy.db.View() }

// State is that of the connection.
func (f *Follower) State() State { return f.state.now() }

// Host is the number of the host that is followed, or was last; 0 before any was.
func (f *Follower) Host() int { return int(f.host.Load()) }

// ConfirmedAt is when the database last confirmed the copy; the zero time if it never did.
func (f *Follower) ConfirmedAt() time.Time { return f.copy.confirmedAt() }

// Tried is reached when the first try to fill the copy has ended, well or not.
func (f *Follower) Tried() *Milestone { return f.copy.tried }

// Listed is reached when the whole table has been read once.
func (f *Follower) Listed() *Milestone { return f.copy.wasListed }

// Skipped returns rows that are no valid records and are not in the copy, the first by id, no more than most.
func (f *Follower) Skipped(most int) []SkippedRow { return f.rows.firstSkipped(most) }

// Position is how far the copy is; nil before the first list.
func (f *Follower) Position() *Position { return f.copy.position.Load() }

// StartBehind makes the follower take only servers that have what another copy of the same table has. It is called before Run.
func (f *Follower) StartBehind(other *Follower) { f.copy.position.Store(other.Position()) }

// Spellings lists how rows may spell some owner names, as far as the copy knows: by all of these a search finds all rows of the names.
func (f *Follower) Spellings(owners []string) (all []string) {
	known := f.rows.spellings.Load()
	for _, owner := range owners {
		all = append(all, known.all(owner)...)
	}
	return all
}

// Freeze keeps the copy as it is until the function that it returns is called.
func (f *Follower) Freeze() (thaw func()) {
	f.copy.writing.acquire()
	return f.copy.writing.release
}

// KeepOrder makes the states of the copy keep their names in order, for who lists zones (zonedb.DB.KeepOrder).
func (f *Follower) KeepOrder() { f.copy.db.KeepOrder() }

// SaveAgain makes the follower save its snapshot, since somebody wrote over the file.
func (f *Follower) SaveAgain() { f.snapshot.saveAgain() }

// Run follows until ctx ends. Whatever fails is tried again; until it succeeds, the copy stays as it is.
func (f *Follower) Run(ctx context.Context) {
	defer f.dialer.Close()
	f.dials = make(dialTimes, f.dialer.Hosts())
	var saving sync.WaitGroup
	defer saving.Wait()
	saving.Go(func() { f.snapshot.keep(ctx) })
	f.run(ctx)
}

// position is how far the follower's goroutine has read.
type position struct {
	server  string     // Server.ID, which all of this belongs to; "" if the table must be listed
	table   Stamp      // just before the last list, and at the last look since
	log     *watermark // nil without a change log
	changed time.Time  // when entries came last
}

// resumable reports whether a session can go on from here: it is with the same server, which has not been restarted since (it might have
// lost what it had not written to disk), and the change log has not come or gone.
func (p *position) resumable(c *conn, confirmed time.Time) bool {
	restarted := c.server.Uptime < time.Since(confirmed)+2*time.Second
	return p.server == c.server.ID && !restarted && (p.log != nil) == c.Shape().HasLog
}

// lost makes the next session list the table, whatever becomes of this one.
func (p *position) lost() { p.server = "" }

// state is the table's at that position.
func (p *position) state() tableState { return tableState{p.server, p.table} }

// shared is the position as others may see it.
func (p *position) shared(server string) Position {
	shared := Position{Server: server}
	if p.log != nil {
		shared.Newest, shared.Recent = p.log.newest(), p.log.recent
	}
	return shared
}
