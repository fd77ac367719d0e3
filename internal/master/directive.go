package master

import (
	"errors"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/record"
)

// directive does what a line that begins with a $ says.
func (r *Reader) directive(word string) error {
	if strings.EqualFold(word, "$GENERATE") {
		return r.startGenerate()
	}
	var fields []string
	for {
		field, ok, err := r.scanner.Next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		text := field.Text
		if field.Quoted { // a path with spaces
			text = strings.Trim(text, `"`)
		}
		fields = append(fields, text)
	}
	number := len(fields)
	switch strings.ToUpper(word) {
	case "$ORIGIN":
		if number != 1 {
			return errors.New("$ORIGIN takes one name: write $ORIGIN and the name, with a dot at its end")
		}
		origin, err := r.origin.At(fields[0])
		if err == nil {
			r.origin = origin
		}
		return err
	case "$TTL":
		if number != 1 {
			return errors.New("$TTL takes one time: write it as $TTL 3600 or $TTL 1h")
		}
		ttl, ok := record.Period(fields[0])
		if !ok || ttl > maxTTL {
			return errors.New("$TTL " + quoted(fields[0]) + " is no TTL: write seconds up to 2147483647, or a time such as 1h30m")
		}
		r.ttl.directive = &ttl
		return nil
	case "$INCLUDE":
		if number != 1 && number != 2 {
			return errors.New("$INCLUDE takes a file and, if need be, an origin: write $INCLUDE, the file and a name with a dot at its end")
		}
		return r.startInclude(fields)
	}
	return errors.New(record.Printable(word) + " is a directive that is not known: there are $ORIGIN, $TTL, $INCLUDE and $GENERATE; write a name that begins with a $ as \\$")
}

// startInclude goes into another file, for which an origin may be given.
func (r *Reader) startInclude(fields []string) error {
	c := context{origin: r.origin, owner: r.owner, file: len(r.files)}
	origin := r.origin
	if len(fields) == 2 {
		var err error
		if origin, err = r.origin.At(fields[1]); err != nil {
			return err
		}
	}
	if err := r.include(fields[0]); err != nil {
		return err
	}
	r.files = append(r.files, r.source().name)
	r.contexts = append(r.contexts, c)
	r.origin = origin
	return nil
}
