// Package master reads and writes master files (RFC 1035, 5), record by record, so that their size does not matter. What a record's RDATA means is
// plugin/record's to say, as for rows; here is what a file has beside it: owner names, TTLs, classes, directives.
//
// Reading the source: Reader (reader.go) goes from entry to entry; source.go has the lines of a file and of those that it includes; directive.go
// and generate.go have what begins with a $; error.go what is said about bad lines; line.go writes.
package master

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/record"

	"github.com/miekg/dns"
)

// Options of a Reader.
type Options struct {
	// Path is where the file is, for its $INCLUDE, which is relative to its folder. With "", $INCLUDE is refused.
	Path string

	// Origin is what relative names are relative to until $ORIGIN says otherwise, fully qualified; with "", they are refused.
	Origin string

	// TTL, in seconds, is for records whose TTL the file does not say: no $TTL, no TTL before, no SOA before.
	TTL uint32
}

// Reader reads the records of a master file. It goes on after a bad line, to find the others.
type Reader struct {
	options  Options
	sources  []*source // that are read, each included by the one before
	contexts []context // of those that include
	files    []string  // all that were read, by name
	included int

	scanner  record.Scanner
	lines    []string // of this entry; the first is in the scanner already
	quoted   bool     // a quoted string in it goes over a line break
	start    int      // where it begins
	origin   record.Origin
	owner    string // of the last record; "" where it is unknown
	ttl      ttls
	generate *generator // $GENERATE, while it makes records

	transfer, broken bool

	rr   dns.RR
	errs Errors
	err  error // of the file system
	end  bool
}

// context is what $INCLUDE does not change for the file that it is in (RFC 1035, 5.1).
type context struct {
	origin record.Origin
	owner  string
	file   int
}

// ttls are what a record without a TTL may take it from (RFC 1035, 5.1; RFC 2308, 4).
type ttls struct{ directive, last, minimum *uint32 }

// of is the TTL of a record that has none of its own.
func (t *ttls) of(otherwise uint32) uint32 {
	for _, ttl := range []*uint32{t.directive, t.last, t.minimum} {
		if ttl != nil {
			return *ttl
		}
	}
	return otherwise
}

// NewReader reads from r. Messages call it file.
func NewReader(r io.Reader, file string, options Options) *Reader {
	reader := &Reader{options: options, sources: []*source{newSource(r, file, options.Path)}, files: []string{file}}
	reader.scanner.More = reader.more
	if options.Path != "" {
		reader.sources[0].info, _ = os.Stat(options.Path) // who cannot be looked at, cannot be included either
	}
	if options.Origin != "" {
		origin, err := record.NewOrigin(options.Origin)
		if err != nil {
			reader.err = err
		}
		reader.origin = origin
	}
	return reader
}

// Close closes the files that are included. The first is the caller's.
func (r *Reader) Close() {
	for len(r.sources) > 1 {
		r.leave()
	}
}

// Next goes to the next record. False is the end: Err says why.
func (r *Reader) Next() bool {
	for r.err == nil && !r.end && len(r.errs) < MostErrors {
		if r.generate != nil {
			if r.generated() {
				return true
			}
			continue
		}
		if r.entry() {
			return true
		}
	}
	return false
}

// RR is this record. Its owner name is in the case that the file has.
func (r *Reader) RR() dns.RR { return r.rr }

// Place is where this record begins, or where $GENERATE made it, among all files that are read; for At.
func (r *Reader) Place() uint64 { return uint64(r.file())<<lineBits | uint64(r.start) }

// lineBits is how many bits of a place are the line.
const lineBits = 40

// At is FILE:LINE of a place, and the line alone.
func (r *Reader) At(place uint64) (file string, line uint64) {
	return r.files[place>>lineBits], place & (1<<lineBits - 1)
}

// IsTransfer reports whether the file begins as dig and kdig print a transfer: it is whole only if it ends with the SOA that it began with
// (RFC 5936, 2.2).
func (r *Reader) IsTransfer() bool { return r.transfer }

// IsBroken reports whether they say in the file that the transfer broke off.
func (r *Reader) IsBroken() bool { return r.broken }

// Err is why Next came to its end, nil after the last record of a good file: Errors, or an error of the file system.
func (r *Reader) Err() error {
	if r.err != nil {
		return r.err
	}
	if len(r.errs) > 0 {
		return r.errs
	}
	return nil
}

