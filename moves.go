package mysqldns

import (
	"sync"

	"github.com/mysqldns/mysqldns/plugin/zonedb"
)

// mostMoves is how many names are kept that changed. From more on, all may have.
const mostMoves = 100_000

// moves are the states that a copy went through and that versions have not followed yet: all that is needed of them is the last, and the names that
// differ. Its methods are safe for concurrent use.
type moves struct {
	some chan struct{} // there are some

	mu    sync.Mutex
	last  *zonedb.View // the last state of all; nil before the first
	after *zonedb.View // the last that was not taken; nil if there is none
	names map[string]bool
	any   bool // any name may differ
}

func newMoves() *moves { return &moves{some: make(chan struct{}, 1), names: map[string]bool{}} }

// add notes that the copy has another state; nil names stand for any. It does not block.
func (m *moves) add(_, after *zonedb.View, names []string) {
	m.mu.Lock()
	m.last, m.after = after, after
	m.any = m.any || names == nil || len(m.names)+len(names) > mostMoves
	if m.any {
		clear(m.names)
	} else {
		for _, name := range names {
			m.names[name] = true
		}
	}
	m.mu.Unlock()
	m.wake()
}

// wake makes whoever waits for some look.
func (m *moves) wake() {
	select {
	case m.some <- struct{}{}:
	default: // it is going to
	}
}

// anyName makes all names of the last state be looked at again, if there has been one. It takes no state from its caller: that might be older than the last, and
// what changed since would never be followed.
func (m *moves) anyName() {
	m.mu.Lock()
	m.after, m.any = m.last, true
	clear(m.names)
	m.mu.Unlock()
	m.wake()
}

// take returns the last state, and the names that differ from the one taken before; if ok is false, any may. The state is nil if there is no other.
func (m *moves) take() (after *zonedb.View, names []string, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	after, ok = m.after, !m.any
	for name := range m.names {
		names = append(names, name)
	}
	m.after, m.any = nil, false
	clear(m.names)
	return after, names, ok
}
