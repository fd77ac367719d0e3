package wire

import "github.com/miekg/dns"

// FormsRRset reports whether the records of a type at one name have one TTL (RFC 2181, 5.2). Signatures, of type RRSIG and of SIG before it, do not:
// each has that of what it covers (RFC 4034, 3; RFC 4035, 2.2).
func FormsRRset(rrtype uint16) bool { return rrtype != dns.TypeRRSIG && rrtype != dns.TypeSIG }
