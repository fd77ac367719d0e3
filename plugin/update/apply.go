package update

import (
	"bytes"
	"slices"

	"github.com/miekg/dns"
)

// Apply finds out what a message does to the records of a table. served is the serial that the zone's SOA is answered with, which counts where the
// row says 0: there the table asks for serials that move by themselves. An error is an *Error, and then nothing changes.
func (u *Message) Apply(table Table, served uint32) (*Changes, error) {
	r := &run{message: u, table: table, nodes: map[string]*node{}}
	if err := r.findSOA(served); err != nil {
		return nil, err
	}
	if err := r.testPrerequisites(); err != nil {
		return nil, err
	}
	for _, rr := range u.updates {
		if err := r.checkZoneAndRights(rr); err != nil {
			return nil, err
		}
	}
	for _, rr := range u.updates {
		r.update(rr)
	}
	return r.changes(), nil
}

// run is one application of a message.
type run struct {
	message *Message
	table   Table
	nodes   map[string]*node

	soa       *dns.SOA // as served, and as updates change it
	automatic bool     // its serial moves by itself
	replaced  bool     // an update changed it
}

func (r *run) node(name string) *node {
	n := r.nodes[name]
	if n == nil {
		n = newNode(r.table.At(name))
		r.nodes[name] = n
	}
	return n
}

// findSOA finds the SOA of the zone. Where the table has several, which is a mistake, the first counts.
func (r *run) findSOA(served uint32) error {
	for _, e := range r.node(r.message.zone).of(dns.TypeSOA) {
		if soa, ok := e.rr.(*dns.SOA); ok {
			r.soa = dns.Copy(soa).(*dns.SOA)
			r.soa.Hdr.Rdlength = 0
			if r.automatic = soa.Serial == 0; r.automatic {
				r.soa.Serial = served
				r.node(r.message.zone).set(e, dns.Copy(r.soa)) // prerequisites see it so
			}
			return nil
		}
	}
	return refuse(dns.RcodeNotAuth, "%s is no zone of the table", r.message.zone)
}

// checkZoneAndRights checks what Read could not tell without the table: whether another zone begins at or above the name, and whether the key may
// delete all that is there.
func (r *run) checkZoneAndRights(rr dns.RR) error {
	h := rr.Header()
	if !r.holds(h.Name, h.Rrtype) {
		return refuse(dns.RcodeNotZone, "%s at %s is another zone's", dns.Type(h.Rrtype), h.Name)
	}
	if h.Rrtype != dns.TypeANY {
		return nil
	}
	for _, e := range r.node(h.Name).of(dns.TypeANY) {
		if t := e.rr.Header().Rrtype; !r.stays(h.Name, t) && !r.message.rights.allow(h.Name, t) {
			return refuse(dns.RcodeRefused, "the key has no rule for %s at %s, where it deletes everything", dns.Type(t), h.Name)
		}
	}
	return nil
}

// stays reports whether an RRset outlives the deletion of all that is at its name, and of itself: a zone keeps its SOA and NS (RFC 2136, 3.4.2.3), and
// does not touch the DS that its parent holds.
func (r *run) stays(name string, rrtype uint16) bool {
	return name == r.message.zone && (rrtype == dns.TypeSOA || rrtype == dns.TypeNS || rrtype == dns.TypeDS)
}

// update makes one update (RFC 2136, 3.4.2).
func (r *run) update(rr dns.RR) {
	switch rr.Header().Class {
	case dns.ClassANY:
		r.deleteRRsets(rr.Header())
	case dns.ClassNONE:
		r.deleteRecord(rr)
	default:
		r.add(rr)
	}
}

// deleteRRsets deletes an RRset, or all that is at a name (RFC 2136, 3.4.2.3).
func (r *run) deleteRRsets(h *dns.RR_Header) {
	for _, e := range r.node(h.Name).of(h.Rrtype) {
		if !r.stays(h.Name, e.rr.Header().Rrtype) {
			e.present = false
		}
	}
}

// deleteRecord deletes one record (RFC 2136, 3.4.2.4): not the SOA, and not the last NS of the zone.
func (r *run) deleteRecord(rr dns.RR) {
	h := rr.Header()
	n := r.node(h.Name)
	if h.Rrtype == dns.TypeSOA || h.Rrtype == dns.TypeNS && h.Name == r.message.zone && len(n.of(dns.TypeNS)) == 1 {
		return
	}
	if e := n.find(rr); e != nil {
		e.present = false
	}
}

