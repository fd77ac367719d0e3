package master

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// lines hands a master file to the parser octet by octet and counts its lines. It puts right where miekg/dns reads otherwise than RFC 1035
// and other servers do, by octets that the file does not have:
//
//   - a line break within parentheses does not end a word: here a space follows it;
//   - the end of the file may cut off a record: here it is a mistake within parentheses and quotes, and a directive comes before it, which
//     no record can take for its own;
//   - $GENERATE without TTL takes 3600: here it takes $TTL's.
type lines struct {
	from  *bufio.Reader
	line  int    // of the last octet that was read
	ttl   string // of $TTL, "" without
	ahead string // comes before what from has

	last    byte // octet
	depth   int  // of parentheses
	quoted  bool
	escaped bool // the next octet stands for itself
	comment bool
	ended   bool // what comes now is ours
	cut     bool // errCut was returned
}

var (
	_ io.Reader     = (*lines)(nil)
	_ io.ByteReader = (*lines)(nil)
)

func newLines(r io.Reader) *lines { return &lines{from: bufio.NewReaderSize(r, 1<<16), last: '\n'} }

// errCut is returned by Read and ReadByte when the file ends where it may not.
var errCut = errors.New("the file ends within parentheses or quotes: close them")

// Read is there because dns.NewZoneParser asks for it; it calls ReadByte.
func (l *lines) Read(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		if p[n], err = l.ReadByte(); err == nil {
			n++
		}
	}
	return n, err
}

// ReadByte implements io.ByteReader.
func (l *lines) ReadByte() (byte, error) {
	if l.last == '\n' && l.ahead == "" && l.depth == 0 && !l.quoted {
		l.lookAhead()
	}
	if l.ahead != "" {
		c := l.ahead[0]
		l.ahead = l.ahead[1:]
		l.note(c)
		return c, nil
	}
	c, err := l.from.ReadByte()
	switch {
	case errors.Is(err, io.EOF) && (l.depth > 0 || l.quoted):
		l.cut = true
		return 0, errCut
	case errors.Is(err, io.EOF) && !l.ended:
		l.ended = true
		l.ahead = "\n$TTL 0\n"
		return l.ReadByte()
	case err != nil:
		return 0, err
	}
	l.note(c)
	if c == '\n' && l.depth > 0 && !l.quoted {
		l.ahead = " "
	}
	return c, nil
}

// note keeps account of where in the file we are.
func (l *lines) note(c byte) {
	if l.last == '\n' && !l.ended {
		l.line++
	}
	l.last = c
	switch {
	case c == '\n':
		l.comment, l.escaped = false, false
	case l.escaped:
		l.escaped = false
	case l.comment:
	case c == '\\':
		l.escaped = true
	case c == '"':
		l.quoted = !l.quoted
	case l.quoted:
	case c == ';':
		l.comment = true
	case c == '(':
		l.depth++
	case c == ')':
		l.depth--
	}
}

// maxDirective bounds the length of a line that is read ahead.
const maxDirective = 1 << 12

// lookAhead notes a $TTL that begins here, and completes a $GENERATE.
func (l *lines) lookAhead() {
	if first, err := l.from.Peek(1); err != nil || first[0] != '$' {
		return
	}
	start, _ := l.from.Peek(maxDirective)
	line, _, whole := strings.Cut(string(start), "\n")
	if !whole && len(start) == maxDirective {
		return
	}
	words := strings.Fields(line)
	switch {
	case len(words) >= 2 && strings.EqualFold(words[0], "$TTL"):
		l.ttl = words[1]
	case len(words) >= 5 && strings.EqualFold(words[0], "$GENERATE") && l.ttl != "" && !hasTTL(words[3:]):
		l.ahead = strings.Join(append(words[:3:3], append([]string{l.ttl}, words[3:]...)...), " ")
		_, _ = l.from.Discard(len(line)) // which Peek has seen
	}
}

// hasTTL reports whether there is a TTL in what follows the owner name: [TTL] [CLASS] TYPE RDATA, or the first two the other way round.
func hasTTL(words []string) bool {
	isNumber := func(s string) bool { return '0' <= s[0] && s[0] <= '9' }
	isClass := strings.EqualFold(words[0], "IN")
	return isNumber(words[0]) || isClass && isNumber(words[1])
}