// Refuse adds an error about this record.
func (r *Reader) Refuse(problem string) { r.wrong(problem) }

// wrong notes an error about this entry.
func (r *Reader) wrong(problem string) {
	if len(r.errs) < MostErrors {
		r.errs = append(r.errs, &Error{r.source().name, r.start, problem})
	}
}

func (r *Reader) source() *source { return r.sources[len(r.sources)-1] }

// file is the number of the file that is being read.
func (r *Reader) file() int {
	if len(r.contexts) == 0 {
		return 0
	}
	return r.contexts[len(r.contexts)-1].file
}

// leave goes back from a file to the one that includes it.
func (r *Reader) leave() {
	_ = r.source().close()
	c := r.contexts[len(r.contexts)-1]
	r.origin, r.owner = c.origin, c.owner
	r.sources, r.contexts = r.sources[:len(r.sources)-1], r.contexts[:len(r.contexts)-1]
}

// more reads a line for an entry that goes on there.
func (r *Reader) more() (string, bool) {
	if r.generate != nil {
		return "", false
	}
	line, err := r.source().next()
	if err != nil {
		return "", false // the next entry meets it again, or it is the end
	}
	r.quoted = r.quoted || r.scanner.InQuotes()
	r.lines = append(r.lines, line)
	return line, true
}

// entry reads an entry, and reports whether it is a record.
func (r *Reader) entry() bool {
	line, err := r.source().next()
	r.start, r.lines, r.quoted = r.source().line, r.lines[:0], false
	switch {
	case errors.Is(err, io.EOF) && len(r.sources) > 1:
		r.leave()
		return false
	case errors.Is(err, io.EOF):
		r.end = true
		return false
	case err != nil:
		r.unreadable(err)
		return false
	}
	if line[0] == ';' {
		r.transfer = r.transfer || r.rr == nil && isTransfer(line)
		r.broken = r.broken || isBroken(line)
		return false
	}
	r.lines = append(r.lines, line)
	r.scanner.Reset(line)
	rr, err := r.read(line)
	if err != nil {
		r.recover(err)
		return false
	}
	if rr == nil {
		return false
	}
	r.rr = rr
	return true
}

// unreadable ends with an error about a file, or about what it is.
func (r *Reader) unreadable(err error) {
	s := r.source()
	if s.line > 0 && (errors.Is(err, errLongLine) || s.foreign() != "") {
		r.start, r.end = s.line, true
		r.wrong(err.Error())
		return
	}
	r.err = err
}

// recover notes what is wrong with an entry, and finds where the next one begins.
func (r *Reader) recover(err error) {
	said := problem(err)
	r.scanner.Skip()
	switch {
	case len(r.lines) == 1:
	case r.quoted: // what is behind the line is most likely meant to be other entries
		said = "a quoted string does not end in the line that it begins in: add the closing quote, or write \\\" for a quote that is text"
		r.source().pushBack(r.lines[1:])
	case strings.Contains(said, unclosed):
		next := 1
		for next < len(r.lines) && strings.ContainsAny(r.lines[next][:1], " \t\r\n;)") {
			next++
		}
		r.source().pushBack(r.lines[next:])
	}
	r.wrong(said)
}

// unclosed is what the scanner says of a parenthesis.
const unclosed = "( without )"

// read reads the entry that begins with line: a record, or nil for a directive and an empty line.
func (r *Reader) read(line string) (dns.RR, error) {
	first, ok, err := r.scanner.Next()
	if err != nil || !ok {
		return nil, err
	}
	if isBlank(line[0]) {
		if r.owner == "" {
			r.scanner.Skip()
			if len(r.errs) > 0 {
				return nil, nil // whose name is wrong; that has been said
			}
			return nil, errors.New("the line begins with white space, so it means the owner name of the record before, and there is none: begin it with a name")
		}
		return r.record(r.owner, first)
	}
	if strings.HasPrefix(first.Text, "$") {
		return nil, r.directive(first.Text)
	}
	r.owner = ""
	if first.Quoted {
		return nil, errors.New("the owner name is in quotes: remove them")
	}
	_, typeErr := record.Type(first.Text)
	looksLikeType := typeErr == nil && !isDigits(first.Text)
	owner, err := r.origin.Name(first.Text)
	switch {
	case err != nil && looksLikeType:
		return nil, noOwner(first.Text)
	case err != nil:
		return nil, err
	}
	r.owner = owner
	field, ok, err := r.scanner.Next()
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errors.New("there is nothing behind the owner name " + quoted(first.Text) + ": write TTL, class, type and data, or remove it")
	}
	rr, err := r.record(owner, field)
	var unknown *unknownType
	if errors.As(err, &unknown) && looksLikeType {
		err = noOwner(first.Text)
	}
	return rr, err
}

