package update

import (
	"github.com/mysqldns/mysqldns/plugin/cut"

	"github.com/miekg/dns"
)

// The table may hold a zone and, below it, another. Then the name where the other begins has records of both: those of the child, and the DS of the
// parent, whose cut is where the child's NS are.

// childAt returns the apex of the zone that begins at a name or above it, below the apex of the message's zone; "" if there is none.
func (r *run) childAt(name string) (apex string) {
	for ; name != r.message.zone; name = parent(name) {
		if len(r.node(name).of(dns.TypeSOA)) > 0 {
			apex = name // a higher one may follow
		}
	}
	return apex
}

// isInside reports whether the zone has records at a name, of any type.
func (r *run) isInside(name string) bool {
	child := r.childAt(name)
	return child == "" || child == name
}

// holds reports whether records of a type at a name are the zone's and no other's. The type ANY stands for all.
func (r *run) holds(name string, rrtype uint16) bool {
	switch child := r.childAt(name); {
	case name == r.message.zone:
		return rrtype != dns.TypeDS
	case child == "":
		return true
	default:
		return child == name && rrtype == dns.TypeDS
	}
}

// visible returns the records of a type at a name, or all, that the zone answers with: at its own apex not the DS, which is its parent's, and
// where a child begins only what makes the cut.
func (r *run) visible(name string, rrtype uint16) (all []*entry) {
	part := cut.Whole
	if r.childAt(name) != "" {
		part = cut.Child
	}
	for _, e := range r.node(name).of(rrtype) {
		t := e.rr.Header().Rrtype
		if name == r.message.zone && t == dns.TypeDS || !part.Has(t) {
			continue
		}
		all = append(all, e)
	}
	return all
}
