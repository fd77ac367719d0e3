package follow

import (
	"sync"
	"time"
)

// stalls remembers which hosts stood still, so that they are gone back to only when they have been level with the others for a while: the longer, the
// more often they stood still in the last hour. Its methods are safe for concurrent use.
type stalls struct {
	mu    sync.Mutex
	hosts map[int]*stall
}

type stall struct {
	last  time.Time // that it stood still
	times int
	level time.Time // since when it was seen to have all that the copy has; zero if it has not
}

// note notes that a host stood still.
func (s *stalls) note(host int, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.hosts[host]
	if known == nil || now.Sub(known.last) > stallMemory {
		known = new(stall)
	}
	if s.hosts == nil {
		s.hosts = map[int]*stall{}
	}
	known.last, known.level = now, time.Time{}
	known.times++
	s.hosts[host] = known
}

// mayReturn reports whether a host may be gone back to that has, or has not, all that the copy has just now.
func (s *stalls) mayReturn(host int, level bool, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.hosts[host]
	switch {
	case known == nil:
		return level
	case !level:
		known.level = time.Time{}
		return false
	case known.level.IsZero():
		known.level = now
	}
	return now.Sub(known.level) >= known.hold()
}

// hold is how long the host must be level.
func (s *stall) hold() time.Duration {
	hold := leastHold
	for range s.times - 1 {
		hold = min(2*hold, mostHold)
	}
	return hold
}
