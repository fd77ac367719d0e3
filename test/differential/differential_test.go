package differential

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// TestRandomZones compares the answers from random zones. MYSQLDNS_SEED repeats a run, MYSQLDNS_ZONES says how many tables, and
// MYSQLDNS_ZONE asks every question about one of them.
func TestRandomZones(t *testing.T) {
	needReferences(t)
	seed := number(t, "MYSQLDNS_SEED", rand.Uint64())
	count := number(t, "MYSQLDNS_ZONES", 2000)
	t.Logf("MYSQLDNS_SEED=%d MYSQLDNS_ZONES=%d", seed, count)
	var tables []Table
	for i := range count {
		tables = append(tables, Random(seed, int(i)))
	}
	run := Run{Load: subject(t, seed), Seed: seed, Limit: 120, Least: len(references), Dir: t.TempDir()}
	if os.Getenv("MYSQLDNS_ZONE") != "" {
		tables = []Table{Random(seed, int(number(t, "MYSQLDNS_ZONE", 0)))}
		run.Limit = 0
	}
	for batch := range slices.Chunk(tables, 1000) {
		if err := run.Tables(batch); err != nil {
			t.Fatal(err)
		}
	}
	report(t, &run)
	if run.Dropped > len(tables)/20 {
		t.Errorf("the references refused %d of %d tables: the generator makes too many that are not valid", run.Dropped, len(tables))
	}
}

// TestWrittenZones compares the answers from the zones in the directory of that name.
func TestWrittenZones(t *testing.T) {
	needReferences(t)
	run := Run{Load: subject(t, 1), Limit: 3000, Least: 2, Dir: t.TempDir()}
	for _, batch := range apart(written(t)) {
		if err := run.Tables(batch); err != nil {
			t.Fatal(err)
		}
	}
	report(t, &run)
	if run.Dropped > 0 {
		t.Errorf("%d zones are served by fewer than two references", run.Dropped)
	}
}

// needReferences skips a test where the references are not installed.
func needReferences(t *testing.T) {
	t.Helper()
	if packages := Missing(); len(packages) > 0 {
		missing(t, "install "+strings.Join(packages, ", ")+" (Debian's names)")
		t.SkipNow()
	}
}

// missing says so where a server is not there to compare with, or to run on. CI must have them all.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("MYSQLDNS_REQUIRE_REFERENCES") != "" || os.Getenv("MYSQLDNS_REQUIRE_SERVERS") != "" {
		t.Fatal(what)
	}
	fmt.Fprintf(os.Stderr, "\nNOT COMPARED with other name servers: %s\n\n", what)
}

// number reads a setting from the environment.
func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func written(t *testing.T) []Table {
	t.Helper()
	paths, err := filepath.Glob("zones/*.zone")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no zones: %v", err)
	}
	var tables []Table
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		table, err := ReadTable(filepath.Base(path), f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		tables = append(tables, table)
	}
	return tables
}

// apart groups tables, so that in no group one is above another.
func apart(tables []Table) [][]Table {
	var groups [][]Table
	for _, t := range tables {
		i := slices.IndexFunc(groups, func(group []Table) bool {
			return !slices.ContainsFunc(group, func(other Table) bool {
				return dns.IsSubDomain(t.Origin, other.Origin) || dns.IsSubDomain(other.Origin, t.Origin)
			})
		})
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], t)
	}
	return groups
}

func report(t *testing.T, run *Run) {
	t.Helper()
	t.Log(run.Report.String())
	if os.Getenv("MYSQLDNS_EXAMPLES") != "" {
		t.Logf("where the references disagree:\n%s", Examples(run.Classes))
	}
	if run.Differences() > 0 {
		t.Errorf("ours differs:\n%s", Examples(run.Different))
	}
}
