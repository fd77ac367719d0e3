package update

import (
	"slices"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/record"

	"github.com/miekg/dns"
)

// MaxRecords bounds the prerequisites and updates of one message: each may cost the database a row to read and one to write, while the zone is
// locked. A message over TCP has room for some five thousand.
const MaxRecords = 2000

// Message is an UPDATE that is well formed and allowed as far as it tells by itself.
type Message struct {
	zone          string
	rights        Policy // of its key
	prerequisites []dns.RR
	updates       []dns.RR
}

// Zone returns the apex that a message names (RFC 2136, 3.1.1 and 3.1.2). An error is an *Error.
func Zone(m *dns.Msg) (apex string, err error) {
	if len(m.Question) != 1 {
		return "", refuse(dns.RcodeFormatError, "the zone section has %d records instead of one", len(m.Question))
	}
	q := m.Question[0]
	if q.Qtype != dns.TypeSOA {
		return "", refuse(dns.RcodeFormatError, "the zone section has type %s instead of SOA", dns.Type(q.Qtype))
	}
	if q.Qclass != dns.ClassINET {
		return "", refuse(dns.RcodeNotAuth, "the table has no zones of class %s", dns.Class(q.Qclass))
	}
	return strings.ToLower(q.Name), nil
}

// Read checks a message, as it was unpacked from its wire form, that is for a zone which exists; rights are the rules of its key. It keeps the
// message's records and changes them, so that no message is read twice. An error is an *Error.
//
// RFC 2136 tests the prerequisites (3.2) before the rest of the message (3.4.1). What can be told without the table is told first here,
// as BIND does it: a message that is not carried out anyway locks nothing, and who asks for a change without the right to it learns nothing by its
// prerequisites. These may be about any name of a zone that the key has a rule in, as the RFC knows no rights to them.
func Read(m *dns.Msg, rights Policy) (*Message, error) {
	zone, err := Zone(m)
	if err != nil {
		return nil, err
	}
	if !rights.concern(zone) {
		return nil, refuse(dns.RcodeRefused, "the key has no rule for names of %s", zone)
	}
	if n := len(m.Answer) + len(m.Ns); n > MaxRecords {
		return nil, refuse(dns.RcodeRefused, "the message has %d records, more than %d; send them in several", n, MaxRecords)
	}
	u := &Message{zone: zone, rights: rights, prerequisites: m.Answer, updates: m.Ns}
	for _, rr := range u.prerequisites {
		record.Escape(rr)
		if err := u.checkPrerequisite(rr); err != nil {
			return nil, err
		}
	}
	for _, rr := range u.updates {
		record.Escape(rr)
		if err := u.checkUpdate(rr); err != nil {
			return nil, err
		}
	}
	for _, rr := range u.updates {
		if err := u.checkRights(rr); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// checkPrerequisite checks the form of a prerequisite (RFC 2136, 3.2).
func (u *Message) checkPrerequisite(rr dns.RR) *Error {
	h := rr.Header()
	h.Name = strings.ToLower(h.Name)
	if h.Ttl != 0 {
		return refuse(dns.RcodeFormatError, "the prerequisite at %s has a TTL", h.Name)
	}
	if !dns.IsSubDomain(u.zone, h.Name) {
		return refuse(dns.RcodeNotZone, "the prerequisite at %s is outside of %s", h.Name, u.zone)
	}
	switch h.Class {
	case dns.ClassANY, dns.ClassNONE:
		if h.Rdlength != 0 || isMeta(h.Rrtype) && h.Rrtype != dns.TypeANY {
			return refuse(dns.RcodeFormatError, "the prerequisite at %s has data or a type that asks for no records", h.Name)
		}
	case dns.ClassINET:
		if isMeta(h.Rrtype) || lacksData(rr) {
			return refuse(dns.RcodeFormatError, "the prerequisite at %s is no record", h.Name)
		}
	default:
		return refuse(dns.RcodeFormatError, "the prerequisite at %s has class %s", h.Name, dns.Class(h.Class))
	}
	return nil
}

// maxTTL is the largest TTL. One above it counts as 0 (RFC 2181, 8).
const maxTTL = 1<<31 - 1

// checkUpdate checks the form of an update: the prescan (RFC 2136, 3.4.1).
func (u *Message) checkUpdate(rr dns.RR) *Error {
	h := rr.Header()
	h.Name = strings.ToLower(h.Name)
	if !dns.IsSubDomain(u.zone, h.Name) {
		return refuse(dns.RcodeNotZone, "%s is outside of %s", h.Name, u.zone)
	}
	switch h.Class {
	case dns.ClassINET:
		if h.Ttl > maxTTL {
			h.Ttl = 0
		}
		if isMeta(h.Rrtype) || lacksData(rr) {
			return refuse(dns.RcodeFormatError, "what is to be added at %s is no record", h.Name)
		}
		if _, err := record.Format(rr); err != nil {
			return refuse(dns.RcodeFormatError, "what is to be added at %s is nothing that a row can hold: %v", h.Name, err)
		}
	case dns.ClassANY:
		if h.Ttl != 0 || h.Rdlength != 0 || isMeta(h.Rrtype) && h.Rrtype != dns.TypeANY {
			return refuse(dns.RcodeFormatError, "the deletion of an RRset at %s has a TTL, data or a type that no records have", h.Name)
		}
	case dns.ClassNONE:
		if h.Ttl != 0 || isMeta(h.Rrtype) || lacksData(rr) {
			return refuse(dns.RcodeFormatError, "the deletion of a record at %s has a TTL or is none of a record", h.Name)
		}
	default:
		return refuse(dns.RcodeFormatError, "the update at %s has class %s", h.Name, dns.Class(h.Class))
	}
	return nil
}

// checkRights checks whether the key may make an update. Whether it may delete all that is at a name depends on what is there: of that, Apply
// sees the rest.
func (u *Message) checkRights(rr dns.RR) *Error {
	h := rr.Header()
	if h.Rrtype == dns.TypeANY {
		if !u.rights.allowSome(h.Name) {
			return refuse(dns.RcodeRefused, "the key has no rule for %s", h.Name)
		}
		return nil
	}
	if !u.rights.allow(h.Name, h.Rrtype) {
		return refuse(dns.RcodeRefused, "the key has no rule for %s at %s", dns.Type(h.Rrtype), h.Name)
	}
	return nil
}

// Names lists the names whose records Apply looks at: those of the message, and those between each and the apex, where another zone
// might begin. They are sorted.
func (u *Message) Names() []string {
	names := []string{u.zone}
	seen := map[string]bool{u.zone: true}
	for _, rrs := range [][]dns.RR{u.prerequisites, u.updates} {
		for _, rr := range rrs {
			for name := rr.Header().Name; !seen[name]; name = parent(name) {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// parent returns the name without its first label.
func parent(name string) string {
	next, end := dns.NextLabel(name, 0)
	if end {
		return "."
	}
	return name[next:]
}

// isMeta reports whether no record of a zone has the type (RFC 6895, 3.1).
func isMeta(rrtype uint16) bool {
	_, err := record.Type(dns.Type(rrtype).String())
	return err != nil
}

// lacksData reports whether a record came without RDATA although its type has some: miekg/dns unpacks that, as deletions look like it.
func lacksData(rr dns.RR) bool {
	h := rr.Header()
	if h.Rdlength != 0 {
		return false
	}
	switch h.Rrtype {
	case dns.TypeAPL, dns.TypeNULL: // RFC 3123, 4; RFC 1035, 3.3.10
		return false
	}
	_, unknown := rr.(*dns.RFC3597)
	return !unknown
}
