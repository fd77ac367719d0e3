package answer

import "github.com/miekg/dns"

// authority returns the zone that answers for name and qtype: the one with the deepest apex (RFC 1034, 4.3.2, step 2).
// A DS belongs to the parent's side of a cut (RFC 4035, 3.1.4.1): at an apex the parent zone is asked, if the table has it.
func authority(zs Zones, name string, qtype uint16) Zone {
	z := zs.Zone(name)
	if qtype != dns.TypeDS || name != z.Apex() || name == "." {
		return z
	}
	if parent := zs.Zone(parentOf(name)); parent.Apex() != "" {
		return parent
	}
	return z
}
