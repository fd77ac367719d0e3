package mysqldns

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/answer"
	"github.com/mysqldns/mysqldns/plugin/catalog"
	"github.com/mysqldns/mysqldns/plugin/journal"
	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/request"

	"github.com/miekg/dns"
)

// catalogZone is a catalog zone (RFC 9432) whose members are the zones of a copy that a block answers. It is made of the copy and stands in no row; but it
// has versions in the database like a zone whose SOA has serial 0, so that its serial is the same on every replica.
type catalogZone struct {
	name  string
	zones plugin.Zones // that members are in

	source   *source
	db       *zonedb.DB
	versions *versions
	moves    *moves          // states of the copy that it has not followed
	members  map[string]bool // apexes; nil before the first state. Of the goroutine
	clash    sync.Once

	cancel  context.CancelFunc
	stopped chan struct{}
	holders map[*MySQLDNS]bool // guarded by those of its copy
}

// catalogs are the catalog zones of one copy. Its methods are safe for concurrent use.
type catalogs struct {
	followed func() int // the host from which their versions are read, if it can be had; nil for the first

	mu   sync.Mutex
	all  []*catalogZone
	last *zonedb.View // the last state of the copy; nil before the first
}

// hold returns the catalog zone of m's block, which m is to release, and makes it if there is none yet.
func (cs *catalogs) hold(m *MySQLDNS, s *source, ours func() bool) (*catalogZone, error) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for _, c := range cs.all {
		if c.name != m.catalogName {
			continue
		}
		if slices.Equal(c.zones, m.zones) {
			c.holders[m] = true
			return c, nil
		}
		for holder := range c.holders {
			if holder.instance == m.instance {
				return nil, fmt.Errorf("catalog: %s is that of another block already, with other zones; give each a name of its own", c.name)
			}
		}
	}
	c, err := newCatalogZone(m, s, ours, cs.followed)
	if err != nil {
		return nil, err
	}
	cs.all = append(cs.all, c)
	if cs.last != nil {
		c.moves.add(nil, cs.last, nil)
	}
	return c, nil
}

func newCatalogZone(m *MySQLDNS, s *source, ours func() bool, followed func() int) (*catalogZone, error) {
	v, err := newVersions(s)
	if err != nil {
		return nil, err
	}
	c := &catalogZone{
		name: m.catalogName, zones: m.zones, source: s, db: zonedb.New(), versions: v, moves: newMoves(),
		stopped: make(chan struct{}), holders: map[*MySQLDNS]bool{m: true},
	}
	v.keepOrder = c.db.KeepOrder
	v.table.behind = c.isBehind
	v.table.readers.first = followed
	if s.snapshot != "" {
		v.file.path = besideSnapshot(s.snapshot + "." + url.PathEscape(c.name))
	}
	v.file.ours = ours
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	go c.run(ctx)
	return c, nil
}

// release gives m's catalog zone back; the last holder ends it.
func (cs *catalogs) release(m *MySQLDNS) {
	cs.mu.Lock()
	var ended []*catalogZone
	kept := cs.all[:0:0]
	for _, c := range cs.all {
		if delete(c.holders, m); len(c.holders) == 0 {
			ended = append(ended, c)
		} else {
			kept = append(kept, c)
		}
	}
	cs.all = kept
	cs.mu.Unlock()
	for _, c := range ended {
		c.cancel()
		<-c.stopped
	}
}

// named returns a catalog zone by its name; nil if there is none. There are several around a reload only.
func (cs *catalogs) named(name string) *catalogZone {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for _, c := range cs.all {
		if c.name == name {
			return c
		}
	}
	return nil
}

// add notes that the copy has another state, as moves.add does.
func (cs *catalogs) add(before, after *zonedb.View, names []string) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.last = after
	for _, c := range cs.all {
		c.moves.add(before, after, names)
	}
}

// run follows the copy until ctx ends.
func (c *catalogZone) run(ctx context.Context) {
	defer close(c.stopped)
	var others sync.WaitGroup
	defer others.Wait()
	others.Go(func() { c.versions.run(ctx) })
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.moves.some:
		}
		if after, names, ok := c.moves.take(); after != nil {
			c.follow(after, names, ok)
		}
	}
}

