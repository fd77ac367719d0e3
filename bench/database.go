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

// fill makes tb_dns anew with the zone of so many names. The triggers come last: the rows were always there.
func (d *database) fill(names int) error {
	err := d.exec("DROP TABLE IF EXISTS tb_dns, tb_dns_changes; "+mysqldns.Schema,
		"DROP TRIGGER tb_dns_insert; DROP TRIGGER tb_dns_update; DROP TRIGGER tb_dns_delete",
		fmt.Sprintf("INSERT INTO tb_dns (name, type, ttl, record) VALUES ('%s', 'SOA', %d, '%s'), ('%[1]s', 'NS', %[2]d, '%[4]s')",
			origin, ttl, soaRecord, nsRecord))
	if err != nil {
		return err
	}
	for first := 0; first < names; first += chunk {
		if err := d.loadRows(first, min(first+chunk, names)); err != nil {
			return err
		}
	}
	if err := d.exec(mysqldns.Schema, "ANALYZE TABLE tb_dns"); err != nil {
		return err
	}
	time.Sleep(3 * time.Second) // until UPDATE_TIME, in whole seconds, can tell later changes from these
	return nil
}

func (d *database) loadRows(first, last int) error {
	r, w := io.Pipe()
	go func() { w.CloseWithError(writeRows(w, first, last)) }()
	mysql.RegisterReaderHandler("rows", func() io.Reader { return r })
	defer mysql.DeregisterReaderHandler("rows")
	return d.exec("LOAD DATA LOCAL INFILE 'Reader::rows' INTO TABLE tb_dns CHARACTER SET ascii FIELDS TERMINATED BY ' ' (name, type, ttl, record)")
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
