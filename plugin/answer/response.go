package answer

import "github.com/miekg/dns"

// Result says in one word how a question came out.
type Result uint8

const (
	// Absent: no zone and no loose name holds the name of the question. Somebody else may know it.
	Absent Result = iota
	// Positive: the answer section holds what was asked for, or an alias that leaves the table.
	Positive
	// NoData: the name exists, the type does not (RFC 2308, 2.2).
	NoData
	// NXDomain: the name does not exist (RFC 2308, 2.1).
	NXDomain
	// Referral: the name lies below a zone cut (RFC 1034, 4.3.2, step 3b).
	Referral
	// Failed: the addresses that an ALIAS stands for can not be had: its way leads in a circle, is too long, or leads below a zone cut.
	Failed
	// YXDomain: a DNAME's substitution made a name of more than 255 octets (RFC 6672, 2.2).
	YXDomain
)

var results = [...]string{"absent", "positive", "nodata", "nxdomain", "referral", "servfail", "yxdomain"}

// String returns the result in lower case, as metrics and metadata spell it.
func (r Result) String() string { return results[r] }

// Rcode is the response code that goes with the result.
func (r Result) Rcode() int {
	switch r {
	case NXDomain:
		return dns.RcodeNameError
	case YXDomain:
		return dns.RcodeYXDomain
	case Failed:
		return dns.RcodeServerFailure
	}
	return dns.RcodeSuccess
}

// Response is an answer before it becomes a message. All records in it are the caller's.
type Response struct {
	Result        Result // of the last name in a chain of aliases (RFC 6604, 3)
	Authoritative bool   // about the first name of the chain (RFC 1035, 4.1.1)

	Answer     []dns.RR
	Authority  []dns.RR // the SOA of a negative answer; the NS, then the DS records of a referral
	Additional []dns.RR // addresses of the names that the records above point to

	Truncated bool // records are missing, as the message would be too large (RFC 1035, 4.1.1)

	Name     string // the last of a chain of aliases, or else the question's own
	Denied   Result // NXDomain or NoData if the table denies Name, else Absent
	Zone     string // apex of the zone that had the last word; "" for a loose name
	Alias    string // where a chain of aliases leaves the table, "" if it does not
	Wildcard string // the source of synthesis (RFC 4592, 3.3.1) of the answer to the question's own name, "" if none

	StandIn *StandIn // nil unless an ALIAS stands in for addresses; then Name is where the way to these ends

	before string // Zone, as it was for the name before Name
}

// Yield leaves Name, which the table denies, to somebody else, as if no zone held it: the whole question, the end of a chain of aliases, or the
// addresses that an ALIAS stands for.
func (r *Response) Yield() {
	if r.StandIn == nil && len(r.Answer) == 0 { // so there is no alias before Name
		*r = Response{Result: Absent, Name: r.Name}
		return
	}
	r.Result, r.Denied = Positive, Absent
	r.Authority, r.Additional = nil, nil
	if r.StandIn != nil {
		r.StandIn.Target, r.StandIn.Away = r.Name, true
		return
	}
	r.Zone = r.before
	r.Alias = r.Name
}
