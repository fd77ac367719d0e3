package cluster

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"

	"github.com/mysqldns/mysqldns/test/mariadb"
)

// Replication is a primary and its replica, which follows it by GTID.
type Replication struct {
	Primary, Replica *mariadb.Server
}

// StartReplication starts both on data in dir, with options for both.
func StartReplication(dir string, options ...string) (r *Replication, err error) {
	r = new(Replication)
	if r.Primary, err = startMember(dir, 1, options); err != nil {
		return nil, err
	}
	if r.Replica, err = startMember(dir, 2, options); err == nil {
		err = r.Follow(r.Replica, r.Primary)
	}
	if err != nil {
		return nil, errors.Join(err, r.Stop())
	}
	return r, nil
}

func startMember(dir string, id int, options []string) (*mariadb.Server, error) {
	server, err := mariadb.Start(filepath.Join(dir, fmt.Sprintf("server%d", id)))
	if err != nil {
		return nil, err
	}
	server.Reconfigure(append([]string{
		fmt.Sprintf("--server-id=%d", id),
		"--init-file=", // what Start has executed is the server's own, and not to be replicated
		"--log-bin=binlog",
		"--log-slave-updates",
		"--gtid-strict-mode=ON",
		"--slave-net-timeout=4",
	}, options...)...)
	return server, server.Restart()
}

// Follow makes a server another's replica.
func (r *Replication) Follow(replica, primary *mariadb.Server) error {
	host, port, err := net.SplitHostPort(primary.Addr)
	if err != nil {
		return err
	}
	return replica.Exec(
		fmt.Sprintf("CHANGE MASTER TO MASTER_HOST = '%s', MASTER_PORT = %s, MASTER_USER = 'root', MASTER_CONNECT_RETRY = 1, MASTER_USE_GTID = slave_pos",
			host, port),
		"START SLAVE")
}

// Promote makes the replica a server that follows nobody.
func (r *Replication) Promote() error { return r.Replica.Exec("STOP SLAVE", "RESET SLAVE ALL") }

// Stop ends both.
func (r *Replication) Stop() error {
	var errs []error
	for _, server := range []*mariadb.Server{r.Replica, r.Primary} {
		if server != nil {
			errs = append(errs, server.Stop())
		}
	}
	return errors.Join(errs...)
}
