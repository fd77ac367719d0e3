package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"

	"github.com/mysqldns/mysqldns/internal/master"
	"github.com/mysqldns/mysqldns/internal/order"
	"github.com/mysqldns/mysqldns/internal/zone"
	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// zoneWriter writes the records of a zone, name by name.
type zoneWriter struct {
	apex      string // fully qualified, in lower case
	origin    wire.Key
	hasParent bool // the table has a zone above this one
	skipped   *skipped
	scope     *zone.Scope
	out       *bufio.Writer
	items     []order.Item // of this name, those that are the zone's
	line      []byte
	hasNS     bool // at the apex
}

// newZoneWriter writes the zone of a scope, which has foreseen its glue.
func newZoneWriter(w io.Writer, origin wire.Key, scope *zone.Scope, hasParent bool, skipped *skipped) *zoneWriter {
	apex := origin.Name()
	z := &zoneWriter{apex: apex, origin: origin, hasParent: hasParent, skipped: skipped, scope: scope, out: bufio.NewWriterSize(w, 1<<16)}
	fmt.Fprintf(z.out, "$ORIGIN %s\n", apex)
	return z
}

// end writes what is not written yet.
func (z *zoneWriter) end() error {
	if !z.hasNS {
		z.skipped.add("%s has no NS record at its apex, so servers refuse it: add one", z.apex)
	}
	return z.out.Flush()
}

// writeName writes those records of a name that are the zone's and that servers load. Items are all that the table has at it.
func (z *zoneWriter) writeName(items []order.Item) error {
	z.scope.Enter(items[0].Owner, items[0].Type == dns.TypeSOA)
	name := items[0].Owner.Name()
	z.items = z.items[:0]
	for i := range items {
		if z.belongs(&items[i], name) {
			z.items = append(z.items, items[i])
		}
	}
	z.leaveOutAliases(name)
	for rest := z.items; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].SameSet(&rest[0]) {
			n++
		}
		if err := z.writeSet(name, rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// belongs reports whether a record is to be written with this zone. A DS at its apex is the parent's, and lost if the table has none.
func (z *zoneWriter) belongs(i *order.Item, name string) bool {
	part := z.scope.Part(i)
	if part == zone.Foreign && i.Type == dns.TypeDS && i.Owner.Equal(z.origin) && !z.hasParent {
		z.skipped.add("left out: row %d (%s DS): a DS at the apex belongs into the parent zone", i.ID, name)
	}
	return part != zone.Foreign
}

// leaveOutAliases removes CNAMEs beside other data.
func (z *zoneWriter) leaveOutAliases(name string) {
	beside := slices.IndexFunc(z.items, func(i order.Item) bool { return !zone.MayBesideCNAME(i.Type) })
	if beside < 0 {
		return
	}
	with := record.TypeName(z.items[beside].Type)
	z.items = slices.DeleteFunc(z.items, func(i order.Item) bool {
		if i.Type == dns.TypeCNAME {
			z.skipped.add("left out: row %d (%s CNAME): a CNAME beside %s: servers refuse that; delete one or the other", i.ID, name, with)
		}
		return i.Type == dns.TypeCNAME
	})
}

// writeSet writes an RRset: each record once, all with the least of their TTLs, as the plugin answers them. Signatures, which form none, keep
// their own.
func (z *zoneWriter) writeSet(name string, set []order.Item) error {
	rrtype, ttl := set[0].Type, leastTTL(set)
	if zone.IsSingle(rrtype) {
		set = z.single(name, set)
	}
	for i := range set {
		if i > 0 && set[i].Compare(&set[i-1]) == 0 {
			continue
		}
		if !wire.FormsRRset(rrtype) {
			ttl = leastTTL(duplicates(set[i:]))
		}
		if z.line = z.line[:0]; rrtype == wire.TypeALIAS { // which servers do not load
			z.line = fmt.Appendf(z.line, "; %s\t%d\tIN\tALIAS\t%s\n", set[i].Name(), ttl, record.AppendText(nil, rrtype, set[i].Rdata))
		} else {
			z.line = master.AppendLine(z.line, set[i].Name(), rrtype, ttl, set[i].Rdata)
		}
		if _, err := z.out.Write(z.line); err != nil {
			return err
		}
	}
	z.hasNS = z.hasNS || rrtype == dns.TypeNS && set[0].Owner.Equal(z.origin)
	return nil
}

func leastTTL(items []order.Item) uint32 {
	ttl := items[0].TTL
	for i := range items {
		ttl = min(ttl, items[i].TTL)
	}
	return ttl
}

// duplicates are the items at the beginning that make the same record.
func duplicates(items []order.Item) []order.Item {
	n := 1
	for n < len(items) && items[n].Compare(&items[0]) == 0 {
		n++
	}
	return items[:n]
}

// single is the one record of a type that a name may have once: that of the first row, which the plugin answers.
func (z *zoneWriter) single(name string, set []order.Item) []order.Item {
	first := 0
	for i := range set {
		if set[i].ID < set[first].ID {
			first = i
		}
	}
	for i := range set {
		if set[i].Compare(&set[first]) != 0 {
			z.skipped.add("left out: row %d (%s %s): there is another %s in row %d; delete one", set[i].ID, name, record.TypeName(set[i].Type),
				record.TypeName(set[i].Type), set[first].ID)
		}
	}
	return set[first : first+1]
}
