package test

import (
	"strings"
	"testing"
)

// What in a server block most likely is not meant so is said when it starts, and what is in order is not.
func TestDoubtsAtStart(t *testing.T) {
	tests := []struct {
		name, zones, block string
		soa                bool
		expected           string // one of doubts; "" for none
	}{
		{"cache, and no ZONES", "", ".:0 {\nMYSQLDNS\ncache\n}", true, "changes of loose names (rows under no SOA), and of zones that come after the start, show when the TTL"},
		{"cache, and ZONES", "example.org", ".:0 {\nMYSQLDNS\ncache\n}", true, ""},
		{"cache in a block with a zone", "", "example.org:0 {\nMYSQLDNS\ncache\n}", true, ""},
		{"ZONES outside", "example.org example.net", "example.org:0 {\nMYSQLDNS\n}", true, "example.net.: outside of the zones of the server block (example.org.)"},
		{"ZONES above and below", "org www.example.net", "example.org:0 example.net:0 {\nMYSQLDNS\n}", true, ""},
		{"transfer, and no zone", "", ".:0 {\nMYSQLDNS\ntransfer {\nto *\n}\n}", false, "transfer is in the server block, and tb_dns has no zone in it that could be transferred"},
		{"transfer, and another zone", "example.net", ".:0 {\nMYSQLDNS\ntransfer {\nto *\n}\n}", true, "transfer is in the server block"},
		{"transfer, and a zone", "", ".:0 {\nMYSQLDNS\ntransfer {\nto *\n}\n}", true, ""},
		{"transfer of another plugin", "", ".:0 {\nMYSQLDNS\ntransfer {\nto *\n}\nfile ZONEFILE example.com\n}", false, ""},
	}
	doubts := []string{"cache is in the server block", "outside of the zones of the server block", "transfer is in the server block"}
	zone := t.TempDir() + "/zone"
	write(t, zone, "example.com. 60 IN SOA ns1.example.com. hostmaster.example.com. 1 2 3 4 60\n")
	onReal(t, func(t *testing.T, db *database) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				db.reset(t)
				if test.soa {
					db.insert(t, "example.org SOA ns1.example.org hostmaster.example.org 1 2 3 4 60")
				}
				log := captureLog(t)
				serve(t, strings.NewReplacer("MYSQLDNS", db.directive(test.zones, ""), "ZONEFILE", zone).Replace(test.block))
				got := log.String()
				if test.expected != "" && strings.Count(got, "[WARNING] plugin/mysqldns: ") != 1 || !strings.Contains(got, test.expected) {
					t.Errorf("expected one warning, %q; logged:\n%s", test.expected, got)
				}
				for _, doubt := range doubts {
					if test.expected == "" && strings.Contains(got, doubt) {
						t.Errorf("%q is no doubt; logged:\n%s", doubt, got)
					}
				}
			})
		}
	})
}
