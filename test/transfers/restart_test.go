package transfers

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/coredns"
)

// keeping starts a CoreDNS that keeps a snapshot.
func (tb *table) keeping(writes bool) *coredns.Server {
	tb.t.Helper()
	path := filepath.Join(tb.t.TempDir(), "snapshot")
	corefile := ".:{$PORT} {\n transfer {\n to *\n }\n mysqldns {\n" + tb.dsn(writes) + "snapshot " + path + "\n}\n}\n"
	s, err := coredns.Start(program, tb.t.TempDir(), corefile)
	if err != nil {
		tb.t.Fatal(err)
	}
	tb.t.Cleanup(func() {
		s.Stop()
		if tb.t.Failed() {
			tb.t.Logf("CoreDNS at %s said:\n%s", s.Addr, s.Log())
		}
	})
	return s
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
