package transfers

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

type tsigKey struct{ name, secret string }

// tableZone is what the rows of a zone say, which has no zone below.
func (tb *table) tableZone(apex string) (content []string) {
	tb.t.Helper()
	rows, err := tb.pool.Query("SELECT name, ttl, type, record FROM tb_dns WHERE name = ? OR name LIKE ?", apex, "%."+apex)
	if err != nil {
		tb.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, ttl, rrtype, record string
		if err := rows.Scan(&name, &ttl, &rrtype, &record); err != nil {
			tb.t.Fatal(err)
		}
		rr, err := dns.NewRR(fmt.Sprintf("$ORIGIN .\n%s %s IN %s %s", name, ttl, rrtype, record))
		if err != nil {
			tb.t.Fatal(err)
		}
		content = append(content, text(rr))
	}
	if err := rows.Err(); err != nil {
		tb.t.Fatal(err)
	}
	slices.Sort(content)
	return slices.Compact(content)
}

// equalsTable waits until a server transfers what the table has.
func (tb *table) equalsTable(addr, apex string) {
	tb.t.Helper()
	var got []string
	if !eventually(10*time.Second, func() bool {
		_, got = wholeZone(tb.t, addr, apex)
		return slices.Equal(got, tb.tableZone(apex))
	}) {
		tb.t.Fatalf("%s transfers %q, the table has %q", apex, got, tb.tableZone(apex))
	}
}

func TestWholeZoneIsTheTable(t *testing.T) {
	tb := newTable(t)
	tb.zone("example.org", 7)
	tb.insert("mail.example.org MX 10 Mail.Example.net", `text.example.org TXT "two" "strings"`, "loose.lan A 192.0.2.1")
	p := tb.primary(false, "*", "")
	tb.equalsTable(p.Addr, "example.org")
	if got := serialOf(p.Addr, "example.org"); got != 7 {
		t.Errorf("the SOA has serial %d, the row 7", got)
	}
	for _, zone := range []string{"loose.lan", "www.example.org", "example.net"} {
		if rrs, err := transferred(p.Addr, zone, 0, nil); err == nil {
			t.Errorf("%s, which is no zone, was transferred: %v", zone, rrs)
		}
	}
}

func TestDelegationIsThere(t *testing.T) {
	tb := newTable(t)
	tb.zone("example.org", 1)
	tb.zone("sub.example.org", 1)
	tb.insert("sub.example.org DS 1 8 2 00", "deep.sub.example.org A 192.0.2.9")
	p := tb.primary(false, "*", "")
	_, got := wholeZone(t, p.Addr, "example.org")
	want := []string{"sub.example.org.\t60\tIN\tDS\t1 8 2 00", "sub.example.org.\t60\tIN\tNS\tns1.sub.example.org.", "ns1.sub.example.org.\t60\tIN\tA\t192.0.2.1"}
	for _, rr := range want {
		if !slices.Contains(got, rr) {
			t.Errorf("%q is not in %q", rr, got)
		}
	}
	if len(got) != 4+len(want) {
		t.Errorf("there are %d records in %q", len(got), got)
	}
	if _, got := wholeZone(t, p.Addr, "sub.example.org"); len(got) != 5 {
		t.Errorf("the zone below has %q", got)
	}
}

// By the owner's serial, without any right to write: deltas between serials, and content that changed under one serial gets to secondaries with the next.
// A secondary knows no ALIAS: it gets the zone without, and the log says so once.
func TestALIASIsLeftOut(t *testing.T) {
	tb := newTable(t)
	tb.zone("example.org", 1)
	tb.insert("example.org ALIAS www.example.org", "www.example.org A 192.0.2.9", "text.example.org TXT x")
	p := tb.primary(false, "*", "")
	for range 2 {
		_, got := wholeZone(t, p.Addr, "example.org")
		if list := strings.Join(got, "\n"); strings.Contains(list, "65401") || !strings.Contains(list, "text.example.org.") {
			t.Errorf("transferred:\n%s", list)
		}
	}
	said := func() int { return strings.Count(p.Log(), "has rows of type ALIAS, such as that of example.org.") }
	if !eventually(10*time.Second, func() bool { return said() > 0 }) || said() != 1 {
		t.Errorf("said %d times:\n%s", said(), p.Log())
	}
}

