package transfers

import (
	"flag"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var duration = flag.Duration("duration", 20*time.Second, "how long secondaries follow rows that change at random")

// BIND, Knot and NSD follow two primaries on one database, while rows change at random, primaries are started anew and killed, and the database is. At
// the end all have what the table has, and nobody has complained of a transfer.
func TestSecondariesFollow(t *testing.T) {
	const zone = "example.org"
	tb := newTable(t)
	tb.zone(zone, 0)
	addrs := []string{freeAddr(t), freeAddr(t), freeAddr(t)}
	to := strings.Join(addrs, " ")
	a, b := tb.primary(true, to, ""), tb.primary(true, to, "")
	all := secondaries(t, addrs, zone, [2]string{a.Addr, b.Addr})
	for _, r := range all {
		if err := tb.within(30*time.Second, r, zone); err != nil {
			t.Fatal(err)
		}
	}

	tb.insert("notified.example.org A 192.0.2.9")
	began := time.Now()
	for _, r := range all {
		if err := tb.within(10*time.Second, r, zone); err != nil {
			t.Error(err)
		}
		t.Logf("%s has a change after %s", r.name, time.Since(began).Round(time.Millisecond))
	}

	rng := rand.New(rand.NewPCG(1, 2))
	stops := []func(){tb.writer(zone, 1), tb.writer(zone, 2)}
	for end := time.Now().Add(*duration); time.Now().Before(end); {
		time.Sleep(time.Duration(1+rng.IntN(4)) * time.Second)
		var err error
		switch rng.IntN(6) {
		case 0:
			err = a.Restart()
		case 1:
			if err = b.Kill(); err == nil {
				err = b.Restart()
			}
		case 2:
			if err = server.Kill(); err == nil {
				err = server.Restart()
			}
		case 3:
			_, err = tb.pool.Exec("UPDATE tb_dns SET name = CONCAT('x', name) WHERE name LIKE 'h1%'")
		case 4:
			_, err = tb.pool.Exec("DELETE FROM tb_dns WHERE name LIKE 'x%'")
		}
		if err != nil && !strings.Contains(err.Error(), "Deadlock") && !strings.Contains(err.Error(), "connection") {
			t.Fatal(err)
		}
	}
	for _, stop := range stops {
		stop()
	}
	for _, p := range []string{a.Addr, b.Addr} {
		tb.equalsTable(p, zone)
	}
	for _, r := range all {
		if err := tb.within(60*time.Second, r, zone); err != nil {
			t.Error(err)
		}
		if lines := r.complained(); len(lines) > 0 {
			t.Errorf("%s complained %d times: %q", r.name, len(lines), lines[:min(len(lines), 5)])
		}
	}
	if x, y := serialOf(a.Addr, zone), serialOf(b.Addr, zone); x != y {
		t.Errorf("serials %d and %d", x, y)
	}
}
