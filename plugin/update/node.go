package update

import (
	"encoding/binary"

	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// node is the records at one name, as they were and as they are to be.
type node struct {
	entries []*entry
	index   map[string]*entry // by key
}

// entry is one record, however many rows have it.
type entry struct {
	rr      dns.RR
	rows    []Record // that have it; none if it is new
	present bool     // it is to be there afterwards
	retimed bool     // its rows are to have the TTL ttl
	ttl     uint32
}

func newNode(records []Record) *node {
	n := &node{index: map[string]*entry{}}
	for _, r := range records {
		e := n.find(r.RR)
		if e == nil {
			e = n.append(r.RR)
		}
		e.rows = append(e.rows, r)
		e.present = true
	}
	return n
}

func (n *node) append(rr dns.RR) *entry {
	e := new(entry)
	n.entries = append(n.entries, e)
	n.set(e, rr)
	return e
}

// set makes an entry one of another record.
func (n *node) set(e *entry, rr dns.RR) {
	if e.rr != nil {
		delete(n.index, key(e.rr))
	}
	e.rr = rr
	n.index[key(rr)] = e
}

// find returns the entry of a record, be it present or not; nil if there is none.
func (n *node) find(rr dns.RR) *entry { return n.index[key(rr)] }

// of returns the present entries of a type, or of all.
func (n *node) of(rrtype uint16) (all []*entry) {
	for _, e := range n.entries {
		if t := e.rr.Header().Rrtype; e.present && (t == rrtype || rrtype == dns.TypeANY) {
			all = append(all, e)
		}
	}
	return all
}

// add adds a record. The whole RRset takes its TTL (RFC 2181, 5.2).
func (n *node) add(rr dns.RR) {
	e := n.find(rr)
	if e == nil {
		e = n.append(rr)
	}
	e.present = true
	for _, e := range n.of(rr.Header().Rrtype) {
		e.retimed, e.ttl = true, rr.Header().Ttl
	}
}

// collect adds to c what becomes of the rows.
func (n *node) collect(c *Changes) {
	for _, e := range n.entries {
		switch {
		case !e.present:
			c.Delete = append(c.Delete, e.rows...)
		case len(e.rows) == 0:
			rr := dns.Copy(e.rr)
			h := rr.Header()
			h.Class, h.Ttl, h.Rdlength = dns.ClassINET, e.ttl, 0
			c.Insert = append(c.Insert, rr)
		case e.retimed:
			for _, r := range e.rows {
				if r.RR.Header().Ttl != e.ttl {
					rr := dns.Copy(r.RR)
					rr.Header().Ttl = e.ttl
					c.SetTTL = append(c.SetTTL, Record{r.Row, rr})
				}
			}
		}
	}
}

// key is the same for records of one name that are equal: they have one type and one RDATA, in which the case of names does not count (RFC 2136,
// 1.1.1).
func key(rr dns.RR) string {
	rrtype := rr.Header().Rrtype
	return string(binary.BigEndian.AppendUint16(nil, rrtype)) + string(wire.Canonical(rrtype, rdata(rr)))
}

// rdata returns the RDATA of a record in wire form.
func rdata(rr dns.RR) []byte {
	octets, err := wire.Pack(rr)
	if err != nil {
		return []byte(rr.String()) // it has no wire form: nothing is equal to it
	}
	return octets
}
