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
	case dns.TypeTXT, dns.TypeSPF, dns.TypeAVC, dns.TypeNINFO, dns.TypeRESINFO:
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
	if len(s) <= maxString && isPlainText(s) {
		return textRecord(hdr, []string{s}), nil
	}
	return fitText(hdr, appendStrings(nil, s))
}

// quotedText makes a text record of strings in quotes.
func quotedText(hdr dns.RR_Header, fields []field) (dns.RR, *fault) {
	var txt []string
	for _, f := range fields {
		if !f.quoted {
			return nil, &fault{"has text outside the quotes",
				`put quotes around all of it or around none, and write \" for a quote inside quotes`}
		}
		txt = appendStrings(txt, unescapeAll(f.inner()))
	}
	return fitText(hdr, txt)
}

// fitText makes a text record if a message can carry it.
func fitText(hdr dns.RR_Header, txt []string) (dns.RR, *fault) {
	rr := textRecord(hdr, txt)
	size := 0
	for _, s := range txt {
		size += 1 + len(s) // escapes make it an upper bound
	}
	if size < 1<<15 {
		return rr, nil
	}
	return settle(rr)
}

// textRecord makes the record of a text type.
func textRecord(hdr dns.RR_Header, txt []string) dns.RR {
	switch hdr.Rrtype {
	case dns.TypeSPF:
		return &dns.SPF{Hdr: hdr, Txt: txt}
	case dns.TypeAVC:
		return &dns.AVC{Hdr: hdr, Txt: txt}
	case dns.TypeNINFO:
		return &dns.NINFO{Hdr: hdr, ZSData: txt}
	case dns.TypeRESINFO:
		return &dns.RESINFO{Hdr: hdr, Txt: txt}
	}
	return &dns.TXT{Hdr: hdr, Txt: txt}
}

// appendStrings appends the octets s to txt as character-strings, escaped as miekg/dns holds them.
func appendStrings(txt []string, s string) []string {
	for len(s) > maxString {
		txt = append(txt, escapeText(s[:maxString]))
		s = s[maxString:]
	}
	return append(txt, escapeText(s))
}

// escapeText writes the octets s as miekg/dns writes a character-string that it unpacks.
func escapeText(s string) string {
	if isPlainText(s) {
		return s
	}
	out := make([]byte, 0, 2*len(s))
	for i := 0; i < len(s); i++ {
		out = appendTextOctet(out, s[i])
	}
	return string(out)
}

// isPlainText reports whether no octet of s needs an escape in a character-string.
func isPlainText(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// appendTextOctet appends an octet of a character-string.
func appendTextOctet(out []byte, c byte) []byte {
	if c == '"' || c == '\\' {
		return append(out, '\\', c)
	}
	return appendOctet(out, c)
}

// unescapeAll returns the octets that s stands for. Its escapes are known to be good.
func unescapeAll(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		c, n := s[i], 1
		if c == '\\' {
			c, n = unescape(s[i:])
		}
		out = append(out, c)
		i += n
	}
	return string(out)
}
