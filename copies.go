package mysqldns

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/coredns/caddy"
)

// firstLoad is how long a starting server waits for its first list. During a reload the old one answers until then.
const firstLoad = 10 * time.Second

// tableCopy is the copy of one table with the follower that keeps it. All blocks of the process with the same source share
// it, those of the instances before and after a reload too.
type tableCopy struct {
	key      string
	db       *zonedb.DB
	follower *follower
	holders  int // guarded by copiesMu
	cancel   context.CancelFunc
	stopped  chan struct{}
}

var (
	copiesMu sync.Mutex
	copies   = map[string]*tableCopy{}
	starters = map[*MySQLDNS]bool{} // that hold a copy and belong to an instance that may still fail to start
)

// CoreDNS has no word for an instance that fails to start. So who takes a copy counts as starting until its instance is said to
// have started; whoever then is left over belongs to one that failed.
func init() {
	caddy.RegisterEventHook(name, func(event caddy.EventName, info any) error {
		instance, ok := info.(*caddy.Instance)
		if event == caddy.InstanceStartupEvent && ok {
			established(generationOf(instance))
		}
		return nil
	})
}

// generation is what the plugins of one instance have in common.
type generation struct{ _ byte }

// generationKey is where an instance keeps its generation.
type generationKey struct{}

func generationOf(instance *caddy.Instance) *generation {
	instance.StorageMu.RLock()
	defer instance.StorageMu.RUnlock()
	g, _ := instance.Storage[generationKey{}].(*generation)
	return g
}

// joinGeneration returns the generation of the instance that is being set up.
func joinGeneration(c *caddy.Controller) *generation {
	if g, ok := c.Get(generationKey{}).(*generation); ok {
		return g
	}
	g := new(generation)
	c.Set(generationKey{}, g)
	return g
}

// acquire returns the copy of a source, and starts it if it is the first to ask.
func acquire(s *source) (*tableCopy, error) {
	copiesMu.Lock()
	defer copiesMu.Unlock()
	c := copies[s.key()]
	if c == nil {
		if err := snapshotIsFree(s); err != nil {
			return nil, err
		}
		db := zonedb.New()
		f, err := newFollower(s, db)
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithCancel(context.Background())
		c = &tableCopy{key: s.key(), db: db, follower: f, cancel: cancel, stopped: make(chan struct{})}
		copies[c.key] = c
		go func() {
			defer close(c.stopped)
			var saving sync.WaitGroup
			saving.Go(func() { f.keepSnapshot(ctx) })
			f.run(ctx)
			saving.Wait()
		}()
	}
	c.holders++
	return c, nil
}

// snapshotIsFree reports whether no copy of another table is kept in the same file.
func snapshotIsFree(s *source) error {
	for _, c := range copies {
		if other := c.follower.source; s.snapshot != "" && s.snapshot == other.snapshot && s.String() != other.String() {
			return fmt.Errorf("snapshot: %s is that of %s already; give each table a file of its own", s.snapshot, other)
		}
	}
	return nil
}

// release gives a copy back; the last holder ends it.
func (c *tableCopy) release() {
	copiesMu.Lock()
	c.holders--
	last := c.holders == 0
	if last {
		delete(copies, c.key)
	}
	copiesMu.Unlock()
	if last {
		c.cancel()
		<-c.stopped
	}
}

// awaitFirst waits until the copy has been filled once, or the first try has failed, or the time is over.
func (c *tableCopy) awaitFirst(most time.Duration) {
	select {
	case <-c.follower.tried.done:
	case <-time.After(most):
		log.Warningf("%s has not been read after %s; starting without it. Answering SERVFAIL until it has", c.follower.source.table, most)
	}
}

// loaded reports whether the copy can be answered from.
func (c *tableCopy) loaded() bool { return c.follower.loaded.Load() }

// start takes hold of the copy, once.
func (m *MySQLDNS) start() error {
	m.started.Do(func() {
		if m.copy, m.startErr = acquire(&m.source); m.startErr != nil {
			return
		}
		copiesMu.Lock()
		defer copiesMu.Unlock()
		starters[m] = true
	})
	return m.startErr
}

// stop ends what start and startHTTP began, once.
func (m *MySQLDNS) stop() error {
	if m.copy == nil {
		return nil
	}
	m.stopped.Do(func() {
		copiesMu.Lock()
		delete(starters, m)
		copiesMu.Unlock()
		closeEndpoint(m)
		m.copy.release()
	})
	return nil
}

// established notes that an instance has started. Those of other generations that are starting still never will.
func established(g *generation) {
	copiesMu.Lock()
	var failed []*MySQLDNS
	for m := range starters {
		if m.generation != g {
			failed = append(failed, m)
		}
	}
	clear(starters)
	copiesMu.Unlock()
	for _, m := range failed {
		m.stop()
	}
}

// releaseStarting runs after a reload that failed.
func releaseStarting() error {
	established(nil)
	return nil
}

// Ready implements ready.Readiness. The ready plugin asks one plugin of each name only, so it speaks for all copies.
func (m *MySQLDNS) Ready() bool {
	copiesMu.Lock()
	defer copiesMu.Unlock()
	for _, c := range copies {
		if !c.loaded() {
			return false
		}
	}
	return true
}
