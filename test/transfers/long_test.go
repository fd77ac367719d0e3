package transfers

import (
	"errors"
	"flag"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var seed = flag.Uint64("seed", 1, "of what is done at random while secondaries follow")

var duration = flag.Duration("duration", 20*time.Second, "how long secondaries follow rows that change at random")

// BIND, Knot and NSD follow two primaries on one database or, with -galera, on the nodes of a cluster, while rows change at random, tables are emptied, renamed
// and restored from a backup, and primaries and databases are started anew and killed. At the end all have what the table has, no serial has had two
// contents or gone back, and no secondary has complained of a transfer.
func TestSecondariesFollow(t *testing.T) {
	const zone = "example.org"
	tb := newTableForLong(t)
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

	rng := rand.New(rand.NewPCG(*seed, 2))
	stops := []func(){tb.writer(zone, 1), tb.writer(zone, 2)}
	seen := newContents(zone)
	mischief := []func() error{
		a.Restart,
		func() error { return errors.Join(b.Kill(), b.Restart()) },
		func() error { return tb.killOne(rng) },
		func() error {
			_, err := tb.pool.Exec("UPDATE tb_dns SET name = CONCAT('x', name) WHERE name LIKE 'h1%'")
			return err
		},
		func() error { _, err := tb.pool.Exec("DELETE FROM tb_dns WHERE name LIKE 'x%'"); return err },
		func() error { return tb.truncate(zone) },
		tb.swap,
		tb.restore,
	}
	if err := tb.backUp(); err != nil {
		t.Fatal(err)
	}
	done := make([]int, len(mischief))
	for end := time.Now().Add(*duration); time.Now().Before(end); {
		time.Sleep(time.Duration(1+rng.IntN(4)) * time.Second)
		i := rng.IntN(len(mischief))
		if err := mischief[i](); err != nil && !harmless(err) {
			t.Fatal(err)
		}
		done[i]++
		for _, p := range []string{a.Addr, b.Addr} {
			if err := seen.see(p); err != nil && !gone(err) {
				t.Error(err)
			}
		}
	}
	for _, stop := range stops {
		stop()
	}
	t.Logf("%d serials were seen; each of the mischief was done %v times", seen.serials(), done)
	tb.ensureZone(zone)
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
	serials := map[uint32]bool{}
	if !eventually(20*time.Second, func() bool {
		clear(serials)
		for _, addr := range append([]string{a.Addr, b.Addr}, addrsOf(all)...) {
			serials[serialOf(addr, zone)] = true
		}
		return len(serials) == 1
	}) {
		t.Errorf("the serials are %v", serials)
	}
}

func addrsOf(all []*real) (addrs []string) {
	for _, r := range all {
		addrs = append(addrs, r.addr)
	}
	return addrs
}

func newTableForLong(t *testing.T) *table {
	t.Helper()
	if *onGalera {
		return newGaleraTable(t)
	}
	return newTable(t)
}

// killOne kills one of the table's servers, of several not the one that the test itself writes to, and starts it anew.
func (tb *table) killOne(rng *rand.Rand) error {
	node := tb.nodes[0]
	if n := len(tb.nodes); n > 1 {
		node = tb.nodes[1+rng.IntN(n-1)]
	}
	return errors.Join(node.Kill(), node.Restart())
}

// ensureZone writes the zone again if the last that was done to the table failed on the way.
func (tb *table) ensureZone(apex string) {
	tb.t.Helper()
	var n int
	if err := tb.pool.QueryRow("SELECT COUNT(*) FROM tb_dns WHERE name = ? AND type = 'SOA'", apex).Scan(&n); err != nil {
		tb.t.Fatal(err)
	}
	if n == 0 {
		tb.zone(apex, 0)
	}
}

// harmless reports whether an error of a statement comes of what else is done to the database.
func harmless(err error) bool {
	for _, text := range []string{"Deadlock", "connection", "Lock wait", "doesn't exist", "WSREP"} {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

// gone reports whether there is no zone to transfer just then, as between the moments at which a table is emptied and filled.
func gone(err error) bool {
	for _, text := range []string{"REFUSED", "SERVFAIL", "refused"} {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}
