package zonedb

import (
	"github.com/mysqldns/mysqldns/plugin/answer"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// node is what one name holds. It makes new records each time it is asked.
type node struct {
	name    string // as the caller of Zone.Node wrote it
	content []byte // of the arena; never changes
}

var _ answer.Node = (*node)(nil)

// emptyNonTerminal is every node without records; its name is nowhere to be seen.
var emptyNonTerminal node

// RRset implements answer.Node.
func (n *node) RRset(rrtype uint16, most int) []dns.RR {
	set := findRRset(n.content, rrtype)
	switch {
	case len(set.records) == 0:
		return nil
	case wire.FormsRRset(rrtype):
		return newRRset(n.name, set, most)
	}
	return n.eachTTL(rrtype, most)
}

// eachTTL makes the first most records of a type that forms no RRset.
func (n *node) eachTTL(rrtype uint16, most int) (rrs []dns.RR) {
	for rest := n.content; len(rest) > 0 && len(rrs) < most; {
		var set rrset
		if set, rest = nextRRset(rest); set.rrtype == rrtype {
			rrs = append(rrs, newRRset(n.name, set, most-len(rrs))...)
		}
	}
	return rrs
}

// Has implements answer.Node.
func (n *node) Has(rrtype uint16) bool { return len(findRRset(n.content, rrtype).records) > 0 }

// Types implements answer.Node.
func (n *node) Types(most int) []uint16 {
	var types []uint16
	for rest := n.content; len(types) < most && len(rest) > 0; {
		var set rrset
		set, rest = nextRRset(rest)
		if len(types) == 0 || types[len(types)-1] != set.rrtype {
			types = append(types, set.rrtype)
		}
	}
	return types
}

// newRRset makes the first most records of an RRset at an owner name.
func newRRset(owner string, set rrset, most int) []dns.RR {
	h := dns.RR_Header{Name: owner, Rrtype: set.rrtype, Class: dns.ClassINET, Ttl: set.ttl}
	switch set.rrtype {
	case dns.TypeA:
		return newAs(h, set, set.lenUpTo(most))
	case dns.TypeAAAA:
		return newAAAAs(h, set, set.lenUpTo(most))
	}
	n := set.lenUpTo(most)
	rrs := make([]dns.RR, 0, n)
	for rest := set.records; len(rrs) < n && len(rest) > 0; {
		var rdata []byte
		rdata, rest = nextRecord(rest)
		rrs = append(rrs, newRR(h, rdata))
	}
	return rrs
}
