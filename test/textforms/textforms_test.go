package textforms

import (
	"context"
	"flag"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

var (
	seed   = flag.Uint64("seed", 1, "of the first round")
	rounds = flag.Int("rounds", 3, "how many zones")
	each   = flag.Int("each", 4, "how many records of each type in a zone")
)

func TestTextForms(t *testing.T) {
	requirePrograms(t)
	c := &comparison{T: t}
	for round := range *rounds {
		c.round(*seed + uint64(round))
	}
	t.Logf("%d zones, %d records of %d types: %d comparisons, %d differences", *rounds, c.records, len(kinds), c.compared, c.different)
}

// requirePrograms skips a test where BIND or Knot is missing, or fails it where they have to be there.
func requirePrograms(t *testing.T) {
	t.Helper()
	programs := missing()
	switch {
	case len(programs) == 0:
	case os.Getenv("MYSQLDNS_REQUIRE_SERVERS") != "":
		t.Fatalf("missing: %s", strings.Join(programs, ", "))
	default:
		t.Skipf("NOT TESTED: missing: %s", strings.Join(programs, ", "))
	}
}

// comparison counts.
type comparison struct {
	*testing.T
	records, compared, different int
}

func (c *comparison) round(seed uint64) {
	ctx, cancel := context.WithTimeout(c.Context(), 20*time.Second)
	defer cancel()
	g := generator{rand.New(rand.NewPCG(seed, 1))}
	all := Records(seed, *each)
	c.records += len(all)
	zone, forKnot := head, head
	said := map[string]string{}
	isKnots := map[string]bool{}
	for _, r := range all {
		line := g.Line(r)
		owner := r.Owner + "." + apex
		zone += line
		said[owner] = line
		if r.Knot {
			forKnot += line
			isKnots[owner] = true
		}
	}
	dir := c.TempDir()
	must := func(text string, err error) string {
		c.Helper()
		if err != nil {
			c.Fatalf("seed %d: %v", seed, err)
		}
		return text
	}
	raw := func(zone string) rdata {
		c.Helper()
		b, err := bind(ctx, dir, zone, "raw")
		must("", err)
		octets, err := readRaw(b)
		must("", err)
		return octets
	}
	read := func(zone string) rdata {
		c.Helper()
		octets, err := ours(zone)
		must("", err)
		return octets
	}
	truth := raw(zone)
	compare := func(what string, got rdata, only map[string]bool) {
		c.Helper()
		for owner, line := range said {
			if only != nil && !only[owner] {
				continue
			}
			c.compared++
			is, expected := got[owner], truth[owner]
			if strings.Contains(what, "Knot") {
				is, expected = is.folded(), expected.folded()
			}
			if is != expected {
				c.different++
				c.Errorf("seed %d: %s: %sis   %d %x\nBIND %d %x", seed, what, line, is.rrtype, is.octets, expected.rrtype, expected.octets)
			}
		}
	}
	compare("mysqldns reads the zone", read(zone), nil)
	text, err := bind(ctx, dir, zone, "text")
	compare("mysqldns reads what BIND writes", read(must(string(text), err)), nil)

	octets, knotText, err := knot(ctx, dir, forKnot)
	must("", err)
	compare("Knot reads the zone", read(octets), isKnots)
	compare("mysqldns reads what dig writes of Knot's transfer", read(knotText), isKnots)

	everything := func(string) bool { return true }
	own, err := written(zone, everything)
	compare("BIND reads what mysqldns writes", raw(must(own, err)), nil)
	own, err = written(zone, func(owner string) bool { return isKnots[owner] || said[owner] == "" })
	octets, _, err2 := knot(ctx, dir, must(own, err))
	must("", err2)
	compare("Knot reads what mysqldns writes", read(octets), isKnots)
	file, err := exported(zone)
	compare("BIND reads what mysqldns exports", raw(must(file, err)), nil)
	octets, _, err = knot(ctx, dir, file)
	must("", err)
	compare("Knot reads what mysqldns exports", read(octets), nil)
}
