package journal

import (
	"testing"
	"time"
)

func TestNewerWrapsAround(t *testing.T) {
	for _, c := range []struct {
		a, b  uint32
		newer bool
	}{
		{2, 1, true}, {1, 2, false}, {1, 1, false},
		{0, 1<<32 - 1, true}, {1<<32 - 1, 0, false},
		{1<<31 - 1, 0, true}, {1 << 31, 0, false}, // half of the circle is neither (RFC 1982, 3.2)
	} {
		if Newer(c.a, c.b) != c.newer {
			t.Errorf("%d newer than %d: %t", c.a, c.b, !c.newer)
		}
	}
}

func TestNext(t *testing.T) {
	for _, c := range []struct {
		serial uint32
		now    int64
		next   uint32
	}{
		{1, 1796000000, 1796000000},
		{1796000000, 1796000000, 1796000001}, // the second version in a second
		{2026112801, 1796000000, 2026112802}, // an owner's serial of before, ahead of the time
		{1<<32 - 1, 1<<32 - 9, 1},            // never 0
		{1<<32 - 9, 1 << 32, 1},              // nor when the time is
	} {
		if got := Next(c.serial, time.Unix(c.now, 0)); got != c.next {
			t.Errorf("behind %d at %d comes %d, expected %d", c.serial, c.now, got, c.next)
		}
	}
}
