package cut

import (
	"testing"

	"github.com/miekg/dns"
)

func TestHas(t *testing.T) {
	types := []uint16{dns.TypeSOA, dns.TypeNS, dns.TypeDS, dns.TypeA, dns.TypeAAAA, dns.TypeTXT}
	for _, c := range []struct {
		name string
		part Part
		has  []bool
	}{
		{"a name of the zone has all", Whole, []bool{true, true, true, true, true, true}},
		{"the apex of a child has the delegation", Child, []bool{false, true, true, false, false, false}},
		{"a name server below it has its addresses", Glue, []bool{false, false, false, true, true, false}},
		{"any other name below it is the child's", Outside, []bool{false, false, false, false, false, false}},
	} {
		for i, rrtype := range types {
			if got := c.part.Has(rrtype); got != c.has[i] {
				t.Errorf("%s: %s: %t", c.name, dns.Type(rrtype), got)
			}
		}
	}
}
