package check

import (
	"bytes"

	"github.com/mysqldns/mysqldns/plugin/wire"
)

// path is the names from the root down to where we are in the canonical order, and what the table has at each.
type path []node

// node is one name on the path.
type node struct {
	name  wire.Key
	apex  bool // a zone begins here
	cut   bool // a zone ends here
	dname bool

	wildcard bool // the table has a * below this name …
	wild     has  // … with this
}

// has is what of interest a name has.
type has struct {
	records bool // any
	address bool
	alias   bool

	addresses [][]byte // some
	many      bool     // there are more
}

// mostAddresses bounds the addresses of a name that are looked at.
const mostAddresses = 256

// leave gives up the nodes that are not above name, or name itself. Nothing comes any more of what is below them.
func (p path) leave(name wire.Key) path {
	for len(p) > 0 && !p[len(p)-1].name.Holds(name) {
		p = p[:len(p)-1]
	}
	return p
}

// enter goes to a name, over all names between.
func (p path) enter(name wire.Key) path {
	p = p.leave(name)
	if len(p) == 0 {
		p = append(p, node{name: wire.Key{}})
	}
	for last := p[len(p)-1].name; len(last) < len(name); last = p[len(p)-1].name {
		end := len(last) + bytes.IndexByte(name[len(last):], 0) + 1
		p = append(p, node{name: bytes.Clone(name[:end])})
	}
	return p
}

// here is the node that enter went to.
func (p path) here() *node { return &p[len(p)-1] }

// zone is where on the path the deepest apex is; -1 if there is none.
func (p path) zone() int {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i].apex {
			return i
		}
	}
	return -1
}

// hiding is the node at or above name, in its zone, beyond which nothing is seen: a cut, or a DNAME above name. Nil if there is none. Loose
// names have no cuts.
func (p path) hiding(name wire.Key) *node {
	zone := p.zone()
	for i := max(zone, 0); i < len(p); i++ {
		if zone >= 0 && p[i].cut || p[i].dname && len(p[i].name) < len(name) {
			return &p[i]
		}
	}
	return nil
}
