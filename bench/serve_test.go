package main

import (
	"os"
	"strconv"
	"testing"

	"github.com/miekg/dns"

	"github.com/mysqldns/mysqldns/test/lab"
)

// The benchmarks are parts of what the command measures, for profiles:
//
//	MYSQLDNS_BENCH_NAMES=1000000 go test -run '^$' -bench ServeDNS/mysqldns/hits -cpuprofile cpu.out
//	MYSQLDNS_BENCH_NAMES=1000000 go test -run '^$' -bench List/mysqldns -cpuprofile cpu.out

// filled starts a database with as many names as the environment says.
func filled(b *testing.B) (db *lab.Database, names int) {
	names, err := strconv.Atoi(os.Getenv("MYSQLDNS_BENCH_NAMES"))
	if err != nil {
		names = 1000
	}
	db, err = lab.StartDatabase(b.TempDir())
	if err != nil {
		b.Skip(err)
	}
	b.Cleanup(func() { db.Stop() })
	if err := db.Fill(names); err != nil {
		b.Fatal(err)
	}
	return db, names
}

func BenchmarkServeDNS(b *testing.B) {
	db, names := filled(b)
	for _, name := range []string{"mysqldns", "file"} {
		i, err := startPlugin(name, db.DSN(), b.TempDir(), names)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/hits", func(b *testing.B) {
			benchmarkServe(b, i.handler(name), randomNames(names, lab.AppendHost), dns.RcodeSuccess)
		})
		b.Run(name+"/misses", func(b *testing.B) {
			benchmarkServe(b, i.handler(name), randomNames(names, lab.AppendMiss), dns.RcodeNameError)
		})
		i.stop()
	}
}

func BenchmarkList(b *testing.B) {
	db, _ := filled(b)
	b.Run("scan", func(b *testing.B) {
		for b.Loop() {
			if _, err := scan(db.DSN()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("mysqldns", func(b *testing.B) {
		for b.Loop() {
			if _, err := startAndStop(mysqldnsBlock(db.DSN())); err != nil {
				b.Fatal(err)
			}
		}
	})
}
