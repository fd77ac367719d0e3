package journal

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/miekg/dns"
)

// world is a table, instances that follow it, each looking at its own moments, what they keep in the database, and what each serial's content was.
type world struct {
	*rand.Rand
	t         *testing.T
	rows      map[string][]dns.RR
	instances []*instance
	taken     map[string][]taken // by apex, in order
	contents  map[string]map[uint32][]Record
	transfers int // that were incremental, and of more than one step
}

// taken is a row of the journal and of the version that it made.
type taken struct {
	from, to uint32
	digest   Digest
	delta    []byte // nil: none is known
}

// instance is a copy with its versions.
type instance struct {
	db      *zonedb.DB
	zones   *Zones
	pending map[string]bool // names that changed since it looked
	read    map[string]int  // how far it has read what was taken
}

func newWorld(t *testing.T, seed uint64, instances int) *world {
	w := &world{Rand: rand.New(rand.NewPCG(seed, 7)), t: t, rows: map[string][]dns.RR{}, taken: map[string][]taken{}, contents: map[string]map[uint32][]Record{}}
	for range instances {
		db := zonedb.New()
		if w.IntN(2) == 0 { // which changes nothing but the way of listing
			db.KeepOrder()
		}
		w.instances = append(w.instances, &instance{db: db, pending: map[string]bool{}, read: map[string]int{},
			zones: NewZones(func(string, uint32) bool { return true })})
	}
	return w
}

var labels = []string{"a", "ns", "sub"}

func (w *world) name() string {
	name := "example."
	if w.IntN(6) == 0 {
		name = "other."
	}
	for range w.IntN(1 + w.IntN(4)) {
		name = labels[w.IntN(len(labels))] + "." + name
	}
	return name
}

func (w *world) rr(owner string) dns.RR {
	target := w.name()
	if w.IntN(3) == 0 {
		target = strings.ToUpper(target)
	}
	kinds := []string{"A 192.0.2.%d", "A 192.0.2.%d", "AAAA 2001:db8::%d", "NS " + target, "NS ns." + owner, "NS a." + owner, `TXT "t%d"`, "MX %d " + target, "DS 1 8 2 0000000%d",
		"TYPE65401 \\# 3 016100", "RRSIG A 13 2 300 20370101000000 20260101000000 %d . AAAA"}
	text := strings.Replace(kinds[w.IntN(len(kinds))], "%d", fmt.Sprint(1+w.IntN(4)), 1)
	return rr(w.t, fmt.Sprintf("%s %d IN %s", owner, 60*(1+w.IntN(2)), text))
}

