package mysqldns

import (
	"context"
	"time"

	"github.com/mysqldns/mysqldns/plugin/follow"
)

// succession is how one copy follows upon another of the same table, when a reload changed how that is read: its ttl, say, or the
// password. The old one goes on answering, for the new instance too, until the new one has listed the table and the old instance has
// ended. So nothing is lost when the table cannot be read just then. As not both answer at a time, and the new one takes over only when it has what
// the old one has, no answer is older than one before.
//
// A third of this would do if the new copy answered from a View that is frozen at the reload. Then changes would not show while the new one
// lists, which takes seconds for a large table, and never if it cannot: with a wrong new password, the old copy here still follows the table.
type succession struct {
	predecessors     map[*MySQLDNS]bool // of instances before, that answer still; guarded by copiesMu
	predecessorsGone *follow.Milestone
	done             *follow.Milestone
}

// succeed looks for a copy to follow upon: one that instances before i hold. The caller holds copiesMu.
func (c *tableCopy) succeed(i *instance) {
	c.succession = &succession{predecessors: map[*MySQLDNS]bool{}, predecessorsGone: follow.NewMilestone(), done: follow.NewMilestone()}
	var before *tableCopy
	for _, other := range copies {
		if _, others := other.heldBy(i); others > 0 && other.view() != nil && other.source.overlaps(c.source) &&
			(before == nil || before.number < other.number) {
			before = other
		}
	}
	if before == nil {
		c.done.Reach()
		return
	}
	c.await(before, i)
	if first := before.before.Load(); first != nil { // it has not taken over itself
		before = first
		c.await(before, i)
	}
	before.successors++
	c.before.Store(before)
	c.follower.StartBehind(before.follower)
}

// await notes for whose end to wait: the holders of another copy, but for those of i. The caller holds copiesMu.
func (c *tableCopy) await(other *tableCopy, i *instance) {
	for m := range other.holders {
		if m.instance != i {
			c.predecessors[m] = true
		}
	}
}

// detach notes that m does not answer any more. If with it the last of an instance has gone, it waits until its successors have taken over.
func detach(m *MySQLDNS) {
	copiesMu.Lock()
	var successors []*tableCopy
	for _, c := range copies {
		if !c.predecessors[m] {
			continue
		}
		delete(c.predecessors, m)
		if len(c.predecessors) == 0 {
			c.predecessorsGone.Reach()
			successors = append(successors, c)
		}
	}
	copiesMu.Unlock()
	for _, c := range successors {
		if !c.follower.Listed().Reached() {
			continue // it may take long
		}
		select {
		case <-c.done.Done():
		case <-c.stopped:
		case <-time.After(handoverWait):
		}
	}
}

const (
	handoverWait  = 2 * time.Second // how long an instance that ends waits for its successors to take over; they go on trying
	handoverAgain = 5 * time.Second // between tries
)

// takeOver lets the copy answer itself, as soon as it can, or gives that up when ctx ends.
func (c *tableCopy) takeOver(ctx context.Context) {
	for first := true; c.before.Load() != nil; first = false {
		if !c.mayTakeOver(ctx) {
			c.abandon()
			break
		}
		before, ok := c.handOver(ctx)
		if ok {
			c.done.Reach()
			before.awaitEnd()
			continue
		}
		if first && ctx.Err() == nil {
			log.Warningf("%s: the copy of before the reload answers on, as the new one has not caught up with it; trying again. "+
				"If its servers have gone back in time, restart CoreDNS to accept that", c.source.table)
		}
		select {
		case <-ctx.Done():
		case <-time.After(handoverAgain):
		}
	}
	c.done.Reach()
}

// mayTakeOver waits until the copy has been listed and the instances before have ended, and reports whether it did so before ctx ended.
func (c *tableCopy) mayTakeOver(ctx context.Context) bool {
	for _, due := range []*follow.Milestone{c.follower.Listed(), c.predecessorsGone} {
		select {
		case <-ctx.Done():
			return false
		case <-due.Done():
		}
	}
	return ctx.Err() == nil
}

// handOver takes over from the copy before, if this one has what that has; also in the name of other copies that wait to take over from the same.
func (c *tableCopy) handOver(ctx context.Context) (before *tableCopy, ok bool) {
	before = c.before.Load()
	defer before.follower.Freeze()()
	if !c.follower.CatchUpTo(ctx, before.follower) {
		return before, false
	}
	copiesMu.Lock()
	defer copiesMu.Unlock()
	switch {
	case copies[c.key] != c:
		return before, false // it has ended
	case c.before.Load() != before:
		return before, true // another did that for this one meanwhile, and is before it now
	}
	for _, other := range copies {
		if other != c && other.before.Load() == before {
			other.before.Store(c)
			c.successors++
			before.successors--
		}
	}
	c.before.Store(nil)
	before.successors--
	before.endUnused()
	return before, true
}

// abandon tells the copy before, as this one has ended, that it is not needed for it any more. Questions that still come get its answers.
func (c *tableCopy) abandon() {
	copiesMu.Lock()
	before := c.before.Load()
	before.successors--
	before.endUnused()
	copiesMu.Unlock()
	before.awaitEnd()
}
