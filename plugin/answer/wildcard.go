package answer

import "github.com/miekg/dns"

// synthesize answers a name that does not exist, whose closest encloser is given: from the source of synthesis, if there is
// one, else with NXDOMAIN (RFC 4592, 3.3.1). Whatever exists between the two blocks the wildcard, since it would then be
// the closest encloser itself.
func (q *question) synthesize(encloser string) (again bool) {
	if encloser != "" {
		source := wildcardAt(encloser)
		if n, ok := q.zone.Node(source); ok {
			if q.first() {
				q.Wildcard = source
			}
			if q.zones.Zone(source).Apex() != q.zone.Apex() {
				n = bare{} // the apex of a zone of that name, whose records are not this zone's (RFC 4592, 4.1)
			}
			return q.exact(n, q.Name)
		}
	}
	q.nxDomain()
	return false
}

func wildcardAt(encloser string) string {
	if encloser == "." {
		return "*."
	}
	return "*." + encloser
}

// bare is a node that exists without records of ours.
type bare struct{}

func (bare) RRset(uint16, int) []dns.RR { return nil }
func (bare) Has(uint16) bool            { return false }
func (bare) Types(int) []uint16         { return nil }
