package record

import (
	"strings"

	"github.com/miekg/dns"
)

// Origin is what relative names in a master file are relative to (RFC 1035, 5.1). The zero Origin is none: relative names are refused.
type Origin struct{ name []byte }

// NewOrigin makes an Origin of a name, absolute with or without the final dot.
func NewOrigin(name string) (Origin, error) {
	wire, f := appendWireName(nil, name, nil)
	if f != nil {
		return Origin{}, nameFault(name, f)
	}
	return Origin{wire}, nil
}

// wire is never nil: that would be a row.
func (o Origin) wire() []byte {
	if o.name == nil {
		return []byte{}
	}
	return o.name
}

// Name is the fully qualified name that a field stands for, escaped as miekg/dns escapes it, in the case that it has.
func (o Origin) Name(field string) (string, error) {
	wire, f := appendWireName(nil, field, o.wire())
	if f != nil {
		return "", nameFault(field, f)
	}
	return string(AppendName(nil, wire)), nil
}

// At is the Origin that a field of $ORIGIN names.
func (o Origin) At(field string) (Origin, error) {
	wire, f := appendWireName(nil, field, o.wire())
	if f != nil {
		return o, nameFault(field, f)
	}
	return Origin{wire}, nil
}

// Record makes a record of the fields of its RDATA. Everything of the header but the length is to be there. An error is an *Error that
// names no row.
func (o Origin) Record(hdr dns.RR_Header, fields []Field) (dns.RR, error) {
	rr, f := fromFields(hdr, fields, o.wire())
	if f != nil {
		words := make([]string, len(fields))
		for i, field := range fields {
			words[i] = field.Text
		}
		f = &fault{TypeName(hdr.Rrtype) + " " + quote(strings.Join(words, " ")) + " " + f.problem, f.advice}
		return nil, f.of(Row{}, ReasonRecord)
	}
	return rr, nil
}

func nameFault(name string, f *fault) *Error {
	return (&fault{"name " + quote(name) + " " + f.problem, f.advice}).of(Row{}, ReasonName)
}

// Spelling is the owner name of a row in the case that it has there: what Owner returns, but for that.
func Spelling(name string) (string, error) {
	spelled, f := domainName(trim(name), false)
	if f != nil {
		return "", nameFault(name, f)
	}
	return spelled, nil
}

// Printable makes foreign text fit for a terminal or a message: as it is if it is printable ASCII and short, else quoted, escaped, and shortened.
func Printable(s string) string {
	if len(s) <= maxQuoted && isPlainText(s) {
		return s
	}
	return quote(s)
}
