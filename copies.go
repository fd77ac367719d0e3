package mysqldns

import (
	"context"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/plugin/zonedb"
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
	starters []*MySQLDNS // that hold a copy and belong to an instance that may still fail to start
)

// acquire returns the copy of a source, and starts it if it is the first to ask.
func acquire(s *source) (*tableCopy, error) {
	copiesMu.Lock()
	defer copiesMu.Unlock()
	c := copies[s.key()]
	if c == nil {
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
	case <-c.follower.first:
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
		starters = append(starters, m)
	})
	return m.startErr
}

// stop gives the copy back.
func (m *MySQLDNS) stop() error {
	if m.copy != nil {
		m.copy.release()
	}
	return nil
}

// establish runs before a reload: whoever holds a copy now is not starting any more.
func establish() error {
	copiesMu.Lock()
	defer copiesMu.Unlock()
	starters = nil
	return nil
}

// releaseStarting runs after a reload that failed: CoreDNS forgets the new instance without a word to it.
func releaseStarting() error {
	copiesMu.Lock()
	failed := starters
	starters = nil
	copiesMu.Unlock()
	for _, m := range failed {
		m.stop()
	}
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
