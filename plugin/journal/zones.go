package journal

import (
	"maps"
	"slices"

	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/miekg/dns"
)

// Zones are the zones of a copy whose versions are wanted. One goroutine at a time may use them.
type Zones struct {
	wanted func(apex string, serial uint32) bool
	view   *zonedb.View
	zones  map[string]*Zone
	moved  bool
}

// NewZones returns no zones yet. Those whose versions are wanted, of which wanted is told the apex and the serial in the table, come with the first Move.
func NewZones(wanted func(apex string, serial uint32) bool) *Zones {
	return &Zones{wanted: wanted, view: zonedb.New().View(), zones: map[string]*Zone{}}
}

// Zone returns a zone; nil if its versions are not wanted or there is no such zone.
func (zs *Zones) Zone(apex string) *Zone { return zs.zones[apex] }

// All returns all zones by their apexes. The caller does not change it.
func (zs *Zones) All() map[string]*Zone { return zs.zones }

// Moved reports whether there has been a Move.
func (zs *Zones) Moved() bool { return zs.moved }

// Move follows the copy to another state, which differs from the last at no owner names but these; without ok, at any. It returns the zones whose
// content or whose serial in the table changed, new ones included. The cost is in the number of names, but for zones that came, went, or became another one's
// child or parent: these are looked through.
func (zs *Zones) Move(after *zonedb.View, names []string, ok bool) (changed map[string]*Zone) {
	m := move{Zones: zs, before: zs.view, after: after, relist: map[string]bool{}, changed: map[string]*Zone{}}
	zs.view, zs.moved = after, true
	for _, z := range zs.zones {
		z.view = after
	}
	if ok {
		m.findZones(names)
		m.touchAll(names)
		m.apply()
	} else {
		for apex := range zs.zones {
			m.relist[apex] = true
		}
		for _, apex := range after.Zones() {
			m.relist[apex] = true
		}
	}
	for apex := range m.relist {
		m.listAgain(apex)
	}
	return m.changed
}

// move is one move of the copy.
type move struct {
	*Zones
	before, after *zonedb.View
	relist        map[string]bool // zones to look through
	changed       map[string]*Zone
	touched       []*Zone
}

// findZones notes which zones came or went, or are wanted now or no more, and those that are another one's child or parent thereby.
func (m *move) findZones(names []string) {
	topmost := map[string]bool{} // came or went with no zone above
	for _, name := range names {
		was, is := isApex(m.before, name), isApex(m.after, name)
		if is && was {
			m.checkSerial(name)
		}
		if was == is {
			continue
		}
		m.relist[name] = true
		above := [2]string{parentZone(m.before, name), parentZone(m.after, name)}
		for _, apex := range above {
			if apex != "" {
				m.relist[apex] = true
			} else {
				topmost[name] = true
			}
		}
	}
	if len(topmost) == 0 {
		return
	}
	for apex := range m.zones { // whether a DS at its apex is its own depends on there being a parent
		for name := parentOf(apex); name != ""; name = parentOf(name) {
			if topmost[name] {
				m.relist[apex] = true
			}
		}
	}
}

// checkSerial notes the serial that the SOA of a zone has now.
func (m *move) checkSerial(apex string) {
	soa := soaAt(m.after, apex)
	z := m.zones[apex]
	if wanted := m.wanted(apex, soa.Serial); wanted != (z != nil) {
		m.relist[apex] = true
		return
	}
	if z != nil && z.rowSerial != soa.Serial {
		z.rowSerial = soa.Serial
		m.changed[apex] = z
	}
}

// touchAll notes which zones have, at which owner names, what may have changed.
func (m *move) touchAll(names []string) {
	for _, name := range names {
		for _, v := range []*zonedb.View{m.before, m.after} {
			apex := apexOf(v, name)
			m.touch(apex, name)
			if apex == name {
				apex = parentZone(v, name)
				m.touchCut(apex, name)
			}
			for ; apex != ""; apex = parentZone(v, apex) { // as glue
				if z := m.zones[apex]; z != nil && z.targets[name] > 0 {
					m.touch(apex, name)
				}
			}
		}
	}
}

