package zonedb

import (
	"hash/maphash"
	"iter"
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/mysqldns/mysqldns/plugin/answer"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// View is one state of the copy. It implements answer.Zones. It never changes, and what it holds stays in memory as long
// as someone keeps it.
type View struct {
	seed    maphash.Seed
	groups  [fan]group
	apexes  *apexes
	records int
	owners  int
	loose   zone
	order   *order                   // nil where no order is kept
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
	n := int64(unsafe.Sizeof(*v))
	for _, g := range v.groups {
		n += int64(cap(g.shards)) * int64(unsafe.Sizeof(shard{}))
	}
	for s := range v.shards() {
		n += int64(s.bytes())
	}
	if v.order != nil {
		n += v.order.bytes()
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
func (v *View) shard(h hash) *shard { return v.groups[h.group()].at(h.shard()) }

// shards yields all shards that are not empty.
func (v *View) shards() iter.Seq[*shard] {
	return func(yield func(*shard) bool) {
		for g := range v.groups {
			shards := v.groups[g].shards
			for i := range shards {
				if !yield(&shards[i]) {
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
	var buf [wire.MaxName]byte
	packed := buf[:packName(&buf, name)]
	if len(packed) == 0 {
		return &v.loose
	}
	at := packed
	for labels := labelsOf(packed); ; labels-- {
		if v.apexes.at(labels) {
			h := hashOf(v.seed, at)
			apex := suffix(name, packed, at)
			if z := v.known(h).Load(); z != nil && z.apex.name == apex {
				return z
			}
			if e := v.entry(h, at); e != nil && e.isApex() {
				return v.zone(h, node{apex, e.content()})
			}
		}
		if labels == 0 {
			return &v.loose
		}
		at = parentOf(at)
	}
}

// suffix returns the end of name that has the wire form at, which is the end of the wire form of name.
func suffix(name string, packed, at []byte) string {
	off := len(packed) - len(at)
	if len(packed) != len(name)+1 { // there are escapes, or it is the root
		off = 0
		for up := labelsOf(packed) - labelsOf(at); up > 0; up-- {
			off, _ = dns.NextLabel(name, off)
		}
	}
	return name[min(off, len(name)-1):] // past the last label is the root: the last dot
}

// known is where the first zone is kept that was asked for, of those with one hash or a similar one.
func (v *View) known(h hash) *atomic.Pointer[zone] { return &v.recent[h%hash(len(v.recent))] }

// zone returns the zone at an apex. Most of the first few that are asked for are kept for those who ask again.
func (v *View) zone(h hash, apex node) *zone {
	z := &zone{view: v, apex: apexNode{node: apex}}
	if known := v.known(h); known.Load() == nil {
		z.apex.name = strings.Clone(apex.name)
		known.CompareAndSwap(nil, z)
	}
	return z
}

// zone is the names of a View as one zone answers from them.
type zone struct {
	view *View
	apex apexNode // empty for the loose names
}

// Apex implements answer.Zone.
func (z *zone) Apex() string { return z.apex.name }

// Node implements answer.Zone. It allocates nothing for the apex nor for an empty non-terminal.
func (z *zone) Node(name string) (answer.Node, bool) {
	if name == z.apex.name && name != "" {
		return &z.apex, true
	}
	var buf [wire.MaxName]byte
	packed := buf[:packName(&buf, name)]
	if len(packed) == 0 {
		return nil, false
	}
	e := z.view.entry(hashOf(z.view.seed, packed), packed)
	if e == nil {
		return nil, false
	}
	content := e.content()
	if len(content) == 0 {
		return &emptyNonTerminal, true
	}
	return &node{name, content}, true
}
