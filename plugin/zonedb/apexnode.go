package zonedb

import (
	"sync/atomic"

	"github.com/mysqldns/mysqldns/plugin/answer"

	"github.com/miekg/dns"
)

// apexNode is what an apex holds. It remembers the SOA, which is in each negative answer: its names are made once, and not for every question.
type apexNode struct {
	node
	soa atomic.Pointer[dns.SOA] // never changed
}

var _ answer.Node = (*apexNode)(nil)

// RRset implements answer.Node.
func (n *apexNode) RRset(rrtype uint16, most int) []dns.RR {
	if rrtype != dns.TypeSOA || most != 1 {
		return n.node.RRset(rrtype, most)
	}
	known := n.soa.Load()
	if known == nil {
		set := n.node.RRset(dns.TypeSOA, 1)
		if len(set) == 0 {
			return nil
		}
		known = set[0].(*dns.SOA)
		n.soa.Store(known)
	}
	own := &struct { // one allocation for both
		soa dns.SOA
		set [1]dns.RR
	}{soa: *known}
	own.set[0] = &own.soa
	return own.set[:]
}
