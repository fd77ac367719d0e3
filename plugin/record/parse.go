package record

import "github.com/miekg/dns"

// Parse turns a row into a record. defaultTTL, in seconds, is for a row whose TTL is "".
//
// The owner name is lower case and fully qualified, escaped exactly as miekg/dns escapes a name that it unpacks; domain
// names in the RDATA are escaped so too, but keep their case. A type that miekg/dns knows comes as its own struct, any
// other as *dns.RFC3597. Rdlength is 0, as with dns.NewRR. The record packs, unpacks to an equal one, and fits into a
// message with its question.
//
// The error is nil or an *Error.
func Parse(row Row, defaultTTL uint32) (dns.RR, error) {
	hdr := dns.RR_Header{Class: dns.ClassINET, Ttl: defaultTTL}
	var f *fault
	if hdr.Name, f = owner(row.Name); f != nil {
		return nil, f.of(row, ReasonName)
	}
	if hdr.Rrtype, f = rrtype(row.Type); f != nil {
		return nil, f.of(row, ReasonType)
	}
	if f = class(row.Class); f != nil {
		return nil, f.of(row, ReasonClass)
	}
	if row.TTL != "" {
		if hdr.Ttl, f = ttl(row.TTL, defaultTTL); f != nil {
			return nil, f.of(row, ReasonTTL)
		}
	}
	if row.NoRecord {
		return nil, noRecord.of(row, ReasonRecord)
	}
	rr, f := rdata(hdr, row.Record)
	if f != nil {
		return nil, f.of(row, ReasonRecord)
	}
	return rr, nil
}

var noRecord = &fault{"record is NULL", `write the RDATA in zone-file form; a TXT record without text is ""`}

// blank is the white space of a zone file.
const blank = " \t\r\n"

// isBlank reports whether c is white space of a zone file.
func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// trim removes white space around s, but not a blank that a backslash escapes.
func trim(s string) string {
	for len(s) > 0 && isBlank(s[0]) {
		s = s[1:]
	}
	end := len(s)
	for end > 0 && isBlank(s[end-1]) {
		end--
	}
	if end < len(s) && escapes(s[:end]) {
		end++
	}
	return s[:end]
}

// escapes reports whether s ends in a backslash that escapes what comes after s.
func escapes(s string) bool {
	n := 0
	for n < len(s) && s[len(s)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}
