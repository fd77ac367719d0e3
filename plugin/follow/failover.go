package follow

import (
	"context"
	"fmt"
	"time"
)

// catchUp gives a server other than that of the copy a moment to catch up with it. While it is behind, since its replication lags
// or it lost changes, the copy is better: answers would go back in time. Any goroutine may call it.
func (f *Follower) catchUp(ctx context.Context, c *conn) error {
	p := f.Position()
	if p == nil || p.Server == c.server.ID {
		return nil
	}
	if err := c.AwaitCluster(ctx); err != nil {
		return err
	}
	if p.Newest.Seq == 0 || !c.Shape().HasLog {
		return nil // without a change log, servers cannot be compared
	}
	for deadline := time.Now().Add(catchUpTimeout); ; sleep(ctx, refreshByLog) {
		relation, err := c.Find(ctx, p.Newest)
		if err != nil || relation != Lacking {
			return err
		}
		if theirs, err := c.Newest(ctx); err != nil || p.Newest.isBefore(theirs) {
			return err // it has gone on without that entry: one that another server made up, or lost
		}
		if ctx.Err() != nil || time.Now().After(deadline) {
			return fmt.Errorf("it is %w the copy, which has the changes up to number %d: its replication lags, or it lost changes. "+
				"To accept its state, restart CoreDNS", ErrBehind, p.Newest.Seq)
		}
	}
}

// isBefore reports whether a change log whose newest entry this is ends before the other entry. An empty one, or one that goes on
// without it, does not.
func (e Entry) isBefore(other Entry) bool {
	return e.Seq != 0 && e.Seq < other.Seq && e.At < other.At
}