// add adds a record, or replaces the one that may be there (RFC 2136, 3.4.2.2).
func (r *run) add(rr dns.RR) {
	h := rr.Header()
	n := r.node(h.Name)
	switch h.Rrtype {
	case dns.TypeSOA:
		r.replaceSOA(rr)
		return
	case dns.TypeCNAME:
		if slices.ContainsFunc(n.of(dns.TypeANY), func(e *entry) bool { return !besideAlias(e.rr.Header().Rrtype) }) {
			return
		}
	default:
		if len(n.of(dns.TypeCNAME)) > 0 && !besideAlias(h.Rrtype) {
			return
		}
	}
	for _, e := range n.of(h.Rrtype) {
		if replaces(rr, e.rr) {
			e.present = false
		}
	}
	n.add(rr)
}

// besideAlias reports whether records of a type can be where a CNAME is: another, which it then replaces, or what DNSSEC says of it (RFC 4034, 3 and
// 4; RFC 3007, 3.1.1).
func besideAlias(rrtype uint16) bool {
	switch rrtype {
	case dns.TypeCNAME, dns.TypeRRSIG, dns.TypeNSEC, dns.TypeKEY, dns.TypeSIG, dns.TypeNXT:
		return true
	}
	return false
}

// typeWKS is one of RFC 1035 (3.4.2) that miekg/dns does not know.
const typeWKS = 11

// replaces reports whether a record takes the place of another at the same name: there is one CNAME (RFC 2136, 3.4.2.2) and one DNAME (RFC 6672, 2.4),
// and one WKS for each address and protocol, its first five octets.
func replaces(rr, other dns.RR) bool {
	switch rr.Header().Rrtype {
	case dns.TypeCNAME, dns.TypeDNAME:
		return true
	case typeWKS:
		a, b := rdata(rr), rdata(other)
		return len(a) >= 5 && len(b) >= 5 && bytes.Equal(a[:5], b[:5])
	}
	return false
}

// replaceSOA replaces the SOA by a newer one (RFC 2136, 3.4.2.2). Elsewhere than at the apex there is none to replace. The serial 0 is not taken (7.11):
// in the table it has a meaning of its own.
func (r *run) replaceSOA(rr dns.RR) {
	soa, ok := rr.(*dns.SOA)
	if !ok || soa.Hdr.Name != r.message.zone || soa.Serial == 0 || !isNewer(soa.Serial, r.soa.Serial) {
		return
	}
	r.soa = dns.Copy(soa).(*dns.SOA)
	r.soa.Hdr.Rdlength = 0
	r.replaced = true
}

// isNewer reports whether a serial comes after another (RFC 1982, 3.2).
func isNewer(serial, than uint32) bool { return int32(serial-than) > 0 }

// next is the serial that comes after another; never 0.
func next(serial uint32) uint32 { return max(serial+1, 1) }

// changes is what the updates changed, and the SOA that goes with it (RFC 2136, 3.6).
func (r *run) changes() *Changes {
	c := new(Changes)
	for _, name := range r.message.Names() {
		if n := r.nodes[name]; n != nil {
			n.collect(c)
		}
	}
	if !c.Any() && !r.replaced {
		return c
	}
	soa := dns.Copy(r.soa).(*dns.SOA)
	switch {
	case r.automatic:
		soa.Serial = 0
	case !r.replaced:
		soa.Serial = next(soa.Serial)
	}
	c.Serial = soa.Serial
	for _, e := range r.node(r.message.zone).of(dns.TypeSOA) {
		for _, row := range e.rows {
			r.rewriteSOA(c, row, soa)
		}
	}
	return c
}

// rewriteSOA writes a row of the SOA anew if that differs from what it has.
func (r *run) rewriteSOA(c *Changes, row Record, soa *dns.SOA) {
	if row.RR.Header().Ttl != soa.Hdr.Ttl && r.replaced {
		c.SetTTL = append(c.SetTTL, Record{row.Row, soa})
	}
	if !bytes.Equal(rdata(row.RR), rdata(soa)) {
		c.Rewrite = append(c.Rewrite, Record{row.Row, soa})
	}
}