// follow takes the catalog to another state of the copy, which differs from the last at no owner names but these; without ok, at any.
func (c *catalogZone) follow(after *zonedb.View, names []string, ok bool) {
	changes := map[string][]dns.RR{}
	set := func(apex string, is bool) {
		if apex == c.name || c.members[apex] == is {
			return
		}
		member := catalog.Member(c.name, apex)
		if delete(c.members, apex); is {
			c.members[apex] = true
			changes[member.Header().Name] = []dns.RR{member}
		} else {
			changes[member.Header().Name] = nil
		}
	}
	if c.members == nil {
		c.members, ok = map[string]bool{}, false
		for _, rr := range catalog.Zone(c.name) {
			owner := rr.Header().Name
			changes[owner] = append(changes[owner], rr)
		}
	}
	if !ok {
		names = after.Zones()
		for apex := range c.members {
			set(apex, c.isMember(after, apex))
		}
	}
	noticed := false // that the change log names the catalog: there is another version of it
	for _, name := range names {
		set(name, c.isMember(after, name))
		noticed = noticed || name == c.name
	}
	c.tellClash(after)
	if len(changes) == 0 && !noticed {
		return
	}
	c.db.Apply(changes)
	c.publish(changes, noticed)
}

// publish passes a state of the catalog on.
func (c *catalogZone) publish(changes map[string][]dns.RR, noticed bool) {
	names := make([]string, 0, len(changes)+1)
	for name := range changes {
		names = append(names, name)
	}
	if noticed {
		names = append(names, c.name)
	}
	c.versions.moves.add(nil, c.db.View(), names)
}

// isMember reports whether a name is the apex of a zone that the catalog has.
func (c *catalogZone) isMember(v *zonedb.View, name string) bool {
	return v.Zone(name).Apex() == name && c.zones.Matches(name) != ""
}

// tellClash says once that the table has a zone of the catalog's name.
func (c *catalogZone) tellClash(v *zonedb.View) {
	if v.Zone(c.name).Apex() == c.name {
		c.clash.Do(func() {
			log.Errorf("%s has rows of a zone %s, which catalog names: they are not answered. Give the catalog a name of its own", c.source.table, c.name)
		})
	}
}

// view is the state of the catalog; nil before the copy has one.
func (c *catalogZone) view() *zonedb.View {
	if v := c.db.View(); v.Len() > 0 {
		return v
	}
	return nil
}

// isBehind reports whether the table has, or has not, just those of some zones that the version before has, while the copy says otherwise: then the copy has not
// seen yet what whoever took that version has seen.
func (c *catalogZone) isBehind(ctx context.Context, s *table.Session, check map[string][]journal.Record) (bool, error) {
	apexes := differingZones(check, c.db.View())
	if len(apexes) == 0 {
		return false, nil
	}
	var spellings []string
	for apex := range apexes {
		spellings = append(spellings, apex, strings.TrimSuffix(apex, "."))
	}
	there := map[string]bool{}
	err := s.RowsNamed(ctx, spellings, func(row *record.Row) error {
		if rr, err := record.Parse(*row, c.source.ttl); err == nil && rr.Header().Rrtype == dns.TypeSOA {
			there[rr.Header().Name] = true
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	for apex, had := range apexes {
		if there[apex] == had {
			return true, nil
		}
	}
	return false, nil
}

// differingZones are the zones that a version or the copy has at names where the two differ; true is for one that the version has.
func differingZones(version map[string][]journal.Record, copied *zonedb.View) map[string]bool {
	apexes := map[string]bool{}
	for owner, records := range version {
		for _, r := range records {
			if ptr, ok := r.RR().(*dns.PTR); ok {
				apexes[dns.CanonicalName(ptr.Ptr)] = true
			}
		}
		if node, ok := copied.Zone(owner).Node(owner); ok {
			for _, rr := range node.RRset(dns.TypePTR, 1) {
				if ptr, ok := rr.(*dns.PTR); ok {
					apexes[dns.CanonicalName(ptr.Ptr)] = false
				}
			}
		}
	}
	return apexes
}

// startCatalog takes hold of the block's catalog zone.
func (m *MySQLDNS) startCatalog() (err error) {
	m.catalog, err = m.copy.catalogs.hold(m, &m.source, m.copy.keepsSnapshot)
	return err
}

// catalogOf returns the block's catalog zone if a name is in it; nil otherwise. During a reload it is that of the copy which answers, if that has one.
func (m *MySQLDNS) catalogOf(qname string) *catalogZone {
	if m.catalogName == "" || !dns.IsSubDomain(m.catalogName, qname) {
		return nil
	}
	if answering := m.copy.answering(); answering != m.copy {
		if c := answering.catalogs.named(m.catalogName); c != nil {
			return c
		}
	}
	return m.catalog
}

// serveCatalog answers a question about a name of the catalog zone.
func (m *MySQLDNS) serveCatalog(ctx context.Context, state *request.Request, c *catalogZone, qname string) (int, error) {
	view := c.view()
	switch {
	case view == nil:
		m.note(ctx, servfail, "", "")
		return dns.RcodeServerFailure, nil
	case !isQuery(state):
		m.note(ctx, refused, "", "")
		return dns.RcodeRefused, nil
	}
	resp := answer.Within(room(state), view, qname, state.QType())
	return m.write(ctx, state, &resp)
}
