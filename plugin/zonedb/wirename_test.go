package zonedb

import (
	"regexp"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// over255 is an escape that miekg/dns takes although it is of no octet.
var over255 = regexp.MustCompile(`\\(25[6-9]|2[6-9]\d|[3-9]\d\d)`)

func FuzzName(f *testing.F) {
	for _, name := range []string{".", "a.", "A.b.", `a\.b.`, `\000.`, `\256.`, `a\`, `\1.`, "a..", "", "a", " .", strings.Repeat("a.", 127)} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		var buf [maxName]byte
		wire := buf[:packName(&buf, name)]
		var ref [maxName + 10]byte
		n, err := dns.PackDomainName(name, ref[:], 0, nil, false)
		if len(wire) == 0 {
			if err == nil && !over255.MatchString(name) && name != "" && dns.IsFqdn(name) && n <= maxName {
				t.Fatalf("%q is not taken, but is %x", name, ref[:n])
			}
			return
		}
		if err != nil || !equalFold(wire, ref[:n]) || !isLower(wire) || nameLen(wire) != len(wire) {
			t.Fatalf("%q is %x, want %x, %v", name, wire, ref[:n], err)
		}
		want, _, err := dns.UnpackDomainName(wire, 0)
		if got := nameString(wire); err != nil || got != want {
			t.Fatalf("%x is %q, want %q, %v", wire, got, want, err)
		}
	})
}
