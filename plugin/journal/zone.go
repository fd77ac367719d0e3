package journal

import (
	"iter"
	"maps"
	"slices"

	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/miekg/dns"
)

// Zone is what is known of one zone's versions. It belongs to its Zones and to their goroutine.
type Zone struct {
	apex      string
	rowSerial uint32 // of the SOA in the table
	view      *zonedb.View
	copied    Digest // of what the copy has of the zone
	octets    int    // of the same, in wire form

	known   bool // a version is known: its serial, and
	serial  uint32
	digest  Digest              // what its maker says that its records add up to, and
	content Digest              // what those add up to that are taken for its records: the copy's, but for
	differ  map[string][]Record // … these names, which have others
	history history
	newest  []byte // the last delta of the history with all that was encoded; nil if that is what the history has

	recent [2]map[string]bool // names whose rows changed, since the version known came, and between that and the one before; nil of too many

	cuts    map[string][]string // the name servers of each zone right below
	targets map[string]int      // how many of these name one
	touched map[string]bool     // names that changed with the last move of the copy, and whether they were glue before
}

// Apex is the name of the zone.
func (z *Zone) Apex() string { return z.apex }

// RowSerial is the serial that the SOA in the table has: 0 asks for serials that move by themselves.
func (z *Zone) RowSerial() uint32 { return z.rowSerial }

// Copied is the digest of what the copy has of the zone.
func (z *Zone) Copied() Digest { return z.copied }

// Octets is about how large a transfer of the whole zone is.
func (z *Zone) Octets() int { return z.octets }

// Version is the version known: its serial and the digest that its maker gave. It returns false if none is.
func (z *Zone) Version() (serial uint32, digest Digest, known bool) {
	return z.serial, z.digest, z.known
}

// Has reports whether the version's content is known too, and so can be transferred.
func (z *Zone) Has() bool { return z.known && z.content == z.digest }

// IsCurrent reports whether the copy has just what the version has.
func (z *Zone) IsCurrent() bool { return z.known && z.copied == z.digest }

// Assume makes a version known of which there is no delta from the one before. What the copy has now is taken for its content: Has tells
// whether that is right, and if it is not, the next versions may put it right. The history ends.
func (z *Zone) Assume(serial uint32, digest Digest) {
	z.known, z.serial, z.digest, z.content = true, serial, digest, z.copied
	z.differ = map[string][]Record{}
	z.history, z.newest = history{}, nil
	z.recent[0], z.recent[1] = map[string]bool{}, z.recent[0]
}

// Advance makes the next version known, by its delta from the one before.
//
// If the content of the version before was not known but assumed, since the copy was read somewhat later, what differed is among the names whose whole
// content the delta has, so that now it may be known: the digest tells. If it is not, the copy is taken for it anew.
func (z *Zone) Advance(serial uint32, digest Digest, d Delta) {
	z.AdvanceEncoded(serial, digest, d, d.Encode())
}

// AdvanceEncoded is Advance for a delta whose encoded form is at hand.
func (z *Zone) AdvanceEncoded(serial uint32, digest Digest, d Delta, encoded []byte) {
	contents := map[string][]Record{}
	for owner, change := range d.byOwner() {
		contents[owner] = join(subtract(z.at(owner), change.Removed), change.Added)
	}
	if !z.Has() {
		maps.Copy(contents, d.Held)
	}
	for owner, is := range contents {
		was := z.at(owner)
		z.content.subtract(subtract(was, is)...)
		z.content.add(subtract(is, was)...)
		z.setDiffer(owner, is, contentAt(z.view, z.apex, owner, z.targets[owner] > 0))
	}
	z.newest = nil
	if len(d.Held) > 0 {
		z.newest, encoded = encoded, d.history()
	}
	z.history.add(step{z.serial, serial, encoded})
	z.serial, z.digest = serial, digest
	z.recent[0], z.recent[1] = map[string]bool{}, z.recent[0]
	if !z.Has() && digest != (Digest{}) {
		z.content, z.differ = z.copied, map[string][]Record{}
	}
}

// at is what the version has at an owner name.
func (z *Zone) at(owner string) []Record {
	if records, ok := z.differ[owner]; ok {
		return records
	}
	return contentAt(z.view, z.apex, owner, z.targets[owner] > 0)
}

// setDiffer notes what the version and the copy have at an owner name.
func (z *Zone) setDiffer(owner string, version, copied []Record) {
	if len(subtract(version, copied))+len(subtract(copied, version)) == 0 {
		delete(z.differ, owner)
	} else {
		z.differ[owner] = version
	}
}

// settle takes the copy for the version's content if that is not known, and the digests agree.
func (z *Zone) settle() {
	if z.IsCurrent() && !z.Has() {
		z.content, z.differ = z.copied, map[string][]Record{}
	}
}

// move notes that what the copy has at an owner name changed.
func (z *Zone) move(owner string, was, is []Record) {
	gone, came := subtract(was, is), subtract(is, was)
	if len(gone)+len(came) == 0 {
		return
	}
	z.copied.subtract(gone...)
	z.copied.add(came...)
	z.octets += sizeOf(came) - sizeOf(gone)
	if !z.known {
		return
	}
	version, ok := z.differ[owner]
	if !ok {
		version = was
	}
	z.setDiffer(owner, version, is)
}

