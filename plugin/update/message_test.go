package update

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// RFC 2136, 3.1, 3.2 and 3.4.1: what is malformed, whatever the table holds.
func TestMalformedMessages(t *testing.T) {
	bare := func(name string, rrtype, class uint16, ttl uint32) dns.RR {
		return &dns.ANY{Hdr: dns.RR_Header{Name: name, Rrtype: rrtype, Class: class, Ttl: ttl}}
	}
	full := func(text string, class uint16) dns.RR {
		rr, err := dns.NewRR(text)
		if err != nil {
			t.Fatal(err)
		}
		rr.Header().Class = class
		return rr
	}
	const www, outside = "www.example.org.", "www.example.net."
	tests := []struct {
		name         string
		prerequisite dns.RR
		update       dns.RR
		rcode        int
	}{
		{"prerequisite with a TTL", bare(www, dns.TypeA, dns.ClassANY, 1), nil, dns.RcodeFormatError},
		{"prerequisite outside", bare(outside, dns.TypeA, dns.ClassANY, 0), nil, dns.RcodeNotZone},
		{"prerequisite with data in class ANY", full(www+" 0 A 192.0.2.1", dns.ClassANY), nil, dns.RcodeFormatError},
		{"prerequisite with data in class NONE", full(www+" 0 A 192.0.2.1", dns.ClassNONE), nil, dns.RcodeFormatError},
		{"prerequisite of class CH", full(www+" 0 A 192.0.2.1", dns.ClassCHAOS), nil, dns.RcodeFormatError},
		{"prerequisite without data in class IN", bare(www, dns.TypeA, dns.ClassINET, 0), nil, dns.RcodeFormatError},
		{"prerequisite about a meta type", bare(www, dns.TypeAXFR, dns.ClassNONE, 0), nil, dns.RcodeFormatError},
		{"prerequisite of type ANY in class IN", bare(www, dns.TypeANY, dns.ClassINET, 0), nil, dns.RcodeFormatError},
		{"update outside", nil, full(outside+" 60 A 192.0.2.1", dns.ClassINET), dns.RcodeNotZone},
		{"update of a zone above", nil, full("org. 60 A 192.0.2.1", dns.ClassINET), dns.RcodeNotZone},
		{"addition without data", nil, bare(www, dns.TypeA, dns.ClassINET, 60), dns.RcodeFormatError},
		{"addition of a text without data", nil, bare(www, dns.TypeTXT, dns.ClassINET, 60), dns.RcodeFormatError},
		{"addition of type ANY", nil, bare(www, dns.TypeANY, dns.ClassINET, 0), dns.RcodeFormatError},
		{"addition of type MAILB", nil, bare(www, dns.TypeMAILB, dns.ClassINET, 0), dns.RcodeFormatError},
		{"addition of type 0", nil, bare(www, 0, dns.ClassINET, 0), dns.RcodeFormatError},
		{"addition of type TYPE200", nil, full(www+` 0 TYPE200 \# 1 00`, dns.ClassINET), dns.RcodeFormatError},
		{"deletion of an RRset with a TTL", nil, bare(www, dns.TypeA, dns.ClassANY, 1), dns.RcodeFormatError},
		{"deletion of an RRset with data", nil, full(www+" 0 A 192.0.2.1", dns.ClassANY), dns.RcodeFormatError},
		{"deletion of an RRset of type IXFR", nil, bare(www, dns.TypeIXFR, dns.ClassANY, 0), dns.RcodeFormatError},
		{"deletion of a record with a TTL", nil, full(www+" 1 A 192.0.2.1", dns.ClassNONE), dns.RcodeFormatError},
		{"deletion of a record without data", nil, bare(www, dns.TypeA, dns.ClassNONE, 0), dns.RcodeFormatError},
		{"deletion of a record of type ANY", nil, bare(www, dns.TypeANY, dns.ClassNONE, 0), dns.RcodeFormatError},
		{"update of class CH", nil, full(www+" 60 A 192.0.2.1", dns.ClassCHAOS), dns.RcodeFormatError},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := new(dns.Msg)
			m.SetUpdate("example.org.")
			if test.prerequisite != nil {
				m.Answer = []dns.RR{test.prerequisite}
			}
			if test.update != nil {
				m.Ns = []dns.RR{test.update}
			}
			_, err := Read(overTheWire(t, m), everything)
			var refusal *Error
			if !errors.As(err, &refusal) || refusal.Rcode != test.rcode {
				t.Fatalf("got %v, expected %s", err, dns.RcodeToString[test.rcode])
			}
			if strings.ContainsAny(refusal.Reason, "\n\r") {
				t.Errorf("the reason has several lines: %q", refusal.Reason)
			}
		})
	}
}

