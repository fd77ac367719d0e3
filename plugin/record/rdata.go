package record

import (
	"encoding/hex"
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// maxRecord bounds the record column, in octets: more than any RDATA needs, were each octet of it an escape.
const maxRecord = 1 << 19

// rdata makes the record of a row whose other columns are in hdr.
func rdata(hdr dns.RR_Header, s string) (dns.RR, *fault) {
	s = trim(s)
	if rr, ok := direct(hdr, s); ok {
		return rr, nil
	}
	rr, f := parseRdata(hdr, s)
	if f != nil {
		return nil, &fault{"record " + quote(s) + " " + f.problem, f.advice}
	}
	return rr, nil
}

// direct makes a record of a common type from plain RDATA, without the scanner. It reports false for whatever needs
// another look, be it a comment or a mistake.
func direct(hdr dns.RR_Header, s string) (dns.RR, bool) {
	switch hdr.Rrtype {
	case dns.TypeA:
		addr, err := netip.ParseAddr(s)
		if err != nil || !addr.Is4() {
			return nil, false
		}
		return &dns.A{Hdr: hdr, A: addr.AsSlice()}, true
	case dns.TypeAAAA:
		addr, err := netip.ParseAddr(s)
		if err != nil || !addr.Is6() || addr.Zone() != "" {
			return nil, false
		}
		return &dns.AAAA{Hdr: hdr, AAAA: addr.AsSlice()}, true
	case dns.TypeCNAME, dns.TypeNS, dns.TypePTR, dns.TypeDNAME:
		name, ok := plainName(s, false)
		if !ok {
			return nil, false
		}
		return alias(hdr, name), true
	case dns.TypeMX:
		var number [1]uint16
		name, ok := numbersAndName(s, number[:])
		if !ok {
			return nil, false
		}
		return &dns.MX{Hdr: hdr, Preference: number[0], Mx: name}, true
	case dns.TypeSRV:
		var number [3]uint16
		name, ok := numbersAndName(s, number[:])
		if !ok {
			return nil, false
		}
		return &dns.SRV{Hdr: hdr, Priority: number[0], Weight: number[1], Port: number[2], Target: name}, true
	}
	return nil, false
}

// numbersAndName reads as many numbers as there is room for and a plain domain name, with one space between them.
func numbersAndName(s string, numbers []uint16) (string, bool) {
	for i := range numbers {
		word, rest, _ := strings.Cut(s, " ")
		n, ok := uint16Field(word)
		if !ok {
			return "", false
		}
		numbers[i], s = n, rest
	}
	return plainName(s, false)
}

// alias makes the record of a type whose RDATA is one domain name.
func alias(hdr dns.RR_Header, name string) dns.RR {
	switch hdr.Rrtype {
	case dns.TypeNS:
		return &dns.NS{Hdr: hdr, Ns: name}
	case dns.TypePTR:
		return &dns.PTR{Hdr: hdr, Ptr: name}
	case dns.TypeDNAME:
		return &dns.DNAME{Hdr: hdr, Target: name}
	}
	return &dns.CNAME{Hdr: hdr, Target: name}
}

// uint16Field reads a number of 16 bits.
func uint16Field(s string) (uint16, bool) {
	n, err := strconv.ParseUint(s, 10, 16)
	return uint16(n), err == nil
}

// parseRdata makes a record from RDATA in any form.
func parseRdata(hdr dns.RR_Header, s string) (dns.RR, *fault) {
	if len(s) > maxRecord {
		return nil, tooLarge
	}
	if isText(hdr.Rrtype) && isLiteral(s) {
		return literalText(hdr, s)
	}
	fields, f := split(s, hdr.Rrtype)
	if f != nil {
		return nil, f
	}
	if len(fields) == 0 && (!mayBeEmpty(hdr.Rrtype) || layouts[hdr.Rrtype].parts == nil) {
		return nil, &fault{"is empty", adviceFor(hdr.Rrtype)}
	}
	if isText(hdr.Rrtype) && fields[0].Text != genericMark {
		for _, field := range fields {
			if !field.Quoted {
				return nil, &fault{"has text outside the quotes",
					`put quotes around all of it or around none, and write \" for a quote inside quotes`}
			}
		}
	}
	return fromFields(hdr, fields, nil)
}

// fromFields makes a record of the fields of its RDATA. Names without a final dot are relative to origin, which is nil in a row.
func fromFields(hdr dns.RR_Header, fields []Field, origin []byte) (dns.RR, *fault) {
	var rdata []byte
	var f *fault
	if len(fields) > 0 && fields[0].Text == genericMark {
		if rdata, f = generic(fields[1:]); f == nil {
			f = validate(hdr.Rrtype, rdata)
		}
	} else {
		rdata, f = compose(hdr.Rrtype, fields, origin)
	}
	if f != nil {
		return nil, f
	}
	if !fits(hdr.Name, rdata) {
		return nil, tooLarge
	}
	rr := Unpack(hdr, rdata)
	rr.Header().Rdlength = 0
	return rr, nil
}

// generic reads the fields after genericMark (RFC 3597, 5).
func generic(fields []Field) ([]byte, *fault) {
	const advice = `write \# and the number of octets and then the octets in hexadecimal, such as \# 3 616263`
	if len(fields) == 0 || !isDigits(fields[0].Text) {
		return nil, &fault{`has no length after \#`, advice}
	}
	length, err := strconv.ParseUint(fields[0].Text, 10, 16)
	if err != nil {
		return nil, tooLarge
	}
	var digits strings.Builder
	for _, f := range fields[1:] {
		digits.WriteString(f.Text)
	}
	rdata, err := hex.DecodeString(digits.String())
	var bad hex.InvalidByteError
	switch {
	case errors.As(err, &bad):
		return nil, &fault{`has something other than hexadecimal digits after \# and the length`, advice}
	case err != nil || len(rdata) != int(length):
		return nil, &fault{`gives a length after \# that is not the number of its octets`, advice}
	}
	return rdata, nil
}

// Octets of a message that carries one record (RFC 1035, 4.1; RFC 6891, 6.1.2).
const (
	maxMessage   = 65535
	messageHead  = 12
	questionTail = 4  // after the name
	recordTail   = 10 // between the name and the RDATA
	optRecord    = 11
)

var tooLarge = &fault{"is larger than a DNS message can carry", "shorten it"}

// fits reports whether a message can carry a record with its question.
func fits(owner string, rdata []byte) bool {
	const rest = messageHead + questionTail + recordTail + optRecord
	if len(rdata)+rest+2*maxName <= maxMessage {
		return true
	}
	var buf [maxName]byte
	name, f := appendWireName(buf[:0], owner, nil)
	return f == nil && len(rdata)+rest+2*len(name) <= maxMessage
}
