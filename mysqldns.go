// Package mysqldns is a CoreDNS plugin that answers from the rows of a MySQL table and hands every name that the table
// does not hold to the next plugin.
//
// No query touches the database: a follower (plugin/follow) keeps a copy of the table in memory in step with it, and ServeDNS
// (handler.go) answers from the copy. What turns rows into records, keeps them and finds answers in them knows neither
// CoreDNS nor SQL; it is in the packages under plugin/.
package mysqldns

import (
	_ "embed" // schema.sql
	"sync"
	"sync/atomic"

	"github.com/mysqldns/mysqldns/plugin/update"

	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/pkg/fall"
	clog "github.com/coredns/coredns/plugin/pkg/log"
	"github.com/coredns/coredns/plugin/pkg/upstream"
)

// name is the directive's and the plugin's; CoreDNS wants them to be equal.
const name = "mysqldns"

var log = clog.NewWithPlugin(name)

// Schema is the text of schema.sql: the table, its change log and the triggers that keep it.
//
//go:embed schema.sql
var Schema string

// SchemaWithPTR is the text of docs/tables/ptr.sql: on top of Schema, a view that has a PTR record for each address.
//
//go:embed docs/tables/ptr.sql
var SchemaWithPTR string

// maxBypass bounds the zones that the cache plugin is told of, since it compares each question with all of them.
const maxBypass = 100

// MySQLDNS answers for the names that a table holds. It is one server block's view of a copy that several may share.
type MySQLDNS struct {
	Next plugin.Handler
	Fall fall.F // for names that do not exist

	fallNoData bool // for types that a name does not have, as well
	source     source
	zones      plugin.Zones // what the block looks at; normalized
	all        bool         // zones is just the root: everything
	upstream   *upstream.Upstream
	tally      tally
	leftOut    leftOut
	refused    sync.Map // zones that the log has said are not transferred
	web        web
	rules      update.Policy // what keys may change with an UPDATE
	updater    *updater      // from start on; nil without rules
	repeats    repeats

	catalogName string       // "" for none
	catalog     *catalogZone // from start on

	instance  *instance
	started   sync.Once
	startErr  error
	endNotify func()      // nil where no secondary is notified
	copy      *tableCopy  // from start on
	bypassed  atomic.Bool // the plugin cache has asked which zones to leave alone
	replaced  atomic.Bool // by another instance, as it is being reloaded
	stopped   sync.Once
}

var (
	_ plugin.Handler = (*MySQLDNS)(nil)
	_ interface {
		Ready() bool
		CacheBypassZones() []string
	} = (*MySQLDNS)(nil)
)

// Name implements plugin.Handler.
func (m *MySQLDNS) Name() string { return name }

// CacheBypassZones keeps the cache plugin away from our zones, so that a change shows at once and not after a TTL. It
// returns the zones of the directive; if these are everything, the zones that the table has when the server starts. It
// never returns the root of a table without one, as that would switch the cache off for forwarded names as well.
func (m *MySQLDNS) CacheBypassZones() []string {
	m.bypassed.Store(true)
	if !m.all {
		return m.zones
	}
	if m.start() != nil {
		return nil // OnStartup says why, and ends the server
	}
	m.copy.awaitFirst(firstLoad)
	view := m.copy.view()
	if view == nil {
		return nil
	}
	zones := view.Zones()
	if len(zones) > maxBypass {
		log.Warningf("%s has %d zones, too many for the cache plugin to leave alone one by one: changes of what it holds show "+
			"after a TTL. Name your zones, or those above them, behind mysqldns", m.source.table, len(zones))
		return nil
	}
	return zones
}