// noOwner is about a line that begins with a type.
func noOwner(word string) error {
	return errors.New("the line has no owner name, but begins with the type " + word +
		": write the name, or begin the line with white space to mean that of the record before")
}

// record reads a record from the field behind its owner name.
func (r *Reader) record(owner string, field record.Field) (dns.RR, error) {
	hdr, err := r.header(owner, field)
	if err != nil {
		return nil, err
	}
	r.scanner.SetType(hdr.Rrtype)
	var fields []record.Field
	for {
		field, ok, err := r.scanner.Next()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		fields = append(fields, field)
	}
	rr, err := r.origin.Record(hdr, fields)
	if err != nil {
		return nil, err
	}
	if soa, ok := rr.(*dns.SOA); ok && r.ttl.minimum == nil {
		r.ttl.minimum = &soa.Minttl
		if r.ttl.directive == nil && r.ttl.last == nil {
			soa.Hdr.Ttl = soa.Minttl
		}
	}
	return rr, nil
}

// header reads [TTL] [class] type, the first two in either order.
func (r *Reader) header(owner string, field record.Field) (dns.RR_Header, error) {
	hdr := dns.RR_Header{Name: owner, Class: dns.ClassINET}
	hasTTL, hasClass := false, false
	for {
		word := field.Text
		ttl, isTTL := record.Period(word)
		class, isClass := classNamed(word)
		switch {
		case field.Quoted:
			return hdr, errors.New("the type is missing before " + quoted(word) + ": write it, such as TXT")
		case isTTL && !hasTTL:
			if ttl > maxTTL {
				return hdr, errors.New("the TTL " + word + " is too large: write at most 2147483647 seconds (RFC 2181, 8)")
			}
			hdr.Ttl, hasTTL = ttl, true
		case isClass && !hasClass:
			hdr.Class, hasClass = class, true
		case isDigits(word):
			return hdr, errors.New("there is a second number, " + quoted(word) + ", where the type is to be: remove one of them")
		default:
			if err := checkClass(hdr); err != nil {
				return hdr, err
			}
			var err error
			if hdr.Rrtype, err = typeOf(word); err != nil {
				return hdr, err
			}
			if hasTTL {
				r.ttl.last = &hdr.Ttl
			} else {
				hdr.Ttl = r.ttl.of(r.options.TTL)
			}
			return hdr, nil
		}
		var ok bool
		var err error
		if field, ok, err = r.scanner.Next(); err != nil {
			return hdr, err
		}
		if !ok {
			return hdr, errors.New("the type is missing: write it and its data behind owner name, TTL and class")
		}
	}
}

// maxTTL is the largest TTL (RFC 2181, 8), in seconds.
const maxTTL = 1<<31 - 1

// classNamed is the class that a field means.
func classNamed(word string) (uint16, bool) {
	word = strings.ToUpper(word)
	if class, ok := dns.StringToClass[word]; ok {
		return class, true
	}
	digits, ok := strings.CutPrefix(word, "CLASS")
	if !ok || !isDigits(digits) || len(digits) > 5 {
		return 0, false
	}
	class := 0
	for _, c := range digits {
		class = 10*class + int(c-'0')
	}
	return uint16(class), class < 1<<16
}

func checkClass(hdr dns.RR_Header) error {
	if hdr.Class == dns.ClassINET {
		return nil
	}
	return errors.New(hdr.Name + " is of class " + dns.Class(hdr.Class).String() + "; the plugin serves IN only: remove it")
}

// unknownType is about a field where the type is to be.
type unknownType struct{ said string }

func (e *unknownType) Error() string { return e.said }

// typeOf is the type that a field means.
func typeOf(word string) (uint16, error) {
	if strings.HasPrefix(strings.ToUpper(word), "[AGE:") {
		return 0, errors.New(quoted(word) + " is the time stamp of Microsoft's DNS server, and no part of a record: remove it")
	}
	t, err := record.Type(word)
	if err != nil {
		return 0, &unknownType{problem(err)}
	}
	return t, nil
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// isDigits reports whether s is one or more ASCII digits.
func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// besides is a path relative to the folder of another file.
func besides(file, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}
