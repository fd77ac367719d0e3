package mysqldns

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
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
		pool.SetMaxOpenConns(4) // a session's, a resync's, that which asks a far server about itself, and one that asks whether it still takes no writes
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
	s.opened, s.plain = time.Now(), !opened.About.Known
	about := opened.About
	s.server.ID = s.server.Addr + " " + cmp.Or(about.Identity, s.server.Addr) + " " + about.Version // servers made alike may have all but the address in common
	s.server.Copies, s.server.Uptime = about.ReadOnly, about.Uptime
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
	opened time.Time
	rights replicationRights
	plain  bool // the server does not take a look in one statement

	committed string // by the Galera node, when it was asked last
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

// justOpened is for how long what Dial found out about the table is as good as what could be asked.
const justOpened = follow.ConnectTimeout + follow.QueryTimeout

// Inspect implements follow.Table.
func (s *mysqlSession) Inspect(ctx context.Context) (follow.Stamp, error) {
	asked := s.opened.IsZero() || time.Since(s.opened) > justOpened
	s.opened = time.Time{}
	if !asked {
		return s.Stamped, nil
	}
	s.plain = !s.About.Known
	err := s.Session.Inspect(ctx)
	return s.Stamped, err
}

// AsksNode implements follow.Node.
func (s *mysqlSession) AsksNode() bool {
	return s.About.Galera || !s.rights.noGroup || !s.rights.noReplica
}

// Values of wsrep_local_state.
const (
	donor  = "2" // it is backed up, or gives another node all data; also wsrep_desync
	joined = "3" // it catches up
	synced = "4" // it has what its cluster has, but for the changes on their way
)

// InStep implements follow.Node. A Galera node may stand still while it is backed up or gives another node all data: then changes wait there. One that has none
// waiting, or takes them, is asked to confirm that it has all.
func (s *mysqlSession) InStep(ctx context.Context) (bool, error) {
	if !s.About.Galera {
		return true, nil
	}
	status, err := s.nodeStatus(ctx)
	if err != nil {
		return false, err
	}
	before := s.committed
	s.committed = status["wsrep_last_committed"]
	switch status["wsrep_local_state"] {
	case synced:
		return true, nil
	case donor, joined:
		if status["wsrep_local_recv_queue"] != "0" && (before == "" || before == s.committed) {
			return false, nil
		}
		return true, s.AwaitCluster(ctx)
	}
	return false, nil
}

// nodeStatus is what a Galera node says of itself.
func (s *mysqlSession) nodeStatus(ctx context.Context) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Within(follow.QueryTimeout))
	defer cancel()
	rows, err := s.QueryContext(ctx, `SHOW STATUS LIKE 'wsrep\_l%'`)
	if err != nil {
		return nil, err
	}
	status := map[string]string{}
	err = each(rows, func() error {
		var variable, value string
		err := rows.Scan(&variable, &value)
		status[variable] = value
		return err
	})
	return status, err
}

// AwaitCluster implements follow.Node.
func (s *mysqlSession) AwaitCluster(ctx context.Context) error {
	if !s.About.Galera {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.Within(follow.QueryTimeout))
	defer cancel()
	for _, statement := range []string{"SET SESSION wsrep_sync_wait = 1", "SELECT 1", "SET SESSION wsrep_sync_wait = 0"} {
		_, err := s.ExecContext(ctx, statement)
		if ctx.Err() != nil {
			return follow.ErrNodeBehind
		}
		if err != nil {
			return err
		}
	}
	return nil
}
