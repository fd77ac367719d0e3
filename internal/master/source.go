package master

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// source is a file that is being read, line by line.
type source struct {
	name  string // for messages
	path  string // what its own $INCLUDE is relative to; "" refuses it
	info  os.FileInfo
	in    *bufio.Reader
	close func() error

	line   int      // of the last line that was read
	pushed []string // lines to be read again, before all others
	begun  bool
}

func newSource(r io.Reader, name, path string) *source {
	return &source{name: name, path: path, in: bufio.NewReaderSize(r, 1<<16), close: func() error { return nil }}
}

// mostLine bounds a line, in octets: no record needs a longer one.
const mostLine = 1 << 20

var errLongLine = errors.New("the line has more than a million octets: this is no master file")

// next reads the next line, with its line break if it has one. The end is io.EOF.
func (s *source) next() (string, error) {
	if len(s.pushed) > 0 {
		line := s.pushed[0]
		s.pushed = s.pushed[1:]
		s.line++
		return line, nil
	}
	if !s.begun {
		s.begun = true
		if why := s.foreign(); why != "" {
			s.line = 1
			return "", errors.New(why)
		}
	}
	var line []byte
	for {
		part, err := s.in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > mostLine:
			s.line++
			return "", errLongLine
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (len(line) == 0 || !errors.Is(err, io.EOF)):
			return "", err
		}
		s.line++
		return string(line), nil
	}
}

// pushBack makes the last lines come again.
func (s *source) pushBack(lines []string) {
	s.pushed = append(append([]string{}, lines...), s.pushed...)
	s.line -= len(lines)
}

// magics are how files begin that are no text, and what to do with them.
var magics = []struct{ begins, what, advice string }{
	{"\xef\xbb\xbf", "begins with a byte order mark, which is no part of a name", "save it as UTF-8 without BOM, or as ASCII"},
	{"\xff\xfe", "is in UTF-16", "save it as ASCII, as with iconv -f UTF-16 -t ASCII"},
	{"\xfe\xff", "is in UTF-16", "save it as ASCII, as with iconv -f UTF-16 -t ASCII"},
	{"\x1f\x8b", "is compressed by gzip", "unpack it first, as with gunzip -c FILE | mysqldns import -"},
	{"BZh", "is compressed by bzip2", "unpack it first, as with bunzip2 -c FILE | mysqldns import -"},
	{"\xfd7zXZ\x00", "is compressed by xz", "unpack it first, as with unxz -c FILE | mysqldns import -"},
	{"\x28\xb5\x2f\xfd", "is compressed by zstd", "unpack it first, as with unzstd -c FILE | mysqldns import -"},
	{"PK\x03\x04", "is a zip archive", "unpack it first"},
	{"\x00\x00\x00\x02", "is in BIND's raw format", "make it text, as with named-compilezone -f raw -F text -o - ZONE FILE | mysqldns import -"},
	{"\x00\x00\x00\x03", "is in BIND's map format", "make it text, as with named-compilezone -f map -F text -o - ZONE FILE | mysqldns import -"},
}

// foreign says what a file is that is no master file; "" if it may be one.
func (s *source) foreign() string {
	begin, _ := s.in.Peek(8)
	for _, m := range magics {
		if bytes.HasPrefix(begin, []byte(m.begins)) {
			return "the file " + m.what + ": " + m.advice
		}
	}
	return ""
}

// Bounds on $INCLUDE.
const (
	mostDepth    = 16   // files within each other
	mostIncludes = 1000 // files in all
)

// include begins to read another file.
func (r *Reader) include(path string) error {
	outer := r.source()
	switch {
	case outer.path == "":
		return errors.New("$INCLUDE is refused on the standard input, where nobody knows what it is relative to: put what the other file has in its place, or import a file")
	case len(r.sources) == mostDepth:
		return fmt.Errorf("$INCLUDE is nested more than %d deep: put what the other file has in its place", mostDepth-1)
	case r.included == mostIncludes:
		return fmt.Errorf("more than %d files are included: import them one by one", mostIncludes)
	}
	r.included++
	path = besides(outer.path, path)
	file, info, err := openRegular(path)
	if err != nil {
		return errors.New("$INCLUDE: " + cleanError(err))
	}
	for _, s := range r.sources {
		if s.info != nil && os.SameFile(s.info, info) {
			file.Close()
			return errors.New("$INCLUDE: " + PrintablePath(path) + " is being read already, so this would never end: remove the line")
		}
	}
	s := newSource(file, PrintablePath(path), path)
	s.info, s.close = info, file.Close
	r.sources = append(r.sources, s)
	return nil
}

// openRegular opens a file. What is none is told before: to open a named pipe would wait for somebody who writes to it, perhaps for ever.
func openRegular(path string) (*os.File, os.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, errors.New(PrintablePath(path) + " is no regular file")
	}
	file, err := os.Open(path)
	return file, info, err
}

// PrintablePath is a path for a message.
func PrintablePath(path string) string {
	if text := strconv.QuoteToASCII(path); text != `"`+path+`"` {
		return text
	}
	return path
}

// cleanError is what an error of the file system says, which may have a stranger's path in it.
func cleanError(err error) string {
	var at *os.PathError
	if errors.As(err, &at) {
		return PrintablePath(at.Path) + ": " + at.Err.Error()
	}
	return err.Error()
}

// isTransfer reports whether a comment is what dig or kdig writes before the records of a transfer.
func isTransfer(comment string) bool {
	comment = strings.ToLower(comment)
	return strings.HasPrefix(comment, "; <<>> dig") && strings.Contains(comment, "axfr") || strings.HasPrefix(comment, ";; axfr for ")
}

// isBroken reports whether a comment is what they write when a transfer breaks off.
func isBroken(comment string) bool {
	comment = strings.ToLower(comment)
	return strings.HasPrefix(comment, "; transfer failed") || strings.HasPrefix(comment, ";; communications error") ||
		strings.HasPrefix(comment, ";; connection timed out") || strings.HasPrefix(comment, ";; error:") || strings.HasPrefix(comment, ";; warning:")
}
