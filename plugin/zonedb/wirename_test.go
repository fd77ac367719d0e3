package zonedb

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// noOctet is an escape that miekg/dns takes although it is of no octet.
var noOctet = regexp.MustCompile(`\\(25[6-9]|2[6-9]\d|[3-9]\d\d|\d(\D|$)|\d\d(\D|$)|[\x00-\x1f\x7f])`)

func FuzzName(f *testing.F) {
	for _, name := range []string{".", "a.", "A.b.", `a\.b.`, `\000.`, `\256.`, `a\`, `\1.`, "a..", "", "a", " .", strings.Repeat("a.", 127),
		strings.Repeat("l", 63) + ".", strings.Repeat("l", 64) + ".", "@[`{Az.", "sixteen.octets-.Z.", strings.Repeat("a.", 119) + "b.", ".a.", "aaaaaaa..b.", `Ϟ\.`} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if endsInDot(name) != dns.IsFqdn(name) {
			return
		}
		var buf [wire.MaxName]byte
		packed := buf[:packName(&buf, name)]
		var ref [wire.MaxName + 10]byte
		n, err := dns.PackDomainName(name, ref[:], 0, nil, false)
		if len(packed) == 0 {
			if err == nil && !noOctet.MatchString(name) && name != "" && dns.IsFqdn(name) && n <= wire.MaxName {
				t.Fatalf("%q is not taken, but is %x", name, ref[:n])
			}
			return
		}
		for i, c := range ref[:n] {
			ref[i] = wire.Lower(c)
		}
		if err != nil || !bytes.Equal(packed, ref[:n]) || !isLower(packed) || wire.NameLen(packed) != len(packed) {
			t.Fatalf("%q is %x, want %x, %v", name, packed, ref[:n], err)
		}
		want, _, err := dns.UnpackDomainName(packed, 0)
		if got := nameString(packed); err != nil || got != want {
			t.Fatalf("%x is %q, want %q, %v", packed, got, want, err)
		}
	})
}

// endsInDot is dns.IsFqdn, but right also where the escape of the last octets is behind a character of several octets.
func endsInDot(name string) bool {
	rest, ok := strings.CutSuffix(name, ".")
	return ok && (len(rest)-len(strings.TrimRight(rest, `\`)))%2 == 0
}

// A name is the same in wire form whether an octet in it is escaped or not.
func TestNameWithAndWithoutEscape(t *testing.T) {
	for c := range 256 {
		if c == '.' || c == '\\' {
			continue
		}
		for at := range 20 {
			for _, end := range []string{".x.", ".eight-or.More.", strings.Repeat("y", 60-at) + "."} {
				begin := "Before-what.the-octet-is"[:at]
				var plain, escaped [wire.MaxName]byte
				n := packName(&plain, begin+string([]byte{byte(c)})+end)
				m := packName(&escaped, begin+fmt.Sprintf("\\%03d", c)+end)
				if n == 0 || n != m || plain != escaped {
					t.Fatalf("octet %d at %d before %q: %x, want %x", c, at, end, plain[:n], escaped[:m])
				}
			}
		}
	}
}
