package catalog

import (
	"errors"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

func TestNames(t *testing.T) {
	for s, want := range map[string]string{
		"Catalog.Example.org":                 "catalog.example.org.",
		"catalog.":                            "catalog.",
		"":                                    "",
		".":                                   "",
		"a..b":                                "",
		"*.example.org":                       "",
		"10.0.0.0/8":                          "",
		"dns://x":                             "",
		strings.Repeat("a", 64):               "",
		strings.Repeat("abcdefg.", 27) + "x":  "",
		strings.Repeat("abcdefg.", 26) + "xy": strings.Repeat("abcdefg.", 26) + "xy.",
	} {
		if got, err := ParseName(s); got != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, ErrName) {
			t.Errorf("%q: %q, %v; expected %q", s, got, err, want)
		}
	}
}

// RFC 9432, 4: what each catalog zone has, and how members are named.
func TestZone(t *testing.T) {
	var texts []string
	for _, rr := range append(Zone("cat.example."), Member("cat.example.", "example.org.")) {
		texts = append(texts, strings.Join(strings.Fields(rr.String()), " "))
	}
	want := []string{
		"cat.example. 0 IN SOA invalid. invalid. 0 300 60 2147483646 0",
		"cat.example. 0 IN NS invalid.",
		`version.cat.example. 0 IN TXT "2"`,
		"9j28inj04p1ukcatr0113f3j02b9bjm3.zones.cat.example. 0 IN PTR example.org.",
	}
	for i, text := range texts {
		if text != want[i] {
			t.Errorf("%s\nexpected\n%s", text, want[i])
		}
	}
}

// To each member its label, whatever the case: they are the same in every release, or secondaries would begin each zone anew.
func TestLabels(t *testing.T) {
	seen := map[string]string{}
	for _, apex := range []string{".", "org.", "example.org.", "example.com.", `a\.b.example.`, `\000.example.`} {
		owner := Member("cat.", apex).Header().Name
		if other, ok := seen[owner]; ok {
			t.Errorf("%s has the label of %s", apex, other)
		}
		seen[owner] = apex
		if Member("cat.", strings.ToUpper(apex)).Header().Name != owner {
			t.Errorf("%s has another label in upper case", apex)
		}
		if _, ok := dns.IsDomainName(owner); !ok {
			t.Errorf("%s is no name", owner)
		}
	}
}
