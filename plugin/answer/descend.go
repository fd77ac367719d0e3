package answer

import "github.com/miekg/dns"

// match is where the way down from the apex ended.
type match struct {
	kind kind
	name string // of node; for noName the closest encloser (RFC 4592, 3.3.1), "" if there is not even an apex
	node Node
}

type kind uint8

const (
	noName  kind = iota // the name does not exist; nor does anything below it
	atName              // the name exists, perhaps as an empty non-terminal
	atCut               // at or above the name another zone begins
	atDNAME             // above the name stands a DNAME
)

// descend walks from the apex to name, label by label (RFC 1034, 4.3.2, step 3). What lies below a cut or a DNAME is
// never looked at, so it stays hidden whether or not the table holds it. The DS of a child is asked of its parent, on this
// side of the cut.
func descend(z Zone, name string, qtype uint16) match {
	apex := z.Apex()
	var way [128]uint16 // where the names from name itself up to the apex begin; a name has at most 127 labels
	var m match
	for n := wayUp(name, apex, &way); n >= 0; n-- {
		at := name[way[n]:]
		node, ok := z.Node(at)
		if !ok {
			return m
		}
		m = match{noName, at, node}
		switch {
		case apex != "" && at != apex && node.Has(dns.TypeNS) && (at != name || qtype != dns.TypeDS):
			m.kind = atCut
			return m
		case at == name:
			m.kind = atName
			return m
		case node.Has(dns.TypeDNAME):
			m.kind = atDNAME
			return m
		}
	}
	return m
}

// wayUp fills way with the offsets at which name, its parent and so on up to the apex begin in name, and returns the
// index of the last. The loose names have no apex; for them it is the root.
func wayUp(name, apex string, way *[128]uint16) (last int) {
	top := len(name) - max(len(apex), len("."))
	for off := 0; off < top; last++ {
		off, _ = dns.NextLabel(name, off)
		way[last+1] = uint16(min(off, top)) // the last label is followed by the root's dot
	}
	return last
}
