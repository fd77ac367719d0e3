package main

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/mysqldns/mysqldns"
	"github.com/mysqldns/mysqldns/test/coredns"
	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/port"

	_ "github.com/go-sql-driver/mysql" // for database/sql
)

// underLoad starts MariaDB with so many names, CoreDNS, and dnsperf for some seconds more than look needs; it calls look with
// the address of pprof, and ends them.
func underLoad(ctx context.Context, names, seconds int, look func(addr string) error) error {
	if _, err := exec.LookPath("dnsperf"); err != nil {
		return fmt.Errorf("%w (Debian: apt-get install dnsperf)", err)
	}
	dir, err := os.MkdirTemp("", "mysqldns-profile-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Printf("building CoreDNS, starting MariaDB with %d names\n", names)
	program, err := coredns.Build(dir)
	if err != nil {
		return err
	}
	database, err := mariadb.Start(filepath.Join(dir, "mariadb"))
	if err != nil {
		return err
	}
	defer database.Stop() //nolint:errcheck // its data goes too
	dsn := database.DSN("root", "", mariadb.Database)
	if err := fill(ctx, dsn, names); err != nil {
		return err
	}
	addr, err := port.Free()
	if err != nil {
		return err
	}
	corefile := ".:{$PORT} {\n bind 127.0.0.1\n pprof " + addr + "\n mysqldns {\n dsn " + dsn + "\n }\n}\n"
	server, err := coredns.Start(program, dir, corefile)
	if err != nil {
		return err
	}
	defer server.Stop() //nolint:errcheck // nothing depends on how it ends
	queries := filepath.Join(dir, "queries")
	if err := writeQueries(queries, names); err != nil {
		return err
	}
	return withLoad(ctx, server.Addr, queries, seconds+3, func() error { return look(addr) })
}

var rate = regexp.MustCompile(`Queries per second:\s+([\d.]+)`)

// withLoad calls look while dnsperf asks a server what stands in a file of queries.
func withLoad(ctx context.Context, addr, queries string, seconds int, look func() error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	var output strings.Builder
	load := exec.CommandContext(ctx, "dnsperf", "-s", host, "-p", port, "-d", queries, "-l", strconv.Itoa(seconds), "-c", "8", "-T", "2")
	load.Stdout, load.Stderr = &output, &output
	if err := load.Start(); err != nil {
		return err
	}
	if err := look(); err != nil {
		cancel()
		load.Wait() //nolint:errcheck // it was ended
		return err
	}
	if err := load.Wait(); err != nil {
		return fmt.Errorf("dnsperf: %w\n%s", err, output.String())
	}
	found := rate.FindStringSubmatch(output.String())
	if found == nil {
		return fmt.Errorf("dnsperf says no rate:\n%s", output.String())
	}
	fmt.Printf("under %s queries/s\n", found[1])
	return nil
}

// fill makes tb_dns with a zone that has one A record for each name.
func fill(ctx context.Context, dsn string, names int) error {
	pool, err := sql.Open("mysql", dsn+"?multiStatements=true")
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.ExecContext(ctx, mysqldns.Schema); err != nil {
		return fmt.Errorf("schema.sql: %w", err)
	}
	rows := []string{
		"('example.org', 'SOA', 'ns1.example.org hostmaster.example.org 1 7200 3600 1209600 300')",
		"('example.org', 'NS', 'ns1.example.org')",
	}
	const batch = 5000
	for i := range names {
		rows = append(rows, fmt.Sprintf("('%s', 'A', '10.%d.%d.%d')", name("host", i), byte(i>>16), byte(i>>8), byte(i)))
		if len(rows) < batch && i < names-1 {
			continue
		}
		if _, err := pool.ExecContext(ctx, "INSERT INTO tb_dns (name, type, record) VALUES "+strings.Join(rows, ", ")); err != nil {
			return fmt.Errorf("filling the table: %w", err)
		}
		rows = rows[:0]
	}
	return nil
}

func name(prefix string, i int) string { return fmt.Sprintf("%s%d.example.org", prefix, i) }

// writeQueries writes what dnsperf asks: nine of ten names chosen at random exist, one does not.
func writeQueries(path string, names int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	out := bufio.NewWriter(f)
	const queries = 200_000
	for i := range queries {
		prefix := "host"
		if i%10 == 9 {
			prefix = "miss"
		}
		fmt.Fprintln(out, name(prefix, rand.IntN(names)), "A") //nolint:gosec // nothing secret
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return f.Close()
}
