package mysqldns

import (
	"fmt"
	"time"
)

// slots bounds how many do something at a time, and how many wait for their turn, which comes in the order in which they came. Its methods are safe for
// concurrent use.
type slots struct {
	running, waiting chan struct{}
	most             time.Duration // to wait
}

func newSlots(running, waiting int, most time.Duration) *slots {
	return &slots{make(chan struct{}, running), make(chan struct{}, waiting), most}
}

// wholeTransfers are transfers of whole zones, in the process. There is no good answer to a secondary for whom there is no room: BIND says SERVFAIL, and
// NSD and Knot let the connection wait to be accepted. To wait is best, as a transfer takes a second or so and secondaries wait too: Knot for 5 s, BIND and
// NSD for minutes.
var wholeTransfers = newSlots(16, 256, 30*time.Second)

// begin waits for a turn, which end ends. An error says why there is none.
func (s *slots) begin() error {
	select {
	case s.running <- struct{}{}:
		return nil
	default:
	}
	select {
	case s.waiting <- struct{}{}:
		defer func() { <-s.waiting }()
	default:
		return fmt.Errorf("%d other transfers are under way, and %d wait", cap(s.running), cap(s.waiting))
	}
	timer := time.NewTimer(s.most)
	defer timer.Stop()
	select {
	case s.running <- struct{}{}:
		return nil
	case <-timer.C:
		return fmt.Errorf("none of %d other transfers has ended in %s", cap(s.running), s.most)
	}
}

// end lets the next one begin.
func (s *slots) end() { <-s.running }
