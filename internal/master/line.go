package master

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// readable are the types whose RDATA NSD 4.6, Knot DNS 3.2 and BIND 9.18 all read in a form of its own. Those of other types they read
// in the form for any type (RFC 3597, 5).
var readable = []uint16{
	dns.TypeA, dns.TypeAAAA, dns.TypeAFSDB, dns.TypeAPL, dns.TypeCAA, dns.TypeCDNSKEY, dns.TypeCDS, dns.TypeCERT, dns.TypeCNAME,
	dns.TypeCSYNC, dns.TypeDHCID, dns.TypeDNAME, dns.TypeDNSKEY, dns.TypeDS, dns.TypeEUI48, dns.TypeEUI64, dns.TypeHINFO, dns.TypeHTTPS,
	dns.TypeIPSECKEY, dns.TypeKEY, dns.TypeKX, dns.TypeL32, dns.TypeL64, dns.TypeLOC, dns.TypeLP, dns.TypeMINFO, dns.TypeMX, dns.TypeNAPTR,
	dns.TypeNID, dns.TypeNS, dns.TypeNSEC, dns.TypeNSEC3, dns.TypeNSEC3PARAM, dns.TypeOPENPGPKEY, dns.TypePTR, dns.TypeRP, dns.TypeRRSIG,
	dns.TypeRT, dns.TypeSMIMEA, dns.TypeSOA, dns.TypeSPF, dns.TypeSRV, dns.TypeSSHFP, dns.TypeSVCB, dns.TypeTLSA, dns.TypeTXT, dns.TypeURI,
	dns.TypeZONEMD,
}

// isReadable reports whether the servers read a record in the form of its type.
func isReadable(rr dns.RR) bool {
	switch rr := rr.(type) {
	case *dns.SVCB:
		return hasCommonKeys(rr)
	case *dns.HTTPS:
		return hasCommonKeys(&rr.SVCB)
	}
	return slices.Contains(readable, rr.Header().Rrtype)
}

// hasCommonKeys reports whether a record has only keys of RFC 9460, 14.3.2.
func hasCommonKeys(rr *dns.SVCB) bool {
	return !slices.ContainsFunc(rr.Value, func(pair dns.SVCBKeyValue) bool { return pair.Key() > dns.SVCB_IPV6HINT })
}

// AppendLine appends a line of a master file that holds one record, its RDATA in wire form given as well. Names are absolute, all
// fields are there, and the line means the same to NSD, Knot DNS, BIND and a Reader.
func AppendLine(to []byte, rr dns.RR, rdata []byte) []byte {
	h := rr.Header()
	if strings.HasPrefix(h.Name, "$") { // which begins a directive
		to = append(to, '\\')
	}
	to = append(to, decimalBackslashes(h.Name)...)
	to = append(to, '\t')
	to = strconv.AppendUint(to, uint64(h.Ttl), 10)
	to = append(to, "\tIN\t"...)
	if isReadable(rr) {
		to = append(to, dns.Type(h.Rrtype).String()...)
		to = append(to, '\t')
		text := strings.TrimPrefix(rr.String(), h.String())
		if !strings.Contains(text, `"`) { // names and numbers
			text = decimalBackslashes(text)
		}
		to = append(to, text...)
	} else {
		to = fmt.Appendf(to, "TYPE%d\t\\# %d", h.Rrtype, len(rdata))
		if len(rdata) > 0 {
			to = append(to, ' ')
			to = hex.AppendEncode(to, rdata)
		}
	}
	return append(to, '\n')
}

// decimalBackslashes writes the backslashes of a name in decimal: NSD 4.6 takes the dot behind one for escaped.
func decimalBackslashes(name string) string { return strings.ReplaceAll(name, `\\`, `\092`) }
