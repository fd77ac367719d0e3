package mysqldns

import (
	"slices"
	"sync"
)

// warnOfPlace logs once what is wrong with the plugin's place in the chain, which the build decides and no Corefile.
var warnOfPlace sync.Once

// misplaced says what is wrong with an order of plugins, or "". Behind forward, no question would come to the plugin: forward hands none on.
// That is where it gets to by COREDNS_PLUGINS, and by a line at the end of plugin.cfg.
func misplaced(directives []string) string {
	if own, forward := slices.Index(directives, name), slices.Index(directives, "forward"); forward < 0 || own < forward {
		return ""
	}
	return "this CoreDNS was built with mysqldns behind forward: where both are in a server block, forward takes every name of its zones, and rows " +
		"of the table are not answered. Build it with the line for mysqldns before hosts in plugin.cfg"
}
