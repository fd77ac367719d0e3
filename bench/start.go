package main

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/mysqldns/mysqldns/test/lab"
)

// starts is how many seconds it takes until the copy is there; one figure for each round.
type starts struct {
	Names    int
	Scan     []float64 // the driver alone
	List     []float64
	Snapshot []float64
}

// measureStart lists the table and scans it by turns; then, with the database gone, it starts from a snapshot.
func (b *bench) measureStart(names int) error {
	var s starts
	if err := b.child(task{what: "start", rounds: b.rounds}, &s); err != nil {
		return err
	}
	s.Names = names
	b.DB.Pool.SetMaxIdleConns(0) // they would not outlive the server
	defer b.DB.Pool.SetMaxIdleConns(1)
	if err := b.DB.Server.Stop(); err != nil {
		return err
	}
	err := b.child(task{what: "snapshot", rounds: b.rounds}, &s.Snapshot)
	if restarted := b.DB.Server.Restart(); restarted != nil {
		return restarted
	}
	if err != nil {
		return err
	}
	b.results.Start = append(b.results.Start, s)
	b.Progress.Note("list %.2f s, scan %.2f s, snapshot %.2f s", lab.Median(s.List), lab.Median(s.Scan), lab.Median(s.Snapshot))
	return nil
}

// start lists and scans, and leaves a snapshot.
func (t task) start() (s starts, err error) {
	// The first of each is to warm up, and to write the snapshot.
	if _, err := scan(t.dsn); err != nil {
		return s, err
	}
	if _, err := startAndStop(t.snapshotBlock()); err != nil {
		return s, err
	}
	for range t.rounds {
		took, err := scan(t.dsn)
		if err != nil {
			return s, err
		}
		s.Scan = append(s.Scan, took.Seconds())
		if took, err = startAndStop(mysqldnsBlock(t.dsn)); err != nil {
			return s, err
		}
		s.List = append(s.List, took.Seconds())
	}
	return s, nil
}

func (t task) snapshotBlock() string {
	return mysqldnsBlock(t.dsn, "snapshot "+filepath.Join(t.dir, "snapshot"))
}

// startFromSnapshot starts while there is no database. The first time is to warm up.
func (t task) startFromSnapshot() (all []float64, err error) {
	if _, err := os.Stat(filepath.Join(t.dir, "snapshot")); err != nil {
		return nil, err
	}
	for range t.rounds + 1 {
		took, err := startAndStop(t.snapshotBlock())
		if err != nil {
			return nil, err
		}
		all = append(all, took.Seconds())
	}
	return all[1:], nil
}

// startAndStop starts mysqldns in this process, waits until it has its copy, and stops it. It returns how long the copy took,
// from before the connection to the database on. It begins with memory that the system has to give anew.
func startAndStop(block string) (time.Duration, error) {
	debug.FreeOSMemory()
	i, err := startInstance(block)
	if err != nil {
		return 0, err
	}
	defer i.stop()
	return i.awaitReady(mysqlDNS, loadWithin)
}

// scan reads the whole table with the driver, as fast as that can, and does nothing with the rows.
func scan(dsn string) (time.Duration, error) {
	debug.FreeOSMemory()
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return 0, err
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return 0, err
	}
	pool := sql.OpenDB(connector)
	defer pool.Close()
	start := time.Now()
	rows, err := pool.QueryContext(context.Background(), "SELECT id, name, type, class, ttl, record FROM tb_dns")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var raw [6]sql.RawBytes
	dest := make([]any, len(raw))
	for i := range raw {
		dest[i] = &raw[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return 0, err
		}
	}
	return time.Since(start), rows.Err()
}
