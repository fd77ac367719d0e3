package wire

import (
	"bytes"
	"encoding/binary"

	"github.com/miekg/dns"
)

// To add a type whose RDATA has names: say in namesAt where they are, and add it to the test's samples.

// namesAt tells where in RDATA of a type the names begin; -1 if it has none. It may be beyond the end, as miekg/dns takes RDATA that
// breaks off between two fields.
func namesAt(rrtype uint16, rdata []byte) int {
	switch rrtype {
	case dns.TypeNS, dns.TypeCNAME, dns.TypePTR, dns.TypeDNAME, dns.TypeMB, dns.TypeMD, dns.TypeMF, dns.TypeMG, dns.TypeMR,
		dns.TypeNSAPPTR, dns.TypeNSEC, dns.TypeNXT, dns.TypeMINFO, dns.TypeRP, dns.TypeTALINK, dns.TypeSOA, TypeALIAS:
		return 0
	case dns.TypeMX, dns.TypeKX, dns.TypeAFSDB, dns.TypeRT, dns.TypeLP, dns.TypePX, dns.TypeSVCB, dns.TypeHTTPS:
		return 2
	case dns.TypeSRV:
		return 6
	case dns.TypeRRSIG, dns.TypeSIG:
		return 18
	case dns.TypeNAPTR:
		at := 4
		for range 3 { // flags, services, regular expression
			if at < len(rdata) {
				at += 1 + int(rdata[at])
			}
		}
		return at
	case dns.TypeHIP: // behind the identity and the key
		if len(rdata) >= 4 {
			return 4 + int(rdata[0]) + int(binary.BigEndian.Uint16(rdata[2:]))
		}
	case dns.TypeIPSECKEY:
		if len(rdata) > 1 && rdata[1] == dns.IPSECGatewayHost {
			return 3
		}
	case dns.TypeAMTRELAY:
		if len(rdata) > 1 && rdata[1]&0x7f == dns.AMTRELAYHost {
			return 2
		}
	}
	return -1
}

// namesIn is how many names there are; HIP has any number, to the end.
func namesIn(rrtype uint16) int {
	switch rrtype {
	case dns.TypeMINFO, dns.TypeRP, dns.TypeTALINK, dns.TypeSOA, dns.TypePX:
		return 2
	case dns.TypeHIP:
		return 1 << 16
	}
	return 1
}

// Canonical returns RDATA of a type with the names in it in lower case: rdata itself if it has none, else a copy. Unlike the canonical form of
// DNSSEC (RFC 4034, 6.2; RFC 6840, 5.1), which leaves names of newer types as they are, this one is the same for all duplicates.
func Canonical(rrtype uint16, rdata []byte) []byte {
	from, to := names(rrtype, rdata)
	if from == to {
		return rdata
	}
	return appendCanonical(make([]byte, 0, len(rdata)), rdata, from, to)
}

// AppendCanonical appends what Canonical returns.
func AppendCanonical(b []byte, rrtype uint16, rdata []byte) []byte {
	from, to := names(rrtype, rdata)
	return appendCanonical(b, rdata, from, to)
}

func appendCanonical(b, rdata []byte, from, to int) []byte {
	start := len(b)
	b = append(b, rdata...)
	for i, c := range b[start+from : start+to] {
		b[start+from+i] = Lower(c)
	}
	return b
}

// names returns where in RDATA of a type its names begin and end, which are side by side in all types. Where there are none the two are equal.
func names(rrtype uint16, rdata []byte) (from, to int) {
	if isExact(rrtype) {
		return 0, 0
	}
	from = namesAt(rrtype, rdata)
	if from < 0 || from >= len(rdata) {
		return 0, 0
	}
	to = from
	for n, left := 1, namesIn(rrtype); n > 0 && left > 0; left-- {
		n = NameLen(rdata[to:])
		to += n
	}
	return from, to
}

// SameRdata reports whether two RDATA of one type make duplicates: names in them compare without regard to case (RFC 2181,
// 5; RFC 4343), all else as it is.
func SameRdata(rrtype uint16, a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	return !isExact(rrtype) && equalFold(a, b) && bytes.Equal(Canonical(rrtype, a), Canonical(rrtype, b))
}

// isExact tells the common types whose RDATA has no names, so that only equal octets are the same.
func isExact(rrtype uint16) bool {
	return rrtype == dns.TypeA || rrtype == dns.TypeAAAA || rrtype == dns.TypeTXT
}

// equalFold compares all octets as if they were letters of ASCII.
func equalFold(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i, c := range a {
		if c != b[i] && Lower(c) != Lower(b[i]) {
			return false
		}
	}
	return true
}
