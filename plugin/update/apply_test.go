package update

import (
	"strings"
	"testing"

	"github.com/miekg/dns"
)

const (
	soa     = "example.org 3600 SOA ns.example.org. hostmaster.example.org. 7 1 1 1 60"
	soaLine = "1 example.org 3600 SOA ns.example.org. hostmaster.example.org. 8 1 1 1 60" // as row 1, afterwards
	auto    = "example.org 3600 SOA ns.example.org. hostmaster.example.org. 0 1 1 1 60"
	ns      = "example.org 3600 NS ns.example.org."
	nsLine  = "2 example.org 3600 NS ns.example.org."
)

// RFC 2136, 2.5 and 3.4.2.
func TestUpdates(t *testing.T) {
	tests := []step{
		{name: "2.5.1: add to an RRset: the others keep their rows", rows: []string{soa, ns, "WWW.example.org. 60 A 192.0.2.1"},
			message:  []string{"add www.example.org 60 A 192.0.2.2"},
			expected: []string{soaLine, nsLine, "3 WWW.example.org 60 A 192.0.2.1", "4 www.example.org. 60 A 192.0.2.2"}, serial: 8},
		{name: "2.5.1: add a name", rows: []string{soa, ns}, message: []string{"add New.example.org 60 MX 10 Mail.example.org."},
			expected: []string{soaLine, nsLine, "3 new.example.org. 60 MX 10 Mail.example.org."}, serial: 8},
		{name: "2.5.1: what is there already changes nothing", rows: []string{soa, ns, "www.example.org 60 CNAME a.example.org."},
			message: []string{"add www.example.org 60 CNAME A.example.org."}},
		{name: "the TTL of what is there already", rows: []string{soa, ns, "www.example.org - A 192.0.2.1"},
			message: []string{"add www.example.org 60 A 192.0.2.1"}, expected: []string{soaLine, nsLine, "3 www.example.org 60 A 192.0.2.1"}, serial: 8},
		{name: "a row without TTL that has it by the default stays", rows: []string{soa, ns, "www.example.org - A 192.0.2.1"},
			message: []string{"add www.example.org 3600 A 192.0.2.1"}},
		{name: "a TTL is the whole RRset's, duplicates too", rows: []string{soa, ns, "www.example.org 60 A 192.0.2.1", "www.example.org 60 A 192.0.2.1", "www.example.org 60 TXT x"},
			message:  []string{"add www.example.org 120 A 192.0.2.2"},
			expected: []string{soaLine, nsLine, "3 www.example.org 120 A 192.0.2.1", "4 www.example.org 120 A 192.0.2.1", "5 www.example.org 60 TXT x", "6 www.example.org. 120 A 192.0.2.2"}, serial: 8},
		{name: "2.5.2: delete an RRset", rows: []string{soa, ns, "www.example.org 60 A 192.0.2.1", "www.example.org 60 AAAA ::1", "www.example.org 60 A 192.0.2.2"},
			message: []string{"delete www.example.org A"}, expected: []string{soaLine, nsLine, "4 www.example.org 60 AAAA ::1"}, serial: 8},
		{name: "2.5.2: delete an RRset that is not there", rows: []string{soa, ns}, message: []string{"delete www.example.org A"}},
		{name: "2.5.3: delete a name, not those below it", rows: []string{soa, ns, "www.example.org 60 A 192.0.2.1", "www.example.org 60 AAAA ::1", "a.www.example.org 60 A 192.0.2.2"},
			message: []string{"delete www.example.org"}, expected: []string{soaLine, nsLine, "5 a.www.example.org 60 A 192.0.2.2"}, serial: 8},
		{name: "2.5.4: delete a record, all rows of it", rows: []string{soa, ns, "www.example.org 60 MX 10 a.example.org.", "www.example.org 70 MX 10 A.Example.org.", "www.example.org 60 MX 20 a.example.org."},
			message: []string{"delete www.example.org MX 10 a.EXAMPLE.org."}, expected: []string{soaLine, nsLine, "5 www.example.org 60 MX 20 a.example.org."}, serial: 8},
		{name: "2.5.4: delete a record that is not there", rows: []string{soa, ns, "www.example.org 60 A 192.0.2.1"}, message: []string{"delete www.example.org A 192.0.2.2"}},
		{name: "delete and add again: the row stays", rows: []string{soa, ns, "www.example.org 60 TXT old", "www.example.org 60 TXT kept"},
			message: []string{"delete www.example.org TXT", "add www.example.org 60 TXT kept", "add www.example.org 60 TXT new"}, serial: 8,
			expected: []string{soaLine, nsLine, "4 www.example.org 60 TXT kept", "5 www.example.org. 60 TXT \"new\""}},
		{name: "delete and add the same: nothing changes", rows: []string{soa, ns, "www.example.org - TXT kept"},
			message: []string{"delete www.example.org TXT", "add www.example.org 3600 TXT kept"}},
		{name: "add and delete: nothing changes", rows: []string{soa, ns}, message: []string{"add a.example.org 60 A 192.0.2.1", "delete a.example.org A 192.0.2.1"}},
		{name: "no updates", rows: []string{soa, ns}},
		{name: "unknown type", rows: []string{soa, ns, `www.example.org 60 TYPE65280 \# 2 abcd`}, message: []string{`delete www.example.org TYPE65280 \# 2 ABCD`},
			expected: []string{soaLine, nsLine}, serial: 8},
		{name: "a wildcard is a name as others", rows: []string{soa, ns, "*.example.org 60 A 192.0.2.1"},
			message: []string{"delete *.example.org A", "add *.w.example.org 60 A 192.0.2.2"}, expected: []string{soaLine, nsLine, "4 *.w.example.org. 60 A 192.0.2.2"}, serial: 8},
	}
	runAll(t, tests)
}