// RFC 2136, 3.1.1 and 3.1.2.
func TestZoneSection(t *testing.T) {
	in := func(name string, rrtype, class uint16) dns.Question {
		return dns.Question{Name: name, Qtype: rrtype, Qclass: class}
	}
	tests := []struct {
		name     string
		question []dns.Question
		rcode    int
	}{
		{"a zone", []dns.Question{in("Example.org.", dns.TypeSOA, dns.ClassINET)}, dns.RcodeSuccess},
		{"another type", []dns.Question{in("example.org.", dns.TypeA, dns.ClassINET)}, dns.RcodeFormatError},
		{"another class, of which we have no zones", []dns.Question{in("example.org.", dns.TypeSOA, dns.ClassCHAOS)}, dns.RcodeNotAuth},
		{"the class of deletions", []dns.Question{in("example.org.", dns.TypeSOA, dns.ClassANY)}, dns.RcodeNotAuth},
		{"another type and class", []dns.Question{in("example.org.", dns.TypeA, dns.ClassCHAOS)}, dns.RcodeFormatError},
		{"none", nil, dns.RcodeFormatError},
		{"two", []dns.Question{in("example.org.", dns.TypeSOA, dns.ClassINET), in("example.net.", dns.TypeSOA, dns.ClassINET)}, dns.RcodeFormatError},
	}
	for _, test := range tests {
		apex, err := Zone(&dns.Msg{Question: test.question})
		rcode := dns.RcodeSuccess
		var refusal *Error
		if errors.As(err, &refusal) {
			rcode = refusal.Rcode
		}
		if rcode != test.rcode || err == nil && apex != "example.org." {
			t.Errorf("%s: got %q, %v", test.name, apex, err)
		}
	}
}

func TestMessagesAreBounded(t *testing.T) {
	m := new(dns.Msg)
	m.SetUpdate("example.org.")
	for range MaxRecords {
		m.Ns = append(m.Ns, parseLine(t, "delete www.example.org A"))
	}
	if _, err := Read(overTheWire(t, m), everything); err != nil {
		t.Error(err)
	}
	m.Answer = append(m.Answer, parseLine(t, "prereq yxdomain www.example.org"))
	if _, err := Read(overTheWire(t, m), everything); err == nil {
		t.Error("accepted")
	}
}

// A TTL beyond 31 bits counts as 0 (RFC 2181, 8).
func TestHugeTTL(t *testing.T) {
	step{rows: []string{soa, ns}, message: []string{"add www.example.org 2147483648 A 192.0.2.1"},
		expected: []string{soaLine, nsLine, "3 www.example.org 0 A 192.0.2.1"}, serial: 8}.run(t)
}

func TestNamesReachUpToTheApex(t *testing.T) {
	u, err := Read(parseMessage(t, "example.org", "prereq nxdomain x.y.example.org", "add A.b.c.example.org 60 A 192.0.2.1"), everything)
	if err != nil {
		t.Fatal(err)
	}
	expected := []string{"a.b.c.example.org.", "b.c.example.org.", "c.example.org.", "example.org.", "x.y.example.org.", "y.example.org."}
	if got := u.Names(); !slices.Equal(got, expected) {
		t.Errorf("got %q, expected %q", got, expected)
	}
}
