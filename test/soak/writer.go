package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/miekg/dns"
)

// writers change the guests' rows at a fixed rate over several connections, in all ways that there are.
type writers struct {
	watch     stopwatch
	pool      *sql.DB
	guests    []*guest
	rate      int         // rows/s
	committed chan member // offers a change that has just been committed to whoever listens

	begun   time.Duration
	ended   time.Duration
	claimed atomic.Int64  // rows, by all writers
	ttl     atomic.Uint32 // the last that a row was given
	mu      sync.Mutex    // guards kinds
	kinds   map[string]int
}

const (
	writerCount = 8
	leastTTL    = 60
	mostRows    = 6                      // of a statement or a transaction
	longest     = 250 * time.Millisecond // that some transactions stay open
)

// The ways to change a row, as the table of results names them.
const (
	inserted    = "INSERT"
	deleted     = "DELETE"
	renamed     = "UPDATE of the name"
	retyped     = "UPDATE of type and record"
	revalued    = "UPDATE of the record"
	retimed     = "UPDATE of the TTL"
	transaction = "in transactions"
	severalRows = "in statements of several rows"
	takenBack   = "rolled back"
)

func newWriters(watch stopwatch, dsn string, guests []*guest, rate int) (*writers, error) {
	pool, err := sql.Open("mysql", dsn+"?interpolateParams=true")
	if err != nil {
		return nil, err
	}
	pool.SetMaxIdleConns(writerCount)
	w := &writers{watch: watch, pool: pool, guests: guests, rate: rate, committed: make(chan member), kinds: map[string]int{}}
	w.ttl.Store(leastTTL)
	return w, nil
}

// invite gives each guest its first row.
func (w *writers) invite(ctx context.Context) error {
	const rows = 1000
	for first := 0; first < len(w.guests); first += rows {
		some := w.guests[first:min(first+rows, len(w.guests))]
		for _, g := range some {
			g.states = []state{{}}
		}
		e := w.insert(some, 0)
		if _, err := w.pool.ExecContext(ctx, e.sql, e.args...); err != nil {
			return err
		}
		for i, g := range some {
			g.states = []state{{row: e.rows[i], begun: 1, done: 1}}
		}
	}
	return nil
}

// run changes rows until ctx ends, and then until what has begun is committed. It closes committed.
func (w *writers) run(ctx context.Context) error {
	defer w.pool.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w.begun = w.watch.now()
	failed := make([]error, writerCount)
	var writing sync.WaitGroup
	for i := range writerCount {
		own := w.guests[i*len(w.guests)/writerCount : (i+1)*len(w.guests)/writerCount]
		writing.Go(func() {
			if failed[i] = w.write(ctx, own, rand.New(rand.NewPCG(5, uint64(i)))); failed[i] != nil { //nolint:gosec // the same in every run
				cancel()
			}
		})
	}
	writing.Wait()
	w.ended = w.watch.now()
	close(w.committed)
	return errors.Join(failed...)
}

// write changes the rows of guests, which no other writer changes.
func (w *writers) write(ctx context.Context, own []*guest, random *rand.Rand) error {
	conn, err := w.pool.Conn(context.Background()) // what has begun is finished
	if err != nil {
		return err
	}
	defer conn.Close()
	for {
		some := consecutive(own, random, 1+random.IntN(mostRows))
		way, rollBack := random.IntN(100), false
		switch {
		case way < 80:
			some = some[:1]
		case way < 90:
			some = alike(some)
		case way < 93:
			rollBack = true
		}
		rows := len(some)
		if rollBack {
			rows = 0 // changes nothing
		}
		if !w.wait(ctx, rows) {
			return nil
		}
		if way < 90 {
			err = w.statement(conn, w.edit(some, random, 0))
		} else {
			err = w.transaction(conn, some, random, rollBack)
		}
		if err != nil {
			return err
		}
	}
}

func consecutive(own []*guest, random *rand.Rand, n int) []*guest {
	first := random.IntN(len(own) - n + 1)
	return own[first : first+n]
}

// alike is the first guests, as far as all have a row or none has.
func alike(some []*guest) []*guest {
	first, _ := some[0].last()
	for i, g := range some {
		if row, _ := g.last(); (row.place == nowhereAtAll) != (first.place == nowhereAtAll) {
			return some[:i]
		}
	}
	return some
}

// wait waits until it is time for so many rows more; false if ctx ended.
func (w *writers) wait(ctx context.Context, rows int) bool {
	due := w.begun + time.Duration(w.claimed.Add(int64(rows)))*time.Second/time.Duration(w.rate)
	timer := time.NewTimer(due - w.watch.now())
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}

// edit is a statement that changes guests, with what their rows are behind it.
type edit struct {
	kind   string
	guests []*guest
	rows   []guestRow
	sql    string
	args   []any
}

// edit makes up a statement for guests that all have a row, or none. The values of its rows
// are the guest's next version, with the bits of unmade.
func (w *writers) edit(some []*guest, random *rand.Rand, unmade uint16) edit {
	row, version := some[0].last()
	next := uint16(version+1) | unmade
	way := random.IntN(100)
	switch {
	case row.place == nowhereAtAll:
		return w.insert(some, unmade)
	case way < 15:
		return remove(some)
	case way < 35 || len(some) > 1:
		return w.retime(some)
	case way < 50:
		return rename(some[0], row)
	case way < 70:
		row.rtype = guestTypes[(slices.Index(guestTypes, row.rtype)+1+random.IntN(len(guestTypes)-1))%len(guestTypes)]
		row.value = next
		return edit{retyped, some, []guestRow{row}, "UPDATE tb_dns SET type = ?, record = ? WHERE name = ?",
			[]any{dns.TypeToString[row.rtype], some[0].record(row.rtype, next), some[0].name(row.place)}}
	}
	row.value = next
	return edit{revalued, some, []guestRow{row}, "UPDATE tb_dns SET record = ? WHERE name = ?",
		[]any{some[0].record(row.rtype, next), some[0].name(row.place)}}
}

