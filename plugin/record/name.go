package record

import "strings"

// Limits of a name (RFC 1035, 2.3.4), in octets.
const (
	maxLabel = 63
	maxName  = 255 // on the wire: with the length of every label and the root
)

// Kinds of octet in a name, as far as the quick way through is concerned.
const (
	other byte = iota // a character that is escaped or may be
	plain             // stands for itself, in rows and in what miekg/dns unpacks
	upper             // plain, and has a lower case
	dot
)

// kinds maps an octet to its kind.
var kinds = func() (k [256]byte) {
	for c := '!'; c <= '~'; c++ {
		switch {
		case strings.ContainsRune(`'@;()"\`, c):
		case c == '.':
			k[c] = dot
		case 'A' <= c && c <= 'Z':
			k[c] = upper
		default:
			k[c] = plain
		}
	}
	return k
}()

// owner reads the name column, folding ASCII letters to lower case.
func owner(s string) (string, *fault) {
	name, f := domainName(trim(s), true)
	if f != nil {
		return "", &fault{"name " + quote(s) + " " + f.problem, f.advice}
	}
	return name, nil
}

// domainName makes a name fully qualified, and lower case if fold says so.
func domainName(s string, fold bool) (string, *fault) {
	if name, ok := plainName(s, fold); ok {
		return name, nil
	}
	return anyName(s, fold)
}

// plainName makes a name of plain characters fully qualified. It reports false for one that anyName should look at:
// because of an escape, or because of a mistake.
func plainName(s string, fold bool) (string, bool) {
	label, folds := 0, false
	for i := 0; i < len(s); i++ {
		switch kinds[s[i]] {
		case plain:
			label++
		case upper:
			label++
			folds = fold
		case dot:
			if label == 0 || label > maxLabel {
				return "", false
			}
			label = 0
		default:
			return "", false
		}
	}
	wire := len(s) + 1 // a dot takes the place of a length, but for the first label's
	if label > 0 {
		wire++
	}
	if s == "" || label > maxLabel || wire > maxName {
		return "", false
	}
	if folds {
		s = strings.ToLower(s)
	}
	if label > 0 {
		s += "."
	}
	return s, true
}

// anyName makes a name, with whatever escapes, fully qualified, escaped as miekg/dns does when it unpacks one.
func anyName(s string, fold bool) (string, *fault) {
	switch s {
	case "":
		return "", &fault{"is empty", "write a domain name, such as www.example.org"}
	case ".":
		return ".", nil
	case "@":
		return "", &fault{"is @, which stands for an origin, and rows have none", "write the name in full"}
	}
	out := make([]byte, 0, len(s)+8)
	label, wire := 0, 1 // octets of this label; of the name with the root
	for i := 0; i < len(s); {
		if s[i] == '.' {
			if label == 0 {
				return "", &fault{"has an empty label", "remove the dot at the start or the second of two dots"}
			}
			label = 0
			out = append(out, '.')
			i++
			continue
		}
		c, n, f := nameOctet(s[i:])
		if f != nil {
			return "", f
		}
		if label == 0 {
			wire++
		}
		label++
		wire++
		if label > maxLabel {
			return "", &fault{"has a label of more than 63 octets", "shorten the part between two dots"}
		}
		if fold && 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		out = appendNameOctet(out, c)
		i += n
	}
	if wire > maxName {
		return "", &fault{"is longer than 255 octets", "shorten the name"}
	}
	if label > 0 {
		out = append(out, '.')
	}
	return string(out), nil
}

// nameOctet reads the first octet of s, which is not a dot, and how many characters it took.
func nameOctet(s string) (byte, int, *fault) {
	c := s[0]
	switch {
	case c == '\\':
		c, n := unescape(s)
		if n == 0 {
			return 0, 0, badEscape
		}
		return c, n, nil
	case c <= ' ' || c == 0x7f:
		return 0, 0, &fault{"holds white space or a control character",
			"remove it, or, if it belongs to the name, write it in decimal, as \\032 for a space"}
	case c == ';' || c == '(' || c == ')' || c == '"':
		return 0, 0, &fault{"holds a bare " + string(rune(c)),
			"remove it, or, if it belongs to the name, write \\" + string(rune(c))}
	}
	return c, 1, nil
}

var badEscape = &fault{`holds a backslash that escapes nothing`,
	`write \\ for a backslash, or \ and three digits from 000 to 255`}

// unescape reads the escape at the start of s, \C or \DDD (RFC 1035, 5.1), and how many characters it takes: 0 if it
// is none.
func unescape(s string) (byte, int) {
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

// appendNameOctet appends an octet of a label as miekg/dns writes it when it unpacks a name.
func appendNameOctet(out []byte, c byte) []byte {
	switch c {
	case '.', ' ', '\'', '@', ';', '(', ')', '"', '\\':
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
