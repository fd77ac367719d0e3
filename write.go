package mysqldns

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/follow"

	"github.com/go-sql-driver/mysql"
)

// writers is where versions and updates are written: the hosts of write_dsn, in the order of preference. Any goroutine may use it.
type writers struct {
	table table.Name
	addrs []string
	pools []*sql.DB
	write bool // only hosts that take writes are of use

	first func() int // the number of the host that is tried before all others; nil for that at the front
}

// errReadOnly means that a host takes no writes now, as a replica does.
var errReadOnly = errors.New("the server is read-only: name its primary in write_dsn")

// openWriters prepares to write to the hosts of write_dsn. It connects to none yet. It returns nil where the source has none.
func openWriters(s *source) (*writers, error) {
	if len(s.writeHosts) == 0 {
		return nil, nil
	}
	w, err := openServers(s, s.writeHosts)
	if err != nil {
		return nil, err
	}
	w.write = true
	return w, nil
}

// openBoth prepares to read at the hosts of dsn and to write to those of write_dsn; writers is nil where the source has none.
func openBoth(s *source) (readers, writers *writers, err error) {
	if readers, err = openServers(s, s.hosts); err != nil {
		return nil, nil, err
	}
	writers, err = openWriters(s)
	return readers, writers, err
}

// openServers prepares to reach some hosts.
func openServers(s *source, hosts []*mysql.Config) (*writers, error) {
	w := &writers{table: s.table}
	for _, cfg := range hosts {
		connector, err := mysql.NewConnector(cfg)
		if err != nil {
			return nil, err
		}
		pool := sql.OpenDB(connector)
		pool.SetMaxIdleConns(0) // a session keeps its connection; one that was given back is not used again
		w.addrs = append(w.addrs, cfg.Addr)
		w.pools = append(w.pools, pool)
	}
	return w, nil
}

// connect opens a session at the first host that can be reached and takes writes. The caller closes its Conn. A host that is silent leaves to each of
// those behind it as much of the time until the deadline of ctx as it has itself.
func (w *writers) connect(ctx context.Context) (*table.Session, error) {
	var errs []error
	for n, i := range w.order() {
		s, err := w.connectTo(ctx, w.pools[i], len(w.pools)-n)
		if err == nil {
			return s, nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", w.addrs[i], table.Explain(err, w.table)))
	}
	return nil, errors.Join(errs...)
}

// order is the numbers of the hosts, as they are tried.
func (w *writers) order() []int {
	first := w.preferred()
	order := []int{first}
	for i := range w.pools {
		if i != first {
			order = append(order, i)
		}
	}
	return order
}

// preferred is the number of the host that is tried before all others.
func (w *writers) preferred() int {
	if w.first == nil {
		return 0
	}
	return w.first()
}

func (w *writers) connectTo(ctx context.Context, pool *sql.DB, hostsLeft int) (*table.Session, error) {
	within := follow.ConnectTimeout + follow.QueryTimeout
	if deadline, ok := ctx.Deadline(); ok {
		within = min(within, time.Until(deadline)/time.Duration(hostsLeft))
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	s, err := table.Open(ctx, pool, w.table)
	if err != nil {
		return nil, err
	}
	if !w.write {
		return s, nil
	}
	if s.About.ReadOnly { // a user with more rights than it needs may write to a replica too, which would part it from its primary
		s.Conn.Close()
		return nil, errReadOnly
	}
	return s, nil
}

// close ends it; there is nothing to end where it is nil.
func (w *writers) close() {
	if w == nil {
		return
	}
	for _, pool := range w.pools {
		pool.Close()
	}
}
