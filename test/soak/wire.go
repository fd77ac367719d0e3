package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/mysqldns/mysqldns/test/lab"
)

// question is one that was asked. Times are the stopwatch's.
type question struct {
	guest  *guest // nil for a host, and for a name that does not exist
	absent bool   // no such name
	number int    // of the guest or the host
	place  place  // of a guest
	qtype  uint16

	shown    int           // the guest's, when the question was sent
	intended time.Duration // when it should have been sent
	sent     time.Duration
	open     bool // not answered yet
}

func (q *question) prefix() string {
	switch {
	case q.guest != nil:
		return q.place.prefix()
	case q.absent:
		return "miss"
	}
	return "host"
}

func (q *question) String() string {
	return string(lab.AppendName(nil, q.prefix(), q.number)) + " " + dns.TypeToString[q.qtype]
}

// questionForm is a packed question; all that are asked differ only in their ID, the first label and the type.
var questionForm = func() []byte {
	form, err := (&dns.Msg{Question: []dns.Question{{Name: lab.HostName(0) + ".", Qtype: dns.TypeA, Qclass: dns.ClassINET}}}).Pack()
	if err != nil {
		panic(err)
	}
	return form
}()

const (
	headerLength = 12
	labelAt      = headerLength + 1
)

// appendPacket appends the question as a message.
func (q *question) appendPacket(b []byte, id uint16) []byte {
	start := len(b)
	b = append(b, questionForm...)
	packet := b[start:]
	binary.BigEndian.PutUint16(packet, id)
	var space [64]byte
	name := lab.AppendName(space[:0], q.prefix(), q.number)
	copy(packet[labelAt:], name[:bytes.IndexByte(name, '.')])
	binary.BigEndian.PutUint16(packet[len(packet)-4:], q.qtype)
	return b
}

// judge judges the answer that came in a packet at a time.
func (q *question) judge(packet []byte, received time.Duration) verdict {
	r, ok := parseReply(packet, q)
	var v verdict
	switch {
	case !ok:
		v = verdict{kind: wrong, expect: "a reply in the usual form"}
	case q.guest != nil:
		v = q.guest.judge(q, &r, received)
	case q.absent:
		if !r.negative(dns.RcodeNameError) {
			v = verdict{kind: wrong, expect: "NXDOMAIN"}
		}
	case !r.positive(dns.TypeA, lab.TTL, []byte{10, byte(q.number >> 16), byte(q.number >> 8), byte(q.number)}):
		v = verdict{kind: wrong, expect: fmt.Sprintf("%d A %s", lab.TTL, lab.AppendAddress(nil, q.number))}
	}
	return v
}

// reply is what is looked at of a message: one record, or none and a SOA record in the authority section. It is
// authoritative, not truncated, and has the question that was asked.
type reply struct {
	rcode int
	found bool // a record in the answer section
	rtype uint16
	ttl   uint32
	rdata []byte // of the packet
}

func (r *reply) negative(rcode int) bool { return !r.found && r.rcode == rcode }

func (r *reply) positive(rtype uint16, ttl uint32, rdata []byte) bool {
	return r.found && r.rcode == dns.RcodeSuccess && r.rtype == rtype && r.ttl == ttl && bytes.Equal(r.rdata, rdata)
}

// parseReply takes a message apart; ok is false if it has any other form than replies of an authoritative server to q have.
func parseReply(packet []byte, q *question) (r reply, ok bool) {
	const (
		response, authoritative = 1 << 15, 1 << 10
		mayDiffer               = 0xf
	)
	var space [64]byte
	asked := q.appendPacket(space[:0], 0)
	if len(packet) < len(asked) || !bytes.Equal(packet[headerLength:len(asked)], asked[headerLength:]) {
		return r, false
	}
	flags := binary.BigEndian.Uint16(packet[2:])
	counts := [3]uint16{binary.BigEndian.Uint16(packet[4:]), binary.BigEndian.Uint16(packet[6:]), binary.BigEndian.Uint16(packet[8:])}
	if flags&^mayDiffer != response|authoritative || counts[0] != 1 {
		return r, false
	}
	r.rcode = int(flags & mayDiffer)
	record, ok := r.parseRecord(packet, len(asked))
	switch {
	case !ok || record.next != len(packet):
		return r, false
	case counts[1] == 1 && counts[2] == 0:
		r.found = true
		return r, bytes.Equal(record.owner, asked[headerLength:len(asked)-4]) || bytes.Equal(record.owner, []byte{0xc0, headerLength})
	case counts[1] == 0 && counts[2] == 1:
		return r, r.rtype == dns.TypeSOA
	}
	return r, false
}

// extent is what lies around the RDATA of a record.
type extent struct {
	owner []byte // in wire form, maybe compressed
	next  int    // where the next record begins
}

// parseRecord reads the record that begins at an octet.
func (r *reply) parseRecord(packet []byte, at int) (e extent, ok bool) {
	begins := at
	for at < len(packet) && packet[at] != 0 && packet[at] < 0xc0 {
		at += 1 + int(packet[at])
	}
	if at < len(packet) && packet[at] >= 0xc0 {
		at++
	}
	at++
	const fixed = 10
	if len(packet) < at+fixed {
		return e, false
	}
	e.owner = packet[begins:at]
	r.rtype = binary.BigEndian.Uint16(packet[at:])
	class := binary.BigEndian.Uint16(packet[at+2:])
	r.ttl = binary.BigEndian.Uint32(packet[at+4:])
	e.next = at + fixed + int(binary.BigEndian.Uint16(packet[at+8:]))
	if class != dns.ClassINET || e.next > len(packet) {
		return e, false
	}
	r.rdata = packet[at+fixed : e.next]
	return e, true
}

// inWords is a message for people.
func inWords(packet []byte) string {
	m := new(dns.Msg)
	if err := m.Unpack(packet); err != nil {
		return fmt.Sprintf("%v: %x", err, packet)
	}
	text := dns.RcodeToString[m.Rcode]
	for _, rr := range append(m.Answer, m.Ns...) {
		text += "; " + strings.ReplaceAll(rr.String(), "\t", " ")
	}
	return text
}
