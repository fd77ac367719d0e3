package mysqldns

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/follow"

	"github.com/go-sql-driver/mysql"
)

// mysqlDialer implements follow.Dialer for the hosts that a directive names, in their order.
type mysqlDialer struct {
	table table.Name
	addrs []string
	pools []*sql.DB
}

var _ follow.Dialer = (*mysqlDialer)(nil)

func newDialer(s *source) (*mysqlDialer, error) {
	d := &mysqlDialer{table: s.table}
	for _, cfg := range s.hosts {
		connector, err := mysql.NewConnector(cfg)
		if err != nil {
			return nil, err
		}
		pool := sql.OpenDB(connector)
		pool.SetMaxOpenConns(2) // a session's, and a resync's
		pool.SetMaxIdleConns(0) // a session keeps its connection; one that was given back is not used again
		d.addrs = append(d.addrs, cfg.Addr)
		d.pools = append(d.pools, pool)
	}
	return d, nil
}

// Hosts implements follow.Dialer.
func (d *mysqlDialer) Hosts() int { return len(d.pools) }

// Dial implements follow.Dialer.
func (d *mysqlDialer) Dial(ctx context.Context, host int) (follow.Session, error) {
	s := &mysqlSession{server: follow.Server{Host: host, Addr: d.addrs[host]}}
	opened, err := table.Open(ctx, d.pools[host], d.table)
	if err != nil {
		return nil, explain(table.Explain(err, d.table), s.server.Addr)
	}
	s.Session = opened
	if err := s.detectServer(ctx); err != nil {
		s.Close()
		return nil, s.Explain(err)
	}
	return s, nil
}

// Close implements follow.Dialer.
func (d *mysqlDialer) Close() {
	for _, pool := range d.pools {
		pool.Close()
	}
}

// mysqlSession implements follow.Session; what concerns the table's rows is table.Session's, and the change log is in changelog.go.
type mysqlSession struct {
	*table.Session
	server follow.Server
	stamps bool // the times in information_schema.TABLES mean something
	galera bool // it is a node of a cluster
	rights replicationRights
}

var _ follow.Session = (*mysqlSession)(nil)

// Server implements follow.Session.
func (s *mysqlSession) Server() follow.Server { return s.server }

// Close implements follow.Session.
func (s *mysqlSession) Close() { s.Conn.Close() }

// Shape implements follow.Table.
func (s *mysqlSession) Shape() follow.Shape {
	return follow.Shape{HasLog: s.HasLog, LogGrant: s.LogGrant, CaseSensitive: s.Columns.CaseSensitive}
}

// Explain implements follow.Session.
func (s *mysqlSession) Explain(err error) error {
	return explain(s.Session.Explain(err, s.Table), s.server.Addr)
}

// explain adds to an error the host that it came from.
func explain(err error, addr string) error {
	explained := fmt.Errorf("%s: %w", addr, err)
	if table.IsRefusal(err) {
		return refusal{explained}
	}
	return explained
}

// refusal is an error that is the server's answer.
type refusal struct{ error }

func (r refusal) Unwrap() []error { return []error{r.error, follow.ErrRefused} }

// stampsUnchanging asks whether a table that nothing can change, one of information_schema itself, has a time of its last change. Servers that give it one
// give one to every table, whatever becomes of it: then the times mean nothing.
const stampsUnchanging = "(SELECT COUNT(UPDATE_TIME) > 0 FROM information_schema.TABLES" +
	" WHERE TABLE_SCHEMA = 'information_schema' AND LOWER(TABLE_NAME) = 'character_sets')"

