package follow

import (
	"context"
	"time"
)

// lookAtReplication asks how the server gets what others write, now and then.
func (f *Follower) lookAtReplication(ctx context.Context, c *conn, now time.Time) error {
	if !f.times.due(checkReplication, now) {
		return nil
	}
	f.times.set(checkReplication, now.Add(replicationInterval))
	r, err := c.Replication(ctx)
	if err != nil {
		return err
	}
	f.noteReplication(c, r)
	return nil
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
