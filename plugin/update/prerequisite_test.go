package update

import (
	"testing"

	"github.com/miekg/dns"
)

var prerequisiteRows = []string{
	"example.org 3600 SOA ns.example.org. hostmaster.example.org. 7 1 1 1 60",
	"example.org 3600 NS ns.example.org.",
	"www.example.org 300 A 192.0.2.1",
	"WWW.example.org. 300 A 192.0.2.2",
	"www.example.org 300 A 192.0.2.2",
	"a.b.example.org 300 TXT one",
	"*.w.example.org 300 A 192.0.2.9",
	"alias.example.org 300 CNAME www.example.org.",
}

// RFC 2136, 2.4 and 3.2.
func TestPrerequisites(t *testing.T) {
	tests := []struct {
		name, prerequisite string
		rcode              int
	}{
		{"2.4.1: RRset exists", "prereq yxrrset www.example.org A", dns.RcodeSuccess},
		{"2.4.1: RRset does not exist", "prereq yxrrset www.example.org AAAA", dns.RcodeNXRrset},
		{"2.4.1: name does not exist", "prereq yxrrset none.example.org A", dns.RcodeNXRrset},
		{"2.4.3: RRset does not exist, and is not to", "prereq nxrrset www.example.org AAAA", dns.RcodeSuccess},
		{"2.4.3: RRset exists", "prereq nxrrset www.example.org A", dns.RcodeYXRrset},
		{"2.4.4: name in use", "prereq yxdomain WWW.Example.org", dns.RcodeSuccess},
		{"2.4.4: name not in use", "prereq yxdomain none.example.org", dns.RcodeNameError},
		{"2.4.4: an empty non-terminal is not in use", "prereq yxdomain b.example.org", dns.RcodeNameError},
		{"2.4.4: a wildcard puts no other name to use", "prereq yxdomain x.w.example.org", dns.RcodeNameError},
		{"2.4.4: a wildcard is a name as others", "prereq yxdomain *.w.example.org", dns.RcodeSuccess},
		{"2.4.5: name not in use, and is not to", "prereq nxdomain none.example.org", dns.RcodeSuccess},
		{"2.4.5: name in use", "prereq nxdomain www.example.org", dns.RcodeYXDomain},
		{"2.4.5: empty non-terminal", "prereq nxdomain b.example.org", dns.RcodeSuccess},
		{"an alias is not followed", "prereq yxrrset alias.example.org A", dns.RcodeNXRrset},
		{"outside of the zone", "prereq nxdomain www.example.net", dns.RcodeNotZone},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			step{rows: prerequisiteRows, message: []string{test.prerequisite}, rcode: test.rcode}.run(t)
		})
	}
}

// RFC 2136, 2.4.2: the RRset with exactly these members; TTLs do not count.
func TestPrerequisitesWithData(t *testing.T) {
	tests := []struct {
		name          string
		prerequisites []string
		rcode         int
	}{
		{"all members, whatever their order, and duplicates in the table", []string{
			"prereq yxrrset www.example.org A 192.0.2.2", "prereq yxrrset www.example.org A 192.0.2.1"}, dns.RcodeSuccess},
		{"one member twice", []string{
			"prereq yxrrset www.example.org A 192.0.2.2", "prereq yxrrset www.example.org A 192.0.2.1", "prereq yxrrset www.example.org A 192.0.2.2"}, dns.RcodeSuccess},
		{"one member only", []string{"prereq yxrrset www.example.org A 192.0.2.2"}, dns.RcodeNXRrset},
		{"one member twice and another missing", []string{
			"prereq yxrrset www.example.org A 192.0.2.2", "prereq yxrrset www.example.org A 192.0.2.2"}, dns.RcodeNXRrset},
		{"one member too many", []string{"prereq yxrrset www.example.org A 192.0.2.1", "prereq yxrrset www.example.org A 192.0.2.2",
			"prereq yxrrset www.example.org A 192.0.2.3"}, dns.RcodeNXRrset},
		{"another one", []string{"prereq yxrrset a.b.example.org TXT two"}, dns.RcodeNXRrset},
		{"no such RRset", []string{"prereq yxrrset a.b.example.org A 192.0.2.1"}, dns.RcodeNXRrset},
		{"case of a name in RDATA does not count", []string{"prereq yxrrset alias.example.org CNAME WWW.example.ORG."}, dns.RcodeSuccess},
		{"case of a text does", []string{"prereq yxrrset a.b.example.org TXT One"}, dns.RcodeNXRrset},
		{"two RRsets, one of which is not so", []string{
			"prereq yxrrset a.b.example.org TXT one", "prereq yxrrset alias.example.org CNAME a.example.org."}, dns.RcodeNXRrset},
		{"the SOA", []string{"prereq yxrrset example.org SOA ns.example.org. hostmaster.example.org. 7 1 1 1 60"}, dns.RcodeSuccess},
		{"an older SOA", []string{"prereq yxrrset example.org SOA ns.example.org. hostmaster.example.org. 6 1 1 1 60"}, dns.RcodeNXRrset},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			step{rows: prerequisiteRows, message: test.prerequisites, rcode: test.rcode}.run(t)
		})
	}
}

// Where the row has serial 0, prerequisites see the serial that is answered.
func TestPrerequisiteOfAnAutomaticSerial(t *testing.T) {
	rows := []string{"example.org 3600 SOA ns.example.org. hostmaster.example.org. 0 1 1 1 60"}
	step{rows: rows, message: []string{"prereq yxrrset example.org SOA ns.example.org. hostmaster.example.org. 100 1 1 1 60"}}.run(t)
	step{rows: rows, message: []string{"prereq yxrrset example.org SOA ns.example.org. hostmaster.example.org. 0 1 1 1 60"}, rcode: dns.RcodeNXRrset}.run(t)
}

func TestUpdatesWaitForAllPrerequisites(t *testing.T) {
	step{rows: prerequisiteRows, message: []string{
		"prereq nxdomain new.example.org", "prereq nxdomain www.example.org", "add new.example.org 60 A 192.0.2.7"}, rcode: dns.RcodeYXDomain}.run(t)
}
