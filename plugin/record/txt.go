package record

import (
	"strings"

	"github.com/miekg/dns"
)

// maxString is the length of a character-string (RFC 1035, 3.3), in octets.
const maxString = 255

// isText reports whether the RDATA of type t is a list of character-strings that make up one text.
func isText(t uint16) bool {
	switch t {
	case dns.TypeTXT, dns.TypeSPF, dns.TypeAVC, dns.TypeNINFO, dns.TypeRESINFO, typeWALLET, typeCLA:
		return true
	}
	return false
}

// isLiteral reports whether the record of a text type is the text itself rather than strings in quotes.
func isLiteral(s string) bool {
	if rest, ok := strings.CutPrefix(s, genericMark); ok {
		return rest != "" && !isBlank(rest[0]) // else RFC 3597's form
	}
	return !strings.HasPrefix(strings.TrimLeft(s, "("+blank), `"`)
}

// literalText makes a text record of s, taken as it is.
func literalText(hdr dns.RR_Header, s string) (dns.RR, *fault) {
	if hdr.Rrtype == dns.TypeTXT && len(s) <= maxString && isPlainText(s) {
		return &dns.TXT{Hdr: hdr, Txt: []string{s}}, nil
	}
	if len(s)+len(s)/maxString+1 > maxMessage {
		return nil, tooLarge
	}
	rdata := appendStrings(make([]byte, 0, len(s)+len(s)/maxString+1), s)
	if !fits(hdr.Name, rdata) {
		return nil, tooLarge
	}
	rr := Unpack(hdr, rdata)
	rr.Header().Rdlength = 0
	return rr, nil
}

// appendStrings appends text in wire form: as one character-string, or more where it has more than 255 octets.
func appendStrings(out []byte, s string) []byte {
	for ; len(s) > maxString; s = s[maxString:] {
		out = append(append(out, maxString), s[:maxString]...)
	}
	return append(append(out, byte(len(s))), s...)
}
