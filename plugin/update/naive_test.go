package update

import (
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// naive is the records of one zone, as RFC 2136 (3.2.5, 3.4.1.3 and 3.4.2.7) tells in pseudocode how to change them. It knows no rows and no zones below.
type naive struct {
	apex string
	rrs  []dns.RR
}

func equal(a, b dns.RR) bool {
	return strings.EqualFold(strings.TrimPrefix(a.String(), a.Header().String()), strings.TrimPrefix(b.String(), b.Header().String())) &&
		a.Header().Rrtype == b.Header().Rrtype && a.Header().Name == b.Header().Name
}

func (z *naive) at(name string, rrtype uint16) (found []dns.RR) {
	for _, rr := range z.rrs {
		if h := rr.Header(); h.Name == name && (h.Rrtype == rrtype || rrtype == dns.TypeANY) {
			found = append(found, rr)
		}
	}
	return found
}

func (z *naive) remove(condition func(dns.RR) bool) { z.rrs = slices.DeleteFunc(z.rrs, condition) }

func (z *naive) prerequisites(rrs []dns.RR) int {
	var temp []dns.RR
	for _, rr := range rrs {
		h := rr.Header()
		found := z.at(h.Name, h.Rrtype)
		switch {
		case h.Class == dns.ClassANY && len(found) == 0 && h.Rrtype == dns.TypeANY:
			return dns.RcodeNameError
		case h.Class == dns.ClassANY && len(found) == 0:
			return dns.RcodeNXRrset
		case h.Class == dns.ClassNONE && len(found) > 0 && h.Rrtype == dns.TypeANY:
			return dns.RcodeYXDomain
		case h.Class == dns.ClassNONE && len(found) > 0:
			return dns.RcodeYXRrset
		case h.Class == dns.ClassINET && !slices.ContainsFunc(temp, func(other dns.RR) bool { return equal(rr, other) }):
			temp = append(temp, rr)
		}
	}
	for _, rr := range temp {
		wanted := (&naive{rrs: temp}).at(rr.Header().Name, rr.Header().Rrtype)
		there := z.at(rr.Header().Name, rr.Header().Rrtype)
		if len(wanted) != len(there) {
			return dns.RcodeNXRrset
		}
		for _, w := range wanted {
			if !slices.ContainsFunc(there, func(other dns.RR) bool { return equal(w, other) }) {
				return dns.RcodeNXRrset
			}
		}
	}
	return dns.RcodeSuccess
}

func (z *naive) update(rr dns.RR) {
	h := rr.Header()
	here := func(rrtype uint16) func(dns.RR) bool {
		return func(other dns.RR) bool {
			o := other.Header()
			return o.Name == h.Name && (o.Rrtype == rrtype || rrtype == dns.TypeANY)
		}
	}
	switch h.Class {
	case dns.ClassINET:
		z.add(rr, here)
	case dns.ClassANY:
		z.remove(func(other dns.RR) bool {
			t := other.Header().Rrtype
			return here(h.Rrtype)(other) && !(h.Name == z.apex && (t == dns.TypeSOA || t == dns.TypeNS))
		})
	case dns.ClassNONE:
		if h.Rrtype == dns.TypeSOA || h.Rrtype == dns.TypeNS && h.Name == z.apex && len(z.at(z.apex, dns.TypeNS)) == 1 {
			return
		}
		z.remove(func(other dns.RR) bool { return equal(rr, other) })
	}
}

func (z *naive) add(rr dns.RR, here func(uint16) func(dns.RR) bool) {
	h := rr.Header()
	aliases := len(z.at(h.Name, dns.TypeCNAME))
	switch h.Rrtype {
	case dns.TypeSOA:
		old := z.at(h.Name, dns.TypeSOA)
		if len(old) == 0 || rr.(*dns.SOA).Serial == 0 || int32(rr.(*dns.SOA).Serial-old[0].(*dns.SOA).Serial) <= 0 {
			return
		}
		z.remove(here(dns.TypeSOA))
	case dns.TypeCNAME:
		if len(z.at(h.Name, dns.TypeANY)) > aliases {
			return
		}
		z.remove(here(dns.TypeCNAME))
	default:
		if aliases > 0 {
			return
		}
	}
	z.remove(func(other dns.RR) bool { return equal(rr, other) })
	z.rrs = append(z.rrs, dns.Copy(rr))
	for _, member := range z.at(h.Name, h.Rrtype) {
		member.Header().Ttl = h.Ttl
	}
}

// lines is the records as text without the SOA's serial, sorted.
func (z *naive) lines() (lines []string) {
	for _, rr := range z.rrs {
		if soa, ok := rr.(*dns.SOA); ok {
			rr = dns.Copy(soa)
			rr.(*dns.SOA).Serial = 0
		}
		lines = append(lines, strings.ToLower(rr.String()))
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}