func runAll(t *testing.T, tests []step) {
	for _, test := range tests {
		t.Run(test.name, test.run)
	}
}

// CAA and URI, whose text miekg/dns does not escape when it unpacks them, come and go octet by octet as well.
func TestBackslashes(t *testing.T) {
	const caa, uri = `a.example.org 60 CAA 0 issue "ca.example; account=a\\b\\\\007"`, `a.example.org 60 URI 1 1 "file:a\\b"`
	add := []string{"add " + caa, "add " + uri}
	runAll(t, []step{
		{name: "added", rows: []string{soa, ns}, message: add, expected: []string{soaLine, nsLine, "3 " + caa, "4 " + uri}, serial: 8},
		{name: "there already", rows: []string{soa, ns, caa, uri}, message: add},
		{name: "asked for and deleted", rows: []string{soa, ns, caa, uri}, serial: 8, expected: []string{soaLine, nsLine},
			message: []string{"prereq yxrrset " + strings.Replace(caa, " 60", "", 1), "delete " + strings.Replace(caa, " 60", "", 1), "delete " + strings.Replace(uri, " 60", "", 1)}},
	})
}

// RFC 2136, 3.4.2.2 and 3.4.2.3: what a zone can not do without.
func TestApex(t *testing.T) {
	second := "example.org 3600 NS ns2.example.org."
	runAll(t, []step{
		{name: "deletion of all leaves SOA and NS", rows: []string{soa, ns, "example.org 60 MX 10 a.example.org.", "example.org 60 A 192.0.2.1"},
			message: []string{"delete example.org"}, expected: []string{soaLine, nsLine}, serial: 8},
		{name: "deletion of the SOA", rows: []string{soa, ns}, message: []string{"delete example.org SOA"}},
		{name: "deletion of the NS", rows: []string{soa, ns}, message: []string{"delete example.org NS"}},
		{name: "deletion of the SOA as a record", rows: []string{soa, ns},
			message: []string{"delete example.org SOA ns.example.org. hostmaster.example.org. 7 1 1 1 60"}},
		{name: "deletion of the last NS", rows: []string{soa, ns}, message: []string{"delete example.org NS ns.example.org."}},
		{name: "deletion of the last NS but one", rows: []string{soa, ns, second},
			message: []string{"delete example.org NS ns2.example.org.", "delete example.org NS ns.example.org."}, expected: []string{soaLine, nsLine}, serial: 8},
		{name: "the last NS, which two rows have", rows: []string{soa, ns, ns}, message: []string{"delete example.org NS ns.example.org."}},
		{name: "NS replaced, the new one first", rows: []string{soa, ns},
			message:  []string{"add example.org 3600 NS ns2.example.org.", "delete example.org NS ns.example.org."},
			expected: []string{soaLine, "3 example.org 3600 NS ns2.example.org."}, serial: 8},
		{name: "the last NS of a cut may go", rows: []string{soa, ns, "sub.example.org 60 NS ns.example.net."}, message: []string{"delete sub.example.org NS ns.example.net."},
			expected: []string{soaLine, nsLine}, serial: 8},
	})
}

