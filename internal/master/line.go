package master

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"github.com/mysqldns/mysqldns/plugin/record"

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
func isReadable(rrtype uint16, rdata []byte) bool {
	if rrtype == dns.TypeSVCB || rrtype == dns.TypeHTTPS {
		return hasCommonKeys(rdata)
	}
	return slices.Contains(readable, rrtype)
}

// hasCommonKeys reports whether a record has only keys of RFC 9460, 14.3.2. They come in order, behind priority and target.
func hasCommonKeys(rdata []byte) bool {
	_, at, err := dns.UnpackDomainName(rdata, 2)
	for err == nil && at+4 <= len(rdata) {
		if key := dns.SVCBKey(binary.BigEndian.Uint16(rdata[at:])); key > dns.SVCB_IPV6HINT {
			return false
		}
		at += 4 + int(binary.BigEndian.Uint16(rdata[at+2:]))
	}
	return err == nil
}

// AppendLine appends a line of a master file that holds one record. Names are absolute, all fields are there, and the line means the same to NSD,
// Knot DNS, BIND and a Reader.
func AppendLine(to []byte, owner string, rrtype uint16, ttl uint32, rdata []byte) []byte {
	to = record.AppendTextName(to, owner)
	to = append(to, '\t')
	to = strconv.AppendUint(to, uint64(ttl), 10)
	to = append(to, "\tIN\t"...)
	if isReadable(rrtype, rdata) {
		to = append(to, dns.Type(rrtype).String()...)
		to = record.AppendText(append(to, '\t'), rrtype, rdata)
	} else {
		to = fmt.Appendf(to, "TYPE%d\t", rrtype)
		to = record.AppendGeneric(to, rdata)
	}
	return append(to, '\n')
}
