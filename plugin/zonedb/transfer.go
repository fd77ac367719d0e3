package zonedb

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"iter"
	"math"
	"slices"

	"github.com/mysqldns/mysqldns/plugin/cut"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// All yields every record of the zone at apex, as a transfer or a master file has them: the SOA first, then in canonical order
// (RFC 4034, 6.1). Of the zones below it has what a parent zone holds: NS, DS, and the addresses of the name servers that are
// below the apex themselves. Where the table has several SOAs at the apex, which is a mistake, only the first is there: a second
// one would end a transfer. A record of type ALIAS is not there: no secondary knows it, and the addresses that it stands for change without
// the zone. The apex "" yields the loose names. It yields nothing if there is no such zone. Each call looks at all names of the table, or
// with DB.KeepOrder at those of the zone only.
func (v *View) All(apex string) iter.Seq[dns.RR] {
	return func(yield func(dns.RR) bool) {
		if l, ok := v.list(apex); ok {
			l.collect()
			l.collectGlue()
			l.yield(yield)
		}
	}
}

// LeftOut returns an owner name of the zone at apex whose ALIAS All leaves out; "" if there is none. It costs what All does.
func (v *View) LeftOut(apex string) string {
	l, ok := v.list(apex)
	if !ok {
		return ""
	}
	l.collect()
	for _, n := range l.names {
		if n.part == cut.Whole && len(findRRset(n.entry.content(), wire.TypeALIAS).records) > 0 {
			return nameString(n.entry.name())
		}
	}
	return ""
}

// list prepares a listing; ok is false if there is no such zone.
func (v *View) list(apex string) (l *listing, ok bool) {
	l = &listing{view: v}
	if apex == "" {
		return l, true
	}
	var buf [wire.MaxName]byte
	l.apex = buf[:packName(&buf, apex)]
	e := v.entryOf(l.apex)
	if e == nil || !e.isApex() {
		return nil, false
	}
	l.hasParent = len(l.apex) > 1 && v.apexAbove(parentOf(l.apex), nil) != nil
	return l, true
}

// entryOf returns the entry of a name in wire form, which may be empty; nil if the name does not exist.
func (v *View) entryOf(name []byte) entry {
	if len(name) == 0 {
		return nil
	}
	return v.entry(hashOf(v.seed, name), name)
}

// apexAbove returns the deepest apex at or above name, but below stop; nil if there is none. With a nil stop it looks up
// to the root.
func (v *View) apexAbove(name, stop []byte) []byte {
	for labels := labelsOf(name); len(name) > len(stop); labels-- {
		if v.apexes.at(labels) {
			if e := v.entryOf(name); e != nil && e.isApex() {
				return name
			}
		}
		if labels == 0 {
			break
		}
		name = parentOf(name)
	}
	return nil
}

// listing collects what All yields.
type listing struct {
	view      *View
	apex      []byte // in wire form; empty for the loose names
	hasParent bool   // another zone is above apex
	names     []listed
	keys      []byte
}

// listed is a name of the zone, or one that a zone below has for it.
type listed struct {
	entry    entry
	key, end int    // where in keys
	first    uint64 // the octets of the key behind what all keys begin with
	part     cut.Part
}

func (l *listing) collect() {
	if o := l.view.order; o != nil {
		o.walk(l.view, l.apex, l.addInOrder)
		return
	}
	deeper := l.view.apexes.below(labelsOrNone(l.apex))
	for s := range l.view.shards() {
		s.each(func(_ uint32, e entry) {
			name := e.name()
			if len(e.content()) == 0 || !isBelow(name, l.apex) && len(l.apex) > 0 {
				return
			}
			if !deeper {
				l.add(e, cut.Whole)
				return
			}
			at := l.view.apexAbove(name, l.apex)
			switch {
			case at == nil:
				l.add(e, cut.Whole)
			case len(at) == len(name) && len(l.apex) > 0 && l.view.apexAbove(parentOf(name), l.apex) == nil:
				l.add(e, cut.Child)
			}
		})
	}
}

// addInOrder adds a name that is visited in canonical order, and reports whether those below it are to be visited.
func (l *listing) addInOrder(e entry) (below bool) {
	switch {
	case !e.isApex() || bytes.Equal(e.name(), l.apex):
		l.add(e, cut.Whole)
		return true
	case len(l.apex) > 0:
		l.add(e, cut.Child)
	}
	return false
}

// labelsOrNone is -1 for the loose names, which the root is below.
func labelsOrNone(apex []byte) int {
	if len(apex) == 0 {
		return -1
	}
	return labelsOf(apex)
}

func (l *listing) add(e entry, p cut.Part) {
	start := len(l.keys)
	l.keys = wire.AppendKey(l.keys, e.name())
	l.names = append(l.names, listed{entry: e, key: start, end: len(l.keys), part: p})
}

// collectGlue adds the addresses of the name servers of the zones below that are in one of them (RFC 9471, 2).
func (l *listing) collectGlue() {
	done := map[string]bool{}
	for _, n := range l.names { // those added meanwhile are no cuts
		if n.part != cut.Child {
			continue
		}
		for rest := findRRset(n.entry.content(), dns.TypeNS).records; len(rest) > 0; {
			var rdata []byte
			rdata, rest = nextRecord(rest)
			target := wire.Canonical(dns.TypeNS, rdata)
			if done[string(target)] || !isBelow(target, l.apex) || l.view.apexAbove(target, l.apex) == nil {
				continue
			}
			done[string(target)] = true
			if e := l.view.entryOf(target); e != nil {
				l.add(e, cut.Glue)
			}
		}
	}
}

func (l *listing) yield(yield func(dns.RR) bool) {
	l.sort()
	for i, n := range l.names {
		atApex := i == 0 && len(l.apex) > 0
		owner := nameString(n.entry.name())
		if atApex && !yieldAll(yield, newRRset(owner, findRRset(n.entry.content(), dns.TypeSOA), 1)) {
			return
		}
		for rest := n.entry.content(); len(rest) > 0; {
			var set rrset
			set, rest = nextRRset(rest)
			switch {
			case !n.part.Has(set.rrtype):
			case set.rrtype == wire.TypeALIAS:
			case atApex && set.rrtype == dns.TypeSOA:
			case atApex && set.rrtype == dns.TypeDS && l.hasParent: // it is the parent's (RFC 4035, 2.4)
			case !yieldAll(yield, newRRset(owner, set, math.MaxInt)):
				return
			}
		}
	}
}

// sort puts the names in canonical order. Most comparisons need no more than one number.
func (l *listing) sort() {
	if len(l.names) == 0 {
		return
	}
	common := l.keys[l.names[0].key:l.names[0].end]
	for _, n := range l.names {
		i := 0
		for i < len(common) && n.key+i < n.end && common[i] == l.keys[n.key+i] {
			i++
		}
		common = common[:i]
	}
	for i, n := range l.names {
		var first [8]byte
		copy(first[:], l.keys[n.key+len(common):n.end])
		l.names[i].first = binary.BigEndian.Uint64(first[:])
	}
	slices.SortFunc(l.names, func(a, b listed) int {
		if a.first != b.first {
			return cmp.Compare(a.first, b.first)
		}
		if c := bytes.Compare(l.keys[a.key:a.end], l.keys[b.key:b.end]); c != 0 {
			return c
		}
		return cmp.Compare(a.part, b.part)
	})
}

func yieldAll(yield func(dns.RR) bool, rrs []dns.RR) bool {
	for _, rr := range rrs {
		if !yield(rr) {
			return false
		}
	}
	return true
}
