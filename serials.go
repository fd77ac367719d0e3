package mysqldns

import (
	"sync"
	"sync/atomic"

	"github.com/miekg/dns"
)

// serials are those that the SOAs of zones are shown with whose rows have serial 0. Its methods are safe for concurrent use. Those of zones that are
// gone are kept: a zone that comes back shows none that is older.
type serials struct {
	of     atomic.Pointer[map[string]*atomic.Uint32] // by apex
	adding sync.Mutex
}

// set sets the serial of a zone.
func (s *serials) set(apex string, serial uint32) {
	if known := s.find(apex); known != nil {
		known.Store(serial)
		return
	}
	s.adding.Lock()
	defer s.adding.Unlock()
	next := map[string]*atomic.Uint32{apex: new(atomic.Uint32)}
	next[apex].Store(serial)
	if all := s.of.Load(); all != nil {
		for other, serial := range *all {
			next[other] = serial
		}
	}
	s.of.Store(&next)
}

func (s *serials) find(apex string) *atomic.Uint32 {
	all := s.of.Load()
	if all == nil {
		return nil
	}
	return (*all)[apex]
}

// show puts the serials into the SOAs of an answer that have 0.
func (s *serials) show(reply *dns.Msg) {
	if s.of.Load() == nil {
		return
	}
	for _, section := range [][]dns.RR{reply.Answer, reply.Ns} {
		for _, rr := range section {
			soa, ok := rr.(*dns.SOA)
			if !ok || soa.Serial != 0 {
				continue
			}
			if serial := s.find(soa.Hdr.Name); serial != nil {
				soa.Serial = serial.Load()
			}
		}
	}
}
