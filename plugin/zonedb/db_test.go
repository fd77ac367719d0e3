package zonedb

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// loadOf is a Load for a copy, of records in the form of zone files.
func loadOf(t testing.TB, db *DB, rrs ...string) *Load {
	t.Helper()
	l := db.NewLoad()
	for _, s := range rrs {
		if err := l.Add(mustRR(t, s)); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// load makes rrs the whole content of a new copy.
func load(t testing.TB, rrs ...string) *DB {
	t.Helper()
	db := New()
	loadOf(t, db, rrs...).Commit()
	return db
}

func recordsAt(t testing.TB, v *View, name string, rrtype uint16) []dns.RR {
	t.Helper()
	n, ok := v.Zone(name).Node(name)
	if !ok {
		t.Fatalf("%s does not exist", name)
	}
	return n.RRset(rrtype, math.MaxInt)
}

func byName(rrs ...dns.RR) map[string][]dns.RR {
	names := map[string][]dns.RR{}
	for _, rr := range rrs {
		names[rr.Header().Name] = append(names[rr.Header().Name], rr)
	}
	return names
}

// A reader that sees one of two names changed sees the other changed too.
func TestChangeIsNeverSeenByHalves(t *testing.T) {
	db := New()
	both := func(i int) map[string][]dns.RR {
		a, b := benchA(i), benchA(i)
		a.Hdr.Name, b.Hdr.Name = "a.example.", fmt.Sprintf("b%d.example.", i%7)
		names := byName(a, b)
		names[fmt.Sprintf("b%d.example.", (i+6)%7)] = nil
		return names
	}
	db.Apply(both(0))
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				v := db.View()
				n, _ := v.Zone("a.example.").Node("a.example.")
				a := n.RRset(dns.TypeA, math.MaxInt)[0].(*dns.A).A
				i := binary.BigEndian.Uint32(a)
				n, ok := v.Zone("example.").Node(fmt.Sprintf("b%d.example.", i%7))
				if !ok || !n.RRset(dns.TypeA, math.MaxInt)[0].(*dns.A).A.Equal(a) {
					t.Errorf("change %d is seen by half", i)
					return
				}
				count := 0
				for range v.All("") {
					count++
				}
				if count != 2 || v.Len() != 2 {
					t.Errorf("%d records, and %d listed; want 2", v.Len(), count)
					return
				}
			}
		})
	}
	for i := 1; i < 20_000; i++ {
		db.Apply(both(i))
		if i%1000 == 0 {
			l := db.NewLoad()
			for _, rrs := range both(i + 1) {
				for _, rr := range rrs {
					if err := l.Add(rr); err != nil {
						t.Error(err)
					}
				}
			}
			l.Commit()
		}
	}
	close(done)
	readers.Wait()
}

// A View that someone holds stays as it was, whatever is written after it.
func TestOldViewStays(t *testing.T) {
	w := newWorld(7)
	db := New()
	model := newNaive()
	type state struct {
		view  *View
		model *naive
	}
	var states []state
	for range 80 {
		names := map[string][]dns.RR{}
		for range 1 + w.IntN(5) {
			name := w.name()
			names[name] = w.rrs(t, name)
		}
		db.Apply(names)
		model = model.apply(names)
		states = append(states, state{db.View(), model})
	}
	for _, s := range states {
		compare(t, s.view, s.model, w)
	}
}

func TestMemoryIsBoundedUnderUpdates(t *testing.T) {
	db := load(t, "example. 60 IN SOA . . 1 1 1 1 1")
	const names = 200
	rr := benchA(0)
	most := int64(0)
	for i := range 200_000 {
		rr.Hdr.Name = fmt.Sprintf("n%d.example.", i%names)
		binary.BigEndian.PutUint32(rr.A, uint32(i))
		db.Apply(map[string][]dns.RR{rr.Hdr.Name: {rr}})
		if i%1000 == 0 {
			most = max(most, db.View().Bytes())
		}
	}
	if perName := most / names; perName > 800 { // nearly each has a shard of its own here
		t.Errorf("%d bytes for %d names after 200,000 updates", most, names)
	}
	if got := db.View().Len(); got != names+1 {
		t.Errorf("%d records, want %d", got, names+1)
	}
}

