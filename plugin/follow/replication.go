package follow

import (
	"context"
	"time"
)

// nodeState is what a server was last seen to be as a node.
type nodeState struct {
	replication Replication
	still       time.Time // since when it stands still while its cluster goes on; zero if it does not
}

// lookAtNode asks a server about itself as a node, as far as that is due. It returns ErrNodeBehind if the node has stood still for too long.
func (t *timetable) lookAtNode(ctx context.Context, n Node, now time.Time, last nodeState) (nodeState, error) {
	if t.due(checkNode, now) {
		t.set(checkNode, now.Add(checkInterval))
		inStep, err := n.InStep(ctx)
		switch {
		case err != nil:
			return last, err
		case inStep:
			last.still = time.Time{}
		case last.still.IsZero():
			last.still = now
		case now.Sub(last.still) >= catchUpTimeout:
			return last, ErrNodeBehind
		}
	}
	if !t.due(checkReplication, now) {
		return last, nil
	}
	t.set(checkReplication, now.Add(replicationInterval))
	r, err := n.Replication(ctx)
	if err == nil {
		last.replication = r
	}
	return last, err
}

// noteState notes what the server is as a node.
func (f *Follower) noteState(c *conn, now nodeState) {
	before := c.nodeState
	c.nodeState = now
	if now.replication != before.replication {
		f.observer.Observe(Replicating{c.server, now.replication})
	}
}

// confirm notes that the server answered. What it says is as old as its replication lets it be: then the copy is confirmed as of that time, and not at
// all while nothing arrives or the node stands still, or while the copy is known to differ, since the table lost more than MaxShrink allows.
func (f *Follower) confirm(c *conn) {
	if c.replication.Stopped == "" && c.still.IsZero() && !f.lists.refused {
		f.copy.confirm(time.Now().Add(-c.replication.Lag))
	}
}
