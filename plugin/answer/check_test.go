package answer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/answer"

	"github.com/miekg/dns"
)

// What bounds an answer: so many aliases, and so many names (beside the name servers of a referral) whose addresses are
// looked up.
const (
	maxAliases = 16
	maxTargets = 32
)

// across asks, and checks what must be true of every answer to any question.
func across(t testing.TB, zs answer.Zones, qname string, qtype uint16) answer.Response {
	t.Helper()
	work := &counted{Zones: zs}
	resp := answer.Within(dns.MaxMsgSize, work, qname, qtype)
	c := checker{zs: zs, qname: qname, qtype: qtype, resp: resp}
	c.work(work)
	c.walk()
	c.sections()
	c.wildcard()
	c.message()
	if len(c.faults) > 0 {
		t.Errorf("%s %s: %s\nis not a proper answer:\n\t%s\nanswer:\n%sauthority:\n%sadditional:\n%s",
			qname, dns.Type(qtype), head(resp), strings.Join(c.faults, "\n\t"),
			lines(resp.Answer), lines(resp.Authority), lines(resp.Additional))
	}
	return resp
}

// counted counts how often an answer looks into a table.
type counted struct {
	answer.Zones
	zones, nodes, allowed int
}

// Zone implements answer.Zones. For each zone that is looked up for a name, the answer may look at every name from
// there up to the apex once, at a source of synthesis and at the SOA.
func (c *counted) Zone(name string) answer.Zone {
	c.zones++
	c.allowed += dns.CountLabel(name) + 3
	return countedZone{c.Zones.Zone(name), c}
}

type countedZone struct {
	answer.Zone
	count *counted
}

// Node implements answer.Zone.
func (z countedZone) Node(name string) (answer.Node, bool) {
	z.count.nodes++
	return z.Zone.Node(name)
}

// checker collects what is wrong with one answer.
type checker struct {
	zs     answer.Zones
	qname  string
	qtype  uint16
	resp   answer.Response
	last   string // the name that the chain of aliases ends at
	faults []string
}

func (c *checker) must(ok bool, format string, args ...any) {
	if !ok {
		c.faults = append(c.faults, fmt.Sprintf(format, args...))
	}
}

// work: a zone, and for a DS its parent, for each name of the chain; one for each target.
func (c *checker) work(w *counted) {
	most := 2*maxAliases + maxTargets + len(c.resp.Authority)
	c.must(w.zones <= most, "%d zones looked up, at most %d are needed", w.zones, most)
	c.must(w.nodes <= w.allowed, "%d nodes looked up, at most %d are needed", w.nodes, w.allowed)
}

// walk follows the answer section from the question's name: every record is at the name that the chain has come to,
// or is a DNAME above it.
func (c *checker) walk() {
	c.last = c.qname
	cnames := 0
	var dnames []*dns.DNAME
	for _, rr := range c.resp.Answer {
		owner := rr.Header().Name
		if dname, ok := rr.(*dns.DNAME); ok && owner != c.last {
			c.must(dns.IsSubDomain(owner, c.last), "the DNAME of %s is not above %s", owner, c.last)
			dnames = append(dnames, dname)
			continue
		}
		c.must(owner == c.last, "%s stands where the chain is at %s", owner, c.last)
		cname, ok := rr.(*dns.CNAME)
		if !ok {
			c.must(rr.Header().Rrtype == c.qtype || c.qtype == dns.TypeANY, "%s was not asked for", dns.Type(rr.Header().Rrtype))
			continue
		}
		cnames++
		target, synthesized := c.substituted(dnames)
		c.must(!synthesized || target == cname.Target, "%s was substituted, %s is right", cname.Target, target)
		if synthesized || c.qtype != dns.TypeCNAME && c.qtype != dns.TypeANY {
			c.last = strings.ToLower(cname.Target)
		}
	}
	c.must(cnames <= maxAliases || c.qtype == dns.TypeANY, "%d CNAMEs", cnames)
	c.must(len(dnames) <= maxAliases, "%d DNAMEs", len(dnames))
	c.must(c.resp.Alias == "" || c.resp.Alias == c.last, "the chain leaves at %s", c.last)
}

// substituted is what the DNAMEs of the answer make of the name that the chain has come to (RFC 6672, 2.2).
func (c *checker) substituted(dnames []*dns.DNAME) (target string, ok bool) {
	for _, dname := range slices.Backward(dnames) {
		owner := dname.Hdr.Name
		apex := c.zs.Zone(c.last).Apex()
		if owner == c.last || !dns.IsSubDomain(owner, c.last) || apex != "" && !dns.IsSubDomain(apex, owner) {
			continue
		}
		labels := dns.SplitDomainName(c.last)
		labels = append(labels[:len(labels)-dns.CountLabel(owner)], dns.SplitDomainName(dname.Target)...)
		return strings.Join(labels, ".") + ".", true
	}
	return "", false
}

