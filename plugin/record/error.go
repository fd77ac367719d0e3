package record

import (
	"strconv"
	"strings"
)

// Reasons that a row is refused, each the column at fault. The set is closed, so that a reason can label a metric.
const (
	ReasonName   = "name"
	ReasonType   = "type"
	ReasonClass  = "class"
	ReasonTTL    = "ttl"
	ReasonRecord = "record"
)

// Reasons lists them all.
var Reasons = []string{ReasonName, ReasonType, ReasonClass, ReasonTTL, ReasonRecord}

// Error says which row was refused, why, and what to change in it. ID, Name and Type are the row's own, untrusted and
// of any length; everything else, Error() included, is one printable line of bounded length.
type Error struct {
	ID      uint64 // 0 where the table has no ids
	Name    string // owner name as in the row
	Type    string // type as in the row
	Reason  string // the column at fault, one of the Reason constants
	Problem string // what is wrong, as in: name "a..b" has an empty label
	Advice  string // what to change, as in: remove the surplus dot
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("row ")
	if e.ID != 0 {
		b.WriteString(strconv.FormatUint(e.ID, 10))
		b.WriteByte(' ')
	}
	b.WriteByte('(')
	b.WriteString(quote(e.Name))
	b.WriteByte(' ')
	b.WriteString(quote(e.Type))
	b.WriteString("): ")
	b.WriteString(e.Problem)
	b.WriteString(": ")
	b.WriteString(e.Advice)
	return b.String()
}

// fault is what a part of Parse finds wrong, before the row is named.
type fault struct{ problem, advice string }

func (f *fault) of(row Row, reason string) *Error {
	return &Error{ID: row.ID, Name: row.Name, Type: row.Type, Reason: reason, Problem: f.problem, Advice: f.advice}
}

// maxQuoted is how much of a value an error quotes, in octets: enough to recognise it, too little to flood a log.
const maxQuoted = 64

// quote makes an untrusted value fit for an error: quoted, ASCII only, shortened.
func quote(s string) string {
	if len(s) > maxQuoted {
		return strconv.QuoteToASCII(s[:maxQuoted]) + "..."
	}
	return strconv.QuoteToASCII(s)
}
