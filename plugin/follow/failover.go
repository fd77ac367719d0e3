package follow

import (
	"context"
	"fmt"
	"time"
)

// catchUp gives a server other than that of the copy a moment to catch up with it. While it is behind, since its replication lags
// or it lost changes, the copy is better: answers would go back in time. What it has gone on without for some time it may have lost, if the caller says so. Any
// goroutine may call it.
func (f *Follower) catchUp(ctx context.Context, c *conn, mayLose bool) error {
	p := f.Position()
	if p == nil {
		return nil
	}
	// What a node has that goes on is compared, and not waited for: a Galera cluster confirms nothing for some seconds after one of its nodes failed.
	if err := awaitStep(ctx, c); err != nil || p.Server == c.server.ID {
		return err
	}
	if p.Newest.Seq == 0 || !c.Shape().HasLog {
		return c.AwaitCluster(ctx) // without a change log, servers cannot be compared
	}
	for began := time.Now(); ; sleep(ctx, refreshByLog) {
		relation, err := p.in(ctx, c)
		if err != nil || relation != Lacking {
			return err
		}
		theirs, err := c.Newest(ctx)
		if err != nil {
			return err
		}
		waited := time.Since(began)
		if mayLose && p.Newest.isBefore(theirs) && waited >= lostAfter {
			return nil // it has gone on without that entry: one that another server made up, or lost
		}
		if ctx.Err() != nil || waited > catchUpTimeout {
			return fmt.Errorf("it is %w the copy, which has the changes up to number %d: its replication lags, or it lost some of them. "+
				"To accept its state, restart CoreDNS", ErrBehind, p.Newest.Seq)
		}
	}
}

// awaitStep waits until a node goes on with its cluster.
func awaitStep(ctx context.Context, n Node) error {
	for began := time.Now(); ; sleep(ctx, refreshByLog) {
		inStep, err := n.InStep(ctx)
		if err != nil || inStep {
			return err
		}
		if ctx.Err() != nil || time.Since(began) > catchUpTimeout {
			return ErrNodeBehind
		}
	}
}

// in is how a change log stands to all that the copy has seen lately. Where several servers write, or replication is not in the order of commits, one that has
// the entry with the highest number may not have one with a lower number yet.
func (p *Position) in(ctx context.Context, log ChangeLog) (Relation, error) {
	relation, err := log.Find(ctx, p.Newest)
	if err == nil && relation == Unrelated && time.Since(time.UnixMicro(p.Newest.At)) < emptyAfter {
		if newest, err := log.Newest(ctx); err != nil || newest.Seq == 0 {
			return Lacking, err // it is not empty because it was pruned
		}
	}
	if err != nil || relation != Having {
		return relation, err
	}
	lacks, err := log.Lacks(ctx, p.Recent.entries())
	if lacks {
		relation = Lacking
	}
	return relation, err
}

// isBefore reports whether a change log whose newest entry this is ends before the other entry. An empty one, or one that goes on
// without it, does not.
func (e Entry) isBefore(other Entry) bool {
	return e.Seq != 0 && e.Seq < other.Seq && e.At < other.At
}
