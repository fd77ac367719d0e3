package journal

import (
	"github.com/mysqldns/mysqldns/plugin/cut"
	"github.com/mysqldns/mysqldns/plugin/wire"
	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/miekg/dns"
)

// apexOf is the apex of the zone that a name belongs to, "" for a loose name.
func apexOf(v *zonedb.View, name string) string { return v.Zone(name).Apex() }

func isApex(v *zonedb.View, name string) bool { return apexOf(v, name) == name }

// parentOf is the name one label above another, "" above the root.
func parentOf(name string) string {
	if name == "." {
		return ""
	}
	next, end := dns.NextLabel(name, 0)
	if end {
		return "."
	}
	return name[next:]
}

// parentZone is the apex of the zone above an apex, "" if there is none.
func parentZone(v *zonedb.View, apex string) string {
	if apex == "." {
		return ""
	}
	return apexOf(v, parentOf(apex))
}

// contentAt is what a transfer of a zone has at one owner name, as View.All lists it: all records of a name of the zone; NS and DS at the apex of a zone
// right below; and the addresses of a name below that, if isGlue says that a delegation names it as a server.
func contentAt(v *zonedb.View, apex, owner string, isGlue bool) []Record {
	z := v.Zone(owner)
	at := z.Apex()
	node, ok := z.Node(owner)
	if !ok || !dns.IsSubDomain(apex, owner) || !isApex(v, apex) {
		return nil
	}
	part := cut.Outside
	switch {
	case at == apex:
		part = cut.Whole
	case at == owner && parentZone(v, owner) == apex:
		part = cut.Child
	}
	var rrs []dns.RR
	for _, rrtype := range node.Types(1 << 16) {
		switch {
		case rrtype == wire.TypeALIAS: // which no secondary knows
		case !part.Has(rrtype) && !(isGlue && cut.Glue.Has(rrtype)):
		case owner == apex && rrtype == dns.TypeSOA:
			rrs = append(rrs, node.RRset(rrtype, 1)...) // several are a mistake
		case owner == apex && rrtype == dns.TypeDS && parentZone(v, apex) != "": // it is the parent's
		default:
			rrs = append(rrs, node.RRset(rrtype, 1<<30)...)
		}
	}
	return recordsOf(rrs)
}

// nameServers are the names that the NS records at an owner name give, in lower case.
func nameServers(v *zonedb.View, owner string) (targets []string) {
	node, ok := v.Zone(owner).Node(owner)
	if !ok {
		return nil
	}
	for _, rr := range node.RRset(dns.TypeNS, 1<<30) {
		if ns, ok := rr.(*dns.NS); ok {
			targets = append(targets, dns.CanonicalName(ns.Ns))
		}
	}
	return targets
}

// RowSerial is the serial that the SOA at an apex has in the table.
func RowSerial(v *zonedb.View, apex string) uint32 {
	if soa := soaAt(v, apex); soa != nil {
		return soa.Serial
	}
	return 0
}

// soaAt is the SOA at an apex; nil if there is none.
func soaAt(v *zonedb.View, apex string) *dns.SOA {
	node, ok := v.Zone(apex).Node(apex)
	if !ok {
		return nil
	}
	for _, rr := range node.RRset(dns.TypeSOA, 1) {
		soa, _ := rr.(*dns.SOA)
		return soa
	}
	return nil
}
