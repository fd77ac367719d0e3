package update

import (
	"github.com/miekg/dns"
)

// testPrerequisites tests all prerequisites of the message (RFC 2136, 3.2).
func (r *run) testPrerequisites() error {
	type rrset struct {
		name   string
		rrtype uint16
	}
	wanted := map[rrset][]dns.RR{}
	var order []rrset
	for _, rr := range r.message.prerequisites {
		h := rr.Header()
		if !r.isInside(h.Name) {
			return refuse(dns.RcodeNotZone, "the prerequisite at %s is of the zone below", h.Name)
		}
		if h.Class == dns.ClassINET { // 2.4.2: tested below, with the others of its RRset
			set := rrset{h.Name, h.Rrtype}
			if wanted[set] == nil {
				order = append(order, set)
			}
			wanted[set] = append(wanted[set], rr)
			continue
		}
		if err := testExistence(h, len(r.visible(h.Name, h.Rrtype)) > 0); err != nil {
			return err
		}
	}
	for _, set := range order {
		if !r.hasExactly(set.name, set.rrtype, wanted[set]) {
			return refuse(dns.RcodeNXRrset, "%s at %s is not as the prerequisites say", dns.Type(set.rrtype), set.name)
		}
	}
	return nil
}

// testExistence tests a prerequisite without data (RFC 2136, 2.4.1 and 2.4.3 to 2.4.5).
func testExistence(h *dns.RR_Header, exists bool) error {
	switch {
	case exists == (h.Class == dns.ClassANY):
		return nil
	case h.Rrtype == dns.TypeANY && exists:
		return refuse(dns.RcodeYXDomain, "%s is in use", h.Name)
	case h.Rrtype == dns.TypeANY:
		return refuse(dns.RcodeNameError, "%s is not in use", h.Name)
	case exists:
		return refuse(dns.RcodeYXRrset, "%s has %s", h.Name, dns.Type(h.Rrtype))
	}
	return refuse(dns.RcodeNXRrset, "%s has no %s", h.Name, dns.Type(h.Rrtype))
}

// hasExactly reports whether an RRset is the records that are wanted, neither more nor less. TTLs do not count.
func (r *run) hasExactly(name string, rrtype uint16, wanted []dns.RR) bool {
	there := map[*entry]bool{}
	for _, e := range r.visible(name, rrtype) {
		there[e] = true
	}
	found := map[*entry]bool{}
	for _, rr := range wanted {
		e := r.node(name).find(rr)
		if !there[e] {
			return false
		}
		found[e] = true
	}
	return len(found) == len(there)
}