// insert gives rows to guests without.
func (w *writers) insert(some []*guest, unmade uint16) edit {
	e := edit{kind: inserted, guests: some, sql: "INSERT INTO tb_dns (name, type, ttl, record) VALUES (?, ?, ?, ?)" +
		strings.Repeat(", (?, ?, ?, ?)", len(some)-1)}
	for _, g := range some {
		_, version := g.last()
		row := guestRow{here, guestTypes[(g.number+version)%len(guestTypes)], w.ttl.Add(1), uint16(version+1) | unmade}
		e.rows = append(e.rows, row)
		e.args = append(e.args, g.name(row.place), dns.TypeToString[row.rtype], row.ttl, g.record(row.rtype, row.value))
	}
	return e
}

func remove(some []*guest) edit {
	e := edit{kind: deleted, guests: some, rows: make([]guestRow, len(some)), sql: "DELETE FROM tb_dns WHERE name IN (?" + strings.Repeat(", ?", len(some)-1) + ")"}
	for _, g := range some {
		row, _ := g.last()
		e.args = append(e.args, g.name(row.place))
	}
	return e
}

func (w *writers) retime(some []*guest) edit {
	e := edit{kind: retimed, guests: some, sql: "UPDATE tb_dns SET ttl = ? WHERE name IN (?" + strings.Repeat(", ?", len(some)-1) + ")"}
	ttl := w.ttl.Add(1)
	e.args = append(e.args, ttl)
	for _, g := range some {
		row, _ := g.last()
		row.ttl = ttl
		e.rows = append(e.rows, row)
		e.args = append(e.args, g.name(row.place))
	}
	return e
}

func rename(g *guest, row guestRow) edit {
	before := row.place
	row.place = before.other()
	return edit{renamed, []*guest{g}, []guestRow{row}, "UPDATE tb_dns SET name = ? WHERE name = ?", []any{g.name(row.place), g.name(before)}}
}

// statement executes a statement by itself.
func (w *writers) statement(conn *sql.Conn, e edit) error {
	w.begin(e)
	for {
		_, err := conn.ExecContext(context.Background(), e.sql, e.args...)
		if isDeadlock(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", e.sql, err)
		}
		w.commit([]edit{e})
		if len(e.guests) > 1 {
			w.counted(severalRows, len(e.guests))
		}
		return nil
	}
}

// transaction changes each guest by a statement of its own.
func (w *writers) transaction(conn *sql.Conn, some []*guest, random *rand.Rand, rollBack bool) error {
	var edits []edit
	for i := range some {
		unmade := uint16(0)
		if rollBack {
			unmade = rolledBack
		}
		edits = append(edits, w.edit(some[i:i+1], random, unmade))
	}
	open := time.Duration(0)
	if random.IntN(4) == 0 {
		open = time.Duration(random.Int64N(int64(longest)))
	}
	err := w.tryTransaction(conn, edits, open, rollBack)
	for isDeadlock(err) {
		err = w.tryTransaction(conn, edits, open, rollBack)
	}
	switch {
	case err != nil:
		return err
	case rollBack:
		w.counted(takenBack, len(edits))
	default:
		w.counted(transaction, len(edits))
	}
	return nil
}

func (w *writers) tryTransaction(conn *sql.Conn, edits []edit, open time.Duration, rollBack bool) error {
	tx, err := conn.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	for _, e := range edits {
		if _, err := tx.Exec(e.sql, e.args...); err != nil {
			return fmt.Errorf("%s: %w", e.sql, err)
		}
	}
	time.Sleep(open)
	if rollBack {
		return tx.Rollback()
	}
	w.begin(edits...)
	if err := tx.Commit(); err != nil {
		return err
	}
	w.commit(edits)
	return nil
}

// begin notes that rows may show from now on.
func (w *writers) begin(edits ...edit) {
	now := w.watch.now()
	for _, e := range edits {
		for i, g := range e.guests {
			g.begin(e.rows[i], now)
		}
	}
}

// commit notes that rows must show, after what is allowed.
func (w *writers) commit(edits []edit) {
	now := w.watch.now()
	var all []member
	for _, e := range edits {
		for _, g := range e.guests {
			_, version := g.last()
			all = append(all, member{g, version})
		}
		w.counted(e.kind, len(e.guests))
	}
	for _, m := range all {
		m.guest.commit(now, all)
	}
	select {
	case w.committed <- all[0]:
	default: // no reader
	}
}

func (w *writers) counted(kind string, rows int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kinds[kind] += rows
}

// isDeadlock reports whether InnoDB took a statement or a transaction back in favour of another.
func isDeadlock(err error) bool {
	const lockWaitTimeout, deadlock = 1205, 1213
	var refused *mysql.MySQLError
	return errors.As(err, &refused) && (refused.Number == deadlock || refused.Number == lockWaitTimeout)
}
