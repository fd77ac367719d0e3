package zone

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/internal/order"
	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/miekg/dns"
)

// The records of a zone that the tool sees are those that a transfer of it has: both know of zone cuts in ways of their own.
func TestScopeIsWhatATransferHas(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		lines := randomTable(random)
		inScope, inTransfer := scopeOf(t, lines, "example."), transferOf(t, lines, "example.")
		if !slices.Equal(inScope, inTransfer) {
			t.Fatalf("of\n%s\nthe scope has\n%s\nand a transfer\n%s", strings.Join(lines, "\n"), strings.Join(inScope, "\n"), strings.Join(inTransfer, "\n"))
		}
	}
}

// randomTable is a zone example. and others below it, whose name servers are anywhere.
func randomTable(random *rand.Rand) (lines []string) {
	labels := []string{"a", "b", "c", "ns"}
	name := func() string {
		name := "example."
		for range random.IntN(4) {
			name = labels[random.IntN(len(labels))] + "." + name
		}
		return name
	}
	add := func(owner, rest string) {
		if line := owner + " 60 IN " + rest; !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	apexes := []string{"example."}
	for range random.IntN(4) {
		apexes = append(apexes, name())
	}
	for _, apex := range apexes {
		add(apex, "SOA a. b. 1 2 3 4 5")
		for range random.IntN(3) {
			server := name()
			add(apex, "NS "+server)
			add(server, "A 192.0.2.53")
		}
		if apex != "example." && random.IntN(2) == 0 {
			add(apex, "DS 1 8 2 "+strings.Repeat("AB", 32))
		}
	}
	for range random.IntN(20) {
		add(name(), []string{"A 192.0.2.1", "AAAA 2001:db8::1", "TXT x", "NS " + name()}[random.IntN(4)])
	}
	return lines
}

// scopeOf is what a Scope finds of a zone, as its users use it.
func scopeOf(t *testing.T, lines []string, apex string) (records []string) {
	t.Helper()
	s := order.NewSorter(order.Memory)
	t.Cleanup(func() { s.Close() })
	for _, line := range lines {
		if err := s.Add(recordOf(t, line), 0); err != nil {
			t.Fatal(err)
		}
	}
	scope := NewScope(key(t, apex), true)
	if err := scope.Foresee(s.Read()); err != nil {
		t.Fatal(err)
	}
	owner := ""
	for r := s.Read(); r.Next(); {
		if name := r.Item().Owner.Name(); name != owner {
			owner = name
			scope.Enter(r.Item().Owner, r.Item().Type == dns.TypeSOA)
		}
		if scope.Part(r.Item()) == Foreign {
			continue
		}
		records = append(records, fmt.Sprint(r.Item().RR()))
	}
	slices.Sort(records)
	return records
}

// transferOf is what the copy lists of a zone.
func transferOf(t *testing.T, lines []string, apex string) (records []string) {
	t.Helper()
	db := zonedb.New()
	load := db.NewLoad()
	for _, line := range lines {
		if err := load.Add(recordOf(t, line)); err != nil {
			t.Fatal(err)
		}
	}
	load.Commit()
	for rr := range db.View().All(apex) {
		records = append(records, fmt.Sprint(rr))
	}
	slices.Sort(records)
	return records
}

func recordOf(t *testing.T, line string) dns.RR {
	t.Helper()
	rr, err := dns.NewRR(line)
	if err != nil {
		t.Fatal(err)
	}
	return rr
}
