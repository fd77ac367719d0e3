package transfers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/faults"
)

// After a change too large for a difference, an instance whose copy is behind does not know what the newest version has. It takes no other, with the content of before.
func TestInstanceThatLagsTakesNoVersion(t *testing.T) {
	tb := newTable(t)
	tb.zone("example.org", 0)
	const rows = 3000
	var values []string
	for n := range rows {
		values = append(values, fmt.Sprintf("('h%d.example.org', 'A', 60, '192.0.2.1')", n))
	}
	tb.exec("INSERT INTO tb_dns (name, type, ttl, record) VALUES " + strings.Join(values, ", "))
	ahead := tb.primary(true, "127.0.0.1:9", "")
	behind := tb.start("127.0.0.1:9", tb.dsn(true)+"refresh 30s\n", "")
	var first uint32
	if !eventually(10*time.Second, func() bool {
		first = serialOf(ahead.Addr, "example.org")
		return first != 0 && serialOf(behind.Addr, "example.org") == first
	}) {
		t.Fatal("the two do not come to one version")
	}
	tb.exec("UPDATE tb_dns SET record = '192.0.2.9' WHERE type = 'A'")
	var second uint32
	if !eventually(10*time.Second, func() bool { second = serialOf(ahead.Addr, "example.org"); return second != first }) {
		t.Fatal("there is no version of the change")
	}
	if !eventually(15*time.Second, func() bool { return serialOf(behind.Addr, "example.org") == second }) {
		t.Fatal("the one that is behind does not learn of the version")
	}
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if serial := serialOf(ahead.Addr, "example.org"); serial != second {
			t.Fatalf("a version %d was taken after %d, and nothing had changed", serial, second)
		}
	}
	if log := behind.Log(); strings.Contains(log, "different content") {
		t.Errorf("the one that is behind takes that for different content:\n%s", log)
	}
}

// What is wrong with write_dsn is said once, and by what the server says, however often it is tried.
func TestWriterThatIsRefused(t *testing.T) {
	tb := newTable(t)
	for n := range 20 {
		tb.zone(fmt.Sprintf("z%d.example", n), 0)
	}
	s := tb.start("127.0.0.1:9", "dsn"+tb.userDSNs("reader", "r")+"\nwrite_dsn"+tb.userDSNs("writer", "wrong")+"\n", "")
	const said = "no version of a zone of tb_dns can be written"
	if !eventually(10*time.Second, func() bool { return strings.Contains(s.Log(), said) }) {
		t.Fatal("nothing is said")
	}
	for n := range 12 {
		tb.insert(fmt.Sprintf("h%d.z%d.example A 192.0.2.1", n, n))
		time.Sleep(500 * time.Millisecond)
	}
	log := s.Log()
	if n := strings.Count(log, said); n != 1 || strings.Contains(log, "again") || !strings.Contains(log, "Access denied") {
		t.Errorf("said %d times:\n%s", n, log)
	}
}

// An instance that is far from the database learns the versions of many zones in time.
func TestVersionsOfManyZonesFromFar(t *testing.T) {
	const zones = 400
	tb := newTable(t)
	var values []string
	for n := range zones {
		for _, row := range zoneRows(fmt.Sprintf("z%d.example", n), 0) {
			f := strings.SplitN(row, " ", 3)
			values = append(values, fmt.Sprintf("('%s', '%s', 60, '%s')", f[0], f[1], f[2]))
		}
	}
	tb.exec("INSERT INTO tb_dns (name, type, ttl, record) VALUES " + strings.Join(values, ", "))
	near := tb.primary(true, "127.0.0.1:9", "")
	serials := make([]uint32, zones)
	all := func(addr string) bool {
		for n := range zones {
			serial := serialOf(addr, fmt.Sprintf("z%d.example", n))
			if serial == 0 || serials[n] != 0 && serial != serials[n] {
				return false
			}
			serials[n] = serial
		}
		return true
	}
	if !eventually(30*time.Second, func() bool { return all(near.Addr) }) {
		t.Fatal("not all zones have a version")
	}
	proxy, err := faults.NewFarProxy(server.Addr, 40*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	far := tb.start("127.0.0.1:9", strings.ReplaceAll(tb.dsn(false), server.Addr, proxy.Addr), "")
	if !eventually(30*time.Second, func() bool { return all(far.Addr) }) {
		t.Error("from afar, not all zones have their version")
	}
}
