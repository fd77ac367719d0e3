package transfers

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A statement that changes all rows of a large zone is one version, soon: also at an instance that did not take the version before, and so asks the table whether
// it is behind.
func TestBulkUpdateIsAVersion(t *testing.T) {
	const names = 20_000
	tb := newTable(t)
	tb.zone("example.org", 0)
	var rows []string
	for n := range names {
		rows = append(rows, fmt.Sprintf("('host%d.example.org', 'A', '10.0.0.0')", n))
	}
	tb.exec("INSERT INTO tb_dns (name, type, record) VALUES " + strings.Join(rows, ","))
	p := tb.primary(true, "*", "")
	serial := uint32(0)
	moves := func() bool {
		now := serialOf(p.Addr, "example.org")
		moved := now != 0 && now != serial
		serial = now
		return moved
	}
	if !eventually(30*time.Second, moves) {
		t.Fatal("there is no serial")
	}
	s := newSecondary("example.org")
	if err := s.refresh(p.Addr); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		if round == 1 {
			if err := p.Restart(); err != nil {
				t.Fatal(err)
			}
			if !eventually(10*time.Second, func() bool { return serialOf(p.Addr, "example.org") == serial }) {
				t.Fatal("another serial after a restart")
			}
		}
		address := fmt.Sprintf("10.0.0.%d", round+1)
		began := time.Now()
		tb.exec("UPDATE tb_dns SET record = ? WHERE type = 'A' AND name LIKE 'host%'", address)
		if !eventually(15*time.Second, moves) {
			t.Fatalf("round %d: the serial has not moved", round)
		}
		t.Logf("round %d: the serial moved after %s", round, time.Since(began).Round(100*time.Millisecond))
		if !eventually(10*time.Second, func() bool { return s.refresh(p.Addr) == nil && s.serial == serial }) {
			t.Fatalf("round %d: the secondary has serial %d, expected %d", round, s.serial, serial)
		}
		changed := 0
		for _, record := range s.content() {
			if strings.HasSuffix(record, "\t"+address) {
				changed++
			}
		}
		if changed != names {
			t.Errorf("round %d: the secondary has %d of %d addresses", round, changed, names)
		}
	}
}
