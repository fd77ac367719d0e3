package master

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/record"

	"github.com/miekg/dns"
)

// generator is a $GENERATE, BIND's directive that makes a row of records:
//
//	$GENERATE START-STOP[/STEP] OWNER [TTL] [CLASS] TYPE RDATA
//
// In OWNER and RDATA each $ is replaced by a number, ${OFFSET[,WIDTH[,BASE]]} by one that is shifted, filled with zeros and written in base d, o, x,
// X, or n and N for hexadecimal digits in reverse order with dots between them; \$ and $$ are a $. RDATA of several fields may be in quotes, as BIND wants
// it, or not.
type generator struct {
	number, stop, step int64
	owner, rdata       string
	hdr                dns.RR_Header
}

// mostGenerated bounds the records of one $GENERATE: all addresses of a /8.
const mostGenerated = 1 << 24

// startGenerate reads the directive.
func (r *Reader) startGenerate() error {
	const form = "write it as $GENERATE START-STOP[/STEP] OWNER [TTL] [CLASS] TYPE RDATA"
	var fields [3]record.Field
	for i := range fields {
		field, ok, err := r.scanner.Next()
		if err != nil {
			return err
		}
		if !ok {
			return errors.New("$GENERATE is not complete: " + form)
		}
		fields[i] = field
	}
	g := &generator{owner: fields[1].Text}
	if err := g.setRange(fields[0].Text); err != nil {
		return err
	}
	var err error
	if g.hdr, err = r.header("", fields[2]); err != nil {
		return err
	}
	var rdata []record.Field
	for {
		field, ok, err := r.scanner.Next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		rdata = append(rdata, field)
	}
	switch {
	case len(rdata) == 0:
		return errors.New("$GENERATE has no RDATA: " + form)
	case len(rdata) == 1 && rdata[0].Quoted:
		g.rdata = strings.TrimSuffix(strings.TrimPrefix(rdata[0].Text, `"`), `"`)
	default:
		words := make([]string, len(rdata))
		for i, field := range rdata {
			words[i] = field.Text
		}
		g.rdata = strings.Join(words, " ")
	}
	r.generate = g
	return nil
}

// setRange reads START-STOP[/STEP].
func (g *generator) setRange(text string) error {
	span, step, stepped := strings.Cut(text, "/")
	start, stop, _ := strings.Cut(span, "-")
	var err [3]error
	g.number, err[0] = strconv.ParseInt(start, 10, 32)
	g.stop, err[1] = strconv.ParseInt(stop, 10, 32)
	g.step = 1
	if stepped {
		g.step, err[2] = strconv.ParseInt(step, 10, 32)
	}
	switch {
	case errors.Join(err[:]...) != nil || g.number < 0 || g.stop < g.number || g.step < 1:
		return errors.New("the range of $GENERATE is " + quoted(text) + ": write START-STOP or START-STOP/STEP, numbers that grow, such as 1-254 or 0-250/5")
	case (g.stop-g.number)/g.step >= mostGenerated:
		return fmt.Errorf("$GENERATE makes more than %d records: write several, each with a part of the range", mostGenerated)
	}
	return nil
}

// generated makes the next record of a $GENERATE, and reports whether there is one.
func (r *Reader) generated() bool {
	g := r.generate
	if g.number > g.stop {
		r.generate = nil
		return false
	}
	rr, err := r.generateOne(g)
	g.number += g.step
	if err != nil { // the others are no better
		r.wrong(problem(err))
		r.generate = nil
		return false
	}
	r.rr = rr
	return true
}

func (r *Reader) generateOne(g *generator) (dns.RR, error) {
	owner, err := g.fill(g.owner)
	if err != nil {
		return nil, err
	}
	hdr := g.hdr
	if hdr.Name, err = r.origin.Name(owner); err != nil {
		return nil, err
	}
	r.owner = hdr.Name
	rdata, err := g.fill(g.rdata)
	if err != nil {
		return nil, err
	}
	r.scanner.Reset(rdata)
	r.scanner.SetType(hdr.Rrtype)
	var fields []record.Field
	for {
		field, ok, err := r.scanner.Next()
		if err != nil {
			return nil, err
		}
		if !ok {
			return r.origin.Record(hdr, fields)
		}
		fields = append(fields, field)
	}
}

// fill replaces each $ of a template.
func (g *generator) fill(template string) (string, error) {
	var out strings.Builder
	for rest := template; rest != ""; {
		switch {
		case strings.HasPrefix(rest, "$$"):
			out.WriteString(`\$`)
			rest = rest[2:]
		case strings.HasPrefix(rest, "${"):
			modifier, behind, ok := strings.Cut(rest[2:], "}")
			number, err := g.modified(modifier)
			if !ok || err != nil {
				return "", errors.New("$GENERATE has " + quoted(rest[:len(rest)-len(behind)]) + ": write ${OFFSET}, ${OFFSET,WIDTH} or ${OFFSET,WIDTH,BASE} with BASE d, o, x, X, n or N, so that no number is negative")
			}
			out.WriteString(number)
			rest = behind
		case rest[0] == '$':
			out.WriteString(strconv.FormatInt(g.number, 10))
			rest = rest[1:]
		case rest[0] == '\\' && len(rest) > 1:
			out.WriteString(rest[:2])
			rest = rest[2:]
		default:
			out.WriteByte(rest[0])
			rest = rest[1:]
		}
		if out.Len() > mostLine {
			return "", errLongLine
		}
	}
	return out.String(), nil
}

// mostWidth bounds the width of a number: no name has room for more.
const mostWidth = 255

var errModifier = errors.New("no such modifier")

// modified is the number as OFFSET,WIDTH,BASE have it.
func (g *generator) modified(modifier string) (string, error) {
	parts := strings.Split(modifier, ",")
	offset, err := strconv.ParseInt(parts[0], 10, 32)
	number := g.number + offset
	if err != nil || number < 0 || number > 1<<31-1 || len(parts) > 3 {
		return "", errModifier
	}
	width, base := 0, "d"
	if len(parts) > 1 {
		if width, err = strconv.Atoi(parts[1]); err != nil || width < 0 || width > mostWidth {
			return "", errModifier
		}
	}
	if len(parts) > 2 {
		base = parts[2]
	}
	switch base {
	case "d", "o", "x", "X":
		return fmt.Sprintf("%0*"+base, width, number), nil
	case "n":
		return nibbles(number, width, "0123456789abcdef"), nil
	case "N":
		return nibbles(number, width, "0123456789ABCDEF"), nil
	}
	return "", errModifier
}

// nibbles writes hexadecimal digits in reverse order with dots between them, as ip6.arpa has them. Dots count for the width, as in BIND.
func nibbles(number int64, width int, digits string) string {
	var out []byte
	for {
		out = append(out, digits[number&0xf])
		number >>= 4
		if number == 0 && len(out) >= width {
			return string(out)
		}
		out = append(out, '.')
		if number == 0 && len(out) >= width {
			return string(out)
		}
	}
}
