package transfers

import (
	"testing"
	"time"
)

// A backup of all tables is restored again and again, the versions in them too, just after versions were taken that one instance served and the other has not
// seen. No serial has two contents at either, and none goes back.
func TestRestoredBackups(t *testing.T) {
	const zone = "example.org"
	tb := newTable(t)
	tb.zone(zone, 0)
	a, b := tb.primary(true, "127.0.0.1:9", ""), tb.primary(true, "127.0.0.1:9", "")
	seen := newContents(zone)
	see := func(when string) {
		t.Helper()
		for _, addr := range []string{a.Addr, b.Addr} {
			seen.show(addr, serialOf(addr, zone))
			if err := seen.see(addr); err != nil && !gone(err) {
				t.Errorf("%s: %v", when, err)
			}
			if err := seen.wentBack(); err != nil {
				t.Errorf("%s: %v", when, err)
			}
		}
	}
	if !eventually(10*time.Second, func() bool { return serialOf(a.Addr, zone) != 0 && serialOf(b.Addr, zone) != 0 }) {
		t.Fatal("there is no version")
	}
	if err := tb.backUp(); err != nil {
		t.Fatal(err)
	}
	stop := tb.writer(zone, 1)
	old := serialOf(a.Addr, zone)
	if !eventually(10*time.Second, func() bool { return serialOf(a.Addr, zone)-old >= 3 && serialOf(b.Addr, zone)-old >= 3 }) {
		t.Fatal("the serial does not move")
	}
	for range 12 {
		last := serialOf(a.Addr, zone)
		eventually(3*time.Second, func() bool { return serialOf(a.Addr, zone) != last || serialOf(b.Addr, zone) != last })
		see("before a restore")
		if err := tb.restore(); err != nil && !harmless(err) {
			t.Fatal(err)
		}
		for range 5 {
			time.Sleep(60 * time.Millisecond)
			see("after a restore")
		}
	}
	stop()
	for _, addr := range []string{a.Addr, b.Addr} {
		tb.equalsTable(addr, zone)
	}
}
