package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/mysqldns/mysqldns/test/lab"
)

// guest is a pair of names with at most one row between them, which changes all the time: it comes and goes, moves from one name
// to the other, and has another type, TTL or value. All states that it ever had are kept, so that any answer about it can be
// judged. Those with a row differ in TTL or value, but for rows that were renamed back.
type guest struct {
	number int // from 0

	mu     sync.Mutex
	states []state // the index is the version; only one writer appends
	shown  int     // the least version that an answer may still show, as later ones were seen
}

// state is the row of a guest from one change to the next. Times are the stopwatch's.
type state struct {
	row   guestRow
	begun time.Duration // when the statement was sent that makes it visible
	done  time.Duration // when the server had said that it is; 0 until then
	with  []member      // what the same transaction changed
}

// member is one of the changes of a transaction.
type member struct {
	guest   *guest
	version int
}

// guestRow is a row, or that there is none.
type guestRow struct {
	place place
	rtype uint16
	ttl   uint32 // never the same twice
	value uint16 // of the RDATA, never the same twice for a guest
}

// place is which of its names a guest has.
type place uint8

const (
	nowhereAtAll place = iota
	here
	away
)

var guestTypes = []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeTXT}

// rolledBack marks the values of changes that are rolled back. The others are versions.
const rolledBack = 1 << 15

// allowed is how old an answer may be: what DESIGN promises for a change at the defaults.
const allowed = 150 * time.Millisecond

func (p place) other() place { return here + away - p }

// prefix begins the name at a place.
func (p place) prefix() string {
	if p == away {
		return "away"
	}
	return "here"
}

func (g *guest) name(p place) string { return string(lab.AppendName(nil, p.prefix(), g.number)) }

// appendRDATA appends the RDATA of a value in wire form.
func (g *guest) appendRDATA(b []byte, rtype, value uint16) []byte {
	switch rtype {
	case dns.TypeA:
		return binary.BigEndian.AppendUint32(b, 32<<24+uint32(g.number)<<16+uint32(value))
	case dns.TypeAAAA:
		b = append(b, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0)
		return binary.BigEndian.AppendUint64(b, uint64(g.number)<<16+uint64(value))
	}
	text := g.text(value)
	return append(append(b, byte(len(text))), text...)
}

func (g *guest) text(value uint16) string { return fmt.Sprintf("guest %d value %d", g.number, value) }

// record is the RDATA of a value as the column has it.
func (g *guest) record(rtype, value uint16) string {
	if rtype == dns.TypeTXT {
		return g.text(value)
	}
	addr, _ := netip.AddrFromSlice(g.appendRDATA(nil, rtype, value)) // of 4 or 16 octets
	return addr.String()
}

// last is the newest state's row, with its version. Only the writer whose guest it is may rely on it.
func (g *guest) last() (guestRow, int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	version := len(g.states) - 1
	return g.states[version].row, version
}

// begin notes that a statement is about to make a row visible.
func (g *guest) begin(row guestRow, at time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.states = append(g.states, state{row: row, begun: at})
}

// commit notes that the newest row is committed, together with others.
func (g *guest) commit(at time.Duration, with []member) {
	g.mu.Lock()
	defer g.mu.Unlock()
	newest := &g.states[len(g.states)-1]
	newest.done, newest.with = at, with
}

// saw notes that an answer showed a version.
func (g *guest) saw(version int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shown = max(g.shown, version)
}

// verdict is what an answer is worth.
type verdict struct {
	kind    verdictKind
	version int           // of a guest: the newest that it may show
	late    time.Duration // for how long another version had been committed when the question was sent, if that is more than allowed
	expect  string        // in words, of what is not right
}

type verdictKind uint8

const (
	right     verdictKind = iota
	wrong                 // no state explains it: never committed, not begun yet, of another name, malformed
	backwards             // older than what an answer before the question showed
)

// judge says whether some state explains an answer that came at a time, and whether that state was still current, or nearly so.
func (g *guest) judge(q *question, r *reply, received time.Duration) verdict {
	v, with := g.explain(q, r, received)
	for _, other := range with { // a transaction shows as a whole
		other.guest.saw(other.version)
	}
	return v
}

func (g *guest) explain(q *question, r *reply, received time.Duration) (v verdict, with []member) {
	g.mu.Lock()
	defer g.mu.Unlock()
	version := len(g.states) - 1
	for version >= 0 && (g.states[version].begun > received || !g.shows(version, q, r)) {
		version--
	}
	v.version = version
	if version < 0 {
		v.kind, v.expect = wrong, g.expected(q, received)
		return v, nil
	}
	if version+1 < len(g.states) {
		if next := g.states[version+1]; next.done > 0 && q.sent-next.done > allowed {
			v.late, v.expect = q.sent-next.done, g.expected(q, received)
		}
	}
	if version < q.shown {
		v.kind, v.expect = backwards, g.expected(q, received)
		return v, nil
	}
	oldest := q.shown // of those that may be meant: only that one was surely seen
	for !g.shows(oldest, q, r) {
		oldest++
	}
	g.shown = max(g.shown, oldest)
	return v, g.states[oldest].with
}

// shows reports whether r is the answer to q in a state.
func (g *guest) shows(version int, q *question, r *reply) bool {
	row := g.states[version].row
	switch {
	case row.place != q.place:
		return r.negative(dns.RcodeNameError)
	case row.rtype != q.qtype:
		return r.negative(dns.RcodeSuccess)
	}
	var space [64]byte
	return r.positive(row.rtype, row.ttl, g.appendRDATA(space[:0], row.rtype, row.value))
}

// expected is the newest states, in words.
func (g *guest) expected(q *question, received time.Duration) string {
	text := fmt.Sprintf("shown before: version %d", q.shown)
	for version := max(0, len(g.states)-4); version < len(g.states); version++ {
		s := g.states[version]
		text += fmt.Sprintf("; version %d begun %s", version, ago(received-s.begun))
		if s.done > 0 {
			text += ", committed " + ago(received-s.done)
		}
		if s.row.place == nowhereAtAll {
			text += ": no row"
			continue
		}
		text += fmt.Sprintf(": %s %d %s %s", g.name(s.row.place), s.row.ttl, dns.TypeToString[s.row.rtype], g.record(s.row.rtype, s.row.value))
	}
	return text
}

// ago is how long before an answer something was.
func ago(d time.Duration) string {
	if d < 0 {
		return fmt.Sprintf("%.1f ms after the answer", -lab.Milliseconds(d))
	}
	return fmt.Sprintf("%.1f ms before the answer", lab.Milliseconds(d))
}

// question asks for the newest row, or the last that there was.
func (g *guest) question() question {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asking(len(g.states) - 1)
}

// questionFor asks for what a version changed: its row, or, if it has none, the one before. It also returns when that was committed.
func (g *guest) questionFor(version int) (q question, done time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asking(version), g.states[version].done
}

func (g *guest) asking(version int) question {
	q := question{guest: g, number: g.number, place: here, qtype: dns.TypeA, shown: g.shown}
	for _, s := range slices.Backward(g.states[:version+1]) {
		if s.row.place != nowhereAtAll {
			q.place, q.qtype = s.row.place, s.row.rtype
			break
		}
	}
	return q
}