// touch notes an owner name of a zone.
func (m *move) touch(apex, name string) {
	z := m.zones[apex]
	if z == nil || m.relist[apex] {
		return
	}
	if z.touched == nil {
		z.touched = map[string]bool{}
		m.touched = append(m.touched, z)
	}
	if _, ok := z.touched[name]; !ok {
		z.touched[name] = z.targets[name] > 0
	}
}

// touchCut notes a delegation of a zone, and the name servers that it names or named.
func (m *move) touchCut(apex, name string) {
	z := m.zones[apex]
	if z == nil || m.relist[apex] {
		return
	}
	m.touch(apex, name)
	servers := nameServers(m.after, name)
	for _, target := range append(servers, z.cuts[name]...) {
		m.touch(apex, target)
	}
	z.setCut(name, servers)
}

// setCut notes the name servers of a zone right below; none if it is no more.
func (z *Zone) setCut(name string, servers []string) {
	for _, target := range z.cuts[name] {
		if z.targets[target]--; z.targets[target] == 0 {
			delete(z.targets, target)
		}
	}
	delete(z.cuts, name)
	if len(servers) == 0 {
		return
	}
	if z.cuts == nil {
		z.cuts, z.targets = map[string][]string{}, map[string]int{}
	}
	z.cuts[name] = servers
	for _, target := range servers {
		z.targets[target]++
	}
}

// apply follows what changed at the names that were touched.
func (m *move) apply() {
	for _, z := range m.touched {
		was := z.copied
		for owner, glue := range z.touched {
			z.note(owner)
			z.move(owner, contentAt(m.before, z.apex, owner, glue), contentAt(m.after, z.apex, owner, z.targets[owner] > 0))
		}
		z.touched = nil
		z.settle()
		if z.copied != was {
			m.changed[z.apex] = z
		}
	}
}

// listAgain looks through a zone.
func (m *move) listAgain(apex string) {
	soa := soaAt(m.after, apex)
	if !isApex(m.after, apex) || soa == nil || !m.wanted(apex, soa.Serial) {
		delete(m.zones, apex)
		return
	}
	z := m.zones[apex]
	if z == nil {
		z = &Zone{apex: apex, view: m.after}
		m.zones[apex] = z
	}
	was := z.copied
	if isNew := z.rowSerial != soa.Serial || z.octets == 0; isNew {
		z.rowSerial = soa.Serial
		m.changed[apex] = z
	}
	had := map[string][]Record{}
	if z.octets > 0 {
		had = maps.Collect(byOwner(m.before, apex))
	}
	z.cuts, z.targets = nil, nil
	for owner, is := range byOwner(m.after, apex) {
		if owner != apex && apexOf(m.after, owner) == owner && parentZone(m.after, owner) == apex {
			z.setCut(owner, nameServers(m.after, owner))
		}
		if !slices.Equal(had[owner], is) {
			z.note(owner)
		}
		z.move(owner, had[owner], is)
		delete(had, owner)
	}
	for owner, was := range had {
		z.note(owner)
		z.move(owner, was, nil)
	}
	z.settle()
	if z.copied != was {
		m.changed[apex] = z
	}
}

// byOwner yields what a zone has at each owner name.
func byOwner(v *zonedb.View, apex string) func(yield func(string, []Record) bool) {
	return func(yield func(string, []Record) bool) {
		var owner string
		var rrs []dns.RR
		for rr := range v.All(apex) {
			if name := rr.Header().Name; name != owner {
				if len(rrs) > 0 && !yield(owner, recordsOf(rrs)) {
					return
				}
				owner, rrs = name, nil
			}
			rrs = append(rrs, rr)
		}
		if len(rrs) > 0 {
			yield(owner, recordsOf(rrs))
		}
	}
}
