package mysqldns

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"

	"github.com/go-sql-driver/mysql"
)

// database is where the table is: one or several hosts, in the order of preference.
type database struct {
	table table.Name
	addrs []string
	pools []*sql.DB

	mayFollow func(context.Context, *session) error // any goroutine may call it
}

func openDatabase(s *source) (*database, error) {
	d := &database{table: s.table}
	for _, cfg := range s.hosts {
		connector, err := mysql.NewConnector(cfg)
		if err != nil {
			return nil, err
		}
		pool := sql.OpenDB(connector)
		pool.SetMaxOpenConns(2) // a session's, and a comparison's
		pool.SetMaxIdleConns(0) // a session keeps its connection; one that was given back is not used again
		d.addrs = append(d.addrs, cfg.Addr)
		d.pools = append(d.pools, pool)
	}
	return d, nil
}

func (d *database) close() {
	for _, pool := range d.pools {
		pool.Close()
	}
}

// session is a connection that follows the table, and what was found out about the server over it.
type session struct {
	*table.Session
	host    int    // index of the DSN
	addr    string // of the host
	server  string // one server's identity
	uptime  time.Duration
	stamps  bool   // the times in information_schema.TABLES mean something
	galera  bool   // it is a node of a cluster
	closing func() // ends what runs beside the session
}

// connect opens a session at the first host that has the table for us, in the order of the DSNs, beginning with from.
func (d *database) connect(ctx context.Context, from int) (*session, error) {
	var errs []error
	for n := range d.pools {
		i := (from + n) % len(d.pools)
		s, err := d.connectTo(ctx, i)
		if err == nil {
			return s, nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", d.addrs[i], table.Explain(err, d.table)))
	}
	return nil, errors.Join(errs...)
}

func (d *database) connectTo(ctx context.Context, i int) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, table.ConnectTimeout+table.Patience)
	defer cancel()
	opened, err := table.Open(ctx, d.pools[i], d.table)
	if err != nil {
		return nil, err
	}
	s := &session{Session: opened, host: i, addr: d.addrs[i], closing: func() {}}
	if err := s.lookAtServer(ctx); err != nil {
		s.close()
		return nil, err
	}
	if err := d.mayFollow(ctx, s); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// preferred reports whether one of the hosts before i has the table for us again.
func (d *database) preferred(ctx context.Context, i int) bool {
	for before := range i {
		if s, err := d.connectTo(ctx, before); err == nil {
			s.close()
			return true
		}
	}
	return false
}

func (s *session) close() {
	s.closing()
	s.Conn.Close()
}

// lookAtServer finds out what kind of server this is.
func (s *session) lookAtServer(ctx context.Context) error {
	var version, comment string
	if err := s.QueryRowContext(ctx, "SELECT VERSION(), @@version_comment").Scan(&version, &comment); err != nil {
		return err
	}
	s.stamps = comment != "Dolt"                              // whose engine has the same times for every table, always
	s.server = s.addr + " " + s.identity(ctx) + " " + version // servers made alike may have all but the address in common
	s.galera = s.QueryRowContext(ctx, "SELECT 1 FROM DUAL WHERE @@wsrep_on").Scan(new(int)) == nil
	return s.readUptime(ctx)
}

// identity tells servers apart that answer at one address, as behind a proxy or a virtual address.
func (s *session) identity(ctx context.Context) string {
	for _, query := range []string{
		"SELECT @@server_uuid",
		"SELECT CONCAT_WS(' ', @@hostname, @@port, @@server_id, @@datadir)",
	} {
		var id string
		if s.QueryRowContext(ctx, query).Scan(&id) == nil {
			return id
		}
	}
	return s.addr
}

// readUptime asks how long the server has been running; 0 where it does not say.
func (s *session) readUptime(ctx context.Context) error {
	var variable string
	var seconds int64
	err := s.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE 'Uptime'").Scan(&variable, &seconds)
	if err == nil || errors.Is(err, sql.ErrNoRows) || table.IsRefusal(err) {
		s.uptime = time.Duration(seconds) * time.Second
		return nil
	}
	return err
}

