package wire

import (
	"strings"
	"testing"
)

func TestNameLen(t *testing.T) {
	long := strings.Repeat("\x01a", 127) + "\x00" // 255 octets
	for _, c := range []struct {
		octets   string
		expected int
	}{
		{"\x00", 1},
		{"\x03www\x00", 5},
		{"\x03www\x00more", 5},
		{"", 0},
		{"\x03www", 0},
		{"\x03ww", 0},
		{"\x40" + strings.Repeat("a", 64) + "\x00", 0},
		{"\xc0\x00", 0}, // a pointer
		{long, 255},
		{"\x01a" + long, 0},
	} {
		if got := NameLen([]byte(c.octets)); got != c.expected {
			t.Errorf("%q: %d, expected %d", c.octets, got, c.expected)
		}
	}
}

func TestLower(t *testing.T) {
	for i := range 256 {
		c := byte(i)
		want := c
		if 'A' <= c && c <= 'Z' {
			want = c + 32
		}
		if got := Lower(c); got != want {
			t.Errorf("%q becomes %q", c, got)
		}
	}
}