func TestMemoryIsGivenBack(t *testing.T) {
	db := New()
	l := db.NewLoad()
	fill(t, l, 100_000)
	l.Commit()
	full := db.View().Bytes()
	for i := range 99_000 {
		db.Apply(map[string][]dns.RR{benchName(i): nil})
	}
	if left := db.View().Bytes(); left > full/5 {
		t.Errorf("%d of %d bytes are held after 99 of 100 names were removed", left, full)
	}
	if got := db.View().Len(); got != 1001 {
		t.Errorf("%d records, want 1001", got)
	}
}

func TestManyRecordsAtOneOwner(t *testing.T) {
	const many = 100_000
	db := New()
	l := db.NewLoad()
	order := rand.New(rand.NewPCG(1, 2)).Perm(many)
	for i, n := range order { // between those of others, and each twice
		rr := benchA(n)
		rr.Hdr.Name = "many.example."
		for range 2 {
			if err := l.Add(rr); err != nil {
				t.Fatal(err)
			}
			if err := l.Add(benchA(i % 10)); err != nil {
				t.Fatal(err)
			}
		}
		if i == 500 && l.Len() != 501+10 {
			t.Fatalf("%d records, want %d", l.Len(), 501+10)
		}
	}
	if l.Len() != many+10 {
		t.Errorf("%d records, want %d", l.Len(), many+10)
	}
	if c := l.Commit(); c.Added != 11 || db.View().Len() != many+10 {
		t.Errorf("changed %+v, %d records", c, db.View().Len())
	}
	rrs := recordsAt(t, db.View(), "many.example.", dns.TypeA)
	for i, n := range order {
		if got := binary.BigEndian.Uint32(rrs[i].(*dns.A).A); int(got) != n {
			t.Fatalf("record %d is %d, want %d", i, got, n)
		}
	}
	if c := db.Apply(map[string][]dns.RR{"many.example.": rrs}); c.Any() {
		t.Errorf("the same records change %+v", c)
	}
	slices.Reverse(rrs)
	if c := db.Apply(map[string][]dns.RR{"many.example.": rrs}); c.Any() {
		t.Errorf("the same records in another order change %+v", c)
	}
	if c := db.Apply(map[string][]dns.RR{"many.example.": rrs[1:]}); c.Modified != 1 {
		t.Errorf("one record less changes %+v", c)
	}
}