// place is how far we have read: what the server said of the table just before, and where we are in its change log.
type place struct {
	gate    gate
	log     *watermark // nil without a change log
	entries []entry    // that log has not noted yet
	stock   stock      // of log
}

// readPlace finds our place in the transaction of a list, with the gate that was read before that. It goes on from the watermark that we
// had, if that still is one of this log: numbers that we were waiting for may still come.
func (s *session) readPlace(ctx context.Context, before gate, had *watermark) (place, error) {
	if !s.HasLog {
		return place{gate: before}, nil
	}
	if had != nil {
		n, err := s.readNews(ctx, had)
		if err == nil {
			return s.withStock(ctx, place{gate: before, log: had, entries: n.entries})
		}
		if !errors.Is(err, errLogCut) {
			return place{}, err
		}
	}
	fresh, err := s.newWatermark(ctx)
	if err != nil {
		return place{}, err
	}
	return s.withStock(ctx, place{gate: before, log: fresh})
}

// withStock counts the settled entries of the last time.
func (s *session) withStock(ctx context.Context, p place) (place, error) {
	ctx, cancel := context.WithTimeout(ctx, table.Patience)
	defer cancel()
	err := s.QueryRowContext(ctx, "SELECT UNIX_TIMESTAMP() - ?", int64(stockFirst.Seconds())).Scan(&p.stock.since)
	if err != nil {
		return p, err
	}
	p.stock.entries, _, err = s.countSettled(ctx, p.stock.since, p.log.low.seq)
	return p, err
}

// countSettled counts the entries up to a number that were written since a moment, and how many of these were since the middle
// between that moment and now.
func (s *session) countSettled(ctx context.Context, since int64, low uint64) (entries int, half stock, err error) {
	ctx, cancel := context.WithTimeout(ctx, table.Patience)
	defer cancel()
	err = s.QueryRowContext(ctx, "SELECT COUNT(*), (? + UNIX_TIMESTAMP()) DIV 2,"+
		" COALESCE(SUM(changed_at >= FROM_UNIXTIME((? + UNIX_TIMESTAMP()) DIV 2)), 0)"+
		" FROM "+s.Table.Changes().Quoted()+" WHERE changed_at >= FROM_UNIXTIME(?) AND seq <= ?",
		since, since, since, low).Scan(&entries, &half.since, &half.entries)
	return entries, half, err
}

// takeStock reports whether the change log has no entries among the settled ones but those that were seen.
func (s *session) takeStock(ctx context.Context, w *watermark) (complete bool, err error) {
	entries, half, err := s.countSettled(ctx, w.stock.since, w.low.seq)
	if err != nil || entries != w.stock.entries {
		return false, err
	}
	if window := 2 * time.Duration(half.since-w.stock.since) * time.Second; entries > stockMost || window > stockWindow {
		w.stock = half
	}
	return true, nil
}

// readGate asks for the gate. Its cost does not depend on the size of the table.
func (s *session) readGate(ctx context.Context) (gate, error) {
	ctx, cancel := context.WithTimeout(ctx, table.Patience)
	defer cancel()
	g := gate{server: s.server, stamp: stamp{rows: -1}}
	var kind string
	var created, updated, age sql.NullString
	var next, rows sql.NullInt64
	err := s.QueryRowContext(ctx, "SELECT TABLE_TYPE, CREATE_TIME, UPDATE_TIME, TIMESTAMPDIFF(SECOND, UPDATE_TIME, NOW()), AUTO_INCREMENT, TABLE_ROWS"+
		" FROM information_schema.TABLES WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?",
		s.Table.Schema(), s.Table.Table).Scan(&kind, &created, &updated, &age, &next, &rows)
	if err != nil {
		return gate{}, err
	}
	s.Streams = kind == "BASE TABLE"
	if !s.Streams || !s.stamps {
		return g, nil // nobody stamps a view
	}
	g.stamp = stamp{created: created.String, updated: updated.String, next: uint64(next.Int64), rows: -1}
	if rows.Valid {
		g.stamp.rows = rows.Int64
	}
	if seconds, err := strconv.ParseInt(age.String, 10, 64); err == nil {
		g.stamp.age = time.Duration(seconds) * time.Second
	}
	return g, nil
}

