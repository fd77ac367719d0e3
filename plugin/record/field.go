package record

import "github.com/miekg/dns"

// field is one field of RDATA in zone-file form, its escapes in the spelling that miekg/dns itself uses.
type field struct {
	text   string // with the quotes, if it has any
	quoted bool   // the whole field is one quoted string
}

// inner is the text of f without quotes around it.
func (f field) inner() string {
	if f.quoted {
		return f.text[1 : len(f.text)-1]
	}
	return f.text
}

// scanner splits RDATA into fields (RFC 1035, 5.1). It stands before the parser of miekg/dns, which reads whole zone
// files: what it lets through is fields of one record on one line, without comments, parentheses, @ or directives.
type scanner struct {
	s      string
	i      int
	text   bool // the type holds text, in which a ; might be meant as data
	params bool // the type has fields of the form key="value" (RFC 9460, 2.1)
	depth  int  // of parentheses
	fields []field
}

// split returns the fields of a record of type t.
func split(s string, t uint16) ([]field, *fault) {
	z := &scanner{s: s, text: holdsText(t), params: t == dns.TypeSVCB || t == dns.TypeHTTPS}
	for z.i < len(z.s) {
		if f := z.next(); f != nil {
			return nil, f
		}
	}
	if z.depth > 0 {
		return nil, &fault{"has a ( without )", "add the ) or remove the ("}
	}
	return z.fields, nil
}

// holdsText reports whether type t has fields of free text outside quotes.
func holdsText(t uint16) bool {
	switch t {
	case dns.TypeCAA, dns.TypeHINFO, dns.TypeHTTPS, dns.TypeISDN, dns.TypeNAPTR, dns.TypeSVCB, dns.TypeUINFO,
		dns.TypeURI, dns.TypeX25:
		return true
	}
	return isText(t)
}

// next reads one field, parenthesis, comment or blank.
func (z *scanner) next() *fault {
	switch c := z.s[z.i]; c {
	case '(':
		z.depth++
	case ')':
		z.depth--
		if z.depth < 0 {
			return &fault{"has a ) without (", "add the ( or remove the )"}
		}
	case ';':
		return z.comment()
	case '\n':
		if z.depth == 0 && len(z.fields) > 0 {
			return z.secondLine()
		}
	case ' ', '\t', '\r':
	default:
		return z.field()
	}
	z.i++
	return nil
}

// secondLine allows a line break outside parentheses only if nothing but blanks and comments follows it.
func (z *scanner) secondLine() *fault {
	for z.i < len(z.s) {
		switch c := z.s[z.i]; {
		case isBlank(c):
			z.i++
		case c == ';':
			z.skipLine()
		default:
			return &fault{"goes on after a line break", "write one record a row, or put parentheses around the lines"}
		}
	}
	return nil
}

// comment skips a comment, unless the ; might be meant as data.
func (z *scanner) comment() *fault {
	if n := len(z.fields); z.text && n > 0 && !z.fields[n-1].quoted {
		return bareSemicolon
	}
	z.skipLine()
	return nil
}

var bareSemicolon = &fault{"holds a bare ;",
	`put quotes around the text or write \; if it belongs to it, or remove the comment`}

// skipLine goes to the end of the line.
func (z *scanner) skipLine() {
	for z.i < len(z.s) && z.s[z.i] != '\n' {
		z.i++
	}
}

// field reads one field.
func (z *scanner) field() *fault {
	start := z.i
	quoted := z.s[z.i] == '"'
	var out []byte
	for z.i < len(z.s) {
		c := z.s[z.i]
		switch {
		case c == '"' && (z.i == start || z.params && z.s[z.i-1] == '='):
			var f *fault
			if out, f = z.quotation(out); f != nil {
				return f
			}
			if !z.atEnd() && !(quoted && z.s[z.i] == '"') {
				return &fault{"has text right after a closing quote", "put a space between them"}
			}
			z.add(out, quoted)
			return nil
		case c == '"':
			return &fault{"has a quote inside a field", `put quotes around the whole field, or write \" for a quote`}
		case c == ';':
			return bareSemicolon
		case isBlank(c) || c == '(' || c == ')':
			return z.unquoted(z.s[start:z.i], out)
		}
		c, n, f := rdataOctet(z.s[z.i:])
		if f != nil {
			return f
		}
		if c == '.' && n == 1 {
			out = append(out, '.')
		} else {
			out = appendNameOctet(out, c)
		}
		z.i += n
	}
	return z.unquoted(z.s[start:], out)
}

// unquoted adds a field without quotes, which stands as raw in the row.
func (z *scanner) unquoted(raw string, out []byte) *fault {
	switch {
	case raw == "@":
		return &fault{"holds a bare @", "write the domain name in full: @ stands for an origin, and rows have none"}
	case raw == genericMark && len(z.fields) == 0:
		out = append(out[:0], genericMark...) // the only field that keeps an escape of what needs none
	}
	z.add(out, false)
	return nil
}

// atEnd reports whether a quoted field ends here.
func (z *scanner) atEnd() bool {
	if z.i == len(z.s) {
		return true
	}
	c := z.s[z.i]
	return isBlank(c) || c == '(' || c == ')' || c == ';'
}

// quotation appends a quoted string to out, with its quotes. In it every octet is data; line breaks are too.
func (z *scanner) quotation(out []byte) ([]byte, *fault) {
	out = append(out, '"')
	for z.i++; z.i < len(z.s); {
		c := z.s[z.i]
		if c == '"' {
			z.i++
			return append(out, '"'), nil
		}
		n := 1
		if c == '\\' {
			if c, n = unescape(z.s[z.i:]); n == 0 {
				return nil, badEscape
			}
		}
		out = appendTextOctet(out, c)
		z.i += n
	}
	return nil, &fault{"has a quote that is never closed", `add the closing quote, or write \" for a quote that is text`}
}

// add adds a field.
func (z *scanner) add(out []byte, quoted bool) {
	z.fields = append(z.fields, field{string(out), quoted})
}

// rdataOctet reads the first octet of s outside quotes, and how many characters it took.
func rdataOctet(s string) (byte, int, *fault) {
	c := s[0]
	if c == '\\' {
		c, n := unescape(s)
		if n == 0 {
			return 0, 0, badEscape
		}
		return c, n, nil
	}
	if c < ' ' || c == 0x7f {
		return 0, 0, &fault{"holds a control character",
			`remove it, or, if it belongs to the data, write it in decimal, as \009 for a tab`}
	}
	return c, 1, nil
}
