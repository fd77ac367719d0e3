package mysqldns

import (
	"strings"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/transfer"
)

// doubts says of a server block that starts what in it most likely is not meant so, one sentence for each. It is no error: the block answers.
func (m *MySQLDNS) doubts(config *dnsserver.Config) (all []string) {
	if outside := m.outside(); len(outside) > 0 {
		all = append(all, strings.Join(outside, ", ")+": outside of the zones of the server block ("+strings.Join(m.web.zones, ", ")+
			"), so no question for them comes to mysqldns; name them at the block as well, or take them out")
	}
	if config.Handler("cache") != nil {
		all = append(all, m.delayed()...)
	}
	if m.transfersNothing(config) {
		all = append(all, "transfer is in the server block, and "+m.source.table.String()+" has no zone in it that could be transferred: names without a row of type "+
			"SOA at or above them are in no zone. Insert that row, which needs no reload; or take transfer out")
	}
	return all
}

// delayed says which changes wait in the plugin cache. It asks for CacheBypassZones when it starts, which is before this plugin does; before 1.15 it does not.
func (m *MySQLDNS) delayed() []string {
	const until = " show when the TTL of what cache holds is over, or that of a negative answer"
	switch {
	case !m.bypassed.Load():
		return []string{"cache is in the server block, and in this CoreDNS it leaves no zones alone: changes of all names" + until +
			". Use CoreDNS 1.15 or later, or give mysqldns and cache a server block each"}
	case m.all:
		return []string{"cache is in the server block, and mysqldns names no ZONES: changes of loose names (rows under no SOA), and of zones that come after the start," +
			until + "; those of the zones that " + m.source.table.String() + " has now show at once. Name your zones behind mysqldns to have all changes at once"}
	}
	return nil
}

// outside are the zones of the directive for which no question comes to its server block.
func (m *MySQLDNS) outside() (zones []string) {
	block := plugin.Zones(m.web.zones)
	for _, zone := range m.zones {
		above := plugin.Zones{zone}
		inside := block.Matches(zone) != ""
		for _, of := range block {
			inside = inside || above.Matches(of) != ""
		}
		if !inside {
			zones = append(zones, zone)
		}
	}
	return zones
}

// transfersNothing reports whether the plugin transfer is there for nothing: no other plugin of the block has zones, and the table, as far as it has been
// read, has none that the block looks at.
func (m *MySQLDNS) transfersNothing(config *dnsserver.Config) bool {
	view := m.copy.view()
	if config.Handler("transfer") == nil || view == nil || m.catalogName != "" {
		return false
	}
	for _, other := range config.Handlers() {
		if _, ok := other.(transfer.Transferer); ok && other.Name() != name {
			return false
		}
	}
	for _, apex := range view.Zones() {
		if m.zones.Matches(apex) != "" {
			return false
		}
	}
	return true
}