// newWatermark finds our place in a change log that we do not know yet. What was written before lateness is settled; what is recent was
// seen, and between its numbers others may still come. Since entries bear the time at which their statement began, the numbers of a long
// one may look settled while lower ones are still to come: then takeStock finds these.
func (s *session) newWatermark(ctx context.Context) (*watermark, error) {
	const most = 200_000
	first, err := s.firstSince(ctx, lateness)
	if err != nil {
		return nil, err
	}
	if first == 0 {
		newest, err := s.oneEntry(ctx, newestFirst)
		return startWatermark(newest), err
	}
	low, err := s.oneEntry(ctx, "WHERE seq < ? ORDER BY seq DESC LIMIT 1", first)
	if err != nil {
		return nil, err
	}
	recent, err := s.entries(ctx, "WHERE seq >= ? ORDER BY seq DESC LIMIT ?", first, most)
	if err != nil {
		return nil, err
	}
	slices.Reverse(recent)
	if len(recent) == most {
		low = recent[0]
	}
	w := startWatermark(low)
	w.see(recent)
	return w, nil
}

// firstSince is the lowest number of those that were written in the last time; 0 if there is none.
func (s *session) firstSince(ctx context.Context, last time.Duration) (seq uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, table.Patience)
	defer cancel()
	err = s.QueryRowContext(ctx, "SELECT COALESCE(MIN(seq), 0) FROM "+s.Table.Changes().Quoted()+
		" WHERE changed_at >= FROM_UNIXTIME(UNIX_TIMESTAMP() - ?)", int64(last.Seconds())).Scan(&seq)
	return seq, err
}

// entryColumns are what an entry is read from.
const entryColumns = "seq, UNIX_TIMESTAMP(changed_at)"

