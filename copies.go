package mysqldns

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mysqldns/mysqldns/plugin/follow"
	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/coredns/caddy"
)

// firstLoad is how long a starting server waits for its first list. During a reload the old one answers until then.
const firstLoad = 10 * time.Second

// tableCopy is the copy of one table with the follower that keeps it. All blocks of the process with the same source share
// it, those of the instances before and after a reload too.
type tableCopy struct {
	key      string
	source   *source
	follower *follow.Follower
	versions *versions
	catalogs catalogs
	pruner   *pruner
	report   *report
	cancel   context.CancelFunc
	stopped  chan struct{}

	before atomic.Pointer[tableCopy] // answers in its place, see succession
	*succession

	// Guarded by copiesMu.
	holders    map[*MySQLDNS]bool
	successors int // copies that it answers for
	number     int // a later copy has a higher one
}

var (
	copiesMu sync.Mutex
	copies   = map[string]*tableCopy{}
	made     int // copies so far
)

// instance identifies one CoreDNS instance: the plugins of its server blocks have it in common.
type instance struct{ _ byte }

// instanceKey is where caddy keeps it.
type instanceKey struct{}

// running are the instances that are running or being started.
func running() map[*instance]bool {
	all := map[*instance]bool{}
	for _, server := range caddy.Instances() {
		server.StorageMu.RLock()
		if i, ok := server.Storage[instanceKey{}].(*instance); ok {
			all[i] = true
		}
		server.StorageMu.RUnlock()
	}
	return all
}

// instanceOf returns the instance that is being set up.
func instanceOf(c *caddy.Controller) *instance {
	if i, ok := c.Get(instanceKey{}).(*instance); ok {
		return i
	}
	i := new(instance)
	c.Set(instanceKey{}, i)
	return i
}

// acquire returns the copy of m's source, and starts it if m is the first to ask.
func acquire(m *MySQLDNS) (*tableCopy, error) {
	copiesMu.Lock()
	defer copiesMu.Unlock()
	s := &m.source
	if err := snapshotIsFree(s, m.instance); err != nil {
		return nil, err
	}
	c := copies[s.key()]
	if c == nil {
		var err error
		if c, err = newTableCopy(s); err != nil {
			return nil, err
		}
		ctx, cancel := context.WithCancel(context.Background())
		c.cancel = cancel
		c.succeed(m.instance)
		copies[c.key] = c
		go c.run(ctx)
	}
	c.holders[m] = true
	return c, nil
}

// newTableCopy makes a copy that nothing follows yet. The caller holds copiesMu.
func newTableCopy(s *source) (*tableCopy, error) {
	dialer, err := newDialer(s)
	if err != nil {
		return nil, err
	}
	versions, err := newVersions(s)
	if err != nil {
		return nil, err
	}
	c := &tableCopy{key: s.key(), source: s, versions: versions, report: newReport(s), stopped: make(chan struct{}), holders: map[*MySQLDNS]bool{}}
	c.follower = follow.New(follow.Config{
		TTL:       s.ttl,
		Refresh:   s.refresh,
		Resync:    s.resync,
		MaxShrink: s.maxShrink,
		Snapshot:  follow.Snapshot{Path: s.snapshot, Source: s.String(), Ours: c.keepsSnapshot},
		Answers:   c.view,
		Published: c.published,
	}, dialer, c.report)
	versions.keepOrder = c.follower.KeepOrder
	versions.table.readers.first, versions.table.position = c.follower.Host, c.follower.Position
	c.catalogs.followed = c.follower.Host
	versions.file.ours = c.keepsSnapshot
	versions.reserved = func(apex string) bool { return c.catalogs.named(apex) != nil }
	if c.pruner, err = newPruner(s, c.follower.Host); err != nil {
		return nil, err
	}
	made++
	c.number = made
	return c, nil
}

// published passes a new state of the copy on.
func (c *tableCopy) published(before, after *zonedb.View, names []string) {
	c.versions.moves.add(before, after, names)
	c.catalogs.add(before, after, names)
}

func (c *tableCopy) run(ctx context.Context) {
	defer close(c.stopped)
	var others sync.WaitGroup
	others.Go(func() { c.takeOver(ctx) })
	others.Go(func() { c.versions.run(ctx) })
	others.Go(func() { c.pruner.run(ctx, c.follower.Listed()) })
	c.follower.Run(ctx)
	others.Wait()
}

// heldBy counts the plugins that hold the copy: those of one instance, and those of others. The caller holds copiesMu.
func (c *tableCopy) heldBy(i *instance) (own, others int) {
	for m := range c.holders {
		if m.instance == i {
			own++
		}
	}
	return own, len(c.holders) - own
}

