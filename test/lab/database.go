package lab

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"time"

	"github.com/mysqldns/mysqldns"
	"github.com/mysqldns/mysqldns/test/mariadb"

	"github.com/go-sql-driver/mysql"
)

// Database is the private MariaDB that all servers read from.
type Database struct {
	Server *mariadb.Server
	Pool   *sql.DB
}

// bufferPool holds 10,000,000 rows with their indexes, so that the disk takes no part.
const bufferPool = "3G"

// StartDatabase starts it in a folder.
func StartDatabase(dir string) (*Database, error) {
	server, err := mariadb.Start(dir, "--innodb-buffer-pool-size="+bufferPool, "--innodb-log-file-size=512M", "--local-infile=1")
	if err != nil {
		return nil, err
	}
	pool, err := sql.Open("mysql", server.DSN("root", "", mariadb.Database)+"?multiStatements=true")
	if err != nil {
		return nil, err
	}
	return &Database{server, pool}, nil
}

// Stop ends it.
func (d *Database) Stop() error {
	d.Pool.Close()
	return d.Server.Stop()
}

// DSN is for the Corefile.
func (d *Database) DSN() string { return d.Server.DSN("root", "", mariadb.Database) }

// chunk is how many rows one transaction loads.
const chunk = 1_000_000

// Fill makes tb_dns anew with the zone of so many names.
func (d *Database) Fill(names int) error {
	return d.Refill(Hosts(names))
}

// Rows are those of something that is counted from 0, such as hosts, and how many make a transaction.
type Rows struct {
	number, each int
	write        func(w io.Writer, first, last int) error // those of some of them, with tabs between name, type, ttl and record
}

// Hosts are the rows of the one zone.
func Hosts(number int) Rows {
	return Rows{number, chunk, func(w io.Writer, first, last int) error {
		if first == 0 {
			fmt.Fprintf(w, "%s\tSOA\t%d\t%s\n%[1]s\tNS\t%[2]d\t%[4]s\n", Origin, TTL, SOARecord, NSRecord)
		}
		return writeRows(w, first, last)
	}}
}

// Refill makes tb_dns anew. The triggers come last: the rows were always there.
func (d *Database) Refill(all ...Rows) error {
	err := d.Exec("DROP TABLE IF EXISTS tb_dns, tb_dns_changes; "+mysqldns.Schema,
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
	if err := d.Exec(mysqldns.Schema, "ANALYZE TABLE tb_dns"); err != nil {
		return err
	}
	time.Sleep(3 * time.Second) // until UPDATE_TIME, in whole seconds, can tell later changes from these
	return nil
}

func (d *Database) loadRows(write func(io.Writer) error) error {
	r, w := io.Pipe()
	go func() { w.CloseWithError(write(w)) }()
	mysql.RegisterReaderHandler("rows", func() io.Reader { return r })
	defer mysql.DeregisterReaderHandler("rows")
	return d.Exec("LOAD DATA LOCAL INFILE 'Reader::rows' INTO TABLE tb_dns CHARACTER SET ascii (name, type, ttl, record)")
}

// Exec executes scripts in one session.
func (d *Database) Exec(scripts ...string) error {
	ctx := context.Background()
	conn, err := d.Pool.Conn(ctx)
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