// entries reads some of the change log.
func (s *session) entries(ctx context.Context, which string, args ...any) (entries []entry, err error) {
	ctx, cancel := context.WithTimeout(ctx, table.Patience)
	defer cancel()
	rows, err := s.QueryContext(ctx, "SELECT "+entryColumns+" FROM "+s.Table.Changes().Quoted()+" "+which, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var e entry
		var at string
		if err := rows.Scan(&e.seq, &at); err != nil {
			return nil, err
		}
		if e.at, err = microsecondsOf(at); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, rows.Err()
}

// newestFirst is which entry has the highest number.
const newestFirst = "ORDER BY seq DESC LIMIT 1"

// oneEntry reads one of the change log, number 0 if there is none.
func (s *session) oneEntry(ctx context.Context, which string, args ...any) (entry, error) {
	entries, err := s.entries(ctx, which, args...)
	if err != nil || len(entries) == 0 {
		return entry{}, err
	}
	return entries[0], nil
}

// errLogCut means that our place in the change log is gone: pruned, emptied or begun anew.
var errLogCut = errors.New("the change log no longer reaches back to our place")

// hasNews asks, by one read of an index, whether the change log has entries that w has not seen.
func (s *session) hasNews(ctx context.Context, w *watermark) (bool, error) {
	n, err := s.countNews(ctx, w)
	return n.entries > 0, err
}

// newsCount is how many entries w has not seen, and a number beyond which all of them are.
type newsCount struct {
	entries int
	from    uint64
}

// countNews counts the entries that w has not seen: beyond all that it has, between the young ones, and between the others.
func (s *session) countNews(ctx context.Context, w *watermark) (newsCount, error) {
	ctx, cancel := context.WithTimeout(ctx, table.Patience)
	defer cancel()
	var count, countYoung, fresh int
	var first entry
	var at string
	young, high := w.young(), w.newest().seq
	changes := s.Table.Changes().Quoted()
	err := s.QueryRowContext(ctx, "SELECT COUNT(*), COALESCE(SUM(seq > ?), 0), COALESCE(SUM(seq > ?), 0), COALESCE(MIN(seq), 0),"+
		" COALESCE((SELECT UNIX_TIMESTAMP(changed_at) FROM "+changes+" WHERE seq = ?), '') FROM "+changes+" WHERE seq >= ?",
		young, high, w.low.seq, w.low.seq).Scan(&count, &countYoung, &fresh, &first.seq, &at)
	if err != nil {
		return newsCount{}, err
	}
	if first.at, err = microsecondsOf(at); err != nil {
		return newsCount{}, err
	}
	seen, seenYoung := w.expect(young)
	lateOld, lateYoung := count-countYoung-(seen-seenYoung), countYoung-fresh-seenYoung
	n := newsCount{entries: lateOld + lateYoung + fresh, from: high}
	switch {
	case w.low.seq != 0 && first != w.low || lateOld < 0 || lateYoung < 0:
		return newsCount{}, errLogCut
	case lateOld > 0:
		n.from = w.low.seq
	case lateYoung > 0:
		n.from = young
	}
	return n, nil
}

// entryPatience is how much longer a read may take for each entry that is new.
const entryPatience = 100 * time.Microsecond

// news is what the change log has that we have not seen.
type news struct {
	entries []entry
	names   []string      // as the rows have them, each once
	all     bool          // table.Everything is among them
	lag     time.Duration // how long ago the first of them was written
}

// readNews reads what w has not seen. It runs in the transaction that reads the names again, so that both are of one state.
func (s *session) readNews(ctx context.Context, w *watermark) (n news, err error) {
	count, err := s.countNews(ctx, w)
	if err != nil {
		return news{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, table.Patience+time.Duration(count.entries)*entryPatience)
	defer cancel()
	rows, err := s.QueryContext(ctx, "SELECT name, "+entryColumns+", TIMESTAMPDIFF(MICROSECOND, changed_at, NOW(6)) FROM "+
		s.Table.Changes().Quoted()+" WHERE seq > ?", count.from)
	if err != nil {
		return news{}, err
	}
	defer rows.Close()
	once := map[string]bool{}
	for rows.Next() {
		var name, at sql.RawBytes
		var e entry
		var age int64 // microseconds
		if err := rows.Scan(&name, &e.seq, &at, &age); err != nil {
			return news{}, err
		}
		if w.has(e.seq) {
			continue
		}
		if e.at, err = microsecondsOf(string(at)); err != nil {
			return news{}, err
		}
		n.entries = append(n.entries, e)
		n.lag = max(n.lag, time.Duration(age)*time.Microsecond)
		n.all = n.all || string(name) == table.Everything
		if !once[string(name)] {
			once[string(name)] = true
			n.names = append(n.names, string(name))
		}
	}
	return n, rows.Err()
}

// synced is the wsrep_local_state of a node that has what its cluster has, but for the changes on their way.
const synced = "4"

// keepsUp returns errBehind if a node stands still while its cluster goes on, as it may while it is backed up or gives another
// node all data.
func (s *session) keepsUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, table.Patience)
	defer cancel()
	var variable, state string
	err := s.QueryRowContext(ctx, "SHOW STATUS LIKE 'wsrep_local_state'").Scan(&variable, &state)
	if err != nil || state == synced {
		return err
	}
	return s.awaitCluster(ctx)
}

// awaitCluster waits until a node has all that its cluster has now.
func (s *session) awaitCluster(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, table.Patience)
	defer cancel()
	for _, statement := range []string{"SET SESSION wsrep_sync_wait = 1", "SELECT 1", "SET SESSION wsrep_sync_wait = 0"} {
		_, err := s.ExecContext(ctx, statement)
		if ctx.Err() != nil {
			return fmt.Errorf("the node is %w its cluster and has not caught up in %s", errBehind, table.Patience)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
