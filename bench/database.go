package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns"
	"github.com/mysqldns/mysqldns/test/mariadb"

	"github.com/go-sql-driver/mysql"
)

// database is the private MariaDB that all servers read from.
type database struct {
	server *mariadb.Server
	dir    string
	pool   *sql.DB
}

// bufferPool holds 10,000,000 rows with their indexes, so that the disk takes no part.
const bufferPool = "3G"

func startDatabase(dir string) (*database, error) {
	server, err := mariadb.Start(dir, "--innodb-buffer-pool-size="+bufferPool, "--innodb-log-file-size=512M", "--local-infile=1")
	if err != nil {
		return nil, err
	}
	pool, err := sql.Open("mysql", server.DSN("root", "", mariadb.Database)+"?multiStatements=true")
	if err != nil {
		return nil, err
	}
	return &database{server, dir, pool}, nil
}

func (d *database) stop() error {
	d.pool.Close()
	return d.server.Stop()
}

// dsn is for the Corefile.
func (d *database) dsn() string { return d.server.DSN("root", "", mariadb.Database) }

// pid is MariaDB's process.
func (d *database) pid() (int, error) {
	text, err := os.ReadFile(filepath.Join(d.dir, "data", "pid"))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// chunk is how many rows one transaction loads.
const chunk = 1_000_000

// fill makes tb_dns anew with the zone of so many names.
func (d *database) fill(names int) error {
	return d.refill(hosts(names))
}

// rows are those of something that is counted from 0, such as hosts, and how many make a transaction.
type rows struct {
	number, each int
	write        func(w io.Writer, first, last int) error // those of some of them, with tabs between name, type, ttl and record
}

// hosts are the rows of the one zone.
func hosts(number int) rows {
	return rows{number, chunk, func(w io.Writer, first, last int) error {
		if first == 0 {
			fmt.Fprintf(w, "%s\tSOA\t%d\t%s\n%[1]s\tNS\t%[2]d\t%[4]s\n", origin, ttl, soaRecord, nsRecord)
		}
		return writeRows(w, first, last)
	}}
}

// refill makes tb_dns anew. The triggers come last: the rows were always there.
func (d *database) refill(all ...rows) error {
	err := d.exec("DROP TABLE IF EXISTS tb_dns, tb_dns_changes; "+mysqldns.Schema,
		"DROP TRIGGER tb_dns_insert; DROP TRIGGER tb_dns_update; DROP TRIGGER tb_dns_delete")
	if err != nil {
		return err
	}
	for _, r := range all {
		for first := 0; first < r.number; first += r.each {
			if err := d.loadRows(func(w io.Writer) error { return r.write(w, first, min(first+r.each, r.number)) }); err != nil {
				return err
			}
		}
	}
	if err := d.exec(mysqldns.Schema, "ANALYZE TABLE tb_dns"); err != nil {
		return err
	}
	time.Sleep(3 * time.Second) // until UPDATE_TIME, in whole seconds, can tell later changes from these
	return nil
}

func (d *database) loadRows(write func(io.Writer) error) error {
	r, w := io.Pipe()
	go func() { w.CloseWithError(write(w)) }()
	mysql.RegisterReaderHandler("rows", func() io.Reader { return r })
	defer mysql.DeregisterReaderHandler("rows")
	return d.exec("LOAD DATA LOCAL INFILE 'Reader::rows' INTO TABLE tb_dns CHARACTER SET ascii (name, type, ttl, record)")
}

// exec executes scripts in one session.
func (d *database) exec(scripts ...string) error {
	ctx := context.Background()
	conn, err := d.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, script := range scripts {
		if _, err := conn.ExecContext(ctx, script); err != nil {
			return fmt.Errorf("%.100s: %w", script, err)
		}
	}
	return nil
}
