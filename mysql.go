package mysqldns

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/plugin/record"

	"github.com/go-sql-driver/mysql"
)

// askTimeout bounds the short questions: all but the list itself.
const askTimeout = 5 * time.Second

// rereadBatch is how many names one query reads again.
const rereadBatch = 500

// database is where the table is: one or several hosts, in the order of preference.
type database struct {
	table tableName
	addrs []string
	pools []*sql.DB
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

// session is a connection, and what was found out about the server and the table over it.
type session struct {
	table   tableName
	conn    *sql.Conn
	host    int    // index of the DSN
	addr    string // of the host
	server  string // one server's identity
	uptime  time.Duration
	stamps  bool // the times in information_schema.TABLES mean something
	columns columns
	hasLog  bool   // there is a change log that we may read
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
		errs = append(errs, fmt.Errorf("%s: %w", d.addrs[i], explain(err, d.table)))
	}
	return nil, errors.Join(errs...)
}

func (d *database) connectTo(ctx context.Context, i int) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout+askTimeout)
	defer cancel()
	conn, err := d.pools[i].Conn(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{table: d.table, conn: conn, host: i, addr: d.addrs[i], closing: func() {}}
	if err := s.lookAtServer(ctx); err != nil {
		s.close()
		return nil, err
	}
	if err := s.lookAtTable(ctx); err != nil {
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
	s.conn.Close()
}

// lookAtServer finds out what kind of server this is and prepares the session.
func (s *session) lookAtServer(ctx context.Context) error {
	var version, comment string
	if err := s.conn.QueryRowContext(ctx, "SELECT VERSION(), @@version_comment").Scan(&version, &comment); err != nil {
		return err
	}
	s.stamps = comment != "Dolt" // whose engine has the same times for every table, always
	s.server = s.identity(ctx) + " " + version
	for _, set := range []string{
		"SET SESSION time_zone = '+00:00'",                        // where no hour comes twice
		"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", // which a consistent snapshot needs
		"SET SESSION information_schema_stats_expiry = 0",         // MySQL: no stamps a day old
		"SET SESSION max_execution_time = 0",                      // MySQL: a list may take its time
		"SET SESSION max_statement_time = 0",                      // MariaDB's name for it
	} {
		if err := s.try(ctx, set); err != nil {
			return err
		}
	}
	return s.readUptime(ctx)
}

// lookAtTable finds out which columns the table has, and whether it has a change log.
func (s *session) lookAtTable(ctx context.Context) (err error) {
	if s.columns, err = s.readColumns(ctx); err != nil {
		return err
	}
	s.hasLog, err = s.probeLog(ctx)
	return err
}

// identity tells servers apart that answer at one address, as behind a proxy or a virtual address.
func (s *session) identity(ctx context.Context) string {
	for _, query := range []string{
		"SELECT @@server_uuid",
		"SELECT CONCAT_WS(' ', @@hostname, @@port, @@server_id, @@datadir)",
	} {
		var id string
		if s.conn.QueryRowContext(ctx, query).Scan(&id) == nil {
			return id
		}
	}
	return s.addr
}

// try executes a statement that this server may not know; only a lost connection is an error.
func (s *session) try(ctx context.Context, statement string) error {
	_, err := s.conn.ExecContext(ctx, statement)
	if isRefusal(err) {
		return nil
	}
	return err
}

// isRefusal reports whether an error is the server's answer, in contrast to a connection that gave none.
func isRefusal(err error) bool {
	var refused *mysql.MySQLError
	return errors.As(err, &refused)
}

// columns are the table's columns that a row is made of, in the order of record.Row's fields; "" where it has none.
type columns struct {
	names         [6]string
	caseSensitive bool // the collation of name tells WWW from www
}

var wantedColumns = [6]string{"id", "name", "type", "class", "ttl", "record"}

// readColumns looks up the columns that this user may read. A table needs name, type and record.
func (s *session) readColumns(ctx context.Context) (columns, error) {
	var cols columns
	rows, err := s.conn.QueryContext(ctx, "SELECT COLUMN_NAME, COALESCE(COLLATION_NAME, 'binary') FROM information_schema.COLUMNS"+
		" WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?", nullable(s.table.database), s.table.table)
	if err != nil {
		return cols, err
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var column, collation string
		if err := rows.Scan(&column, &collation); err != nil {
			return cols, err
		}
		found = append(found, column)
		if i := slices.Index(wantedColumns[:], strings.ToLower(column)); i >= 0 {
			cols.names[i] = column
			if wantedColumns[i] == "name" {
				cols.caseSensitive = !strings.HasSuffix(collation, "_ci")
			}
		}
	}
	if err := rows.Err(); err != nil {
		return cols, err
	}
	rows.Close()
	return cols, s.checkColumns(ctx, cols, found)
}

func (s *session) checkColumns(ctx context.Context, cols columns, found []string) error {
	// The server's own word where there is nothing to read: no such table, or no right to read it.
	probe, err := s.conn.QueryContext(ctx, "SELECT "+cols.list()+" FROM "+s.table.quoted()+" LIMIT 0")
	if err != nil {
		return err
	}
	probe.Close()
	for i, column := range wantedColumns {
		if cols.names[i] == "" && (column == "name" || column == "type" || column == "record") {
			return fmt.Errorf("%s has no column %q, or this user may not read it (it reads: %s): add the column, or name a view in table that has it",
				s.table, column, strings.Join(found, ", "))
		}
	}
	return nil
}

// list is the columns for a SELECT; a literal stands for each that is missing.
func (c columns) list() string {
	var list []string
	for i, column := range c.names {
		switch {
		case column != "":
			list = append(list, quote(column))
		case wantedColumns[i] == "id":
			list = append(list, "0")
		default:
			list = append(list, "NULL")
		}
	}
	return strings.Join(list, ", ")
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// readUptime asks how long the server has been running; 0 where it does not say.
func (s *session) readUptime(ctx context.Context) error {
	var variable string
	var seconds int64
	err := s.conn.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE 'Uptime'").Scan(&variable, &seconds)
	if err == nil || errors.Is(err, sql.ErrNoRows) || isRefusal(err) {
		s.uptime = time.Duration(seconds) * time.Second
		return nil
	}
	return err
}

// probeLog reports whether there is a change log that this user may read.
func (s *session) probeLog(ctx context.Context) (bool, error) {
	probe, err := s.conn.QueryContext(ctx, "SELECT seq, name, changed_at FROM "+s.table.changes().quoted()+" LIMIT 0")
	if err == nil {
		return true, probe.Close()
	}
	if isRefusal(err) {
		return false, nil
	}
	return false, err
}

// begin starts a transaction that reads one state of the database, in the words that this server takes.
func (s *session) begin(ctx context.Context) (err error) {
	for _, statement := range []string{
		"START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
		"START TRANSACTION READ ONLY",                // the embedded engine's, where it is a snapshot
		"START TRANSACTION WITH CONSISTENT SNAPSHOT", // TiDB's
	} {
		_, err = s.conn.ExecContext(ctx, statement)
		if !isRefusal(err) {
			return err
		}
	}
	return err
}

// end closes the transaction. It wrote nothing, so there is nothing to lose.
func (s *session) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
	defer cancel()
	s.conn.ExecContext(ctx, "ROLLBACK")
}

// place is how far we have read: what the server said of the table just before, and where we are in its change log.
type place struct {
	gate    gate
	log     *watermark // nil without a change log
	entries []entry    // that log has not noted yet
}

// snapshot runs read in a transaction that sees one state of the database.
func (s *session) snapshot(ctx context.Context, read func() error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.end(ctx)
	return read()
}

// readPlace finds our place in the transaction of a list, with the gate that was read before that. It goes on from the watermark that we
// had, if that still is one of this log: numbers that we were waiting for may still come.
func (s *session) readPlace(ctx context.Context, before gate, had *watermark) (place, error) {
	if !s.hasLog {
		return place{gate: before}, nil
	}
	if had != nil {
		n, err := s.readNews(ctx, had)
		if !errors.Is(err, errLogCut) {
			return place{before, had, n.entries}, err
		}
	}
	fresh, err := s.newWatermark(ctx)
	return place{gate: before, log: fresh}, err
}

// reread reads again all rows of the names, as SQL compares them: perhaps more than asked for. It must run within a
// transaction.
func (s *session) reread(ctx context.Context, names []string, visit func(*record.Row)) error {
	for batch := range slices.Chunk(names, rereadBatch) {
		args := make([]any, len(batch))
		for i, name := range batch {
			args[i] = name
		}
		where := " WHERE " + quote(s.columns.names[1]) + " IN (?" + strings.Repeat(",?", len(batch)-1) + ")"
		if err := s.readRows(ctx, where, args, visit); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) readRows(ctx context.Context, where string, args []any, visit func(*record.Row)) error {
	rows, err := s.conn.QueryContext(ctx, "SELECT "+s.columns.list()+" FROM "+s.table.quoted()+where, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var raw [6]sql.RawBytes
	dest := make([]any, len(raw))
	for i := range raw {
		dest[i] = &raw[i]
	}
	var row record.Row
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		row.ID, _ = strconv.ParseUint(string(raw[0]), 10, 64)
		row.Name = string(raw[1])
		setText(&row.Type, raw[2])
		setText(&row.Class, raw[3])
		setText(&row.TTL, raw[4])
		row.Record = string(raw[5])
		visit(&row)
	}
	return rows.Err()
}

// setText makes a string of a column that mostly is what it was in the row before.
func setText(field *string, raw sql.RawBytes) {
	if *field != string(raw) {
		*field = string(raw)
	}
}

// readGate asks for the gate. Its cost does not depend on the size of the table.
func (s *session) readGate(ctx context.Context) (gate, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	g := gate{server: s.server, stamp: stamp{rows: -1}}
	var kind string
	var created, updated, age sql.NullString
	var next, rows sql.NullInt64
	err := s.conn.QueryRowContext(ctx, "SELECT TABLE_TYPE, CREATE_TIME, UPDATE_TIME, TIMESTAMPDIFF(SECOND, UPDATE_TIME, NOW()), AUTO_INCREMENT, TABLE_ROWS"+
		" FROM information_schema.TABLES WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?",
		nullable(s.table.database), s.table.table).Scan(&kind, &created, &updated, &age, &next, &rows)
	if err != nil {
		return gate{}, err
	}
	if kind != "BASE TABLE" || !s.stamps {
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
	rows, err := s.conn.QueryContext(ctx, "SELECT "+entryColumns+" FROM "+s.table.changes().quoted()+which)
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
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var count int
	var first entry
	changes := s.table.changes().quoted()
	err = s.conn.QueryRowContext(ctx, "SELECT COUNT(*), COALESCE(SUM(seq > ?), 0), COALESCE(MIN(seq), 0),"+
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

// news is what the change log has that we have not seen.
type news struct {
	entries []entry
	names   []string      // as the rows have them, each once
	lag     time.Duration // how long ago the first of them was written
}

// readNews reads what w has not seen. It runs in the transaction that reads the names again, so that both are of one state.
func (s *session) readNews(ctx context.Context, w *watermark) (n news, err error) {
	_, late, err := s.countNews(ctx, w)
	if err != nil {
		return news{}, err
	}
	from := w.high
	if late > 0 {
		from = w.low.seq
	}
	rows, err := s.conn.QueryContext(ctx, "SELECT name, "+entryColumns+" FROM "+s.table.changes().quoted()+" WHERE seq > ?", from)
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
		if !once[string(name)] {
			once[string(name)] = true
			n.names = append(n.names, string(name))
		}
	}
	return n, rows.Err()
}

// explain adds to an error of the server what to do about it.
func explain(err error, table tableName) error {
	var refused *mysql.MySQLError
	if !errors.As(err, &refused) {
		return err
	}
	remedy, ok := remedies[refused.Number]
	if !ok {
		return err
	}
	return fmt.Errorf("%w: %s", err, strings.ReplaceAll(remedy, "TABLE", table.String()))
}

// remedies by the error numbers of the MySQL Server Error Message Reference.
var remedies = map[uint16]string{
	1040: "raise max_connections, or end connections that nobody needs",
	1044: "the user has no right to this database: GRANT SELECT ON TABLE",
	1045: "check the user and the password in dsn or password_file",
	1049: "create the database, or correct its name in dsn",
	1054: "a column went away: mend the table, or name a view in table that has it",
	1142: "the user may not read it: GRANT SELECT ON TABLE",
	1143: "the user may not read one of its columns: GRANT SELECT ON TABLE",
	1146: "create the table with schema.sql, or correct its name in table",
	1356: "the view or its definer's rights are broken: mend the view TABLE",
	1698: "check the user and the password in dsn or password_file",
}
