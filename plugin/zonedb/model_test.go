package zonedb

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// world draws names and records at random from few enough that they meet.
type world struct {
	*rand.Rand
	labels []string
}

func newWorld(seed uint64) world {
	return world{rand.New(rand.NewPCG(seed, 1)), []string{"a", "b", "c", "www", "*", "ns", "_tcp", `x\.y`, `\000`, `\255z`, `\"q`,
		strings.Repeat("l", 63)}}
}

func (w world) name() string {
	if w.IntN(40) == 0 {
		return "."
	}
	depth := 1 + w.IntN(5)
	if w.IntN(50) == 0 {
		depth = 100
	}
	var b strings.Builder
	for range depth {
		label := w.labels[w.IntN(len(w.labels))]
		if b.Len()+len(label) > 200 {
			break
		}
		b.WriteString(label + ".")
	}
	return b.String()
}

func (w world) rr(t testing.TB, owner string) dns.RR {
	target := w.name()
	if w.IntN(2) == 0 {
		target = strings.ToUpper(target)
	}
	kinds := []string{"A 192.0.2.%d", "A 192.0.2.%d", "AAAA 2001:db8::%d", "NS " + target, "CNAME " + target, "MX %d " + target,
		`TXT "t%d" "u\"x"`, `TXT "T%d"`, "SRV 1 2 %d " + target, "PTR " + target, "DS 1 8 2 0000000%d",
		`CAA 0 issue "ca%d.example"`, "RP " + target + " .", "TYPE65280 \\# 1 0%d", "SOA " + target + " . %d 1 2 3 4",
		"DNAME " + target, "SVCB %d " + target + " alpn=h2",
		"RRSIG A 13 2 300 20370101000000 20260101000000 %d " + target + " AAAA", "RRSIG MX 13 2 0 20370101000000 20260101000000 %d . AAAA"}
	rdata := strings.Replace(kinds[w.IntN(len(kinds))], "%d", fmt.Sprint(1+w.IntN(4)), 1)
	return mustRR(t, fmt.Sprintf("%s %d IN %s", owner, 60*(1+w.IntN(3)), rdata))
}

func (w world) rrs(t testing.TB, owner string) []dns.RR {
	var rrs []dns.RR
	for range w.IntN(6) {
		rrs = append(rrs, w.rr(t, owner))
	}
	return rrs
}