func TestOwnersSerial(t *testing.T) {
	tb := newTable(t)
	tb.zone("example.org", 7)
	p := tb.primary(false, "*", "")
	s := newSecondary("example.org")
	refresh := func(serial uint32, whole, deltas int) {
		t.Helper()
		if !eventually(10*time.Second, func() bool { return serialOf(p.Addr, "example.org") == serial }) {
			t.Fatalf("the serial is %d, expected %d", serialOf(p.Addr, "example.org"), serial)
		}
		if err := s.refresh(p.Addr); err != nil {
			t.Fatal(err)
		}
		if s.whole != whole || s.deltas != deltas || s.serial != serial || !slices.Equal(s.content(), tb.tableZone("example.org")) {
			t.Errorf("%d whole, %d incremental, serial %d and %q; the table has %q", s.whole, s.deltas, s.serial, s.content(), tb.tableZone("example.org"))
		}
	}
	refresh(7, 1, 0)
	change := func(serial uint32, statement string) { t.Helper(); tb.owner(serial, statement) }
	change(8, "INSERT INTO tb_dns (name, type, ttl, record) VALUES ('new.example.org', 'A', 60, '192.0.2.3')")
	refresh(8, 1, 1)
	change(9, "UPDATE tb_dns SET ttl = 61 WHERE name = 'new.example.org'")
	refresh(9, 1, 2)
	tb.insert("silent.example.org A 192.0.2.4")
	tb.equalsTable(p.Addr, "example.org")
	if !strings.Contains(p.Log(), "example.org. changed and its serial stayed 9") {
		t.Error("the log does not say that the serial stayed")
	}
	change(10, "DELETE FROM tb_dns WHERE name = 'new.example.org'")
	refresh(10, 2, 2)
}

// owner changes rows and the serial of example.org in one transaction.
func (tb *table) owner(serial uint32, statement string) {
	tb.t.Helper()
	tx, err := tb.pool.Begin()
	if err != nil {
		tb.t.Fatal(err)
	}
	defer tx.Rollback()
	for _, statement := range []string{statement, fmt.Sprintf("UPDATE tb_dns SET record = 'ns1.example.org hostmaster.example.org %d 3600 1 86400 300' WHERE type = 'SOA'", serial)} {
		if _, err := tx.Exec(statement); err != nil {
			tb.t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		tb.t.Fatal(err)
	}
}

func TestKeyIsNeeded(t *testing.T) {
	tb := newTable(t)
	tb.zone("example.org", 7)
	for i := range 3000 {
		tb.insert(fmt.Sprintf("h%d.example.org A 192.0.2.1", i)) // several messages, each signed
	}
	const secret = "NoTCJU+DMqFWywaPyxSijrDEA/eC3nK0xi3AMEZuPVk="
	p := tb.primary(false, "*", "tsig {\n secret key. "+secret+"\n require_opcode QUERY\n require AXFR IXFR\n}\n")
	rrs, err := transferred(p.Addr, "example.org", 0, &tsigKey{"key.", secret})
	if err != nil || len(rrs) != 3005 {
		t.Errorf("with the key: %d records, %v", len(rrs), err)
	}
	for name, key := range map[string]*tsigKey{
		"without a key":       nil,
		"with a wrong secret": {"key.", "c2VjcmV0"},
		"with an unknown key": {"other.", secret},
	} {
		if rrs, err := transferred(p.Addr, "example.org", 0, key); err == nil {
			t.Errorf("%s: transferred %d records", name, len(rrs))
		}
	}
}

// Two CoreDNS with one database; one may write: the serial moves by itself, and is the same at both.
func TestAutomaticSerial(t *testing.T) {
	tb := newTable(t)
	tb.zone("example.org", 0)
	a, b := tb.primary(true, "*", ""), tb.primary(false, "*", "")
	var first uint32
	if !eventually(10*time.Second, func() bool {
		first = serialOf(a.Addr, "example.org")
		return first != 0 && serialOf(b.Addr, "example.org") == first
	}) {
		t.Fatalf("serials %d and %d", serialOf(a.Addr, "example.org"), serialOf(b.Addr, "example.org"))
	}
	if ahead := int32(first - uint32(time.Now().Unix())); ahead < -60 || ahead > 1 {
		t.Errorf("the serial %d is not the time", first)
	}
	s := newSecondary("example.org")
	if err := s.refresh(b.Addr); err != nil {
		t.Fatal(err)
	}
	tb.insert("new.example.org A 192.0.2.3")
	if !eventually(5*time.Second, func() bool {
		serial := serialOf(b.Addr, "example.org")
		return serial != first && serialOf(a.Addr, "example.org") == serial
	}) {
		t.Fatal("the serial has not moved")
	}
	if err := s.refresh(b.Addr); err != nil || s.deltas != 1 {
		t.Fatalf("%d incremental transfers, %v", s.deltas, err)
	}
	if !slices.Equal(s.content(), tb.tableZone("example.org")) {
		t.Errorf("the secondary has %q", s.content())
	}
	if err := b.Restart(); err != nil {
		t.Fatal(err)
	}
	if got := serialOf(b.Addr, "example.org"); got != s.serial {
		t.Errorf("after a restart the serial is %d, it was %d", got, s.serial)
	}
	s.serial = first // as if it had missed the last
	if rrs, err := transferred(b.Addr, "example.org", first, nil); err != nil || !incremental(rrs) {
		t.Errorf("after a restart: %v, %v", rrs, err)
	}
	negative := new(dns.Msg)
	negative.SetQuestion("none.example.org.", dns.TypeA)
	reply, err := dns.Exchange(negative, b.Addr)
	if err != nil || len(reply.Ns) != 1 || reply.Ns[0].(*dns.SOA).Serial == 0 {
		t.Errorf("a negative answer: %v, %v", reply, err)
	}
}

// writer changes rows at random, some fifty times a second, until stop is called.
func (tb *table) writer(apex string, seed uint64) (stop func()) {
	done := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() {
		rng := rand.New(rand.NewPCG(seed, 1))
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
			name := fmt.Sprintf("h%d.%s", rng.IntN(40), apex)
			tx, err := tb.pool.Begin()
			if err != nil {
				continue
			}
			for range 1 + rng.IntN(3) {
				switch rng.IntN(3) {
				case 0:
					tx.Exec("DELETE FROM tb_dns WHERE name = ?", name)
				case 1:
					tx.Exec("UPDATE tb_dns SET record = ? WHERE name = ?", fmt.Sprintf("192.0.2.%d", rng.IntN(250)), name)
				default:
					tx.Exec("INSERT INTO tb_dns (name, type, ttl, record) VALUES (?, 'A', 60, ?)", name, fmt.Sprintf("192.0.2.%d", rng.IntN(250)))
				}
			}
			if rng.IntN(5) == 0 {
				tx.Rollback()
			} else {
				tx.Commit()
			}
		}
	})
	return func() { close(done); writing.Wait() }
}

