// Package master reads and writes master files (RFC 1035, 5), record by record, so that their size does not matter.
package master

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// Error says what is wrong with a master file, and where.
type Error struct {
	File    string // as given to NewReader
	Line    int    // from 1
	Problem string // one printable line
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Problem) }

// Reader reads the records of a master file. It knows $ORIGIN, $TTL and $GENERATE; $INCLUDE it refuses, as the file may be a stranger's.
type Reader struct {
	file   string
	lines  *lines
	parser *dns.ZoneParser
	rr     dns.RR
	err    error
}

// NewReader reads from r. Messages call it file. Origin is what relative names are relative to until $ORIGIN says otherwise, fully
// qualified; with "", they are refused.
func NewReader(r io.Reader, file, origin string) *Reader {
	l := newLines(r)
	return &Reader{file: file, lines: l, parser: dns.NewZoneParser(l, origin, "")}
}

// Next goes to the next record. False is the end, or an error.
func (r *Reader) Next() bool {
	if r.err != nil {
		return false
	}
	rr, ok := r.parser.Next()
	if err := r.parser.Err(); err != nil {
		r.err = r.explain(err)
		return false
	}
	r.rr = rr
	return ok
}

// RR is this record. The parser is lenient: whether the record makes sense is another's question.
func (r *Reader) RR() dns.RR { return r.rr }

// Line is where this record ends, or where $GENERATE made it.
func (r *Reader) Line() int { return r.lines.line }

// Err is why Next came to its end, nil after the last record: an *Error, or one of the file system.
func (r *Reader) Err() error { return r.err }

// Refuse is an Error about this record.
func (r *Reader) Refuse(problem string) error { return &Error{r.file, r.Line(), problem} }

// parserSays takes apart what miekg/dns says: dns: PROBLEM: "TOKEN" at line: LINE:COLUMN.
var parserSays = regexp.MustCompile(`(?s)^dns: (.*): ("(?:[^"\\]|\\.)*") at line: (\d+):\d+$`)

// hints by what miekg/dns says.
var hints = []struct{ problem, hint string }{
	{`"$TTL"`, "the record is not complete"},
	{"missing TTL", "begin the file with $TTL"},
	{"$INCLUDE directive not allowed", "put what the other file has in its place"},
	{"bad owner name", "a relative name needs an origin"},
	{"expecting RR type", "no such type or class; write types that have no name as TYPE65280"},
}

// explain makes an *Error of an error of the parser. Its line is ours where that one counts lines of what $GENERATE made.
func (r *Reader) explain(err error) error {
	var parse *dns.ParseError
	if r.lines.cut { // whatever the parser makes of it
		return &Error{r.file, r.Line(), errCut.Error()}
	}
	if !errors.As(err, &parse) {
		return fmt.Errorf("%s: %w", r.file, err) // of the file system
	}
	found := parserSays.FindStringSubmatch(err.Error())
	if found == nil {
		return &Error{r.file, r.Line(), strings.TrimPrefix(err.Error(), "dns: ")}
	}
	problem, token := found[1], found[2]
	if word, err := strconv.Unquote(token); err == nil && strings.TrimSpace(word) != "" {
		const most = 64
		if len(token) > most {
			token = token[:most] + "..."
		}
		problem += ": " + token
	}
	for _, h := range hints {
		if strings.Contains(problem, h.problem) {
			problem += " (" + h.hint + ")"
			break
		}
	}
	return &Error{r.file, r.Line(), problem}
}
