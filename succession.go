package mysqldns

import (
	"context"
	"time"
)

// succession is how one copy follows upon another of the same table, when a reload changed how that is read: its ttl, say, or the
// password. The old one goes on answering, for the new instance too, until the new one has listed the table and the old instance has
// ended. So nothing is lost when the table cannot be read just then, and, as not both answer at a time, no answer is older than one before.
type succession struct {
	elders map[*MySQLDNS]bool // of instances before, that answer still; guarded by copiesMu
	alone  *event             // they have ended
	done   *event
}

// succeed looks for a copy to follow upon. The caller holds copiesMu.
func (c *tableCopy) succeed(g *generation) {
	c.succession = &succession{elders: map[*MySQLDNS]bool{}, alone: newEvent(), done: newEvent()}
	var before *tableCopy
	for _, other := range copies {
		if len(other.holders) > 0 && !other.isOf(g) && other.view() != nil && other.follower.source.overlaps(c.follower.source) &&
			(before == nil || before.number < other.number) {
			before = other
		}
	}
	if before == nil {
		c.done.happen()
		return
	}
	c.await(before.holders)
	if first := before.before.Load(); first != nil { // it has not taken over itself
		before = first
		c.await(before.holders)
	}
	before.heirs++
	c.before.Store(before)
}

func (c *tableCopy) await(holders map[*MySQLDNS]bool) {
	for m := range holders {
		c.elders[m] = true
	}
}

// leave notes that m does not answer any more. If with it the last of an instance has gone, it waits until its heirs have taken over.
func leave(m *MySQLDNS) {
	copiesMu.Lock()
	var heirs []*tableCopy
	for _, c := range copies {
		if !c.elders[m] {
			continue
		}
		delete(c.elders, m)
		if len(c.elders) == 0 {
			c.alone.happen()
			heirs = append(heirs, c)
		}
	}
	copiesMu.Unlock()
	for _, c := range heirs {
		if !c.follower.listed.happened() {
			continue // it may take long
		}
		select {
		case <-c.done.done:
		case <-c.stopped:
		}
	}
}

// handover bounds how long a copy stays as it is, so that its heir can catch up with it.
const handover = time.Second

// takeOver lets the copy answer itself, as soon as it can. It returns when the one before is needed no more, or when ctx ends.
func (c *tableCopy) takeOver(ctx context.Context) {
	before := c.before.Load()
	if before == nil {
		return
	}
	if c.mayTakeOver(ctx) {
		c.handOver(ctx, before)
	}
	c.done.happen()
	copiesMu.Lock()
	before.heirs--
	before.endUnused()
	copiesMu.Unlock()
	before.awaitEnd()
}

// mayTakeOver waits until the copy has been listed and nobody else answers, and reports whether it did so before ctx ended.
func (c *tableCopy) mayTakeOver(ctx context.Context) bool {
	for _, due := range []*event{c.follower.listed, c.alone} {
		select {
		case <-ctx.Done():
			return false
		case <-due.done:
		}
	}
	return true
}

// handOver takes over from another copy, when this one has what that has.
func (c *tableCopy) handOver(ctx context.Context, before *tableCopy) {
	before.follower.still.Lock()
	defer before.follower.still.Unlock()
	ctx, cancel := context.WithTimeout(ctx, handover)
	defer cancel()
	if !c.follower.lookNow(ctx) {
		log.Debugf("%s: the copy that takes over may be older than the one before", c.follower.source.table)
	}
	c.before.Store(nil)
}