// Through a zone that changes fifty times a second, a strict secondary comes by increments alone, from whichever of three instances it asks, though one of them
// is started anew all the while.
func TestExactWhileChangingFast(t *testing.T) {
	tb := newTable(t)
	tb.zone("example.org", 0)
	a, b, c := tb.primary(true, "*", ""), tb.primary(true, "*", ""), tb.primary(false, "*", "")
	if !eventually(10*time.Second, func() bool { return serialOf(a.Addr, "example.org") != 0 && serialOf(c.Addr, "example.org") != 0 }) {
		t.Fatal("there is no serial")
	}
	stop := tb.writer("example.org", 1)
	s := newSecondary("example.org")
	addrs := []string{a.Addr, b.Addr, c.Addr}
	var newest uint32
	for end, n := time.Now().Add(15*time.Second), 0; time.Now().Before(end); n++ {
		if n == 20 || n == 60 {
			if err := c.Restart(); err != nil {
				t.Fatal(err)
			}
		}
		if n == 40 {
			if err := b.Restart(); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.refresh(addrs[n%3]); err != nil {
			t.Fatal(err)
		}
		if serial := serialOf(addrs[n%3], "example.org"); int32(serial-newest) > 0 {
			newest = serial
		}
		time.Sleep(100 * time.Millisecond)
	}
	stop()
	for _, addr := range addrs {
		tb.equalsTable(addr, "example.org")
	}
	if err := s.refresh(c.Addr); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.content(), tb.tableZone("example.org")) {
		t.Errorf("the secondary has %q, the table %q", s.content(), tb.tableZone("example.org"))
	}
	if s.whole != 1 || s.deltas < 8 {
		t.Errorf("%d transfers of the whole zone and %d increments", s.whole, s.deltas)
	}
	x, y, z := serialOf(a.Addr, "example.org"), serialOf(b.Addr, "example.org"), serialOf(c.Addr, "example.org")
	if x != y || y != z {
		t.Errorf("serials %d, %d and %d", x, y, z)
	}
}
