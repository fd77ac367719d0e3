package follow

import (
	"context"
	"time"
)

// lookAtNode asks a server about itself as a node, as far as that is due. Replication is as it was seen last.
func (t *timetable) lookAtNode(ctx context.Context, n Node, now time.Time, last Replication) (Replication, error) {
	if t.due(checkNode, now) {
		t.set(checkNode, now.Add(checkInterval))
		if err := n.CheckSynced(ctx); err != nil {
			return last, err
		}
	}
	if !t.due(checkReplication, now) {
		return last, nil
	}
	t.set(checkReplication, now.Add(replicationInterval))
	r, err := n.Replication(ctx)
	if err != nil {
		return last, err
	}
	return r, nil
}

// noteReplication notes how the server gets what others write.
func (f *Follower) noteReplication(c *conn, r Replication) {
	if r != c.replication {
		c.replication = r
		f.observer.Observe(Replicating{c.server, r})
	}
}

// confirm notes that the server answered. What it says is as old as its replication lets it be: then the copy is confirmed as of that time, and not at
// all while nothing arrives, or while the copy is known to differ, since the table lost more than MaxShrink allows.
func (f *Follower) confirm(c *conn) {
	if c.replication.Stopped == "" && !f.lists.refused {
		f.copy.confirm(time.Now().Add(-c.replication.Lag))
	}
}