// snapshotIsFree reports whether no copy of another table is kept in the same file by the same instance. The caller holds copiesMu.
func snapshotIsFree(s *source, i *instance) error {
	for _, c := range copies {
		own, _ := c.heldBy(i)
		if other := c.source; s.snapshot != "" && s.snapshot == other.snapshot && s.String() != other.String() && own > 0 {
			return fmt.Errorf("snapshot: %s is that of %s already; give each table a file of its own", s.snapshot, other)
		}
	}
	return nil
}

// keepsSnapshot reports whether the file is this copy's. Of several that name the same, as around a reload, it is that of the latest which has listed
// its table, and of none that has ended.
func (c *tableCopy) keepsSnapshot() bool {
	copiesMu.Lock()
	defer copiesMu.Unlock()
	ended := copies[c.key] != c
	for _, other := range copies {
		if other != c && other.source.snapshot == c.source.snapshot && (ended || other.number > c.number && other.follower.Listed().Reached()) {
			return false
		}
	}
	return true
}

// release gives a copy back; the last holder ends it.
func (c *tableCopy) release(m *MySQLDNS) {
	copiesMu.Lock()
	delete(c.holders, m)
	c.endUnused()
	copiesMu.Unlock()
	c.awaitEnd()
}

// endUnused ends a copy that is not needed. The caller holds copiesMu.
func (c *tableCopy) endUnused() {
	if !c.unused() || copies[c.key] != c {
		return
	}
	delete(copies, c.key)
	c.cancel()
	for _, other := range copies {
		if path := c.source.snapshot; path != "" && other.source.snapshot == path && other.number < c.number { // as after a reload that failed
			other.follower.SaveAgain()
		}
	}
}

func (c *tableCopy) unused() bool { return len(c.holders) == 0 && c.successors == 0 }

// awaitEnd waits until a copy that is not needed has ended.
func (c *tableCopy) awaitEnd() {
	copiesMu.Lock()
	unused := c.unused()
	copiesMu.Unlock()
	if unused {
		<-c.stopped
	}
}

// awaitFirst waits until the copy has been filled once, or the first try has failed, or the time is over.
func (c *tableCopy) awaitFirst(most time.Duration) {
	select {
	case <-c.follower.Tried().Done():
		return
	case <-time.After(most):
	}
	meanwhile := "Answering SERVFAIL until it has"
	if c.view() != nil {
		meanwhile = "Answering from the copy of before the reload until it has"
	}
	log.Warningf("%s has not been read after %s; starting without it. %s", c.source.table, most, meanwhile)
}

// answering is the copy that is answered from: it, or another in its place.
func (c *tableCopy) answering() *tableCopy {
	if before := c.before.Load(); before != nil {
		return before
	}
	return c
}

// view is the state to answer from; nil if there is none yet.
func (c *tableCopy) view() *zonedb.View {
	return c.answering().follower.View()
}

// start takes hold of the copy, once.
func (m *MySQLDNS) start() error {
	m.started.Do(func() {
		stopFailed()
		if m.copy, m.startErr = acquire(m); m.startErr == nil && m.catalogName != "" {
			m.startErr = m.startCatalog()
		}
	})
	return m.startErr
}

// reloading notes that another instance is to take the place of m's.
func (m *MySQLDNS) reloading() error {
	m.replaced.Store(true)
	return nil
}

// reloadFailed notes that none did.
func (m *MySQLDNS) reloadFailed() error {
	m.replaced.Store(false)
	stopFailed()
	return nil
}

// retire is stop at the end of a reload. When the process ends, what others do then, and take their time for, comes before: the health plugin lets
// the server answer for a while yet.
func (m *MySQLDNS) retire() error {
	if !m.replaced.Load() {
		return nil
	}
	return m.stop()
}

// stop ends what start and startHTTP began, once.
func (m *MySQLDNS) stop() error {
	if m.copy == nil {
		return nil
	}
	m.stopped.Do(func() {
		closeEndpoint(m)
		if m.updater != nil {
			m.updater.close()
		}
		m.stopTransfers()
		m.copy.release(m)
		detach(m)
		m.copy.catalogs.release(m) // until then it may answer for a successor
	})
	return nil
}

// stopFailed stops what belongs to instances that failed to start. CoreDNS runs no hook for these, but does not count them among its instances. The
// goroutine that starts instances calls it.
func stopFailed() {
	alive := running()
	copiesMu.Lock()
	var failed []*MySQLDNS
	for _, c := range copies {
		for m := range c.holders {
			if !alive[m.instance] {
				failed = append(failed, m)
			}
		}
	}
	copiesMu.Unlock()
	for _, m := range failed {
		m.stop()
	}
}
