package mysqldns

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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
		pool.SetMaxOpenConns(1)
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

// withStock counts the settled entries that are as young as those which the watermark looks back at.
func (s *session) withStock(ctx context.Context, p place) (place, error) {
	ctx, cancel := context.WithTimeout(ctx, table.Patience)
	defer cancel()
	err := s.QueryRowContext(ctx, "SELECT UNIX_TIMESTAMP() - ?", int64(recentEntries.Seconds())).Scan(&p.stock.since)
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

// entryColumns are what an entry is read from: its number, when it was written, and how many microseconds ago.
const entryColumns = "seq, UNIX_TIMESTAMP(changed_at), TIMESTAMPDIFF(MICROSECOND, changed_at, NOW(6))"

// newWatermark finds our place in a change log that we do not know yet. What is old is settled; what is recent was seen, and between its
// numbers others may still come. Entries bear the time at which their statement began, so "recent" leaves time for long ones.
func (s *session) newWatermark(ctx context.Context) (*watermark, error) {
	var recent []entry
	const page, pages = 1000, 200
	next := "" // the newest first
	for n := range pages {
		entries, low, err := s.readPage(ctx, next+" ORDER BY seq DESC LIMIT "+strconv.Itoa(page))
		if err != nil {
			return nil, err
		}
		recent = append(recent, entries...)
		if low.seq == 0 && n == pages-1 && len(entries) > 0 {
			low = entries[len(entries)-1]
		}
		if low.seq != 0 || len(entries) < page {
			w := startWatermark(low)
			w.see(recent)
			return w, nil
		}
		next = " WHERE seq < " + strconv.FormatUint(entries[page-1].seq, 10)
	}
	return startWatermark(entry{}), nil
}

// readPage reads entries from the newest on, and the first that is not recent, if there is one, apart.
func (s *session) readPage(ctx context.Context, which string) (recent []entry, low entry, err error) {
	ctx, cancel := context.WithTimeout(ctx, table.Patience)
	defer cancel()
	rows, err := s.QueryContext(ctx, "SELECT "+entryColumns+" FROM "+s.Table.Changes().Quoted()+which)
	if err != nil {
		return nil, entry{}, err
	}
	defer rows.Close()
	for rows.Next() {
		var e entry
		var microseconds int64
		if err := rows.Scan(&e.seq, &e.at, &microseconds); err != nil {
			return nil, entry{}, err
		}
		if time.Duration(microseconds)*time.Microsecond > recentEntries {
			return recent, e, nil
		}
		recent = append(recent, e)
	}
	return recent, entry{}, rows.Err()
}

// errLogCut means that our place in the change log is gone: pruned, emptied or begun anew.
var errLogCut = errors.New("the change log no longer reaches back to our place")

// hasNews asks, by one read of an index, whether the change log has entries that w has not seen.
func (s *session) hasNews(ctx context.Context, w *watermark) (bool, error) {
	count, late, err := s.countNews(ctx, w)
	return count > 0 || late > 0, err
}

// countNews counts the entries that w has not seen: beyond the highest number that it has, and late ones below.
func (s *session) countNews(ctx context.Context, w *watermark) (beyond, late int, err error) {
	ctx, cancel := context.WithTimeout(ctx, table.Patience)
	defer cancel()
	var count int
	var first entry
	changes := s.Table.Changes().Quoted()
	err = s.QueryRowContext(ctx, "SELECT COUNT(*), COALESCE(SUM(seq > ?), 0), COALESCE(MIN(seq), 0),"+
		" COALESCE((SELECT UNIX_TIMESTAMP(changed_at) FROM "+changes+" WHERE seq = ?), '') FROM "+changes+" WHERE seq >= ?",
		w.high, w.low.seq, w.low.seq).Scan(&count, &beyond, &first.seq, &first.at)
	if err != nil {
		return 0, 0, err
	}
	if w.low.seq != 0 && first != w.low || count < w.expect() {
		return 0, 0, errLogCut
	}
	return beyond, count - beyond - w.expect(), nil
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
	beyond, late, err := s.countNews(ctx, w)
	if err != nil {
		return news{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, table.Patience+time.Duration(beyond+late)*entryPatience)
	defer cancel()
	from := w.high
	if late > 0 {
		from = w.low.seq
	}
	rows, err := s.QueryContext(ctx, "SELECT name, "+entryColumns+" FROM "+s.Table.Changes().Quoted()+" WHERE seq > ?", from)
	if err != nil {
		return news{}, err
	}
	defer rows.Close()
	once := map[string]bool{}
	for rows.Next() {
		var name sql.RawBytes
		var e entry
		var microseconds int64
		if err := rows.Scan(&name, &e.seq, &e.at, &microseconds); err != nil {
			return news{}, err
		}
		if w.has(e.seq) {
			continue
		}
		n.entries = append(n.entries, e)
		n.lag = max(n.lag, time.Duration(microseconds)*time.Microsecond)
		n.all = n.all || string(name) == table.Everything
		if !once[string(name)] {
			once[string(name)] = true
			n.names = append(n.names, string(name))
		}
	}
	return n, rows.Err()
}

// newestEntry reads the entry of the change log with the highest number, 0 if that is empty.
func (s *session) newestEntry(ctx context.Context) (e entry, err error) {
	ctx, cancel := context.WithTimeout(ctx, table.Patience)
	defer cancel()
	err = s.QueryRowContext(ctx, "SELECT seq, UNIX_TIMESTAMP(changed_at) FROM "+s.Table.Changes().Quoted()+" ORDER BY seq DESC LIMIT 1").Scan(&e.seq, &e.at)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return e, err
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
