// Package chain builds CoreDNS with mysqldns in it: importing it registers all plugins of CoreDNS and mysqldns, and
// puts mysqldns where it belongs in the chain.
package chain

import (
	"slices"

	"github.com/coredns/coredns/core/dnsserver"
	_ "github.com/coredns/coredns/core/plugin" // all stock plugins
	_ "github.com/mysqldns/mysqldns"           // registers the directive
)

// before is the plugin that mysqldns stands in front of: the first of those that hold names of their own. So all that
// works on answers (cache, dnssec, transfer …) comes before it, and forward after it.
const before = "hosts"

func init() {
	at := slices.Index(dnsserver.Directives, before)
	if at < 0 {
		panic("mysqldns: this CoreDNS has no plugin " + before + " to stand in front of")
	}
	dnsserver.Directives = slices.Insert(dnsserver.Directives, at, "mysqldns")
}
