package record

import (
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
	switch {
	case len(fields) == 0:
		return nil, &fault{"is empty", adviceFor(hdr.Rrtype)}
	case fields[0].text == genericMark:
		return genericRdata(hdr, fields[1:])
	case isText(hdr.Rrtype):
		return quotedText(hdr, fields)
	}
	if f := checkFields(hdr.Rrtype, fields); f != nil {
		return nil, f
	}
	switch hdr.Rrtype {
	case dns.TypeA, dns.TypeAAAA:
		return address(hdr, fields[0].text)
	case dns.TypeCNAME, dns.TypeNS, dns.TypePTR, dns.TypeDNAME:
		name, f := anyName(fields[0].text, false)
		if f != nil {
			return nil, f
		}
		return alias(hdr, name), nil
	}
	if rr := stringRecord(hdr, fields); rr != nil {
		return settle(rr)
	}
	return zoneRecord(hdr, fields)
}

// address makes an A or AAAA record, or says what is wrong with the address.
func address(hdr dns.RR_Header, s string) (dns.RR, *fault) {
	if rr, ok := direct(hdr, s); ok {
		return rr, nil
	}
	addr, err := netip.ParseAddr(s)
	switch {
	case hdr.Rrtype == dns.TypeA && err == nil:
		return nil, &fault{"is an IPv6 address", "set the type to AAAA, or write an IPv4 address, such as 192.0.2.1"}
	case hdr.Rrtype == dns.TypeA:
		return nil, &fault{"is not an IPv4 address", "write four numbers from 0 to 255 without leading zeros, such as 192.0.2.1"}
	case err == nil && addr.Is4():
		return nil, &fault{"is an IPv4 address", "set the type to A, or write an IPv6 address, such as 2001:db8::1"}
	case err == nil:
		return nil, &fault{"has an IPv6 zone", "remove the % and what follows it"}
	}
	return nil, &fault{"is not an IPv6 address", "write one address, such as 2001:db8::1"}
}

// stringRecord makes the record of a type whose text miekg/dns would join, cut short or refuse; nil for the others.
func stringRecord(hdr dns.RR_Header, fields []field) dns.RR {
	text := make([]string, 3)
	for i, f := range fields[:min(3, len(fields))] {
		text[i] = unescapeAll(f.inner())
	}
	first, second, third := text[0], text[1], text[2]
	switch hdr.Rrtype {
	case dns.TypeHINFO:
		return &dns.HINFO{Hdr: hdr, Cpu: escapeText(first), Os: escapeText(second)}
	case dns.TypeISDN:
		return &dns.ISDN{Hdr: hdr, Address: escapeText(first), SubAddress: escapeText(second)}
	case dns.TypeX25:
		return &dns.X25{Hdr: hdr, PSDNAddress: escapeText(first)}
	case dns.TypeUINFO:
		return &dns.UINFO{Hdr: hdr, Uinfo: escapeText(first)}
	case dns.TypeCAA:
		flag, err := strconv.ParseUint(first, 10, 8)
		if err != nil {
			return nil
		}
		return &dns.CAA{Hdr: hdr, Flag: uint8(flag), Tag: second, Value: third}
	case dns.TypeURI:
		priority, ok1 := uint16Field(first)
		weight, ok2 := uint16Field(second)
		if !ok1 || !ok2 {
			return nil
		}
		return &dns.URI{Hdr: hdr, Priority: priority, Weight: weight, Target: third}
	}
	return nil
}

// zoneRecord makes a record with the parser of miekg/dns.
func zoneRecord(hdr dns.RR_Header, fields []field) (dns.RR, *fault) {
	if dns.TypeToRR[hdr.Rrtype] == nil || hdr.Rrtype == dns.TypeNULL {
		return nil, &fault{"has no text form that is known for this type", `write \# LENGTH HEX, such as \# 3 616263`}
	}
	var b strings.Builder
	b.WriteString(". 0 IN TYPE")
	b.WriteString(strconv.Itoa(int(hdr.Rrtype)))
	for i, f := range fields {
		b.WriteByte(' ')
		if hdr.Rrtype == dns.TypeNAPTR && 2 <= i && i <= 4 && !f.quoted {
			b.WriteString(`"` + escapeText(unescapeAll(f.text)) + `"`) // RFC 3403, 4.1: the quotes are optional
			continue
		}
		b.WriteString(f.text)
	}
	b.WriteByte('\n')
	zone := dns.NewZoneParser(strings.NewReader(b.String()), ".", "")
	rr, ok := zone.Next()
	if err := zone.Err(); err != nil {
		return nil, refused(hdr.Rrtype, parserSays(err))
	}
	if !ok {
		return nil, refused(hdr.Rrtype, "no record in it")
	}
	if _, more := zone.Next(); more {
		return nil, &fault{"holds more than one record", "write one record a row"}
	}
	*rr.Header() = hdr
	mend(rr)
	return settle(rr)
}

// refused says that RDATA is not that of type t, and why, in the words of miekg/dns if they are known.
func refused(t uint16, why string) *fault {
	if why != "" {
		why = " (" + quote(why) + ")"
	}
	return &fault{"is not the RDATA of type " + dns.Type(t).String() + why, adviceFor(t)}
}

// parserSays shortens an error of the zone parser, "dns: bad MX Mx: TOKEN at line: 1:20", to what is wrong: the token is
// a stranger's, and the position is not one in the row.
func parserSays(err error) string {
	why, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "dns: "), ": ")
	return why
}