// detectServer finds out what kind of server this is.
func (s *mysqlSession) detectServer(ctx context.Context) error {
	var version string
	var unchanging bool
	if err := s.QueryRowContext(ctx, "SELECT VERSION(), "+stampsUnchanging).Scan(&version, &unchanging); err != nil {
		return err
	}
	s.stamps = !unchanging
	s.server.ID = s.server.Addr + " " + s.identity(ctx) + " " + version // servers made alike may have all but the address in common
	s.galera = s.QueryRowContext(ctx, "SELECT 1 FROM DUAL WHERE @@wsrep_on").Scan(new(int)) == nil
	var err error
	if s.server.Copies, err = s.ReadOnly(ctx); err != nil {
		return err
	}
	return s.readUptime(ctx)
}

// identity tells servers apart that answer at one address, as behind a proxy or a virtual address.
func (s *mysqlSession) identity(ctx context.Context) string {
	for _, query := range []string{
		"SELECT @@server_uuid",
		"SELECT CONCAT_WS(' ', @@hostname, @@port, @@server_id, @@datadir)",
	} {
		var id string
		if s.QueryRowContext(ctx, query).Scan(&id) == nil {
			return id
		}
	}
	return s.server.Addr
}

// readUptime asks how long the server has been running; 0 where it does not say.
func (s *mysqlSession) readUptime(ctx context.Context) error {
	var variable string
	var seconds int64
	err := s.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE 'Uptime'").Scan(&variable, &seconds)
	if err == nil || errors.Is(err, sql.ErrNoRows) || table.IsRefusal(err) {
		s.server.Uptime = time.Duration(seconds) * time.Second
		return nil
	}
	return err
}

// Stamp implements follow.Table.
func (s *mysqlSession) Stamp(ctx context.Context) (follow.Stamp, error) {
	ctx, cancel := context.WithTimeout(ctx, follow.QueryTimeout)
	defer cancel()
	unknown := follow.Stamp{Rows: -1}
	var kind string
	var created, updated, age sql.NullString
	var next, rows sql.NullInt64
	err := s.QueryRowContext(ctx, "SELECT TABLE_TYPE, CREATE_TIME, UPDATE_TIME, TIMESTAMPDIFF(SECOND, UPDATE_TIME, NOW()), AUTO_INCREMENT, TABLE_ROWS"+
		" FROM information_schema.TABLES WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?",
		s.Table.Schema(), s.Table.Table).Scan(&kind, &created, &updated, &age, &next, &rows)
	if err != nil {
		return unknown, err
	}
	s.Streams = kind == "BASE TABLE"
	if !s.Streams || !s.stamps {
		return unknown, nil // a view has no stamp
	}
	stamp := follow.Stamp{Created: created.String, Updated: updated.String, NextID: uint64(next.Int64), Rows: -1}
	if rows.Valid {
		stamp.Rows = rows.Int64
	}
	if seconds, err := strconv.ParseInt(age.String, 10, 64); err == nil {
		stamp.Age = time.Duration(seconds) * time.Second
	}
	return stamp, nil
}

// synced is the wsrep_local_state of a node that has what its cluster has, but for the changes on their way.
const synced = "4"

// CheckSynced implements follow.Node. A Galera node may stand still while it is backed up or gives another node all data.
func (s *mysqlSession) CheckSynced(ctx context.Context) error {
	if !s.galera {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, follow.QueryTimeout)
	defer cancel()
	var variable, state string
	err := s.QueryRowContext(ctx, "SHOW STATUS LIKE 'wsrep_local_state'").Scan(&variable, &state)
	if err != nil || state == synced {
		return err
	}
	return s.AwaitCluster(ctx)
}

// AwaitCluster implements follow.Node.
func (s *mysqlSession) AwaitCluster(ctx context.Context) error {
	if !s.galera {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, follow.QueryTimeout)
	defer cancel()
	for _, statement := range []string{"SET SESSION wsrep_sync_wait = 1", "SELECT 1", "SET SESSION wsrep_sync_wait = 0"} {
		_, err := s.ExecContext(ctx, statement)
		if ctx.Err() != nil {
			return fmt.Errorf("the node is %w its cluster and has not caught up in %s", follow.ErrBehind, follow.QueryTimeout)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
