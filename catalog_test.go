package mysqldns

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/journal"
	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/coredns/coredns/plugin"

	"github.com/miekg/dns"
)

// catalogStage is a catalog zone that follows a copy which a test fills, without a database.
type catalogStage struct {
	t  *testing.T
	db *zonedb.DB
	c  *catalogZone
}

func newCatalogStage(t *testing.T, zones ...string) *catalogStage {
	t.Helper()
	s := &source{table: table.Name{Table: "tb_dns"}}
	v, err := newVersions(s)
	if err != nil {
		t.Fatal(err)
	}
	c := &catalogZone{name: "catalog.example.", zones: plugin.Zones(zones), source: s, db: zonedb.New(), versions: v, moves: newMoves()}
	return &catalogStage{t, zonedb.New(), c}
}

// zone makes the copy have a zone, or not.
func (s *catalogStage) zone(apex string, there bool) {
	var rrs []dns.RR
	if there {
		rr, err := dns.NewRR(apex + " 60 IN SOA ns.example.net. host.example.net. 1 1 1 1 1")
		if err != nil {
			s.t.Fatal(err)
		}
		rrs = append(rrs, rr)
	}
	s.db.Apply(map[string][]dns.RR{apex: rrs, "www." + apex: nil})
	s.c.follow(s.db.View(), []string{apex, "www." + apex}, true)
}

// members are those that the catalog has.
func (s *catalogStage) members() (all []string) {
	for rr := range s.c.db.View().All("catalog.example.") {
		if ptr, ok := rr.(*dns.PTR); ok {
			all = append(all, ptr.Ptr)
		}
	}
	slices.Sort(all)
	return all
}

func TestCatalogFollowsTheZones(t *testing.T) {
	s := newCatalogStage(t, ".")
	s.zone("a.example.", true)
	s.zone("b.example.", true)
	s.zone("catalog.example.", true) // which is its own name, and no member
	if got := s.members(); !slices.Equal(got, []string{"a.example.", "b.example."}) {
		t.Errorf("the members are %q", got)
	}
	before := s.c.db.View()
	s.zone("a.example.", true)
	if s.c.db.View() != before {
		t.Error("a zone that stays changes the catalog")
	}
	s.zone("a.example.", false)
	if got := s.members(); !slices.Equal(got, []string{"b.example."}) {
		t.Errorf("without one zone the members are %q", got)
	}
	s.db.Apply(map[string][]dns.RR{"b.example.": nil, "c.example.": s.soa("c.example.")})
	s.c.follow(s.db.View(), nil, false) // as after a list of the whole table
	if got := s.members(); !slices.Equal(got, []string{"c.example."}) {
		t.Errorf("after a list the members are %q", got)
	}
}

func (s *catalogStage) soa(apex string) []dns.RR {
	rr, err := dns.NewRR(apex + " 60 IN SOA ns.example.net. host.example.net. 1 1 1 1 1")
	if err != nil {
		s.t.Fatal(err)
	}
	return []dns.RR{rr}
}

// A block that answers some zones only has a catalog of these.
func TestCatalogOfSomeZones(t *testing.T) {
	s := newCatalogStage(t, "example.")
	s.zone("a.example.", true)
	s.zone("a.other.", true)
	if got := s.members(); !slices.Equal(got, []string{"a.example."}) {
		t.Errorf("the members are %q", got)
	}
}

// The change log names the catalog when there is another version of it: then its versions are looked at, though it has not changed.
func TestCatalogHearsOfItsVersions(t *testing.T) {
	s := newCatalogStage(t, ".")
	s.zone("a.example.", true)
	s.c.versions.moves.take()
	s.c.follow(s.db.View(), []string{"catalog.example."}, true)
	if _, names, _ := s.c.versions.moves.take(); !slices.Contains(names, "catalog.example.") {
		t.Errorf("the versions hear of %q", names)
	}
}

// Blocks with the same catalog share it; with other zones they may not, but around a reload, when one replaces the other.
func TestCatalogsOfBlocks(t *testing.T) {
	var cs catalogs
	s := &source{table: table.Name{Table: "tb_dns"}}
	ours := func() bool { return false }
	old, young := new(instance), new(instance)
	block := func(i *instance, zones ...string) *MySQLDNS {
		return &MySQLDNS{instance: i, zones: zones, catalogName: "catalog.example."}
	}
	a, b, c, d := block(old, "."), block(old, "."), block(old, "example."), block(young, "example.")
	first, err := cs.hold(a, s, ours)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := cs.hold(b, s, ours); err != nil || second != first {
		t.Errorf("a block with the same has another: %v", err)
	}
	if _, err := cs.hold(c, s, ours); err == nil || !strings.Contains(err.Error(), "catalog: catalog.example. is that of another block") {
		t.Errorf("a block with other zones: %v", err)
	}
	if other, err := cs.hold(d, s, ours); err != nil || other == first {
		t.Errorf("a block of the next instance: %v", err)
	}
	cs.release(a)
	cs.release(b)
	if got := cs.named("catalog.example."); got == nil || got == first {
		t.Error("the catalog of the next instance does not take the place of the one before")
	}
	cs.release(d)
	if len(cs.all) != 0 {
		t.Errorf("%d catalogs are left", len(cs.all))
	}
}

// What a catalog's version has at names where the copy differs says which zones to look for in the table.
func TestCatalogAsksForZones(t *testing.T) {
	s := newCatalogStage(t, ".")
	s.zone("gone.example.", true)
	s.zone("stays.example.", true)
	zones := journal.NewZones(func(string, uint32) bool { return true })
	zones.Move(s.c.db.View(), nil, false)
	z := zones.Zone("catalog.example.")
	z.Assume(1, z.Copied())
	s.zone("gone.example.", false)
	s.zone("new.example.", true)
	zones.Move(s.c.db.View(), nil, false)
	got := differingZones(z.Differ(), s.c.db.View())
	if want := map[string]bool{"gone.example.": true, "new.example.": false}; !maps.Equal(got, want) {
		t.Errorf("asks for %v, expected %v", got, want)
	}
}
