package journal

import (
	"github.com/miekg/dns"
)

// mostSteps is how many steps an incremental transfer has before they are made one.
const mostSteps = 20

// Since yields what a secondary that has an older version is sent, which RFC 1995, 4 describes: the newest SOA; for each step the SOA before, what went, the SOA after,
// what came; and the newest SOA again. It returns false if that version is not in the history, or if all of the zone is less to send.
func (v Version) Since(serial uint32, wholeOctets int) ([]dns.RR, bool) {
	steps, ok := v.history.since(serial)
	newest := v.SOA()
	if !ok || newest == nil || len(steps) == 0 {
		return nil, false
	}
	octets := 0
	deltas := make([]Delta, len(steps))
	for i, s := range steps {
		var err error
		if deltas[i], err = DecodeDelta(s.delta); err != nil {
			return nil, false
		}
		octets += len(s.delta)
	}
	if len(steps) > mostSteps || octets > wholeOctets {
		deltas = []Delta{condense(deltas)}
		steps = []step{{from: steps[0].from, to: steps[len(steps)-1].to}}
		octets = sizeOf(deltas[0].Removed) + sizeOf(deltas[0].Added)
	}
	if octets > max(wholeOctets, 4096) {
		return nil, false
	}
	return incremental(newest, steps, deltas), true
}

// incremental puts the answer together, backwards, since the newest SOA is the one known.
func incremental(newest *dns.SOA, steps []step, deltas []Delta) []dns.RR {
	parts := make([][]dns.RR, len(steps))
	soa := newest
	for i := len(steps) - 1; i >= 0; i-- {
		d := deltas[i]
		after := withSerial(soa, steps[i].to)
		if old := soaOf(d.Removed, 0); old != nil {
			soa = old
		}
		parts[i] = append(parts[i], withSerial(soa, steps[i].from))
		parts[i] = append(parts[i], withoutSOA(d.Removed)...)
		parts[i] = append(parts[i], after)
		parts[i] = append(parts[i], withoutSOA(d.Added)...)
	}
	all := []dns.RR{newest}
	for _, part := range parts {
		all = append(all, part...)
	}
	return append(all, newest)
}

func withoutSOA(records []Record) []dns.RR {
	rrs := toRRs(records)
	rest := rrs[:0]
	for _, rr := range rrs {
		if rr.Header().Rrtype != dns.TypeSOA {
			rest = append(rest, rr)
		}
	}
	return rest
}
