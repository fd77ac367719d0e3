package transfers

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// secondary is a model of a secondary for one zone, stricter than any real one: what an incremental transfer deletes must be there, and what it adds must
// not.
type secondary struct {
	zone    string
	serial  uint32
	records map[string]bool
	whole   int // transfers of the whole zone so far
	deltas  int // incremental ones
}

func newSecondary(zone string) *secondary { return &secondary{zone: dns.Fqdn(zone)} }

// text is a record in a form that is equal for equal records.
func text(rr dns.RR) string {
	if soa, ok := rr.(*dns.SOA); ok {
		other := *soa
		other.Serial = 0
		rr = &other
	}
	return strings.ToLower(rr.Header().Name) + strings.TrimPrefix(rr.String(), rr.Header().Name)
}

// transferred asks for a transfer over TCP and returns all its records; serial 0 asks for the whole zone.
func transferred(addr, zone string, serial uint32, key *tsigKey) ([]dns.RR, error) {
	q := new(dns.Msg)
	if serial == 0 {
		q.SetAxfr(dns.Fqdn(zone))
	} else {
		q.SetIxfr(dns.Fqdn(zone), serial, ".", ".")
	}
	if key != nil {
		return signed(addr, q, key)
	}
	conn, err := dns.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	if err := conn.WriteMsg(q); err != nil {
		return nil, err
	}
	var all []dns.RR
	for {
		reply, err := conn.ReadMsg()
		if err != nil {
			return nil, err
		}
		if reply.Rcode != dns.RcodeSuccess {
			return nil, errors.New(dns.RcodeToString[reply.Rcode])
		}
		all = append(all, reply.Answer...)
		if complete(all, serial) {
			return all, nil
		}
	}
}

// signed asks for a transfer with a key, and verifies each message.
func signed(addr string, q *dns.Msg, key *tsigKey) (all []dns.RR, err error) {
	q.SetTsig(key.name, dns.HmacSHA256, 300, time.Now().Unix())
	messages, err := (&dns.Transfer{TsigSecret: map[string]string{key.name: key.secret}}).In(q, addr)
	if err != nil {
		return nil, err
	}
	for message := range messages {
		if message.Error != nil {
			err = message.Error
		}
		all = append(all, message.RR...)
	}
	return all, err
}

// complete reports whether records are all of a transfer: the first SOA comes again at its end, in one with steps once more before that.
func complete(rrs []dns.RR, serial uint32) bool {
	if len(rrs) == 0 {
		return false
	}
	first, ok := rrs[0].(*dns.SOA)
	if !ok || serial != 0 && len(rrs) == 1 && first.Serial == serial {
		return ok
	}
	same := 0
	for _, rr := range rrs {
		if soa, ok := rr.(*dns.SOA); ok && soa.Serial == first.Serial {
			same++
		}
	}
	if incremental(rrs) {
		return same == 3
	}
	return same == 2
}

func incremental(rrs []dns.RR) bool {
	return len(rrs) > 1 && rrs[1].Header().Rrtype == dns.TypeSOA && rrs[1].(*dns.SOA).Serial != rrs[0].(*dns.SOA).Serial
}

// refresh asks a primary for what is new and applies it.
func (s *secondary) refresh(addr string) error {
	rrs, err := transferred(addr, s.zone, s.serial, nil)
	if err != nil {
		return fmt.Errorf("%s from %d: %w", s.zone, s.serial, err)
	}
	serial := rrs[0].(*dns.SOA).Serial
	switch {
	case len(rrs) == 1 && s.serial != 0:
		if serial != s.serial && int32(serial-s.serial) > 0 {
			return fmt.Errorf("one SOA of %d, and there is %d", serial, s.serial)
		}
		return nil
	case incremental(rrs):
		s.deltas++
		return s.apply(rrs[1:len(rrs)-1], serial)
	}
	s.whole++
	if int32(serial-s.serial) < 0 && s.serial != 0 {
		return fmt.Errorf("the serial went back from %d to %d", s.serial, serial)
	}
	s.records = map[string]bool{}
	for _, rr := range rrs[:len(rrs)-1] {
		s.records[text(rr)] = true
	}
	s.serial = serial
	return nil
}

// apply applies the steps of an incremental transfer.
func (s *secondary) apply(rrs []dns.RR, serial uint32) error {
	adding := true
	for _, rr := range rrs {
		if soa, ok := rr.(*dns.SOA); ok {
			if adding = !adding; !adding && soa.Serial != s.serial {
				return fmt.Errorf("a step from %d, and there is %d", soa.Serial, s.serial)
			}
			s.serial = soa.Serial
		}
		if s.records[text(rr)] == adding {
			return fmt.Errorf("not exact on the way to %d: %s (added: %t)", serial, rr, adding)
		}
		if adding {
			s.records[text(rr)] = true
		} else {
			delete(s.records, text(rr))
		}
	}
	if s.serial != serial {
		return fmt.Errorf("the steps lead to %d, not to %d", s.serial, serial)
	}
	return nil
}

func (s *secondary) content() []string { return slices.Sorted(maps.Keys(s.records)) }

// wholeZone is what a server transfers of a zone.
func wholeZone(t testing.TB, addr, zone string) (serial uint32, content []string) {
	t.Helper()
	s := newSecondary(zone)
	if err := s.refresh(addr); err != nil {
		t.Fatal(err)
	}
	return s.serial, s.content()
}

// serialOf asks for the SOA of a zone; 0 if there is no answer.
func serialOf(addr, zone string) uint32 {
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(zone), dns.TypeSOA)
	reply, _, err := (&dns.Client{Timeout: time.Second}).Exchange(q, addr)
	if err != nil || len(reply.Answer) == 0 {
		return 0
	}
	soa, ok := reply.Answer[0].(*dns.SOA)
	if !ok {
		return 0
	}
	return soa.Serial
}
