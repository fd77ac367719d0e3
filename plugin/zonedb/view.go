package zonedb

import (
	"hash/maphash"
	"iter"
	"strings"
	"sync/atomic"

	"github.com/mysqldns/mysqldns/plugin/answer"

	"github.com/miekg/dns"
)

// View is one state of the copy. It implements answer.Zones. It never changes, and what it holds stays in memory as long
// as someone keeps it.
type View struct {
	seed    maphash.Seed
	groups  [fan]*group
	apexes  *apexes
	records int
	owners  int
	loose   zone
	recent  [32]atomic.Pointer[zone] // the first zone asked for, for each hash of an apex
}

var _ answer.Zones = (*View)(nil)

func newView() *View {
	return (&editor{seed: maphash.MakeSeed(), apexes: new(apexes)}).view()
}

// Len is the number of records.
func (v *View) Len() int { return v.records }

// Names is the number of owner names; empty non-terminals are none.
func (v *View) Names() int { return v.owners }

// Bytes is how much memory the records and their index take. Views that differ little share most of it.
func (v *View) Bytes() int64 {
	n := int64(1024)
	for _, g := range v.groups {
		if g != nil {
			n += fan * 8
		}
	}
	for s := range v.shards() {
		n += int64(s.bytes())
	}
	return n
}

// octets is how many octets the entries have.
func (v *View) octets() uint64 {
	n := uint64(0)
	for s := range v.shards() {
		n += uint64(s.live())
	}
	return n
}

// Zones lists the apexes of all zones, sorted. It looks at all names when first called after a zone appeared or went.
func (v *View) Zones() []string { return v.apexes.names(v) }

// shard returns the shard of a name; nil if it is empty.
func (v *View) shard(h hash) *shard {
	if g := v.groups[h.group()]; g != nil {
		return g[h.shard()]
	}
	return nil
}

// shards yields all shards that are not empty.
func (v *View) shards() iter.Seq[*shard] {
	return func(yield func(*shard) bool) {
		for _, g := range v.groups {
			if g == nil {
				continue
			}
			for _, s := range g {
				if s != nil && !yield(s) {
					return
				}
			}
		}
	}
}

// entry returns the entry of a name in wire form; nil if the name does not exist.
func (v *View) entry(h hash, name []byte) entry {
	if s := v.shard(h); s != nil {
		if _, off, ok := s.find(h, name); ok {
			return s.entry(off)
		}
	}
	return nil
}

// Zone implements answer.Zones.
func (v *View) Zone(name string) answer.Zone {
	if v.apexes.none() {
		return &v.loose
	}
	var buf [maxName]byte
	wire := buf[:packName(&buf, name)]
	if len(wire) == 0 {
		return &v.loose
	}
	off := 0 // in name, as wire goes up
	for labels := labelsOf(wire); ; labels-- {
		if v.apexes.at(labels) {
			h := hashOf(v.seed, wire)
			if e := v.entry(h, wire); e != nil && e.isApex() {
				return v.zone(h, name, off)
			}
		}
		if labels == 0 {
			return &v.loose
		}
		wire = parentOf(wire)
		off, _ = dns.NextLabel(name, off)
	}
}

// zone returns the zone whose apex begins at an offset in name. It does so without an allocation for most of the first few
// zones that are asked for.
func (v *View) zone(h hash, name string, off int) *zone {
	apex := name[min(off, len(name)-1):] // past the last label is the root: the last dot
	slot := &v.recent[h%hash(len(v.recent))]
	z := slot.Load()
	if z == nil {
		slot.CompareAndSwap(nil, &zone{v, strings.Clone(apex)})
		z = slot.Load()
	}
	if z.apex != apex {
		z = &zone{v, apex}
	}
	return z
}

// zone is the names of a View as one zone answers from them.
type zone struct {
	view *View
	apex string
}

// Apex implements answer.Zone.
func (z *zone) Apex() string { return z.apex }

// Node implements answer.Zone.
func (z *zone) Node(name string) (answer.Node, bool) {
	var buf [maxName]byte
	wire := buf[:packName(&buf, name)]
	if len(wire) == 0 {
		return nil, false
	}
	e := z.view.entry(hashOf(z.view.seed, wire), wire)
	if e == nil {
		return nil, false
	}
	return &node{name, e.content()}, true
}
