package answer

import "github.com/miekg/dns"

// Zones is every zone of a table, at one moment. Implementations are immutable, so that a chain of aliases
// which leads through several zones sees one state of the table.
type Zones interface {
	// Zone returns the zone with the deepest apex at or above name; where no apex is, the loose names.
	// Name is fully qualified and in lower case.
	Zone(name string) Zone
}

// Zone is the data of one zone as From reads it. Implementations are immutable and safe for concurrent use.
// All names are fully qualified, in lower case and escaped as miekg/dns escapes what it unpacks.
type Zone interface {
	// Apex is the owner name of the zone's SOA. It is "" for the loose names: those under no SOA, which
	// have neither cuts nor negative answers of their own.
	Apex() string

	// Node returns what the table holds at name. An empty non-terminal (RFC 9499, 7) is a node without
	// types; false means that neither name nor anything below it exists. Node does not look at zone cuts.
	Node(name string) (Node, bool)
}

// Node is what a table holds at one owner name.
type Node interface {
	// RRset returns the first most records of one type, with one TTL and without duplicates, or nil. Their owner name
	// is the node's. The slice and the records belong to the caller, who may change them. The cost depends on most and not on
	// how many records there are.
	RRset(rrtype uint16, most int) []dns.RR

	// Has reports whether there are records of a type. It makes none.
	Has(rrtype uint16) bool

	// Types lists the first most of the types that RRset has records of, in ascending order; none at an empty non-terminal.
	Types(most int) []uint16
}
