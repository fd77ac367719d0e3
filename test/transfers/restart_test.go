package transfers

import (
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/coredns"
)

// keeping starts a CoreDNS that keeps a snapshot.
func (tb *table) keeping(writes bool) *coredns.Server {
	tb.t.Helper()
	return tb.start("*", tb.dsn(writes)+"snapshot "+filepath.Join(tb.t.TempDir(), "snapshot")+"\n", "")
}

// An instance that starts while the database is down shows the serial that it showed before, though it was killed, and transfers that version, whole or from
// the one before.
func TestSerialWithoutTheDatabase(t *testing.T) {
	tb := newTable(t)
	tb.zone("example.org", 0)
	p := tb.keeping(true)
	var first, last uint32
	if !eventually(10*time.Second, func() bool { first = serialOf(p.Addr, "example.org"); return first != 0 }) {
		t.Fatal("there is no serial")
	}
	s := newSecondary("example.org")
	if err := s.refresh(p.Addr); err != nil {
		t.Fatal(err)
	}
	tb.insert("new.example.org A 192.0.2.3")
	if !eventually(10*time.Second, func() bool { last = serialOf(p.Addr, "example.org"); return last != first }) {
		t.Fatal("the serial has not moved")
	}
	if err := p.Restart(); err != nil { // which saves a snapshot
		t.Fatal(err)
	}
	want := tb.tableZone("example.org")
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	started := false
	defer func() {
		if !started {
			server.Restart()
		}
	}()
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := p.Restart(); err != nil {
		t.Fatal(err)
	}
	if got := serialOf(p.Addr, "example.org"); got != last {
		t.Errorf("the serial was %d, and is %d without the database", last, got)
	}
	if err := s.refresh(p.Addr); err != nil || s.deltas != 1 || s.serial != last {
		t.Errorf("%d incremental transfers, serial %d: %v", s.deltas, s.serial, err)
	}
	if serial, got := wholeZone(t, p.Addr, "example.org"); serial != last || !slices.Equal(got, want) {
		t.Errorf("transferred %d: %q, expected %q", serial, got, want)
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	started = true
	tb.exec("DELETE FROM tb_dns WHERE name = 'new.example.org'")
	tb.equalsTable(p.Addr, "example.org")
	if err := s.refresh(p.Addr); err != nil || s.whole != 1 || !slices.Equal(s.content(), tb.tableZone("example.org")) {
		t.Errorf("%d whole transfers, %q: %v", s.whole, s.content(), err)
	}
}

// With write_dsn, how versions with the owner's serials came to be is in the database: any instance sends differences right after its start. From a serial
// under which content changed there is none, also from an instance that did not see it.
func TestOwnersSerialAfterStart(t *testing.T) {
	tb := newTable(t)
	tb.zone("example.org", 7)
	a, b := tb.primary(true, "*", ""), tb.primary(false, "*", "")
	s, late := newSecondary("example.org"), newSecondary("example.org")
	for _, one := range []*secondary{s, late} {
		if err := one.refresh(a.Addr); err != nil {
			t.Fatal(err)
		}
	}
	written := func(serial int, count string) {
		t.Helper()
		var n int
		if !eventually(10*time.Second, func() bool {
			err := tb.pool.QueryRow("SELECT COUNT(*) FROM tb_dns_zones JOIN tb_dns_journal USING (zone, serial) WHERE serial = ? AND "+count, serial).Scan(&n)
			return err == nil && n == 1
		}) {
			t.Fatalf("the database has no version %d with %s", serial, count)
		}
	}
	written(7, "from_serial IS NULL")
	for serial := 8; serial <= 10; serial++ {
		tb.owner(uint32(serial), "INSERT INTO tb_dns (name, type, ttl, record) VALUES ('new.example.org', 'A', 60, '192.0.2."+strconv.Itoa(serial)+"')")
		written(serial, "from_serial = serial - 1")
	}
	for _, p := range []*coredns.Server{a, b} {
		if err := p.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	for i, p := range []*coredns.Server{b, a} {
		one := []*secondary{s, late}[i]
		if err := one.refresh(p.Addr); err != nil || one.whole != 1 || one.deltas != 1 || !slices.Equal(one.content(), tb.tableZone("example.org")) {
			t.Errorf("after a start: %d whole, %d incremental, %q: %v", one.whole, one.deltas, one.content(), err)
		}
	}
	tb.insert("silent.example.org A 192.0.2.4")
	written(10, "delta = X'00'")
	if err := b.Restart(); err != nil {
		t.Fatal(err)
	}
	tb.equalsTable(b.Addr, "example.org")
	tb.owner(11, "DELETE FROM tb_dns WHERE name = 'new.example.org'")
	written(11, "from_serial IS NULL")
	for _, p := range []*coredns.Server{a, b} {
		if !eventually(10*time.Second, func() bool { return serialOf(p.Addr, "example.org") == 11 }) {
			t.Fatal("the serial is not 11")
		}
	}
	if err := s.refresh(b.Addr); err != nil || s.whole != 2 || !slices.Equal(s.content(), tb.tableZone("example.org")) {
		t.Errorf("from the serial with two contents: %d whole, %q: %v", s.whole, s.content(), err)
	}
}
