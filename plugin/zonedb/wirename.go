package zonedb

// maxName is how many octets the wire form of a name may have (RFC 1035, 3.1).
const maxName = 255

// packName writes the wire form of name, in lower case, into buf and returns its length. It is 0 if name is not a fully
// qualified name. It allocates nothing.
func packName(buf *[maxName]byte, name string) int {
	if name == "." {
		buf[0] = 0
		return 1
	}
	label, n := 0, 1 // where the length of the current label goes; where its next octet goes
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch c {
		case '.':
			if size := n - label - 1; size == 0 || size > 63 || n == maxName {
				return 0
			} else {
				buf[label] = byte(size)
			}
			label, n = n, n+1
			continue
		case '\\':
			if c, i = unescape(name, i); i < 0 {
				return 0
			}
		}
		if n == maxName {
			return 0
		}
		buf[n] = lower(c)
		n++
	}
	if label == 0 || n != label+1 { // empty, or without its last dot
		return 0
	}
	buf[label] = 0
	return n
}

func lower(c byte) byte {
	if c-'A' < 26 {
		c += 'a' - 'A'
	}
	return c
}

// unescape returns the octet that the escape at name[i] stands for (RFC 1035, 5.1) and the index of its last character,
// which is negative if there is no such octet.
func unescape(name string, i int) (c byte, last int) {
	rest := name[i+1:]
	if len(rest) >= 3 && isDigit(rest[0]) && isDigit(rest[1]) && isDigit(rest[2]) {
		n := int(rest[0]-'0')*100 + int(rest[1]-'0')*10 + int(rest[2]-'0')
		if n > 255 {
			return 0, -1
		}
		return byte(n), i + 3
	}
	if rest == "" {
		return 0, -1
	}
	return rest[0], i + 1
}

func isDigit(c byte) bool { return c-'0' < 10 }

// parentOf returns the wire form of the name one label above name, which is not the root.
func parentOf(name []byte) []byte { return name[1+int(name[0]):] }

// labelsOf counts the labels of a name in wire form, without the root's.
func labelsOf(name []byte) int {
	n := 0
	for ; name[0] != 0; name = parentOf(name) {
		n++
	}
	return n
}

// isBelow reports whether name is apex or below it, both in wire form.
func isBelow(name, apex []byte) bool {
	if len(name) < len(apex) || string(name[len(name)-len(apex):]) != string(apex) {
		return false
	}
	for len(name) > len(apex) {
		name = parentOf(name)
	}
	return len(name) == len(apex)
}

// nameLen returns the length of the uncompressed name in wire form that b begins with, or 0 if there is none.
func nameLen(b []byte) int {
	for n := 0; n < len(b) && n < maxName; n += 1 + int(b[n]) {
		switch {
		case b[n] == 0:
			return n + 1
		case b[n] > 63:
			return 0
		}
	}
	return 0
}

// isLower reports whether a valid name in wire form is in lower case. The lengths of labels are below 'A'.
func isLower(name []byte) bool {
	for _, c := range name {
		if c-'A' < 26 {
			return false
		}
	}
	return true
}

// nameString returns the presentation form of a name in wire form, escaped as miekg/dns escapes it.
func nameString(name []byte) string {
	if name[0] == 0 {
		return "."
	}
	var buf [4 * maxName]byte
	out := buf[:0]
	for ; name[0] != 0; name = parentOf(name) {
		for _, c := range name[1 : 1+int(name[0])] {
			out = appendEscaped(out, c)
		}
		out = append(out, '.')
	}
	return string(out)
}

func appendEscaped(out []byte, c byte) []byte {
	switch c {
	case '.', ' ', '\'', '@', ';', '(', ')', '"', '\\':
		return append(out, '\\', c)
	}
	if c < ' ' || c > '~' {
		return appendDecimal(out, c)
	}
	return append(out, c)
}

func appendDecimal(out []byte, c byte) []byte {
	return append(out, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
}
