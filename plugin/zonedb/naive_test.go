package zonedb

import (
	"maps"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// naive is the copy as one would first write it, to compare with.
type naive struct {
	nodes   map[string]map[uint16][]dns.RR
	records int
}

func newNaive() *naive { return &naive{nodes: map[string]map[uint16][]dns.RR{}} }

func (v *naive) at(name string) map[uint16][]dns.RR {
	n := v.nodes[name]
	if n == nil {
		n = map[uint16][]dns.RR{}
		v.nodes[name] = n
		if name != "." {
			v.at(naiveParent(name))
		}
	}
	return n
}

func naiveParent(name string) string {
	if off, end := dns.NextLabel(name, 0); !end {
		return name[off:]
	}
	return "."
}

func (v *naive) add(rrs ...dns.RR) {
	for _, rr := range rrs {
		rr = dns.Copy(rr)
		h := rr.Header()
		h.Name = strings.ToLower(h.Name)
		n := v.at(h.Name)
		set := n[h.Rrtype]
		isNew := true
		for _, other := range set {
			if dns.IsDuplicate(rr, other) {
				isNew = false
				other.Header().Ttl = min(other.Header().Ttl, h.Ttl)
			}
		}
		if isNew {
			set = append(set, rr)
			v.records++
		}
		if h.Rrtype != dns.TypeRRSIG {
			ttl := h.Ttl
			for _, other := range set {
				ttl = min(ttl, other.Header().Ttl)
			}
			for _, other := range set {
				other.Header().Ttl = ttl
			}
		}
		n[h.Rrtype] = set
	}
}

func (v *naive) all() []dns.RR {
	var rrs []dns.RR
	for _, n := range v.nodes {
		for _, set := range n {
			rrs = append(rrs, set...)
		}
	}
	return rrs
}

func (v *naive) apply(names map[string][]dns.RR) *naive {
	next := newNaive()
	for _, rr := range v.all() {
		if _, ok := names[rr.Header().Name]; !ok {
			next.add(rr)
		}
	}
	for _, rrs := range names {
		next.add(rrs...)
	}
	return next
}

func (v *naive) diff(old *naive) Changed {
	var c Changed
	for name, n := range v.nodes {
		was := old.nodes[name]
		switch {
		case len(n) == 0:
		case len(was) == 0:
			c.Added++
		case text(n) != text(was):
			c.Modified++
		}
	}
	for name, was := range old.nodes {
		if len(was) > 0 && len(v.nodes[name]) == 0 {
			c.Removed++
		}
	}
	return c
}

func text(n map[uint16][]dns.RR) string {
	var lines []string
	for _, rrs := range n {
		lines = append(lines, texts(rrs)...)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func texts(rrs []dns.RR) []string {
	var lines []string
	for _, rr := range rrs {
		lines = append(lines, rr.String())
	}
	slices.Sort(lines)
	return lines
}

func (v *naive) zone(name string) string {
	for {
		if v.nodes[name][dns.TypeSOA] != nil {
			return name
		}
		if name == "." {
			return ""
		}
		name = naiveParent(name)
	}
}

func (v *naive) zones() []string {
	var apexes []string
	for name, n := range v.nodes {
		if n[dns.TypeSOA] != nil {
			apexes = append(apexes, name)
		}
	}
	slices.Sort(apexes)
	return apexes
}

// list is what View.All must yield, in any order, but for the SOA.
func (v *naive) list(apex string) []string {
	var rrs []dns.RR
	var cuts []dns.RR
	for name, n := range v.nodes {
		switch z := v.zone(name); {
		case z == apex:
			for rrtype, set := range n {
				if rrtype == dns.TypeSOA {
					continue
				}
				if rrtype != dns.TypeDS || name != apex || apex == "." || v.zone(naiveParent(apex)) == "" {
					rrs = append(rrs, set...)
				}
			}
		case z == name && apex != "" && name != "." && v.zone(naiveParent(name)) == apex:
			rrs = append(append(rrs, n[dns.TypeNS]...), n[dns.TypeDS]...)
			cuts = append(cuts, n[dns.TypeNS]...)
		}
	}
	glue := map[string]bool{}
	for _, ns := range cuts {
		target := strings.ToLower(ns.(*dns.NS).Ns)
		if !dns.IsSubDomain(apex, target) || glue[target] {
			continue
		}
		cut := false
		for at := target; at != apex; at = naiveParent(at) {
			cut = cut || v.nodes[at][dns.TypeSOA] != nil
		}
		if cut {
			glue[target] = true
			rrs = append(append(rrs, v.nodes[target][dns.TypeA]...), v.nodes[target][dns.TypeAAAA]...)
		}
	}
	return texts(rrs)
}

func (v *naive) names() []string { return slices.Sorted(maps.Keys(v.nodes)) }