// RFC 2136, 3.4.2.2 and 3.6.
func TestSerial(t *testing.T) {
	newer := "add example.org 60 SOA ns2.example.org. hostmaster.example.org. 9 2 2 2 60"
	runAll(t, []step{
		{name: "a newer SOA replaces the old one, in its row", rows: []string{soa, ns}, message: []string{newer},
			expected: []string{"1 example.org 60 SOA ns2.example.org. hostmaster.example.org. 9 2 2 2 60", nsLine}, serial: 9},
		{name: "a newer SOA gives the serial of what else changes", rows: []string{soa, ns}, message: []string{newer, "add www.example.org 60 A 192.0.2.1"},
			expected: []string{"1 example.org 60 SOA ns2.example.org. hostmaster.example.org. 9 2 2 2 60", nsLine, "3 www.example.org 60 A 192.0.2.1"}, serial: 9},
		{name: "the same serial", rows: []string{soa, ns}, message: []string{"add example.org 60 SOA ns2.example.org. hostmaster.example.org. 7 2 2 2 60"}},
		{name: "an older serial", rows: []string{soa, ns}, message: []string{"add example.org 60 SOA ns2.example.org. hostmaster.example.org. 6 2 2 2 60"}},
		{name: "newer as RFC 1982 has it", rows: []string{"example.org 60 SOA a. b. 4294967295 1 1 1 60", ns}, message: []string{"add example.org 60 SOA a. b. 5 1 1 1 60"},
			expected: []string{"1 example.org 60 SOA a. b. 5 1 1 1 60", nsLine}, serial: 5},
		{name: "0 is no serial", rows: []string{"example.org 60 SOA a. b. 4294967295 1 1 1 60", ns}, message: []string{"add example.org 60 SOA a. b. 0 1 1 1 60"}},
		{name: "behind the highest comes 1", rows: []string{"example.org 60 SOA a. b. 4294967295 1 1 1 60", ns}, message: []string{"add a.example.org 60 A 192.0.2.1"},
			expected: []string{"1 example.org 60 SOA a. b. 1 1 1 1 60", nsLine, "3 a.example.org 60 A 192.0.2.1"}, serial: 1},
		{name: "a SOA elsewhere makes no zone", rows: []string{soa, ns}, message: []string{"add sub.example.org 60 SOA a. b. 9 1 1 1 60"}},
		{name: "a serial that moves by itself stays so", rows: []string{auto, ns}, message: []string{"add a.example.org 60 A 192.0.2.1"},
			expected: []string{"1 " + auto, nsLine, "3 a.example.org 60 A 192.0.2.1"}},
		{name: "a serial that moves by itself stays so under a newer SOA", rows: []string{auto, ns}, message: []string{"add example.org 60 SOA ns2.example.org. hostmaster.example.org. 101 2 2 2 60"},
			expected: []string{"1 example.org 60 SOA ns2.example.org. hostmaster.example.org. 0 2 2 2 60", nsLine}},
		{name: "newer than the row is not newer than the answer", rows: []string{auto, ns}, message: []string{"add example.org 60 SOA ns2.example.org. hostmaster.example.org. 100 2 2 2 60"}},
		{name: "several SOAs, a mistake, become one", rows: []string{soa, ns, "example.org 60 SOA a. b. 3 1 1 1 60"}, message: []string{"add a.example.org 60 A 192.0.2.1"},
			expected: []string{soaLine, nsLine, "3 example.org 60 SOA ns.example.org. hostmaster.example.org. 8 1 1 1 60", "4 a.example.org 60 A 192.0.2.1"}, serial: 8},
	})
}

// RFC 2136, 3.4.2.2: an alias stays alone.
func TestAliases(t *testing.T) {
	alias := "www.example.org 60 CNAME a.example.org."
	runAll(t, []step{
		{name: "CNAME beside data", rows: []string{soa, ns, "www.example.org 60 A 192.0.2.1"}, message: []string{"add www.example.org 60 CNAME a.example.org."}},
		{name: "data beside CNAME", rows: []string{soa, ns, alias}, message: []string{"add www.example.org 60 A 192.0.2.1"}},
		{name: "CNAME at the apex", rows: []string{soa, ns}, message: []string{"add example.org 60 CNAME a.example.org."}},
		{name: "CNAME replaces CNAME", rows: []string{soa, ns, alias}, message: []string{"add www.example.org 60 CNAME b.example.org."},
			expected: []string{soaLine, nsLine, "4 www.example.org 60 CNAME b.example.org."}, serial: 8},
		{name: "CNAME after the data is gone", rows: []string{soa, ns, "www.example.org 60 A 192.0.2.1"},
			message:  []string{"delete www.example.org A", "add www.example.org 60 CNAME a.example.org."},
			expected: []string{soaLine, nsLine, "4 www.example.org 60 CNAME a.example.org."}, serial: 8},
		{name: "data after the CNAME is gone", rows: []string{soa, ns, alias}, message: []string{"delete www.example.org CNAME", "add www.example.org 60 A 192.0.2.1"},
			expected: []string{soaLine, nsLine, "4 www.example.org 60 A 192.0.2.1"}, serial: 8},
		{name: "of two in one message the last", rows: []string{soa, ns}, message: []string{"add www.example.org 60 CNAME a.example.org.", "add www.example.org 60 CNAME b.example.org."},
			expected: []string{soaLine, nsLine, "3 www.example.org 60 CNAME b.example.org."}, serial: 8},
		{name: "NSEC and KEY beside CNAME", rows: []string{soa, ns, "www.example.org 60 NSEC example.org. CNAME"}, message: []string{"add www.example.org 60 CNAME a.example.org.", "add www.example.org 60 KEY 256 3 13 YWJj"},
			expected: []string{soaLine, nsLine, "3 www.example.org 60 NSEC example.org. CNAME", "4 www.example.org 60 CNAME a.example.org.", "5 www.example.org 60 KEY 256 3 13 YWJj"}, serial: 8},
		{name: "DNAME replaces DNAME", rows: []string{soa, ns, "www.example.org 60 DNAME a.example.org."}, message: []string{"add www.example.org 60 DNAME b.example.org."},
			expected: []string{soaLine, nsLine, "4 www.example.org 60 DNAME b.example.org."}, serial: 8},
		{name: "WKS replaces that of one address and protocol", rows: []string{soa, ns, `a.example.org 60 TYPE11 \# 6 c00002010601`, `a.example.org 60 TYPE11 \# 6 c00002011101`},
			message:  []string{`add a.example.org 60 TYPE11 \# 6 c00002010602`},
			expected: []string{soaLine, nsLine, `4 a.example.org 60 TYPE11 \# 6 c00002011101`, `5 a.example.org 60 TYPE11 \# 6 c00002010602`}, serial: 8},
	})
}

