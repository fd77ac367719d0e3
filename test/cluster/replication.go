package cluster

import (
	"database/sql"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"

	"github.com/mysqldns/mysqldns/test/mariadb"
)

// Replication is a primary and its replica, which follows it by GTID.
type Replication struct {
	Primary, Replica *mariadb.Server

	chain Chain
}

// StartReplication starts both on data in dir, with options for both.
func StartReplication(dir string, options ...string) (*Replication, error) {
	c, err := StartChain(dir, 2, options...)
	if err != nil {
		return nil, err
	}
	return &Replication{Primary: c[0], Replica: c[1], chain: c}, nil
}

// Chain is servers; each but the first is the replica of the one before.
type Chain []*mariadb.Server

// StartChain starts so many on data in dir, with options for all.
func StartChain(dir string, length int, options ...string) (c Chain, err error) {
	for id := 1; id <= length; id++ {
		server, err := startMember(dir, id, options)
		if err == nil {
			c = append(c, server)
		}
		if err == nil && id > 1 {
			err = Follow(server, c[id-2])
		}
		if err != nil {
			return nil, errors.Join(err, c.Stop())
		}
	}
	return c, nil
}

// Stop ends all.
func (c Chain) Stop() error {
	var errs []error
	for _, server := range slices.Backward(c) {
		errs = append(errs, server.Stop())
	}
	return errors.Join(errs...)
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
func Follow(replica, primary *mariadb.Server) error {
	host, port, err := net.SplitHostPort(primary.Addr)
	if err != nil {
		return err
	}
	return replica.Exec(
		fmt.Sprintf("CHANGE MASTER TO MASTER_HOST = '%s', MASTER_PORT = %s, MASTER_USER = 'root', MASTER_CONNECT_RETRY = 1, MASTER_USE_GTID = slave_pos",
			host, port),
		"START SLAVE")
}

// Promote makes a replica a server without a source.
func Promote(replica *mariadb.Server) error { return replica.Exec("STOP SLAVE", "RESET SLAVE ALL") }

// AwaitCaughtUp waits until a replica has what another server has now.
func AwaitCaughtUp(replica, primary *mariadb.Server) error {
	source, err := sql.Open("mysql", primary.DSN("root", "", ""))
	if err != nil {
		return err
	}
	defer source.Close()
	var at string
	if err := source.QueryRow("SELECT @@gtid_binlog_pos").Scan(&at); err != nil {
		return err
	}
	db, err := sql.Open("mysql", replica.DSN("root", "", "")+"?interpolateParams=true")
	if err != nil {
		return err
	}
	defer db.Close()
	var late int
	if err := db.QueryRow("SELECT MASTER_GTID_WAIT(?, 30)", at).Scan(&late); err != nil || late != 0 {
		return fmt.Errorf("the replica on %s is not at %s after 30s (%v); the end of its log:\n%s", replica.Addr, at, err, tail(replica))
	}
	return nil
}

// Stop ends both.
func (r *Replication) Stop() error { return r.chain.Stop() }
