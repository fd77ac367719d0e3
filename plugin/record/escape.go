package record

import "strings"

// Escapes of zone files (RFC 1035, 5.1), for names and character-strings. What is written here is what miekg/dns writes when it unpacks, octet by
// octet, so that names from rows, from messages and from the copy compare as strings.

// Unescape reads the escape at the start of s, \C or \DDD, and says how many characters it takes: 0 if it is none.
func Unescape(s string) (byte, int) {
	if len(s) < 2 || s[1] < ' ' || s[1] == 0x7f {
		return 0, 0
	}
	if s[1] < '0' || s[1] > '9' {
		return s[1], 2
	}
	if len(s) < 4 || !isDigits(s[2:4]) {
		return 0, 0
	}
	n := int(s[1]-'0')*100 + int(s[2]-'0')*10 + int(s[3]-'0')
	if n > 255 {
		return 0, 0
	}
	return byte(n), 4
}

var badEscape = &fault{`holds a backslash that escapes nothing`,
	`write \\ for a backslash, or \ and three digits from 000 to 255`}

// AppendName appends a valid, uncompressed name in wire form, fully qualified and with the case that it has.
func AppendName(out, name []byte) []byte {
	if name[0] == 0 {
		return append(out, '.')
	}
	for ; name[0] != 0; name = name[1+int(name[0]):] {
		for _, c := range name[1 : 1+int(name[0])] {
			out = appendNameOctet(out, c)
		}
		out = append(out, '.')
	}
	return out
}

// AppendString appends the octets of a character-string, without quotes around them.
func AppendString[T string | []byte](out []byte, octets T) []byte {
	for i := range len(octets) {
		out = appendTextOctet(out, octets[i])
	}
	return out
}

// appendNameOctet appends an octet of a label.
func appendNameOctet(out []byte, c byte) []byte {
	switch c {
	case '.', ' ', '\'', '@', ';', '(', ')', '"', '\\':
		return append(out, '\\', c)
	}
	return appendOctet(out, c)
}

// appendTextOctet appends an octet of a character-string.
func appendTextOctet(out []byte, c byte) []byte {
	if c == '"' || c == '\\' {
		return append(out, '\\', c)
	}
	return appendOctet(out, c)
}

// appendOctet appends c, as \DDD unless it is printable ASCII.
func appendOctet(out []byte, c byte) []byte {
	if c < ' ' || c > '~' {
		return append(out, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
	}
	return append(out, c)
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
			c, n = Unescape(s[i:])
		}
		out = append(out, c)
		i += n
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