func TestLargestNamesAndRdata(t *testing.T) {
	label := strings.Repeat("x", 63)
	longest := label + "." + label + "." + label + "." + label[:61] + "."
	hex := fmt.Sprintf("\\# 65535 %x", slices.Repeat([]byte{0xab}, 65535))
	db := load(t, longest+" 5 IN A 192.0.2.1", longest+" 5 IN TYPE65280 "+hex, strings.Repeat("a.", 127)+" 5 IN CNAME "+longest)
	if got := recordsAt(t, db.View(), longest, 65280)[0].String(); !strings.HasSuffix(got, strings.Repeat("ab", 65535)) {
		t.Errorf("64 KB of RDATA came back as %d characters", len(got))
	}
	if got := recordsAt(t, db.View(), strings.Repeat("a.", 127), dns.TypeCNAME)[0].(*dns.CNAME).Target; got != longest {
		t.Errorf("target %s", got)
	}
	if _, ok := db.View().Zone("a.").Node("a.a."); !ok {
		t.Error("an empty non-terminal of 127 labels' way does not exist")
	}
	for _, name := range []string{"x" + longest, strings.Repeat("a.", 128), label + "x.", "a..", ".a.", "a", "", `a\`, `\300.`} {
		if err := db.NewLoad().Add(&dns.A{Hdr: dns.RR_Header{Name: name, Rrtype: 1, Class: 1}, A: net.IPv4(1, 2, 3, 4)}); err == nil {
			t.Errorf("name %q is taken", name)
		}
		if n, ok := db.View().Zone(name).Node(name); ok {
			t.Errorf("name %q exists: %v", name, n)
		}
	}
}

func TestWhatIsNotTaken(t *testing.T) {
	h := func(rrtype, class uint16) dns.RR_Header {
		return dns.RR_Header{Name: "a.", Rrtype: rrtype, Class: class}
	}
	for name, rr := range map[string]dns.RR{
		"another class":   &dns.A{Hdr: h(dns.TypeA, dns.ClassCHAOS), A: net.IPv4(1, 2, 3, 4)},
		"no address":      &dns.A{Hdr: h(dns.TypeA, dns.ClassINET)},
		"A of IPv6":       &dns.A{Hdr: h(dns.TypeA, dns.ClassINET), A: net.ParseIP("2001:db8::1")},
		"AAAA of 4":       &dns.AAAA{Hdr: h(dns.TypeAAAA, dns.ClassINET), AAAA: net.IPv4(1, 2, 3, 4).To4()},
		"A by number":     &dns.RFC3597{Hdr: h(dns.TypeA, dns.ClassINET), Rdata: "01020304ff"},
		"name without .":  &dns.CNAME{Hdr: h(dns.TypeCNAME, dns.ClassINET), Target: "a..b"},
		"text too long":   &dns.TXT{Hdr: h(dns.TypeTXT, dns.ClassINET), Txt: []string{strings.Repeat("x", 256)}},
		"no text":         &dns.TXT{Hdr: h(dns.TypeTXT, dns.ClassINET)},
		"CAA of no RDATA": &dns.RFC3597{Hdr: h(dns.TypeCAA, dns.ClassINET)},
	} {
		db := New()
		if err := db.NewLoad().Add(rr); err == nil {
			t.Errorf("%s: no error", name)
		}
		if c := db.Apply(byName(rr)); c.Any() || db.View().Len() != 0 {
			t.Errorf("%s: changed %+v", name, c)
		}
	}
}

func TestEveryTypeComesBack(t *testing.T) {
	records := []string{
		"A 192.0.2.1", "AAAA 2001:db8::1", "AAAA ::ffff:192.0.2.1", `NS Ns.\000Example.`, "CNAME .", `PTR a\.b.Example.`,
		"MX 10 mx.Example.", `TXT "" "a b" "q\"\\\000\255"`, "SRV 1 2 3 s.Example.", "SOA N.example. M.example. 1 2 3 4 4294967295",
		"DNAME d.example.", "CAA 0 issue \"x\"", "DS 1 8 1 AABB", "HINFO \"a\" \"b\"", "NAPTR 1 2 \"u\" \"s\" \"!a!b!\" .",
		"SSHFP 1 1 abcd", "TLSA 3 1 1 abcd", "LOC 1 2 3.000 N 4 5 6.000 E 7.00m 1m 2m 3m", "SPF \"v=spf1\"", "URI 1 2 \"http://x\"",
		"DNSKEY 257 3 8 AAAA", "CDS 1 8 1 AABB", "CDNSKEY 257 3 8 AAAA", "NSEC a.Example. A NS", "NSEC3PARAM 1 0 5 ab",
		"NSEC3 1 1 5 ab 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A", "RRSIG A 8 2 60 20300101000000 20200101000000 1 S.example. AAAA",
		"SVCB 1 . alpn=h2", "HTTPS 1 s.example. port=8443", "OPENPGPKEY AAAA", "SMIMEA 3 1 1 abcd", "CERT 1 2 8 AAAA", "KX 1 k.example.",
		"AFSDB 1 a.example.", "RP m.example. t.example.", "APL 1:192.0.2.0/24", "EUI48 00-00-5e-00-53-2a", "EUI64 00-00-5e-ef-10-00-00-2a",
		"L32 1 10.1.2.3", "L64 1 2001:0db8:0001:0002", "LP 1 l.example.", "NID 1 0014:4fff:ff20:ee64", "MINFO a.example. b.example.",
		"MB b.example.", "MG g.example.", "MR r.example.", "X25 123", "ISDN \"1\" \"2\"", "RT 1 r.example.", "NSAP-PTR n.example.",
		"GPOS 1 2 3", "CSYNC 1 3 A NS", "ZONEMD 1 1 1 " + strings.Repeat("ab", 48), "HIP 2 200100107b1a74df365639cc39f1d578 AwEAAQ==",
		"DHCID AAAA", "TYPE65280 \\# 0", "TYPE65280 \\# 3 010203", "DLV 1 8 1 AABB", "TALINK a.example. b.example.",
		"AVC \"a\"", "AMTRELAY 10 0 1 192.0.2.1", "IPSECKEY 10 1 2 192.0.2.1 AAAA", "TA 1 8 1 AABB", "EID ab", "NIMLOC ab", "UINFO \"a\"",
		"RESINFO qnamemin", "NXT a.example. A", "CNAME " + strings.Repeat(`\000`, 63) + ".",
	}
	for _, rdata := range records {
		rr, err := dns.NewRR(`o\.w.example. 60 IN ` + rdata)
		if err != nil || rr == nil {
			t.Errorf("%s: %v", rdata, err)
			continue
		}
		db := New()
		l := db.NewLoad()
		if err := l.Add(rr); err != nil {
			t.Errorf("%s: %v", rdata, err)
			continue
		}
		l.Commit()
		got := recordsAt(t, db.View(), `o\.w.example.`, rr.Header().Rrtype)
		if len(got) != 1 || got[0].String() != rr.String() || fmt.Sprintf("%T", got[0]) != fmt.Sprintf("%T", rr) {
			t.Errorf("%v came back as %v", rr, got)
		}
		if c := db.Apply(byName(got...)); c.Any() {
			t.Errorf("%v read and written back changes %+v", rr, c)
		}
	}
}

func TestDuplicates(t *testing.T) {
	tests := map[string]struct {
		records []string
		want    []string
	}{
		"names in RDATA compare without case": {
			[]string{"MX 1 A.b.", "MX 1 a.B.", "MX 2 a.b."}, []string{"MX 1 A.b.", "MX 2 a.b."}},
		"preference is no letter": {
			[]string{"MX 65 a.", "MX 97 a."}, []string{"MX 65 a.", "MX 97 a."}},
		"text compares with case": {
			[]string{"TXT a", "TXT A", "TXT a"}, []string{"TXT a", "TXT A"}},
		"names in a type without code of its own": {
			[]string{"RP a. b.", "RP A. B.", "RP a. c."}, []string{"RP a. b.", "RP a. c."}},
		"4 and 16 octets of one address": {
			[]string{"A 192.0.2.1", "A 192.0.2.1"}, []string{"A 192.0.2.1"}},
	}
	for name, test := range tests {
		var in, want []dns.RR
		for _, s := range test.records {
			in = append(in, mustRR(t, "x. 60 IN "+s))
		}
		if a, ok := in[len(in)-1].(*dns.A); ok {
			a.A = a.A.To4()
		}
		for _, s := range test.want {
			want = append(want, mustRR(t, "x. 60 IN "+s))
		}
		db := New()
		db.Apply(map[string][]dns.RR{"x.": in})
		if got := recordsAt(t, db.View(), "x.", in[0].Header().Rrtype); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// In a large RRset duplicates are found by a hash without regard to case, which records that are none may share.
func TestDuplicatesInALargeRRset(t *testing.T) {
	var rrs []dns.RR
	for i := range 2 * large {
		rrs = append(rrs, mustRR(t, fmt.Sprintf("x. MX 1 m%d.", i)))
	}
	want := len(rrs) + 2
	for _, rdata := range []string{"65 a.", "97 a.", "65 a.", "97 A.", "65 A.", "1 M3.", "1 M60."} {
		rrs = append(rrs, mustRR(t, "x. MX "+rdata))
	}
	db := New()
	db.Apply(map[string][]dns.RR{"x.": rrs})
	if got := db.View().Len(); got != want {
		t.Errorf("%d records, want %d", got, want)
	}
}

func TestOneTTLPerRRset(t *testing.T) {
	db := load(t, "a. 60 IN A 192.0.2.1", "a. 30 IN A 192.0.2.2", "a. 90 IN A 192.0.2.3", "a. 90 IN TXT x", "a. 10 IN A 192.0.2.1") // the last is a duplicate
	for _, rr := range recordsAt(t, db.View(), "a.", dns.TypeA) {
		if rr.Header().Ttl != 10 {
			t.Error(rr)
		}
	}
	if got := recordsAt(t, db.View(), "a.", dns.TypeTXT)[0].Header().Ttl; got != 90 {
		t.Errorf("TTL of TXT is %d", got)
	}
}

// Signatures have the TTLs of what they cover, as at the apex of a zone with NSEC3 (RFC 4034, 3; RFC 4035, 2.2), whatever the order of rows, and by
// whichever way they come into the copy and out of it.
func TestSignaturesKeepTheirTTLs(t *testing.T) {
	const times = " 20370101000000 20260101000000 1 a. AAAA"
	rows := []string{"a. 0 IN RRSIG NSEC3PARAM 13 1 0" + times, "a. 300 IN RRSIG SOA 13 1 300" + times, "a. 300 IN RRSIG NS 13 1 300" + times,
		"a. 60 IN RRSIG TXT 13 1 60" + times, "a. 90 IN RRSIG TXT 13 1 60" + times, // duplicates
		"a. 70 IN SIG TXT 13 1 60" + times, "a. 80 IN SIG NS 13 1 60" + times,
		"a. 5 IN A 192.0.2.1", "a. 7 IN A 192.0.2.2", "a. 9 IN ZONEMD 1 1 1 " + strings.Repeat("00", 48)}
	want := []string{"A 5", "A 5", "RRSIG NS 300", "RRSIG NSEC3PARAM 0", "RRSIG SOA 300", "RRSIG TXT 60", "SIG NS 80", "SIG TXT 70", "ZONEMD 9"}
	check := func(way string, rrs []dns.RR) {
		var got []string
		for _, rr := range rrs {
			covered := ""
			switch rr := rr.(type) {
			case *dns.RRSIG:
				covered = " " + dns.Type(rr.TypeCovered).String()
			case *dns.SIG:
				covered = " " + dns.Type(rr.TypeCovered).String()
			}
			got = append(got, fmt.Sprintf("%s%s %d", dns.Type(rr.Header().Rrtype), covered, rr.Header().Ttl))
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", way, got, want)
		}
	}
	for range 10 {
		rand.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		db := load(t, rows...)
		check("transferred", slices.Collect(db.View().All("")))
		node, _ := db.View().Zone("a.").Node("a.")
		types := node.Types(math.MaxInt)
		if len(types) != 4 || len(node.RRset(dns.TypeRRSIG, 2)) != 2 || !node.Has(dns.TypeRRSIG) {
			t.Errorf("types %v", types)
		}
		var rrs []dns.RR
		for _, rrtype := range types {
			rrs = append(rrs, node.RRset(rrtype, math.MaxInt)...)
		}
		check("answered", rrs)
		if c := db.Apply(map[string][]dns.RR{"a.": rrs}); c.Any() {
			t.Errorf("the same records changed %+v", c)
		}
		for _, rr := range rrs {
			if rr.Header().Rrtype == dns.TypeRRSIG {
				rr.Header().Ttl++
			}
		}
		if c := db.Apply(map[string][]dns.RR{"a.": rrs}); c.Modified != 1 {
			t.Errorf("other TTLs of signatures changed %+v", c)
		}
		saved := load(t, rows...)
		l := New().NewLoad()
		if _, err := l.Read(bytes.NewReader(snapshotOf(t, saved.View())), "here"); err != nil {
			t.Fatal(err)
		}
		l.Commit()
		check("from a snapshot", slices.Collect(l.db.View().All("")))
	}
}

// An ALIAS is answered from and not listed.
func TestALIASIsLeftOut(t *testing.T) {
	const rdata = " 60 IN TYPE65401 \\# 3 016100"
	db := load(t, "a. 60 IN SOA ns. host. 1 2 3 4 5", "b.a."+rdata, "b.a. 60 IN TXT x", "c. 60 IN SOA ns. host. 1 2 3 4 5", "d.c. 60 IN SOA ns. host. 1 2 3 4 5", "d.c."+rdata, "e."+rdata)
	v := db.View()
	for apex, want := range map[string]struct {
		leftOut string
		records int
	}{"a.": {"b.a.", 2}, "c.": {"", 1}, "d.c.": {"d.c.", 1}, "": {"e.", 0}, "none.": {"", 0}} {
		if got, n := v.LeftOut(apex), len(slices.Collect(v.All(apex))); got != want.leftOut || n != want.records {
			t.Errorf("%s: %q is left out of %d records, want %q of %d", apex, got, n, want.leftOut, want.records)
		}
	}
	if node, _ := v.Zone("b.a.").Node("b.a."); !node.Has(wire.TypeALIAS) || len(node.RRset(wire.TypeALIAS, 9)) != 1 {
		t.Error("there is none to answer from")
	}
}

func TestRecordsBelongToTheCaller(t *testing.T) {
	db := load(t, "a. 60 IN A 192.0.2.1", "a. 60 IN AAAA 2001:db8::1", "a. 60 IN TYPE65280 \\# 1 01", "a. 60 IN TXT x",
		"a. 60 IN APL 1:192.0.2.0/24")
	v := db.View()
	before := fmt.Sprint(slices.Collect(v.All("")))
	for rr := range v.All("") {
		rr.Header().Name = "other."
		switch rr := rr.(type) {
		case *dns.A:
			rr.A[0] = 1
		case *dns.AAAA:
			rr.AAAA[0] = 1
		case *dns.APL:
			rr.Prefixes[0].Network.IP[0] = 1
		}
	}
	if after := fmt.Sprint(slices.Collect(v.All(""))); after != before {
		t.Errorf("after a caller changed records:\n%s\nbefore:\n%s", after, before)
	}
}

func TestAllocations(t *testing.T) {
	db := load(t, "example. SOA . . 1 1 1 1 1", "www.example. A 192.0.2.1", "a.ent.example. A 192.0.2.1")
	v := db.View()
	z := v.Zone("www.example.")
	tests := map[string]struct {
		most int
		f    func()
	}{
		"zone":         {0, func() { v.Zone("www.example.") }},
		"no zone":      {0, func() { v.Zone("www.example.org.") }},
		"apex":         {0, func() { z.Node("example.") }},
		"no records":   {0, func() { z.Node("ent.example.") }},
		"no node":      {0, func() { z.Node("no.example.") }},
		"node and A":   {2, func() { n, _ := z.Node("www.example."); n.RRset(dns.TypeA, math.MaxInt) }},
		"absent RRset": {1, func() { n, _ := z.Node("www.example."); n.RRset(dns.TypeNS, math.MaxInt) }},
	}
	for name, test := range tests {
		if got := int(testing.AllocsPerRun(100, test.f)); got > test.most {
			t.Errorf("%s: %d allocations, want at most %d", name, got, test.most)
		}
	}
}

// However wrong the number of records is that a Load expects, it holds the same in the end and takes but a few times the memory.
func TestExpect(t *testing.T) {
	const names = 40_000
	add := func(db *DB, expect int) *Load {
		l := db.NewLoad()
		l.Expect(expect)
		rr := mustRR(t, "x. TXT "+strings.Repeat("t", 255)+" "+strings.Repeat("u", 255))
		for i := range names {
			rr.Header().Name = benchName(i)
			if err := l.Add(rr); err != nil {
				t.Fatal(err)
			}
		}
		return l
	}
	db := New()
	add(db, 0).Commit()
	want := db.View()
	for _, n := range []int{math.MinInt, names / 2, 2 * names, math.MaxInt} {
		other := New()
		l := add(other, n)
		if most := 5*want.Bytes() + 24<<20; l.edit.view().Bytes() > most {
			t.Errorf("expecting %d records, a Load takes %d bytes, want at most %d", n, l.edit.view().Bytes(), most)
		}
		l.Commit()
		v := other.View()
		if v.Len() != want.Len() || v.Names() != want.Names() {
			t.Errorf("expecting %d records: %d of %d names", n, v.Len(), v.Names())
		}
		if most := want.Bytes() * 5 / 4; v.Bytes() > most {
			t.Errorf("expecting %d records: %d bytes, want at most %d", n, v.Bytes(), most)
		}
		if rrs := recordsAt(t, v, benchName(names-1), dns.TypeTXT); len(rrs) != 1 {
			t.Errorf("expecting %d records: the last is %v", n, rrs)
		}
	}
}

// Shards where nothing differs are those of the view before, and none of the memory of the list stays.
// A Load in which some names are kept is, in the end, what one would be whose list knew of them.
func TestKeptNamesStayAsTheyAre(t *testing.T) {
	w := newWorld(11)
	for range 300 {
		db := New()
		listed, now := map[string][]dns.RR{}, map[string][]dns.RR{}
		for range 30 {
			name := w.name()
			listed[name] = w.rrs(t, name)
			now[name] = listed[name]
		}
		db.Apply(now)
		l := db.NewLoad()
		var kept []string
		for name := range listed { // some change while the list is read, and one comes
			if w.IntN(3) == 0 {
				kept, now[name] = append(kept, name), w.rrs(t, name)
			}
			for _, rr := range listed[name] {
				if err := l.Add(rr); err != nil {
					t.Fatal(err)
				}
			}
		}
		kept, now["new.lan."] = append(kept, "new.lan.", "never.lan."), []dns.RR{mustRR(t, "new.lan. 1 IN A 192.0.2.1")}
		if w.IntN(2) == 0 { // all that was there is gone
			kept = append(kept, slices.Collect(maps.Keys(listed))...)
			for name := range listed {
				now[name] = nil
			}
		}
		db.Apply(now)
		for _, name := range kept {
			l.Keep(name)
		}
		v := db.View()
		if l.Len() != v.Len() {
			t.Fatalf("%d records, expected %d", l.Len(), v.Len())
		}
		if c := l.Commit(); c.Any() || db.View() != v {
			t.Fatalf("changed %+v, keeping %q", c, kept)
		}
	}
}

// What differs at a name that is not kept counts, and only that.
func TestWhatIsNotKeptIsListed(t *testing.T) {
	db := New()
	db.Apply(map[string][]dns.RR{"a.lan.": {mustRR(t, "a.lan. 1 IN A 192.0.2.1")}, "b.lan.": {mustRR(t, "b.lan. 1 IN A 192.0.2.1")}})
	l := loadOf(t, db, "a.lan. 1 IN A 192.0.2.9", "b.lan. 1 IN A 192.0.2.9", "c.lan. 1 IN A 192.0.2.9")
	l.Keep("a.lan.")
	l.Keep("c.lan.")
	if c := l.Commit(); c != (Changed{Modified: 1}) {
		t.Errorf("changed %+v", c)
	}
	for name, want := range map[string]string{"a.lan.": "192.0.2.1", "b.lan.": "192.0.2.9", "c.lan.": ""} {
		got := ""
		if n, ok := db.View().Zone(name).Node(name); ok {
			got = n.RRset(dns.TypeA, 1)[0].(*dns.A).A.String()
		}
		if got != want {
			t.Errorf("%s is %q, expected %q", name, got, want)
		}
	}
}

func TestCommitKeepsWhatDoesNotDiffer(t *testing.T) {
	db := New()
	l := db.NewLoad()
	fill(t, l, 50_000)
	l.Commit()
	before := maps.Collect(indexed(db.View()))
	l = db.NewLoad()
	fill(t, l, 50_000)
	extra := benchA(1)
	extra.Hdr.Name = "one.more.example.org."
	if err := l.Add(extra); err != nil {
		t.Fatal(err)
	}
	if c := l.Commit(); c != (Changed{Added: 1}) {
		t.Errorf("changed %+v", c)
	}
	kept := 0
	for i, s := range indexed(db.View()) {
		if before[i] == s {
			kept++
		}
	}
	if kept < len(before)-3 { // the name, its parent, the apex that counts the parent
		t.Errorf("%d of %d shards are kept", kept, len(before))
	}
}

// indexed yields for each shard what tells it from a copy: where its index is.
func indexed(v *View) func(yield func(int, *byte) bool) {
	return func(yield func(int, *byte) bool) {
		for g := range v.groups {
			for i := range fan {
				if s := v.groups[g].at(i); s != nil && !yield(g*fan+i, &s.index[0]) {
					return
				}
			}
		}
	}
}
