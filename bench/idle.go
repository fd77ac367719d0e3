package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/test/lab"
	"github.com/mysqldns/mysqldns/test/port"
	"github.com/mysqldns/mysqldns/test/usage"
)

// idle is what MariaDB does while no row changes: without a reader, with one mysqldns, and with several.
type idle struct {
	Without, With activity
	Many          []activity
}

// activity is of one second.
type activity struct {
	Followers      int // copies of mysqldns, each with a connection
	Queries        float64
	CPU            float64 // milliseconds
	Received, Sent float64 // octets
}

// followers are numbers of copies that follow one table.
var followers = []int{1, 10, 100}

func (b *bench) measureIdle() error {
	var i idle
	var err error
	if i.Without, err = b.watchDatabase(); err != nil {
		return err
	}
	p, err := b.startCoreDNS(b.CoreDNS, mysqldnsBlock(b.DB.DSN()), lab.HostName(0))
	if err != nil {
		return err
	}
	defer p.stop()
	time.Sleep(2 * time.Second) // for the list to be over
	if i.With, err = b.watchDatabase(); err != nil {
		return err
	}
	p.stop()
	b.Progress.Note("%.1f queries/s and %.2f ms of CPU a second (%.1f and %.2f without mysqldns)", i.With.Queries, i.With.CPU, i.Without.Queries, i.Without.CPU)
	for _, n := range followers {
		a, err := b.watchFollowers(n)
		if err != nil {
			return err
		}
		i.Many = append(i.Many, a)
		b.Progress.Note("%d followers: %.1f queries/s, %.2f ms of CPU a second, %.1f KB/s received and %.1f KB/s sent", n, a.Queries, a.CPU, a.Received/1e3, a.Sent/1e3)
	}
	b.results.Idle = &i
	return nil
}

// watchFollowers measures with so many copies of a table, in one CoreDNS. The table is small: its size does not matter to who only
// asks for changes.
func (b *bench) watchFollowers(n int) (a activity, err error) {
	const name = "one.example.org"
	err = b.DB.Exec("CREATE TABLE tb_small LIKE tb_dns; CREATE TABLE tb_small_changes LIKE tb_dns_changes; "+
		"INSERT INTO tb_small (name, type, record) VALUES ('"+name+"', 'A', '192.0.2.1')",
		"DO SLEEP(3)") // until the stamp is settled
	if err != nil {
		return a, err
	}
	defer b.DB.Exec("DROP TABLE tb_small, tb_small_changes") //nolint:errcheck // with its server, at the latest
	port, err := port.FreeNumber()
	if err != nil {
		return a, err
	}
	var text strings.Builder
	for block := range n {
		zone := fmt.Sprintf("block%d.example.org", block)
		if block == 0 {
			zone = "." // which has the name
		}
		// A copy of its own has who differs in any property.
		fmt.Fprintf(&text, "%s:%d {\n bind 127.0.0.1\n mysqldns {\n dsn %s\n table tb_small\n ttl %d\n }\n}\n", zone, port, b.DB.DSN(), block+1)
	}
	corefile := filepath.Join(b.Dir, "Corefile-followers")
	if err := os.WriteFile(corefile, []byte(text.String()), 0o600); err != nil {
		return a, err
	}
	p, err := launch(port, name, b.CoreDNS, "-conf", corefile, "-quiet")
	if err != nil {
		return a, err
	}
	defer p.stop()
	time.Sleep(5 * time.Second) // for the lists to be over
	a, err = b.watchDatabase()
	a.Followers = n
	return a, err
}

// watchDatabase looks at MariaDB at the beginning and at the end of a while.
func (b *bench) watchDatabase() (a activity, err error) {
	pid := b.DB.Server.PID()
	before, err := b.counters()
	if err != nil {
		return a, err
	}
	cpu, err := usage.CPU(pid)
	if err != nil {
		return a, err
	}
	begun := time.Now()
	time.Sleep(b.watch)
	worked, err := usage.CPU(pid)
	if err != nil {
		return a, err
	}
	seconds := time.Since(begun).Seconds()
	after, err := b.counters()
	if err != nil {
		return a, err
	}
	return activity{
		Queries:  (after["Questions"] - before["Questions"] - 1) / seconds, // one was ours
		CPU:      lab.Milliseconds(worked-cpu) / seconds,
		Received: (after["Bytes_received"] - before["Bytes_received"]) / seconds,
		Sent:     (after["Bytes_sent"] - before["Bytes_sent"]) / seconds,
	}, nil
}

// counters are how many statements MariaDB has been sent, and octets both ways.
func (b *bench) counters() (map[string]float64, error) {
	rows, err := b.DB.Pool.QueryContext(b.Ctx, "SHOW GLOBAL STATUS WHERE Variable_name IN ('Questions', 'Bytes_received', 'Bytes_sent')")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counters := map[string]float64{}
	for rows.Next() {
		var variable string
		var value float64
		if err := rows.Scan(&variable, &value); err != nil {
			return nil, err
		}
		counters[variable] = value
	}
	return counters, rows.Err()
}
