package mysqldns

import (
	"context"
	"fmt"

	"github.com/miekg/dns"
)

// explanation is how this plugin took a question that came over HTTP. Of several (an alias that leaves the table asks anew) the last counts, which is
// that of the question itself.
type explanation struct {
	seen     bool // else another plugin answered first
	outcome  outcome
	zone     string // apex, "" for a loose name
	wildcard string // "" for none
}

// explanationKey is where the context of such a question has it.
type explanationKey struct{}

// explainTo tells whoever asked over HTTP how a question came out.
func explainTo(ctx context.Context, o outcome, zone, wildcard string) {
	if e, ok := ctx.Value(explanationKey{}).(*explanation); ok {
		*e = explanation{true, o, zone, wildcard}
	}
}

// sentences says how an answer came, for people.
func (e *explanation) sentences(reply *dns.Msg) []string {
	if !e.seen {
		return []string{"Another plugin of this server block answered before mysqldns was asked."}
	}
	said := []string{e.where()}
	if e.wildcard != "" {
		said = append(said, fmt.Sprintf("Made from the wildcard %s (RFC 4592): the name itself has no rows.", undotted(e.wildcard)))
	}
	for _, rr := range reply.Answer {
		switch rr := rr.(type) {
		case *dns.CNAME:
			said = append(said, fmt.Sprintf("%s is an alias (CNAME) of %s.", undotted(rr.Hdr.Name), undotted(rr.Target)))
		case *dns.DNAME:
			said = append(said, fmt.Sprintf("What is below %s is below %s as well (DNAME).", undotted(rr.Hdr.Name), undotted(rr.Target)))
		}
	}
	return said
}

func (e *explanation) where() string {
	from := "the table, where the name is under no SOA (a loose name)"
	if e.zone != "" {
		from = "the zone " + undotted(e.zone) + " of the table"
	}
	switch e.outcome {
	case handedOn:
		return "The table does not have the name, so the next plugin answered."
	case refused:
		return "The table does not have the name, and there is no next plugin: REFUSED."
	case servfail:
		return "The copy of the table is not filled yet, or the target of an alias could not be had: SERVFAIL."
	case nodata:
		return "NODATA: " + from + " has the name, but nothing of this type."
	case nxdomain:
		return "NXDOMAIN: " + from + " does not have the name."
	case referral:
		return "A referral: " + from + " delegates the name to other servers."
	case yxdomain:
		return "YXDOMAIN: " + from + " has a DNAME whose result is too long (RFC 6672)."
	}
	return "From " + from + "."
}
