package wire

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

func key(t testing.TB, name string) Key {
	t.Helper()
	k, err := ParseKey(name)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// The example of RFC 4034, 6.1.
func TestKeysAreInCanonicalOrder(t *testing.T) {
	names := []string{"example.", "a.example.", "yljkjljk.a.example.", "Z.a.example.", "zABC.a.EXAMPLE.", "z.example.", `\001.z.example.`,
		"*.z.example.", `\200.z.example.`}
	for i := 1; i < len(names); i++ {
		if bytes.Compare(key(t, names[i-1]), key(t, names[i])) >= 0 {
			t.Errorf("%s is not before %s", names[i-1], names[i])
		}
	}
}

// Octets that the form of a key itself uses.
func TestKeysOfStrangeLabels(t *testing.T) {
	names := []string{".", `\000.`, `\000\000.`, `\000\001.`, `\000\002.`, `\001.`, `x.\001.`, `\001\000.`, `\001\001.`, `\002.`, `a.`, `\000.a.`, `a\000.`, `a\001.`, `a\.b.`, "b."}
	for i, name := range names {
		k := key(t, name)
		if k.Name() != name {
			t.Errorf("%s comes back as %s", name, k.Name())
		}
		if i > 0 && bytes.Compare(key(t, names[i-1]), k) >= 0 {
			t.Errorf("%s is not before %s", names[i-1], name)
		}
	}
}

func TestKeyHoldsWhatIsBelow(t *testing.T) {
	tests := []struct {
		name, other string
		expected    bool
	}{
		{"example.org.", "example.org.", true},
		{"example.org.", "WWW.example.org.", true},
		{"example.org.", "www.anexample.org.", false},
		{"example.org.", "example.orga.", false},
		{"example.org.", "org.", false},
		{".", "org.", true},
		{".", ".", true},
		{`a\000.`, "a.", false},
		{"a.", `a\000.`, false},
	}
	for _, test := range tests {
		if got := key(t, test.name).Holds(key(t, test.other)); got != test.expected {
			t.Errorf("%s holds %s: %t", test.name, test.other, got)
		}
	}
}

func TestParentAndLabel(t *testing.T) {
	k := key(t, "www.Example.org.")
	if got := k.Parent().Name(); got != "example.org." {
		t.Errorf("parent %s", got)
	}
	if got := string(k.Label()); got != "www" {
		t.Errorf("label %s", got)
	}
	if k := key(t, "*."); len(k.Parent()) != 0 || string(k.Label()) != "*" {
		t.Errorf("parent %q, label %q", k.Parent(), k.Label())
	}
}

func TestParseKeyRefuses(t *testing.T) {
	for _, name := range []string{"", "example.org", "a..b.", strings.Repeat("a", 64) + ".", strings.Repeat("a.", 128),
		strings.Repeat("a.", 126) + "aa."} {
		if k, err := ParseKey(name); err == nil {
			t.Errorf("%q: %q", name, k)
		}
	}
}

func FuzzKey(f *testing.F) {
	f.Add([]byte("\x03www\x07example\x00"), []byte("\x01\x00\x00"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		nameA, _, errA := dns.UnpackDomainName(a, 0)
		nameB, _, errB := dns.UnpackDomainName(b, 0)
		if errA != nil || errB != nil {
			return
		}
		ka, kb := key(t, nameA), key(t, nameB)
		if got, want := ka.Name(), dns.CanonicalName(nameA); got != want {
			t.Errorf("%s comes back as %s", want, got)
		}
		if got, want := bytes.Compare(ka, kb), slices.CompareFunc(labels(nameA), labels(nameB), bytes.Compare); got != want {
			t.Errorf("%s and %s: %d, expected %d", nameA, nameB, got, want)
		}
	})
}

// labels are those of a name from the root down, in lower case.
func labels(name string) (all [][]byte) {
	var wire [256]byte
	_, _ = dns.PackDomainName(name, wire[:], 0, nil, false)
	for at := 0; wire[at] != 0; at += 1 + int(wire[at]) {
		label := bytes.Clone(wire[at+1 : at+1+int(wire[at])])
		for i, c := range label {
			if 'A' <= c && c <= 'Z' {
				label[i] = c + 32
			}
		}
		all = append(all, label)
	}
	slices.Reverse(all)
	return all
}
