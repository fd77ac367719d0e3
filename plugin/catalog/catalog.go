// Package catalog makes the records of catalog zones (RFC 9432), by which secondaries learn which zones there are.
package catalog

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"github.com/miekg/dns"
)

// members is the label below which the names of the members are (RFC 9432, 4.1), and labelOctets how many octets of a digest make the label of each.
const (
	members     = "zones."
	labelOctets = 20
)

// What the SOA says: secondaries hear of changes by NOTIFY, and look every few minutes in case one was lost.
const (
	refresh = 300
	retry   = 60
	expire  = 2147483646 // as in RFC 9432, appendix A: a secondary that has lost its primary keeps its zones
)

// ErrName is returned for names that no catalog zone can have.
var ErrName = errors.New("not the name of a catalog zone")

// ParseName returns the name of a catalog zone, fully qualified and in lower case.
func ParseName(s string) (string, error) {
	name := dns.CanonicalName(s)
	if _, ok := dns.IsDomainName(s); !ok || s == "" || strings.ContainsAny(s, "/:*") {
		return "", fmt.Errorf("%q is %w: expected a domain name of your own, such as catalog.example.org", s, ErrName)
	}
	if name == "." {
		return "", fmt.Errorf("the root is %w: expected a name of your own, such as catalog.example.org", ErrName)
	}
	if _, ok := dns.IsDomainName(owner(name, "example.")); !ok {
		return "", fmt.Errorf("%q is %w: it is too long for the names of members below it", s, ErrName)
	}
	return name, nil
}

// Zone is what a catalog zone has besides its members. The serial in its SOA is 0: it is the version's.
func Zone(name string) []dns.RR {
	header := func(owner string, rrtype uint16) dns.RR_Header {
		return dns.RR_Header{Name: owner, Rrtype: rrtype, Class: dns.ClassINET}
	}
	return []dns.RR{
		&dns.SOA{Hdr: header(name, dns.TypeSOA), Ns: "invalid.", Mbox: "invalid.", Refresh: refresh, Retry: retry, Expire: expire},
		&dns.NS{Hdr: header(name, dns.TypeNS), Ns: "invalid."}, // RFC 9432, 4: it is not to be looked up
		&dns.TXT{Hdr: header("version."+name, dns.TypeTXT), Txt: []string{"2"}},
	}
}

// Member is the record of a catalog zone that names a member by its apex. Its owner is always the same for the same apex, and another for every other: to a
// secondary, another owner would be another zone, whose state begins anew (RFC 9432, 5.4).
func Member(name, apex string) dns.RR {
	return &dns.PTR{Hdr: dns.RR_Header{Name: owner(name, apex), Rrtype: dns.TypePTR, Class: dns.ClassINET}, Ptr: apex}
}

// owner is the name of a member.
func owner(name, apex string) string {
	sum := sha256.Sum256([]byte(dns.CanonicalName(apex)))
	label := strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:labelOctets]))
	return label + "." + members + name
}
