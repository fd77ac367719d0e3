package follow

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/miekg/dns"
)

// content is where what the copy holds came from.
type content uint32

const (
	empty    content = iota // nothing yet
	restored                // from the snapshot on disk
	listed                  // from the table
)

// theCopy is the copy of the table and what the follower's goroutine shares with others. Its methods are safe for concurrent use.
type theCopy struct {
	db        *zonedb.DB
	published func(before, after *zonedb.View, names []string)

	writing   lock // held while the copy changes; a handover holds it to freeze the copy
	content   atomic.Uint32
	position  atomic.Pointer[Position]
	tried     *Milestone // the first try is over, one way or the other
	wasListed *Milestone // the table was read as a whole

	mu        sync.Mutex
	confirmed time.Time // when the server answered last, or confirmed what a snapshot held
}

// Position is how far a copy is, for comparing another server with it.
type Position struct {
	Server string // Server.ID
	Newest Entry  // of its change log; the zero Entry without one
	Recent recent // entries of its change log
}

func newCopy(published func(before, after *zonedb.View, names []string)) *theCopy {
	if published == nil {
		published = func(_, _ *zonedb.View, _ []string) {}
	}
	return &theCopy{db: zonedb.New(), published: published, writing: newLock(), tried: NewMilestone(), wasListed: NewMilestone()}
}

// view is the state of the copy; nil if it was never filled.
func (c *theCopy) view() *zonedb.View {
	if content(c.content.Load()) == empty {
		return nil
	}
	return c.db.View()
}

// restore publishes what a snapshot held that the database confirmed at a time, unless something is there already.
func (c *theCopy) restore(load *zonedb.Load, confirmed time.Time) bool {
	c.writing.acquire()
	defer c.writing.release()
	if content(c.content.Load()) != empty {
		return false
	}
	c.commit(load, restored, nil)
	c.confirm(confirmed)
	return true
}

// replace publishes the whole table as a list has read it.
func (c *theCopy) replace(load *zonedb.Load) zonedb.Changed {
	c.writing.acquire()
	defer c.writing.release()
	return c.commit(load, listed, nil)
}

// amend publishes what a list that was read beside differs in.
func (c *theCopy) amend(patch *zonedb.Patch) zonedb.Changed {
	c.writing.acquire()
	defer c.writing.release()
	return c.commit(patch, listed, patch.Names())
}

// commit publishes a content that differs by these names; nil stands for any, and for changes whose entries in the change log were not read.
func (c *theCopy) commit(what interface{ Commit() zonedb.Changed }, from content, names []string) zonedb.Changed {
	before := c.view()
	changed := what.Commit()
	c.content.Store(uint32(from))
	c.published(before, c.db.View(), names)
	return changed
}

// apply publishes the records at some names, and what position that is. The names are all that were logged as changed.
func (c *theCopy) apply(changes map[string][]dns.RR, advance func() Position) zonedb.Changed {
	names := make([]string, 0, len(changes))
	for name := range changes {
		names = append(names, name)
	}
	c.writing.acquire()
	defer c.writing.release()
	before := c.db.View()
	changed := c.db.Apply(changes)
	position := advance()
	c.position.Store(&position)
	c.published(before, c.db.View(), names)
	return changed
}

// confirm notes that the database answered at a time.
func (c *theCopy) confirm(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.confirmed = at
}

func (c *theCopy) confirmedAt() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.confirmed
}
