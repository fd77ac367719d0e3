package follow

import (
	"context"
	"errors"
	"sync"
	"time"
)

// nodeReport is what a far server says of itself as a node.
type nodeReport struct {
	asked bool // over a session of its own; otherwise the session that is followed over has to ask
	state nodeState
	err   error // ErrNodeBehind
}

// watchNode asks a far server about itself over a session of its own, so that no look waits for the answers.
func (f *Follower) watchNode(ctx context.Context, c *conn) (reports <-chan nodeReport, stop func()) {
	found := make(chan nodeReport)
	if !c.nodeAside {
		return found, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	own := c.server
	watching.Go(func() {
		report := func(r nodeReport) {
			select {
			case found <- r:
			case <-ctx.Done():
			}
		}
		for ctx.Err() == nil {
			over := f.askNode(ctx, own, report)
			if over {
				return
			}
			report(nodeReport{})
			sleep(ctx, jitter(retryInterval))
		}
	})
	return found, func() { cancel(); watching.Wait() }
}

// askNode opens a session with the own server and asks that about itself until the session fails. It reports whether there is nothing to ask.
func (f *Follower) askNode(ctx context.Context, own Server, report func(nodeReport)) (over bool) {
	s, err := f.dialer.Dial(ctx, own.Host)
	if err != nil {
		return false
	}
	defer s.Close()
	if s.Server().ID != own.ID { // a proxy leads to several
		return false
	}
	var times timetable
	r := nodeReport{asked: true}
	for ; ctx.Err() == nil; sleep(ctx, checkInterval) {
		r.state, r.err = times.lookAtNode(ctx, s, time.Now(), r.state)
		if r.err != nil && !errors.Is(r.err, ErrBehind) {
			return false
		}
		report(r)
		if !s.AsksNode() {
			return true
		}
	}
	return true
}

// noteNode notes what a server says of itself as a node. An error says that it is to be left.
func (f *Follower) noteNode(c *conn, r nodeReport) error {
	if c.nodeAside = r.asked; c.nodeAside && r.err == nil {
		f.noteState(c, r.state)
	}
	return r.err
}
