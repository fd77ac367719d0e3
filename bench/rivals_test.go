package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/mysqldns/mysqldns/test/lab"
	"github.com/mysqldns/mysqldns/test/suite"
)

// NSD and Knot answer all that dnsperf asks, also from one address: nothing limits the rate of negative answers.
func TestRivalsAnswerAsFastAsTheyCan(t *testing.T) {
	_, err := exec.LookPath("dnsperf")
	if err != nil {
		t.Skip("NOT TESTED: dnsperf is not installed")
	}
	b := &bench{Run: &lab.Run{Ctx: t.Context(), Dir: t.TempDir()}}
	zone, misses := filepath.Join(b.Dir, "zone"), filepath.Join(b.Dir, "misses")
	if err := lab.WriteZoneFile(zone, 100); err != nil {
		t.Fatal(err)
	}
	if err := lab.WriteQueries(misses, 1000, 100, lab.AppendMiss); err != nil {
		t.Fatal(err)
	}
	for name, start := range map[string]func(string) (*process, error){nsd: b.startNSD, knot: b.startKnot} {
		t.Run(name, func(t *testing.T) {
			server, err := start(zone)
			if err != nil {
				t.Fatal(err)
			}
			if server == nil && os.Getenv(suite.Require) == "" {
				t.Skip("NOT TESTED: it is not installed")
			}
			if server == nil {
				t.Fatal("it is not installed")
			}
			defer server.stop()
			p, err := lab.Load(b.Ctx, server.port, misses, 2, "NXDOMAIN")
			if err != nil {
				t.Fatal(err)
			}
			if p.Expected < 0.99 || p.Lost > 0.01 {
				t.Errorf("%.1f %% of the answers were NXDOMAIN, %.1f %% were lost", 100*p.Expected, 100*p.Lost)
			}
		})
	}
}
