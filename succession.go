package mysqldns

import (
	"context"
	"time"
)

// succession is how one copy follows upon another of the same table, when a reload changed how that is read: its ttl, say, or the
// password. The old one goes on answering, for the new instance too, until the new one has listed the table and the old instance has
// ended. So nothing is lost when the table cannot be read just then. As not both answer at a time, and the new one takes over only when it has what
// the old one has, no answer is older than one before.
type succession struct {
	elders map[*MySQLDNS]bool // of instances before, that answer still; guarded by copiesMu
	alone  *event             // they have ended
	done   *event
}

// succeed looks for a copy to follow upon: one that instances before that of g hold. The caller holds copiesMu.
func (c *tableCopy) succeed(g *generation) {
	c.succession = &succession{elders: map[*MySQLDNS]bool{}, alone: newEvent(), done: newEvent()}
	var before *tableCopy
	for _, other := range copies {
		if _, others := other.heldBy(g); others > 0 && other.view() != nil && other.follower.source.overlaps(c.follower.source) &&
			(before == nil || before.number < other.number) {
			before = other
		}
	}
	if before == nil {
		c.done.happen()
		return
	}
	c.await(before, g)
	if first := before.before.Load(); first != nil { // it has not taken over itself
		before = first
		c.await(before, g)
	}
	before.heirs++
	c.before.Store(before)
	c.follower.reached.Store(before.follower.reached.Load()) // no server is followed that has less
}

// await notes for whose end to wait: the holders of another copy, but for those of g. The caller holds copiesMu.
func (c *tableCopy) await(other *tableCopy, g *generation) {
	for m := range other.holders {
		if m.generation != g {
			c.elders[m] = true
		}
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
		case <-time.After(2 * handover): // it goes on trying
		}
	}
}

const (
	handover      = time.Second     // how long an heir may take to begin its last look for changes, while the copy before stays as it is …
	handoverLook  = time.Minute     // … and for the look, which is a list where there is no change log
	handoverAgain = 5 * time.Second // between tries
)

// takeOver lets the copy answer itself, as soon as it can, or gives that up when ctx ends.
func (c *tableCopy) takeOver(ctx context.Context) {
	for first := true; c.before.Load() != nil; first = false {
		if !c.mayTakeOver(ctx) {
			c.renounce()
			break
		}
		before, ok := c.handOver(ctx)
		if ok {
			c.done.happen()
			before.awaitEnd()
			continue
		}
		if first && ctx.Err() == nil {
			log.Warningf("%s: the copy of before the reload answers on, as the new one has not caught up with it; trying again. "+
				"If its servers have gone back in time, restart CoreDNS to accept that", c.follower.source.table)
		}
		sleep(ctx, handoverAgain)
	}
	c.done.happen()
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
	return ctx.Err() == nil
}

// handOver takes over from the copy before, if this one has what that has; for those who wait to take over from the same, too.
func (c *tableCopy) handOver(ctx context.Context) (before *tableCopy, ok bool) {
	before = c.before.Load()
	before.follower.still.Lock()
	defer before.follower.still.Unlock()
	if !c.follower.catchUpWith(ctx, before.follower) {
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
			c.heirs++
			before.heirs--
		}
	}
	c.before.Store(nil)
	before.heirs--
	before.endUnused()
	return before, true
}

// renounce tells the copy before, as this one has ended, that it is not needed for it any more. Questions that still come get its answers.
func (c *tableCopy) renounce() {
	copiesMu.Lock()
	before := c.before.Load()
	before.heirs--
	before.endUnused()
	copiesMu.Unlock()
	before.awaitEnd()
}