// A zone and another below it, in one table.
func TestZonesBelow(t *testing.T) {
	rows := []string{soa, ns,
		"sub.example.org 60 SOA a. b. 3 1 1 1 60", "sub.example.org 60 NS ns.sub.example.org.", "sub.example.org 60 DS 1 13 2 AA", "ns.sub.example.org 60 A 192.0.2.1",
		"a.sub.example.org 60 SOA a. b. 3 1 1 1 60"}
	kept := func(first int, more ...string) []string { // but for row 1, or 3
		all := []string{"1 " + soa, nsLine, "3 sub.example.org 60 SOA a. b. 3 1 1 1 60", "4 sub.example.org 60 NS ns.sub.example.org.",
			"5 sub.example.org 60 DS 1 13 2 AA", "6 ns.sub.example.org 60 A 192.0.2.1", "7 a.sub.example.org 60 SOA a. b. 3 1 1 1 60"}
		if first == 1 {
			all[0] = soaLine
		} else {
			all[2] = "3 sub.example.org 60 SOA a. b. 4 1 1 1 60"
		}
		return append(all, more...)
	}
	runAll(t, []step{
		{name: "name below the zone below", rows: rows, message: []string{"add www.sub.example.org 60 A 192.0.2.1"}, rcode: dns.RcodeNotZone},
		{name: "name at the zone below", rows: rows, message: []string{"add sub.example.org 60 A 192.0.2.1"}, rcode: dns.RcodeNotZone},
		{name: "name at the zone below the zone below", rows: rows, message: []string{"add a.sub.example.org 60 DS 1 13 2 AA"}, rcode: dns.RcodeNotZone},
		{name: "all at the zone below", rows: rows, message: []string{"delete sub.example.org"}, rcode: dns.RcodeNotZone},
		{name: "the DS is the parent's", rows: rows, message: []string{"add sub.example.org 60 DS 2 13 2 BB"},
			expected: kept(1, "8 sub.example.org 60 DS 2 13 2 BB"), serial: 8},
		{name: "the DS is not the child's", rows: rows, zone: "sub.example.org", message: []string{"delete sub.example.org DS"}, rcode: dns.RcodeNotZone},
		{name: "the child, in its own zone", rows: rows, zone: "sub.example.org", message: []string{"delete sub.example.org", "add www.sub.example.org 60 A 192.0.2.1"},
			expected: kept(3, "8 www.sub.example.org 60 A 192.0.2.1"), serial: 4},
		{name: "prerequisite about the cut", rows: rows, message: []string{"prereq yxrrset sub.example.org DS", "prereq yxrrset sub.example.org NS", "prereq nxrrset sub.example.org SOA"}},
		{name: "prerequisite below it", rows: rows, message: []string{"prereq nxrrset ns.sub.example.org A"}, rcode: dns.RcodeNotZone},
		{name: "the DS is not seen in the child", rows: rows, zone: "sub.example.org", message: []string{"prereq nxrrset sub.example.org DS"}},
		{name: "name that is no apex", rows: rows, zone: "www.example.org", rcode: dns.RcodeNotAuth},
		{name: "below a cut without a zone", rows: []string{soa, ns, "cut.example.org 60 NS ns.cut.example.org."}, message: []string{"add ns.cut.example.org 60 A 192.0.2.1"},
			expected: []string{soaLine, nsLine, "3 cut.example.org 60 NS ns.cut.example.org.", "4 ns.cut.example.org 60 A 192.0.2.1"}, serial: 8},
	})
}
