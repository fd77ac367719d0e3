package record

import (
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

// checkALIAS refuses an ALIAS to an address: as a name it does not exist.
func checkALIAS(rdata []byte) *fault {
	name, _, err := dns.UnpackDomainName(rdata, 0)
	if err != nil {
		return nil // which the name's part says
	}
	addr, err := netip.ParseAddr(strings.TrimSuffix(name, "."))
	switch {
	case err != nil:
		return nil
	case addr.Is4():
		return &fault{"is an address, and an ALIAS names what has the addresses", "set the type to A, or write a name"}
	}
	return &fault{"is an address, and an ALIAS names what has the addresses", "set the type to AAAA, or write a name"}
}