func rr(t testing.TB, text string) dns.RR {
	t.Helper()
	rr, err := dns.NewRR(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return rr
}

// write changes the rows of some names.
func (w *world) write() {
	for range 1 + w.IntN(4) {
		owner := w.name()
		var rrs []dns.RR
		for range w.IntN(4) {
			rrs = append(rrs, w.rr(owner))
		}
		if soas := map[bool]int{true: 1, false: 4}[strings.Count(owner, ".") == 1]; w.IntN(soas) == 0 {
			rrs = append(rrs, rr(w.t, fmt.Sprintf("%s 60 IN SOA ns.example. h.example. 0 %d 2 3 4", owner, 1+w.IntN(2))))
		}
		w.rows[owner] = rrs
		for _, in := range w.instances {
			in.pending[owner] = true
		}
	}
}

// look brings an instance's copy up to date.
func (w *world) look(in *instance) {
	changes := map[string][]dns.RR{}
	for name := range in.pending {
		changes[name] = w.rows[name]
	}
	in.pending = map[string]bool{}
	in.db.Apply(changes)
	in.zones.Move(in.db.View(), slices.Collect(maps.Keys(changes)), w.IntN(10) > 0)
}

// learn takes over what was taken, some of it or all.
func (w *world) learn(in *instance, all bool) {
	for apex, z := range in.zones.All() {
		steps := w.taken[apex]
		if !z.known && len(steps) > 0 { // as it starts, or the zone came back: only the newest is there to see
			newest := steps[len(steps)-1]
			z.Assume(newest.to, newest.digest)
			in.read[apex] = len(steps)
		}
		for in.read[apex] < len(steps) && (all || w.IntN(3) > 0) {
			s := steps[in.read[apex]]
			in.read[apex]++
			if d, err := DecodeDelta(s.delta); s.delta != nil && err == nil && s.from == z.serial {
				z.Advance(s.to, s.digest, d)
			} else {
				z.Assume(s.to, s.digest)
			}
		}
	}
}

// take makes a version of each zone that changed, as the instance has it.
func (w *world) take(in *instance) {
	w.learn(in, true)
	for apex, z := range in.zones.All() {
		if z.IsCurrent() {
			continue
		}
		var t taken
		switch {
		case !z.known:
			t = taken{to: 1<<32 - 3, digest: z.Copied()}
			z.Assume(t.to, t.digest)
		case z.Has():
			d := z.Pending()
			t = taken{from: z.serial, to: Next(z.serial, time.Unix(int64(z.serial), 0)), digest: z.Copied(), delta: d.Encode()}
			z.Advance(t.to, t.digest, d)
		default:
			t = taken{from: z.serial, to: Next(z.serial, time.Unix(int64(z.serial), 0)), digest: z.Copied()}
			z.Assume(t.to, t.digest)
		}
		w.taken[apex] = append(w.taken[apex], t)
		in.read[apex] = len(w.taken[apex])
		if w.contents[apex] == nil {
			w.contents[apex] = map[uint32][]Record{}
		}
		w.contents[apex][t.to] = recordsOf(slices.Collect(in.db.View().All(apex)))
		if !z.Has() || !z.IsCurrent() {
			w.t.Fatalf("%s: a version was taken, and its content is not known", apex)
		}
	}
}

// check compares what an instance has with what it should.
func (w *world) check(in *instance) {
	for _, apex := range in.db.View().Zones() {
		z := in.zones.Zone(apex)
		if z == nil {
			w.t.Fatalf("%s is no zone", apex)
		}
		all := recordsOf(slices.Collect(in.db.View().All(apex)))
		var sum Digest
		sum.add(all...)
		if sum != z.Copied() || z.Octets() != sizeOf(all) {
			w.t.Fatalf("%s: the digest that was kept is not that of the copy", apex)
		}
		if !z.Has() {
			continue
		}
		v := z.Snapshot()
		if got, want := recordsOf(slices.Collect(v.All())), w.contents[apex][z.serial]; !slices.Equal(got, want) {
			w.t.Fatalf("%s %d has %q, expected %q", apex, z.serial, got, want)
		}
		for serial, content := range w.contents[apex] {
			if rrs, ok := v.Since(serial, 1<<30); ok {
				w.transfer(content, serial, rrs, w.contents[apex][z.serial], z.serial)
			}
		}
	}
	for apex := range in.zones.All() {
		if !isApex(in.db.View(), apex) {
			w.t.Fatalf("%s is no zone any more", apex)
		}
	}
}

// transfer applies an incremental transfer as a strict secondary does.
func (w *world) transfer(content []Record, serial uint32, rrs []dns.RR, want []Record, newest uint32) {
	w.t.Helper()
	has := map[Record]bool{}
	for _, r := range content {
		has[r] = true
	}
	if len(rrs) > 6 {
		w.transfers++
	}
	serialOf := func(rr dns.RR) uint32 { return rr.(*dns.SOA).Serial }
	if serialOf(rrs[0]) != newest || serialOf(rrs[len(rrs)-1]) != newest {
		w.t.Fatalf("the transfer is to %d and %d, not to %d", serialOf(rrs[0]), serialOf(rrs[len(rrs)-1]), newest)
	}
	rrs = rrs[1 : len(rrs)-1]
	adding := true
	for _, rr := range rrs {
		r, _ := RecordOf(rr)
		if soa, ok := rr.(*dns.SOA); ok {
			if adding = !adding; !adding && soa.Serial != serial {
				w.t.Fatalf("a step begins at %d, expected %d", soa.Serial, serial)
			}
			serial = soa.Serial
		}
		if has[r] == adding {
			w.t.Fatalf("not exact: %s (added: %t)", rr, adding)
		}
		has[r] = adding
		if !adding {
			delete(has, r)
		}
	}
	if got := slices.Sorted(maps.Keys(has)); serial != newest || !slices.Equal(got, want) {
		w.t.Fatalf("after the transfer to %d are %q, expected at %d %q", serial, got, newest, want)
	}
}

// Whatever rows change, in whatever portions instances see them, and whichever of them takes a version: all have the same content under the same
// serial, and deltas lead from any version to any later one, as a strict secondary applies them. Zones and zones below them come and go,
// names change zone, and serials wrap around.
func TestVersionsAgainstModel(t *testing.T) {
	transfers := 0
	seeds := uint64(60)
	if testing.Short() { // on an emulated machine
		seeds = 10
	}
	for seed := range seeds {
		w := newWorld(t, seed, 3)
		for range 80 {
			in := w.instances[w.IntN(len(w.instances))]
			switch w.IntN(7) {
			case 0, 1:
				w.write()
			case 2:
				w.learn(in, false)
			case 3:
				if in != w.instances[2] { // which only reads
					w.look(in)
					w.take(in)
				}
			case 4:
				if w.IntN(4) == 0 { // it starts anew
					in.zones = NewZones(func(string, uint32) bool { return true })
					in.zones.Move(in.db.View(), nil, false)
				}
			default:
				w.look(in)
			}
			for _, in := range w.instances {
				w.check(in)
			}
		}
		w.end()
		transfers += w.transfers
	}
	if transfers < 400 {
		t.Errorf("only %d incremental transfers were tried", transfers)
	}
}

// end lets all come to rest, after which everyone must have the last version of each zone.
func (w *world) end() {
	for _, in := range w.instances {
		w.look(in)
	}
	w.take(w.instances[0])
	for _, in := range w.instances {
		w.learn(in, true)
		w.check(in)
		for apex, z := range in.zones.All() {
			if !z.Has() || !z.IsCurrent() {
				w.t.Fatalf("%s: at rest, the version's content is not known", apex)
			}
		}
	}
}

// An instance that starts between two versions of zones that change all the time does not know the content of the first, as rows have changed since. It knows that of the
// second, also where rows changed several times meanwhile, and back again. (Not so where a delegation came and went again meanwhile, and with it the glue at names
// whose rows did not change. Then it knows that of the third.)
func TestStartBetweenTwoVersions(t *testing.T) {
	unknown, missed := 0, 0
	for seed := range uint64(200) {
		w := newWorld(t, seed, 2)
		writer, reader := w.instances[0], w.instances[1]
		for range 20 {
			w.write()
		}
		w.look(writer)
		w.take(writer)
		w.write()
		w.look(writer)
		w.write()
		w.look(reader)
		w.learn(reader, true)
		for _, z := range reader.zones.All() {
			if z.known && !z.Has() {
				unknown++
			}
		}
		for range 3 {
			w.write()
			w.look(w.instances[w.IntN(2)])
		}
		w.look(writer)
		w.take(writer)
		w.learn(reader, true)
		for apex, z := range reader.zones.All() {
			if n := len(w.taken[apex]); n > 0 && w.taken[apex][n-1].delta != nil && !z.Has() {
				missed++
			}
		}
		w.check(reader)
	}
	t.Log(unknown, missed)
	if unknown < 50 || missed > unknown/10 {
		t.Errorf("the content was not known at first in %d cases, and in %d of these not after the next version", unknown, missed)
	}
}