func sizeOf(records []Record) (octets int) {
	for _, r := range records {
		octets += len(r)
	}
	return octets
}

// Pending is the delta from the version to the copy. It is right only if Has is.
func (z *Zone) Pending() (d Delta) {
	for owner, version := range z.differ {
		copied := contentAt(z.view, z.apex, owner, z.targets[owner] > 0)
		d.Removed = append(d.Removed, subtract(version, copied)...)
		d.Added = append(d.Added, subtract(copied, version)...)
	}
	slices.Sort(d.Removed) // a record has its owner name, so each is there once
	slices.Sort(d.Added)
	d.Held = z.held()
	return d
}

// mostRecent bounds the names that are noted as changed.
const mostRecent = 10_000

// note notes that the rows of a name changed.
func (z *Zone) note(owner string) {
	if z.recent[0] == nil {
		return
	}
	z.recent[0][owner] = true
	if len(z.recent[0]) > mostRecent {
		z.recent[0] = nil
	}
}

// held is what the copy has at the names whose rows changed since the version before the one known came: somewhat more than is needed, for when its maker
// looked at the rows is not known.
func (z *Zone) held() map[string][]Record {
	if z.recent[0] == nil {
		return nil
	}
	all := map[string][]Record{}
	for _, names := range z.recent {
		for owner := range names {
			all[owner] = contentAt(z.view, z.apex, owner, z.targets[owner] > 0)
		}
	}
	return all
}

// Differ is what the version has at the names where the copy has something else. It is right only if Has is.
func (z *Zone) Differ() map[string][]Record { return maps.Clone(z.differ) }

// Same reports whether records are just these.
func Same(records []Record, rrs []dns.RR) bool { return slices.Equal(records, recordsOf(rrs)) }

// Cut keeps no more of the history than so many octets of deltas, and reports whether it had more.
func (z *Zone) Cut(octets int) bool { return z.history.cut(octets) }

// HistoryOctets is how many octets the deltas of the history have.
func (z *Zone) HistoryOctets() int { return z.history.octets }

// HistoryFrom is the oldest serial that there is a way from to the version known; that one's own without a history.
func (z *Zone) HistoryFrom() uint32 {
	if len(z.history.steps) == 0 {
		return z.serial
	}
	return z.history.steps[0].from
}

// Oldest is the version that the oldest step of the history leads to; that known without a history.
func (z *Zone) Oldest() uint32 {
	if len(z.history.steps) == 0 {
		return z.serial
	}
	return z.history.steps[0].to
}

// Remember puts a step before the history: how the version that it begins with came to be. It reports whether the step fits there.
func (z *Zone) Remember(from, to uint32, encoded []byte) bool {
	if len(z.history.steps) == 0 && (!z.known || to != z.serial) {
		return false
	}
	return z.history.put(step{from, to, encoded})
}

// Forget ends the history: no secondary may come from an older version but by all of the zone.
func (z *Zone) Forget() { z.history = history{} }

// Snapshot is the version known, for a transfer. Any goroutine may use it, for as long as it likes.
func (z *Zone) Snapshot() Version {
	return Version{Apex: z.apex, Serial: z.serial, Whole: z.Has(), view: z.view, differ: maps.Clone(z.differ), history: z.history}
}

// Version is one version of a zone.
type Version struct {
	Apex   string
	Serial uint32
	Whole  bool // its content is known

	view    *zonedb.View
	differ  map[string][]Record
	history history
}

// All yields the records of the version, the SOA first, with the version's serial.
func (v Version) All() iter.Seq[dns.RR] {
	return func(yield func(dns.RR) bool) {
		soa := v.SOA()
		if soa == nil || !yield(soa) {
			return
		}
		for rr := range v.view.All(v.Apex) {
			differs := false
			if len(v.differ) > 0 {
				_, differs = v.differ[rr.Header().Name]
			}
			if rr.Header().Rrtype == dns.TypeSOA || differs {
				continue
			}
			if !yield(rr) {
				return
			}
		}
		for _, records := range v.differ {
			for _, rr := range toRRs(records) {
				if rr.Header().Rrtype != dns.TypeSOA && !yield(rr) {
					return
				}
			}
		}
	}
}

// LeftOut returns an owner name whose ALIAS All leaves out; "" if there is none. It costs what All does.
func (v Version) LeftOut() string { return v.view.LeftOut(v.Apex) }

// SOA is the version's SOA; nil if it has none, as it then is no zone.
func (v Version) SOA() *dns.SOA {
	if records, ok := v.differ[v.Apex]; ok {
		return soaOf(records, v.Serial)
	}
	if soa := soaAt(v.view, v.Apex); soa != nil {
		return withSerial(soa, v.Serial)
	}
	return nil
}

// soaOf is the SOA among records, with a serial; nil if there is none.
func soaOf(records []Record, serial uint32) *dns.SOA {
	for _, r := range records {
		if r.rrtype() == dns.TypeSOA {
			if soa, ok := r.RR().(*dns.SOA); ok {
				return withSerial(soa, serial)
			}
		}
	}
	return nil
}

func toRRs(records []Record) []dns.RR {
	rrs := make([]dns.RR, 0, len(records))
	for _, r := range records {
		rrs = append(rrs, r.RR())
	}
	return rrs
}
