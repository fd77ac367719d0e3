package record

import (
	"strings"

	"github.com/mysqldns/mysqldns/plugin/wire"
)

// Limits of a name (RFC 1035, 2.3.4), in octets.
const (
	maxLabel = 63
	maxName  = wire.MaxName
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
	var buf [maxName]byte
	packed, f := appendWireName(buf[:0], s, nil)
	if f != nil {
		return "", f
	}
	if fold {
		for i, c := range packed {
			packed[i] = wire.Lower(c)
		}
	}
	return string(AppendName(make([]byte, 0, len(s)+8), packed)), nil
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
	octets := len(s) + 1 // a dot takes the place of a length, but for the first label's
	if label > 0 {
		octets++
	}
	if s == "" || label > maxLabel || octets > maxName {
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

// appendWireName appends the wire form of a name, with whatever escapes, in the case that it has. A name without a final dot is relative to
// origin, in wire form; in a row, where origin is nil, to the root. An empty origin is an unknown one.
func appendWireName(out []byte, s string, origin []byte) ([]byte, *fault) {
	switch s {
	case "":
		return nil, &fault{"is empty", "write a domain name, such as www.example.org"}
	case ".":
		return append(out, 0), nil
	case "@":
		if origin == nil {
			return nil, &fault{"is @, which stands for an origin, and rows have none", "write the name in full"}
		}
		if len(origin) == 0 {
			return nil, noOrigin
		}
		return append(out, origin...), nil
	}
	start, label := len(out), len(out) // of the name; of this label, where its length goes
	out = append(out, 0)
	for i := 0; i < len(s); {
		if s[i] == '.' {
			if len(out) == label+1 {
				return nil, &fault{"has an empty label", "remove the dot at the start or the second of two dots"}
			}
			label, out = len(out), append(out, 0)
			i++
			continue
		}
		c, n, f := nameOctet(s[i:])
		if f != nil {
			return nil, f
		}
		if out[label]++; out[label] > maxLabel {
			return nil, &fault{"has a label of more than 63 octets", "shorten the part between two dots"}
		}
		out = append(out, c)
		i += n
	}
	if out[label] > 0 { // the root's length is not there yet
		switch {
		case origin == nil:
			origin = rootName
		case len(origin) == 0:
			return nil, noOrigin
		}
		out = append(out, origin...)
	}
	if len(out)-start > maxName {
		return nil, &fault{"is longer than 255 octets", "shorten the name"}
	}
	return out, nil
}

// rootName is the root in wire form.
var rootName = []byte{0}

var noOrigin = &fault{"is relative, and no origin is known", "say with $ORIGIN or --origin what it is relative to, or write the name in full, with a dot at its end"}

// nameOctet reads the first octet of s, which is not a dot, and how many characters it took.
func nameOctet(s string) (byte, int, *fault) {
	c := s[0]
	switch {
	case c == '\\':
		c, n := Unescape(s)
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
