package update

import (
	"slices"
	"testing"

	"github.com/miekg/dns"
)

// RFC 4703, 5: how DHCP servers that know nothing of each other keep a name for one client.
func TestDHCIDConflicts(t *testing.T) {
	const mine, other = "AAAB", "AAAC"
	rows := parseTable(t, soa, ns)
	send := func(expected int, lines ...string) {
		t.Helper()
		_, rcode, err := carryOut(parseMessage(t, "example.org", lines...), everything, rows)
		if err != nil {
			t.Fatal(err)
		}
		if rcode != expected {
			t.Fatalf("got %s, expected %s", dns.RcodeToString[rcode], dns.RcodeToString[expected])
		}
	}
	add := []string{"prereq nxdomain host.example.org", "add host.example.org 60 A 192.0.2.1", "add host.example.org 60 DHCID " + mine}
	send(dns.RcodeSuccess, add...)                                                                            // 5.3.1
	send(dns.RcodeYXDomain, add...)                                                                           // a second time: the name is in use …
	send(dns.RcodeSuccess, "prereq yxdomain host.example.org", "prereq yxrrset host.example.org DHCID "+mine, // … by the same client: 5.3.2
		"delete host.example.org A", "add host.example.org 60 A 192.0.2.2")
	send(dns.RcodeNXRrset, "prereq yxdomain host.example.org", "prereq yxrrset host.example.org DHCID "+other,
		"delete host.example.org A", "add host.example.org 60 A 192.0.2.3")
	send(dns.RcodeNXRrset, "prereq yxrrset host.example.org DHCID "+other, "delete host.example.org A 192.0.2.2") // 5.5: not its own
	send(dns.RcodeSuccess, "prereq yxrrset host.example.org DHCID "+mine, "delete host.example.org A 192.0.2.2")
	send(dns.RcodeSuccess, "prereq yxrrset host.example.org DHCID "+mine, "prereq nxrrset host.example.org A", "prereq nxrrset host.example.org AAAA",
		"delete host.example.org")
	expected := parseNumbered(t, []string{"1 example.org 3600 SOA ns.example.org. hostmaster.example.org. 11 1 1 1 60", nsLine}).lines()
	if got := rows.lines(); !slices.Equal(got, expected) {
		t.Errorf("got %q, expected %q", got, expected)
	}
}
