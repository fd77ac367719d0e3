package update

import (
	"testing"

	"github.com/miekg/dns"
)

func TestPolicy(t *testing.T) {
	policy := Policy{
		{Key: "host.", Name: "www.example.org."},
		{Key: "below.", Name: "dyn.example.org.", Below: true},
		{Key: "acme.", Name: "example.org.", Below: true, Types: []uint16{dns.TypeTXT}},
		{Key: "apex.", Name: "example.org.", Types: []uint16{dns.TypeSOA, dns.TypeNS, dns.TypeMX}},
		{Key: "two.", Name: "a.example.org.", Types: []uint16{dns.TypeA}},
		{Key: "two.", Name: "a.example.org.", Types: []uint16{dns.TypeAAAA}},
	}
	rows := []string{soa, ns, "example.org 60 MX 10 a.example.org.", "www.example.org 60 A 192.0.2.1", "a.example.org 60 A 192.0.2.1", "a.example.org 60 AAAA ::1",
		"mixed.example.org 60 TXT x", "mixed.example.org 60 A 192.0.2.1", "text.example.org 60 TXT x", "cut.dyn.example.org 60 NS a.example.org."}
	tests := []struct {
		name, key, message string
		allowed            bool
	}{
		{"a name", "host.", "add www.example.org 60 TXT x", true},
		{"a name in another case", "host.", "add WWW.example.org 60 TXT x", true},
		{"another name", "host.", "add www2.example.org 60 TXT x", false},
		{"a name below it", "host.", "add a.www.example.org 60 TXT x", false},
		{"deletion of an RRset", "host.", "delete www.example.org A", true},
		{"deletion of an RRset at another name", "host.", "delete a.example.org A", false},
		{"deletion of a record at another name", "host.", "delete a.example.org A 192.0.2.1", false},
		{"names below", "below.", "add a.b.dyn.example.org 60 A 192.0.2.1", true},
		{"not the name itself", "below.", "add dyn.example.org 60 A 192.0.2.1", false},
		{"not a name that ends alike", "below.", "add xdyn.example.org 60 A 192.0.2.1", false},
		{"no NS by default", "below.", "add a.dyn.example.org 60 NS a.example.org.", false},
		{"no SOA by default", "below.", "add a.dyn.example.org 60 SOA a. b. 8 1 1 1 60", false},
		{"no DS by default", "below.", "add a.dyn.example.org 60 DS 1 13 2 AA", false},
		{"no RRSIG by default", "below.", "delete a.dyn.example.org RRSIG", false},
		{"other types by default", "below.", "add a.dyn.example.org 60 TYPE65280 \\# 0", true},
		{"a type", "acme.", "add _acme-challenge.example.org 60 TXT x", true},
		{"another type", "acme.", "add _acme-challenge.example.org 60 A 192.0.2.1", false},
		{"deletion of another type", "acme.", "delete www.example.org A", false},
		{"a literal wildcard below", "acme.", "add *.example.org 60 TXT x", true},
		{"all at a name that has the type only", "acme.", "delete text.example.org", true},
		{"all at a name that has other types", "acme.", "delete mixed.example.org", false},
		{"all at a name that has nothing", "acme.", "delete none.example.org", true},
		{"all at a name without a rule that has nothing", "host.", "delete none.example.org", false},
		{"all at a name with a type that is reserved", "below.", "delete cut.dyn.example.org", false},
		{"all at the apex, where SOA and NS stay", "apex.", "delete example.org", true},
		{"NS by name", "apex.", "add example.org 60 NS b.example.org.", true},
		{"SOA by name", "apex.", "add example.org 60 SOA a. b. 8 1 1 1 60", true},
		{"all, by two rules together", "two.", "delete a.example.org", true},
		{"a key without rules", "other.", "add www.example.org 60 A 192.0.2.1", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, rcode, err := carryOut(parseMessage(t, "example.org", test.message), policy.Of(test.key), parseTable(t, rows...))
			if err != nil {
				t.Fatal(err)
			}
			expected := dns.RcodeRefused
			if test.allowed {
				expected = dns.RcodeSuccess
			}
			if rcode != expected {
				t.Errorf("got %s, expected %s", dns.RcodeToString[rcode], dns.RcodeToString[expected])
			}
		})
	}
}

// Who may not make an update learns nothing about what its prerequisites ask.
func TestRefusalComesBeforePrerequisites(t *testing.T) {
	rows := parseTable(t, soa, ns, "secret.example.org 60 A 192.0.2.1")
	rights := Policy{{Key: "key.", Name: "www.example.org."}}
	for _, prerequisite := range []string{"prereq yxdomain secret.example.org", "prereq nxdomain secret.example.org"} {
		_, rcode, err := carryOut(parseMessage(t, "example.org", prerequisite, "add a.example.org 60 A 192.0.2.1"), rights, rows)
		if rcode != dns.RcodeRefused || err != nil {
			t.Errorf("%s: got %s, %v", prerequisite, dns.RcodeToString[rcode], err)
		}
	}
}

func TestRulesConcernZones(t *testing.T) {
	tests := []struct {
		rule     Rule
		zone     string
		expected bool
	}{
		{Rule{Name: "www.example.org."}, "example.org.", true},
		{Rule{Name: "example.org."}, "example.org.", true},
		{Rule{Name: "example.org."}, "sub.example.org.", false},
		{Rule{Name: "example.org.", Below: true}, "sub.example.org.", true},
		{Rule{Name: "example.org.", Below: true}, "example.org.", true},
		{Rule{Name: "example.net.", Below: true}, "example.org.", false},
		{Rule{Name: ".", Below: true}, "example.org.", true},
	}
	for _, test := range tests {
		if got := (Policy{test.rule}).concern(test.zone); got != test.expected {
			t.Errorf("%+v and %s: got %t", test.rule, test.zone, got)
		}
	}
}
