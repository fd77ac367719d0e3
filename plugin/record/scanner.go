package record

import "strings"

// Field is one field of a line of a master file (RFC 1035, 5.1), as it is written: with its quotes and its escapes, which are known to be good.
type Field struct {
	Text   string
	Quoted bool // the whole field is one quoted string
}

// inner is the text of f without quotes around it.
func (f Field) inner() string {
	if f.Quoted {
		return f.Text[1 : len(f.Text)-1]
	}
	return f.Text
}

// octets are those that f stands for.
func (f Field) octets() string { return unescapeAll(f.inner()) }

// Scanner splits text into fields (RFC 1035, 5.1: quotes, escapes, parentheses, comments). It is the only one: the RDATA of a row and the lines of
// a master file both go through it.
type Scanner struct {
	// More returns the next line of a master file, with its line break, for an entry that goes on there: it is called within parentheses and
	// quotes only. False is the end of the file. Without More, what is given to Reset is all that there is.
	More func() (string, bool)

	s      string
	i      int
	depth  int  // of parentheses
	params bool // fields may be key="value" (RFC 9460, 2.1)
	row    bool // a ; might be meant as data
	quoted bool // we are within a quoted string
	last   Field
	any    bool // there was a field
}

// Reset begins with other text.
func (z *Scanner) Reset(s string) { *z = Scanner{More: z.More, s: s} }

// SetType tells the type of the record whose RDATA comes next. Some types have a field that is like no other's.
func (z *Scanner) SetType(t uint16) { z.params = isService(t) }

// InQuotes reports, to More, whether a quoted string goes on in the next line.
func (z *Scanner) InQuotes() bool { return z.quoted }

// Skip goes to the end of an entry in which something is wrong, so that the next one can be read.
func (z *Scanner) Skip() {
	for {
		if z.i >= len(z.s) {
			if z.depth == 0 || !z.line() {
				return
			}
			continue
		}
		switch z.s[z.i] {
		case '(':
			z.depth++
		case ')':
			z.depth = max(0, z.depth-1)
		case '\\':
			z.i++
		case '"':
			if n := strings.IndexByte(z.s[z.i+1:], '"'); n >= 0 {
				z.i += n + 1
			}
		case ';':
			z.skipLine()
			continue
		}
		z.i++
	}
}

// Next returns the next field; false is the end of the entry, or an error, which is an *Error that names no row.
func (z *Scanner) Next() (Field, bool, error) {
	field, ok, f := z.next()
	if f != nil {
		return field, false, f.of(Row{}, ReasonRecord)
	}
	return field, ok, nil
}

// split returns the fields of a row's RDATA.
func split(s string, t uint16) ([]Field, *fault) {
	z := &Scanner{s: s, row: holdsText(t), params: isService(t)}
	var fields []Field
	for {
		field, ok, f := z.next()
		if f != nil {
			return nil, f
		}
		if !ok {
			return fields, nil
		}
		fields = append(fields, field)
	}
}

// next is Next.
func (z *Scanner) next() (Field, bool, *fault) {
	for {
		if z.i == len(z.s) {
			if z.depth == 0 {
				return Field{}, false, nil
			}
			if !z.line() {
				return Field{}, false, &fault{"has a ( without )", "add the ) or remove the ("}
			}
			continue
		}
		switch c := z.s[z.i]; c {
		case '(':
			z.depth++
		case ')':
			z.depth--
			if z.depth < 0 {
				return Field{}, false, &fault{"has a ) without (", "add the ( or remove the )"}
			}
		case ';':
			if z.row && z.any && !z.last.Quoted {
				return Field{}, false, bareSemicolon
			}
			z.skipLine()
			continue
		case '\n':
			if z.depth == 0 && (z.any || z.More != nil) {
				return Field{}, false, z.secondLine()
			}
		case ' ', '\t', '\r':
		default:
			f := z.field()
			return z.last, f == nil, f
		}
		z.i++
	}
}

// line goes on to the next line.
func (z *Scanner) line() bool {
	if z.More == nil {
		return false
	}
	s, ok := z.More()
	z.s, z.i = s, 0
	return ok
}

// secondLine allows a line break outside parentheses only if nothing but blanks and comments follows it.
func (z *Scanner) secondLine() *fault {
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

var bareSemicolon = &fault{"holds a bare ;",
	`put quotes around the text or write \; if it belongs to it, or remove the comment`}

// skipLine goes to the end of the line.
func (z *Scanner) skipLine() {
	if n := strings.IndexByte(z.s[z.i:], '\n'); n >= 0 {
		z.i += n
	} else {
		z.i = len(z.s)
	}
}

// field reads one field into last.
func (z *Scanner) field() *fault {
	start, quoted := z.i, z.s[z.i] == '"'
	var before strings.Builder // what the field has of earlier lines
	for z.i < len(z.s) {
		c := z.s[z.i]
		switch {
		case c == '"' && (z.i == start || z.params && z.s[z.i-1] == '='):
			before.WriteString(z.s[start:z.i])
			if f := z.quotation(&before); f != nil {
				return f
			}
			if !z.atEnd() && !(quoted && z.s[z.i] == '"') {
				return &fault{"has text right after a closing quote", "put a space between them"}
			}
			z.last, z.any = Field{before.String(), quoted}, true
			return nil
		case c == '"':
			return &fault{"has a quote inside a field", `put quotes around the whole field, or write \" for a quote that is text`}
		case c == ';' && z.More == nil:
			return bareSemicolon
		case isBlank(c) || c == '(' || c == ')' || c == ';':
			z.last, z.any = Field{z.s[start:z.i], false}, true
			return nil
		}
		n, f := fieldOctet(z.s[z.i:])
		if f != nil {
			return f
		}
		z.i += n
	}
	z.last, z.any = Field{z.s[start:], false}, true
	return nil
}

// atEnd reports whether a quoted field ends here.
func (z *Scanner) atEnd() bool {
	if z.i == len(z.s) {
		return true
	}
	c := z.s[z.i]
	return isBlank(c) || c == '(' || c == ')' || c == ';'
}

// quotation reads a quoted string, with its quotes. In it every octet is data; line breaks are too.
func (z *Scanner) quotation(out *strings.Builder) *fault {
	start := z.i
	z.quoted = true
	defer func() { z.quoted = false }()
	for z.i++; ; {
		if z.i == len(z.s) {
			out.WriteString(z.s[start:])
			if !z.line() {
				return &fault{"has a quote that is never closed", `add the closing quote, or write \" for a quote that is text`}
			}
			start = 0
			continue
		}
		switch z.s[z.i] {
		case '"':
			z.i++
			out.WriteString(z.s[start:z.i])
			return nil
		case '\\':
			_, n := Unescape(z.s[z.i:])
			if n == 0 {
				return badEscape
			}
			z.i += n
		default:
			z.i++
		}
	}
}

// fieldOctet looks at the first octet of s outside quotes, and says how many characters it took.
func fieldOctet(s string) (int, *fault) {
	c := s[0]
	if c == '\\' {
		_, n := Unescape(s)
		if n == 0 {
			return 0, badEscape
		}
		return n, nil
	}
	if c < ' ' || c == 0x7f {
		return 0, &fault{"holds a control character",
			`remove it, or, if it belongs to the data, write it in decimal, as \009 for a tab`}
	}
	return 1, nil
}
