// Package chain puts mysqldns into CoreDNS: importing it registers the directive in its place in the chain. The program imports the plugins
// of CoreDNS that it wants, or core/plugin for all of them.
package chain

import (
	"slices"

	"github.com/coredns/coredns/core/dnsserver"
	_ "github.com/mysqldns/mysqldns" // registers the directive
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
