package transfers

import (
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/coredns"
)

// catalogSoftwares are name servers that take their zones from a catalog, configured as docs/transfers.md has it. BIND and Knot can.
var catalogSoftwares = []software{
	{"BIND", "named", []string{"-g", "-c"}, bindHead + `	notify no;
	catalog-zones {
		zone "ZONE" default-primaries { PRIMARY1; PRIMARY2; } in-memory yes min-update-interval 1;
	};
};
controls { };
zone "ZONE" {
	type secondary;
	file "catalog";
	primaries { PRIMARY1; PRIMARY2; };
	allow-notify { 127.0.0.1; };
};
`, " port "},
	{"Knot", "knotd", []string{"-c"}, knotSecondary + `template:
  - id: member
    storage: "DIR"
    master: [one, two]
    acl: [notified, anybody]
zone:
  - domain: ZONE
    storage: "DIR"
    master: [one, two]
    acl: [notified, anybody]
    catalog-role: interpret
    catalog-template: member
`, "@"},
}

// cataloging starts a CoreDNS that makes a catalog.
func (tb *table) cataloging(writes bool, to string) *coredns.Server {
	tb.t.Helper()
	return tb.start(to, tb.dsn(writes)+"catalog catalog.example\n", "")
}

// Secondaries have, without a change of their configuration, the zones that the rows make: those that come, and not those that go.
func TestCatalog(t *testing.T) {
	const catalog = "catalog.example"
	tb := newTable(t)
	tb.zone("example.org", 0)
	tb.zone("example.net", 0)
	addrs := []string{freeAddr(t), freeAddr(t)}
	a, b := tb.cataloging(true, strings.Join(addrs, " ")), tb.cataloging(true, strings.Join(addrs, " "))
	var all []*real
	for i, s := range catalogSoftwares {
		if r := s.start(t, addrs[i], catalog, [2]string{a.Addr, b.Addr}); r != nil {
			all = append(all, r)
		}
	}
	have := func(zone string, is bool) {
		t.Helper()
		for _, r := range all {
			if !eventually(30*time.Second, func() bool { return serialOf(r.addr, zone) != 0 == is }) {
				t.Fatalf("%s has %s: %t, expected %t", r.name, zone, !is, is)
			}
		}
	}
	serial := func() (serial uint32) {
		t.Helper()
		if !eventually(10*time.Second, func() bool {
			serial = serialOf(a.Addr, catalog)
			return serial != 0 && serialOf(b.Addr, catalog) == serial
		}) {
			t.Fatalf("serials %d and %d", serialOf(a.Addr, catalog), serialOf(b.Addr, catalog))
		}
		return serial
	}
	have("example.org", true)
	have("example.net", true)
	first := serial()
	s := newSecondary(catalog)
	if err := s.refresh(b.Addr); err != nil || len(s.records) != 5 {
		t.Fatalf("the catalog is %q: %v", s.content(), err)
	}

	tb.insert("new.example.org A 192.0.2.7")
	tb.equalsTable(b.Addr, "example.org")
	if got := serial(); got != first {
		t.Errorf("a change in a zone moved the catalog's serial from %d to %d", first, got)
	}
	tb.zone("example.com", 0)
	have("example.com", true)
	tb.exec("DELETE FROM tb_dns WHERE name = 'example.net' OR name LIKE '%.example.net'")
	have("example.net", false)
	have("example.org", true)
	if err := s.refresh(b.Addr); err != nil || s.whole != 1 || s.deltas != 1 || len(s.records) != 5 {
		t.Errorf("%d whole transfers, %d incremental, %q: %v", s.whole, s.deltas, s.content(), err)
	}
	if got := serial(); int32(got-first) <= 0 {
		t.Errorf("the serial went from %d to %d", first, got)
	}
	for _, p := range []*coredns.Server{a, b} {
		before := serial()
		if err := p.Restart(); err != nil {
			t.Fatal(err)
		}
		if got := serial(); got != before {
			t.Errorf("a restart moved the serial from %d to %d", before, got)
		}
	}
	for _, r := range all {
		if err := tb.within(20*time.Second, r, "example.com"); err != nil {
			t.Error(err)
		}
	}
	if t.Failed() {
		t.Logf("%q", s.content())
	}
}
