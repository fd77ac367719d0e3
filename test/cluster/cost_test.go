package cluster

import (
	"database/sql"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/coredns"
	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/usage"
)

// BenchmarkWatching measures what each CoreDNS costs a primary and its replica while nothing changes, with one of them in dsn and with both, where each
// looks at the other host as well. An iteration is a second: say -benchtime 20x or more.
func BenchmarkWatching(b *testing.B) {
	const many = 20
	r, err := StartReplication(b.TempDir())
	if err != nil {
		b.Skip(err)
	}
	b.Cleanup(func() { r.Stop() }) //nolint:errcheck // its cost was measured
	if err := load(r.Primary, script); err != nil {
		b.Fatal(err)
	}
	if err := AwaitCaughtUp(r.Replica, r.Primary); err != nil {
		b.Fatal(err)
	}
	for name, dsns := range map[string]string{"one host": dsn(r.Primary), "two hosts": dsn(r.Primary) + " " + dsn(r.Replica)} {
		b.Run(name, func(b *testing.B) {
			for n := range many {
				server, err := coredns.Start(program, b.TempDir(), ".:{$PORT} {\n bind 127.0.0.1\n mysqldns {\n  dsn "+dsns+"\n }\n}\n")
				if err != nil {
					b.Fatalf("server %d: %v", n, err)
				}
				b.Cleanup(func() { server.Stop() }) //nolint:errcheck // its cost was measured
			}
			time.Sleep(5 * time.Second) // until all watch
			primary, replica := costOf(b, r.Primary), costOf(b, r.Replica)
			began := time.Now()
			for b.Loop() {
				time.Sleep(time.Second)
			}
			b.StopTimer()
			seconds := many * time.Since(began).Seconds()
			costOf(b, r.Primary).report(b, primary, "primary", seconds)
			costOf(b, r.Replica).report(b, replica, "replica", seconds)
			b.ReportMetric(0, "ns/op") // which is a second
		})
	}
}

// cost is what a server has done since its start.
type cost struct {
	statements int
	cpu        time.Duration
}

func costOf(b *testing.B, server *mariadb.Server) (c cost) {
	b.Helper()
	db, err := sql.Open("mysql", server.DSN("root", "", ""))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SHOW GLOBAL STATUS LIKE 'Questions'").Scan(new(string), &c.statements); err != nil {
		b.Fatal(err)
	}
	if c.cpu, err = usage.CPU(server.PID()); err != nil {
		b.Skip(err) // only Linux tells
	}
	return c
}

// report reports what was done since before, for each CoreDNS and second.
func (c cost) report(b *testing.B, before cost, server string, seconds float64) {
	b.ReportMetric(float64(c.statements-before.statements)/seconds, server+"-statements/s")
	b.ReportMetric(float64((c.cpu-before.cpu).Microseconds())/1000/seconds, server+"-ms-cpu/s")
}
