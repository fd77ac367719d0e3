package zonedb

import (
	"encoding/binary"
	"net"

	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// To add a type to those with code of their own (the others go through record.Unpack): 1. say in validRdata what its RDATA looks
// like, 2. make the record in newRR, 3. add it to the tests' list of types.

// pack returns the RDATA of rr as p does, if newRR can make a record of it again.
func pack(p *wire.Packer, rr dns.RR) ([]byte, error) {
	rdata, err := p.Pack(rr)
	if err == nil && !validRdata(rr.Header().Rrtype, rdata) {
		return nil, errRdata
	}
	return rdata, err
}

// validRdata reports whether newRR can make a record of RDATA that may come from anywhere.
func validRdata(rrtype uint16, rdata []byte) bool {
	switch rrtype {
	case dns.TypeA:
		return len(rdata) == net.IPv4len
	case dns.TypeAAAA:
		return len(rdata) == net.IPv6len
	case dns.TypeNS, dns.TypeCNAME, dns.TypePTR, dns.TypeDNAME, wire.TypeALIAS:
		return isName(rdata)
	case dns.TypeMX:
		return len(rdata) > 2 && isName(rdata[2:])
	case dns.TypeSRV:
		return len(rdata) > 6 && isName(rdata[6:])
	case dns.TypeSOA:
		n := wire.NameLen(rdata)
		return n > 0 && len(rdata)-20 > n && isName(rdata[n:len(rdata)-20])
	case dns.TypeTXT:
		return isStrings(rdata)
	}
	return record.Valid(rrtype, rdata)
}

// isName reports whether b is one name and no more.
func isName(b []byte) bool { return len(b) > 0 && wire.NameLen(b) == len(b) }

// isStrings reports whether b is one or more character strings (RFC 1035, 3.3) and no more.
func isStrings(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	for len(b) > 0 {
		n := 1 + int(b[0])
		if n > len(b) {
			return false
		}
		b = b[n:]
	}
	return true
}

// newRR makes a record of valid RDATA.
func newRR(h dns.RR_Header, rdata []byte) dns.RR {
	h.Rdlength = uint16(len(rdata))
	switch h.Rrtype {
	case dns.TypeNS:
		return &dns.NS{Hdr: h, Ns: nameString(rdata)}
	case dns.TypeCNAME:
		return &dns.CNAME{Hdr: h, Target: nameString(rdata)}
	case dns.TypePTR:
		return &dns.PTR{Hdr: h, Ptr: nameString(rdata)}
	case dns.TypeMX:
		return &dns.MX{Hdr: h, Preference: binary.BigEndian.Uint16(rdata), Mx: nameString(rdata[2:])}
	case dns.TypeSRV:
		return &dns.SRV{Hdr: h, Priority: binary.BigEndian.Uint16(rdata), Weight: binary.BigEndian.Uint16(rdata[2:]),
			Port: binary.BigEndian.Uint16(rdata[4:]), Target: nameString(rdata[6:])}
	case dns.TypeSOA:
		return newSOA(h, rdata)
	case dns.TypeTXT:
		return &dns.TXT{Hdr: h, Txt: newStrings(rdata)}
	}
	return record.Unpack(h, rdata)
}

func newSOA(h dns.RR_Header, rdata []byte) *dns.SOA {
	mbox := rdata[wire.NameLen(rdata):]
	numbers := rdata[len(rdata)-20:]
	number := func(i int) uint32 { return binary.BigEndian.Uint32(numbers[4*i:]) }
	return &dns.SOA{Hdr: h, Ns: nameString(rdata), Mbox: nameString(mbox), Serial: number(0), Refresh: number(1),
		Retry: number(2), Expire: number(3), Minttl: number(4)}
}

func newStrings(rdata []byte) []string {
	n := 0
	for rest := rdata; len(rest) > 0; rest = rest[1+int(rest[0]):] {
		n++
	}
	all := make([]string, 0, n)
	for ; len(rdata) > 0; rdata = rdata[1+int(rdata[0]):] {
		all = append(all, characterString(rdata[1:1+int(rdata[0])]))
	}
	return all
}

// characterString returns the presentation form of a character string, escaped as miekg/dns escapes it.
func characterString(b []byte) string {
	var buf [4 * 255]byte
	return string(record.AppendString(buf[:0], b))
}

// records of addresses, with room for the octets that their IP points to, so that one allocation is enough
type (
	recordA struct {
		dns.A
		ip [net.IPv4len]byte
	}
	recordAAAA struct {
		dns.AAAA
		ip [net.IPv6len]byte
	}
)

// newAs makes the first n records of an RRset of type A.
func newAs(h dns.RR_Header, set rrset, n int) []dns.RR {
	h.Rdlength = net.IPv4len
	if n == 1 { // the usual one
		one := new(struct {
			rrs [1]dns.RR
			rr  recordA
		})
		one.rr.fill(h, set.records[1:])
		one.rrs[0] = &one.rr.A
		return one.rrs[:]
	}
	rrs := make([]dns.RR, n)
	all := make([]recordA, len(rrs))
	for i := range all {
		all[i].fill(h, set.records[5*i+1:])
		rrs[i] = &all[i].A
	}
	return rrs
}

func (r *recordA) fill(h dns.RR_Header, ip []byte) {
	copy(r.ip[:], ip)
	r.Hdr, r.A.A = h, r.ip[:]
}

// newAAAAs makes the first n records of an RRset of type AAAA.
func newAAAAs(h dns.RR_Header, set rrset, n int) []dns.RR {
	h.Rdlength = net.IPv6len
	rrs := make([]dns.RR, n)
	all := make([]recordAAAA, len(rrs))
	for i := range all {
		all[i].fill(h, set.records[17*i+1:])
		rrs[i] = &all[i].AAAA
	}
	return rrs
}

func (r *recordAAAA) fill(h dns.RR_Header, ip []byte) {
	copy(r.ip[:], ip)
	r.Hdr, r.AAAA.AAAA = h, r.ip[:]
}
