package answer

import (
	"strings"

	"github.com/miekg/dns"
)

// canonical puts a name out of RDATA into the form that Zone wants: lower case (RFC 4343, 3), escaped as miekg/dns
// escapes what it unpacks. Names that were unpacked, as all names in RDATA are, only need the first.
func canonical(name string) string { return strings.ToLower(name) }

// parentOf is the name without its first label; of the root, the root.
func parentOf(name string) string {
	off, end := dns.NextLabel(name, 0)
	if end {
		return "."
	}
	return name[off:]
}
