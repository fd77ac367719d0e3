// Package update decides what a DNS UPDATE (RFC 2136) does to the records of a zone. It knows no SQL: it is given the records at the names
// that a message is about, each with the number of its row, and says which rows go, which come and which change.
//
// A message goes through two steps, since the first costs the database nothing:
//
//	Read   finds what is wrong with the message itself, and what its key may not do
//	Apply  tests its prerequisites against the records, and finds out what it changes
//
// Names are fully qualified, in lower case and escaped as miekg/dns escapes what it unpacks, unless something else is said.
package update

import (
	"fmt"

	"github.com/miekg/dns"
)

// Error is why a message is not carried out.
type Error struct {
	Rcode  int    // that the client gets
	Reason string // for the log: one printable line
}

func (e *Error) Error() string { return dns.RcodeToString[e.Rcode] + ": " + e.Reason }

func refuse(rcode int, format string, args ...any) *Error {
	return &Error{rcode, fmt.Sprintf(format, args...)}
}

// Record is a record of the table and the row that it is of.
type Record struct {
	Row uint64 // its id
	RR  dns.RR // with the TTL that counts where the row has none
}

// Table is what the table holds. It does not change while Apply looks at it.
type Table interface {
	// At returns the records at one of the names that Message.Names lists, one for each row, duplicates too, in an order that is always the
	// same; none if the table has none. The caller does not change them.
	At(name string) []Record
}

// Changes is what becomes of the rows. No row is in it twice, but that Rewrite may name one whose TTL changes too.
type Changes struct {
	Delete  []Record
	Insert  []dns.RR
	SetTTL  []Record // the TTL that the row gets is that of its record
	Rewrite []Record // rows that keep their place and get this record: those of the SOA

	// Serial is what the SOA has afterwards; 0 where nothing changes, and where the table asks for serials that move by themselves.
	Serial uint32
}

// Any reports whether anything changes.
func (c *Changes) Any() bool {
	return len(c.Delete)+len(c.Insert)+len(c.SetTTL)+len(c.Rewrite) > 0
}