func mustRR(t testing.TB, s string) dns.RR {
	t.Helper()
	rr, err := dns.NewRR(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return rr
}

func TestSequencesAgainstNaive(t *testing.T) {
	seeds := uint64(40)
	if testing.Short() {
		seeds = 4 // as on an emulated machine
	}
	for seed := range seeds {
		w := newWorld(seed)
		db, model := New(), newNaive()
		for step := range 25 {
			if step == int(seed%4)*3 && seed%2 == 0 {
				db.KeepOrder() // from the beginning, or later
			}
			before := db.View()
			had := before.order.listed(before)
			var next *naive
			var got Changed
			switch w.IntN(8) {
			case 0:
				next, got = w.load(t, db, model)
			case 1:
				next, got = model, w.reload(t, db)
			default:
				names := map[string][]dns.RR{}
				for range 1 + w.IntN(1+w.IntN(20)) {
					name := w.name()
					names[name] = w.rrs(t, name)
				}
				next, got = model.apply(names), db.Apply(names)
			}
			if want := next.diff(model); got != want {
				t.Fatalf("seed %d, step %d: changed %+v, want %+v", seed, step, got, want)
			}
			model = next
			checkKeptOrder(t, db, before, had)
			compare(t, db.View(), model, w)
			if t.Failed() {
				t.Fatalf("seed %d, step %d", seed, step)
			}
		}
		empty(t, db, model)
	}
}

// checkKeptOrder compares the order with the names sorted, and that of the state before with what it was.
func checkKeptOrder(t *testing.T, db *DB, before *View, had []string) {
	t.Helper()
	v := db.View()
	if v.order == nil {
		if db.sorted.Load() && v != before {
			t.Error("no order is kept")
		}
		return
	}
	var want []string
	v.eachOwner(func(e entry) { want = append(want, string(wire.AppendKey(nil, e.name()))) })
	slices.Sort(want)
	if got := v.order.listed(v); !slices.Equal(got, want) {
		t.Errorf("in order are %q, expected %q", got, want)
	}
	if got := before.order.listed(before); !slices.Equal(got, had) {
		t.Errorf("the order of the state before became %q, it was %q", got, had)
	}
}

// listed is the keys of the names in their order.
func (o *order) listed(v *View) (keys []string) {
	if o != nil {
		o.walk(v, nil, func(e entry) bool { keys = append(keys, string(wire.AppendKey(nil, e.name()))); return true })
	}
	return keys
}

// load replaces everything, sometimes by almost the same.
func (w world) load(t *testing.T, db *DB, model *naive) (*naive, Changed) {
	next, l := newNaive(), db.NewLoad()
	rrs := model.all()
	if w.IntN(2) == 0 {
		rrs = nil
	}
	for range w.IntN(60) {
		rrs = append(rrs, w.rr(t, w.name()))
	}
	w.Shuffle(len(rrs), func(i, j int) { rrs[i], rrs[j] = rrs[j], rrs[i] })
	for _, rr := range rrs {
		next.add(rr)
		if err := l.Add(rr); err != nil {
			t.Fatal(err)
		}
		if w.IntN(10) == 0 && l.Len() != next.records {
			t.Fatalf("%d records after %v, want %d", l.Len(), rr, next.records)
		}
	}
	return next, l.Commit()
}

// reload saves a snapshot, reads it into a new copy and, which must change nothing, into this one.
func (w world) reload(t *testing.T, db *DB) Changed {
	var file bytes.Buffer
	if err := db.View().Save(&file, "here", time.Unix(1, 2)); err != nil {
		t.Fatal(err)
	}
	before := db.View()
	l := db.NewLoad()
	if taken, err := l.Read(&file, "here"); err != nil || !taken.Equal(time.Unix(1, 2)) {
		t.Fatal(taken, err)
	}
	c := l.Commit()
	if db.View() != before {
		t.Error("another view is published though nothing changed")
	}
	return c
}

// empty removes all names in random order and looks for what is left.
func empty(t *testing.T, db *DB, model *naive) {
	for name := range model.nodes {
		db.Apply(map[string][]dns.RR{name: nil})
	}
	v := db.View()
	for s := range v.shards() {
		t.Errorf("%d names left in a shard", s.names)
	}
	if v.Len() != 0 || v.Names() != 0 || !v.apexes.none() {
		t.Errorf("%d records of %d names and zones %v left", v.Len(), v.Names(), v.Zones())
	}
}

func compare(t *testing.T, v *View, model *naive, w world) {
	t.Helper()
	if v.Len() != model.records {
		t.Errorf("%d records, want %d", v.Len(), model.records)
	}
	if got, want := v.Zones(), model.zones(); !slices.Equal(got, want) {
		t.Errorf("zones %q, want %q", got, want)
	}
	names := model.names()
	for range 50 {
		names = append(names, w.name())
	}
	for _, name := range names {
		compareNode(t, v, model, name)
	}
	for _, apex := range append(v.Zones(), "", "no.such.zone.") {
		var got []dns.RR
		for rr := range v.All(apex) {
			got = append(got, rr)
		}
		checkOrder(t, apex, got)
		if apex != "" && len(got) > 0 {
			soa := model.nodes[apex][dns.TypeSOA]
			if !slices.Contains(texts(soa), got[0].String()) {
				t.Errorf("zone %s has the SOA %v, want one of %v", apex, got[0], soa)
			}
			got = got[1:]
		}
		if want := model.list(apex); !slices.Equal(texts(got), want) {
			t.Errorf("all of zone %q:\n%s\nwant:\n%s", apex, strings.Join(texts(got), "\n"), strings.Join(want, "\n"))
		}
	}
}

func compareNode(t *testing.T, v *View, model *naive, name string) {
	t.Helper()
	z := v.Zone(name)
	if want := model.zone(name); z.Apex() != want {
		t.Errorf("%s is in zone %q, want %q", name, z.Apex(), want)
	}
	n, ok := z.Node(name)
	want, exists := model.nodes[name]
	if ok != exists {
		t.Errorf("%s exists: %v, want %v", name, ok, exists)
	}
	if !ok {
		return
	}
	if types := n.Types(math.MaxInt); !slices.IsSorted(types) || len(types) != len(want) {
		t.Errorf("%s has types %v, want %d", name, types, len(want))
	}
	for rrtype, set := range want {
		if got := n.RRset(rrtype, math.MaxInt); !slices.Equal(texts(got), texts(set)) || !n.Has(rrtype) {
			t.Errorf("%s %s: %v, want %v", name, dns.Type(rrtype), got, set)
		}
	}
	for _, rrtype := range []uint16{0, dns.TypeA, dns.TypeSOA, dns.TypeLOC, 0xffff} {
		if got := n.RRset(rrtype, math.MaxInt); want[rrtype] == nil && got != nil {
			t.Errorf("%s has %v", name, got)
		}
	}
}

func checkOrder(t *testing.T, apex string, rrs []dns.RR) {
	t.Helper()
	for i, rr := range rrs {
		if isSOA := rr.Header().Rrtype == dns.TypeSOA; apex != "" && isSOA != (i == 0) {
			t.Errorf("zone %s: record %d is %v", apex, i, rr)
		}
		if i > 0 && canonical(rrs[i-1].Header().Name) > canonical(rr.Header().Name) {
			t.Errorf("zone %s: %v before %v", apex, rrs[i-1], rr)
		}
	}
}

// canonical is a name as what sorts in canonical order: its labels from the root down, each octet as two letters, each
// label ended by a space.
func canonical(name string) string {
	var buf [wire.MaxName]byte
	packed := buf[:packName(&buf, name)]
	var labels []string
	for ; packed[0] != 0; packed = parentOf(packed) {
		labels = append(labels, fmt.Sprintf("%x ", packed[1:1+packed[0]]))
	}
	slices.Reverse(labels)
	return strings.Join(labels, "")
}