// sections: the result says what the sections hold, and the other way round.
func (c *checker) sections() {
	r := c.resp
	answers, authorities := len(r.Answer), len(r.Authority)
	switch r.Result {
	case answer.Absent:
		c.must(answers+authorities+len(r.Additional) == 0, "absent, yet with records")
		c.must(!r.Authoritative && r.Alias == "" && r.Zone == "" && r.Wildcard == "", "absent, yet something is said about it")
		return
	case answer.Positive:
		c.must(authorities == 0 && (answers > 0 || r.StandIn != nil && r.StandIn.Away), "positive: records in the answer section only")
	case answer.NoData, answer.NXDomain:
		c.denial()
	case answer.Referral:
		c.referral()
	case answer.YXDomain:
		_, ok := last(r.Answer).(*dns.DNAME)
		c.must(answers > 0 && authorities == 0, "yxdomain: a DNAME in the answer section only")
		c.must(ok || len(aliases(r.Answer)) > 1, "yxdomain without a DNAME")
	}
	c.must(r.Authoritative == (r.Result != answer.Referral || answers > 0), "AA belongs to the first name (RFC 1035, 4.1.1)")
	c.must(r.Alias == "" || r.Result == answer.Positive, "leaves the table, and yet is known to be %s", r.Result)
	if r.Result != answer.Positive {
		apex := c.zs.Zone(c.last).Apex()
		c.must(r.Zone == apex || c.qtype == dns.TypeDS && r.Zone == c.parent(), "%s had the last word, not %s", apex, r.Zone)
	}
	all := slices.Concat(sorted(r.Answer), sorted(r.Authority), sorted(r.Additional))
	slices.Sort(all)
	c.must(len(slices.Compact(slices.Clone(all))) == len(all), "a record stands twice in the message (RFC 2181, 5)")
}

// parent is the zone above the name that the chain ends at.
func (c *checker) parent() string {
	off, end := dns.NextLabel(c.last, 0)
	if end {
		return c.zs.Zone(".").Apex()
	}
	return c.zs.Zone(c.last[off:]).Apex()
}

func last(rrs []dns.RR) dns.RR {
	if len(rrs) == 0 {
		return nil
	}
	return rrs[len(rrs)-1]
}

// denial: one SOA, that of the zone that denies (RFC 2308, 3), and the name is there or not as the result has it.
func (c *checker) denial() {
	r := c.resp
	z := c.zs.Zone(c.last)
	_, exists := z.Node(c.last)
	if r.Result == answer.NXDomain {
		c.must(!exists && r.Zone != "", "nxdomain, but the name exists or is nobody's")
	}
	if r.Zone == "" {
		c.must(len(r.Authority) == 0, "a loose name has no SOA")
		return
	}
	c.must(len(r.Authority) == 1, "%d records deny", len(r.Authority))
	for _, rr := range r.Authority {
		soa, ok := rr.(*dns.SOA)
		c.must(ok && soa.Hdr.Name == r.Zone && soa.Hdr.Ttl <= soa.Minttl, "denied by %s", rr)
	}
}

// referral: NS records, then DS records, of one zone cut between the apex and the name.
func (c *checker) referral() {
	r := c.resp
	c.must(len(r.Authority) > 0, "a referral to nowhere")
	seen := dns.TypeNS
	for i, rr := range r.Authority {
		cut, rrtype := rr.Header().Name, rr.Header().Rrtype
		c.must(cut == r.Authority[0].Header().Name, "a referral to two zones")
		c.must(rrtype == seen || i > 0 && rrtype == dns.TypeDS, "a %s refers", dns.Type(rrtype))
		c.must(cut != r.Zone && dns.IsSubDomain(r.Zone, cut) && dns.IsSubDomain(cut, c.last),
			"the cut %s does not lie between %s and %s", cut, r.Zone, c.last)
		c.must(cut != c.last || c.qtype != dns.TypeDS, "the DS belongs to this side of the cut (RFC 4035, 3.1.4.1)")
		seen = rrtype
	}
}

// wildcard: a source of synthesis is a wildcard above a question's name that does not exist (RFC 4592, 3.3.1).
func (c *checker) wildcard() {
	source := c.resp.Wildcard
	if source == "" {
		return
	}
	z := c.zs.Zone(c.qname)
	_, exists := z.Node(c.qname)
	c.must(!exists, "%s exists and cannot be synthesized from %s", c.qname, source)
	_, exists = z.Node(source)
	c.must(exists, "the source of synthesis %s does not exist", source)
	encloser, ok := strings.CutPrefix(source, "*.")
	c.must(ok && dns.IsSubDomain(dns.Fqdn(encloser), c.qname), "%s is no source of synthesis for it", source)
}

// message: the answer survives the wire.
func (c *checker) message() {
	m := new(dns.Msg).SetQuestion(c.qname, c.qtype)
	m.Response, m.Compress, m.Rcode = true, true, c.resp.Result.Rcode()
	m.Answer, m.Ns, m.Extra = c.resp.Answer, c.resp.Authority, c.resp.Additional
	wire, err := m.Pack()
	if err != nil {
		c.must(false, "does not pack: %v", err)
		return
	}
	got := new(dns.Msg)
	if err := got.Unpack(wire); err != nil {
		c.must(false, "does not unpack: %v", err)
		return
	}
	same := lines(got.Answer) == lines(m.Answer) && lines(got.Ns) == lines(m.Ns) && lines(got.Extra) == lines(m.Extra)
	c.must(same, "arrives otherwise:\n%s%s%s", lines(got.Answer), lines(got.Ns), lines(got.Extra))
	c.must(len(got.Question) == 1 && got.Question[0].Name == c.qname, "the question arrives otherwise: %v", got.Question)
}
