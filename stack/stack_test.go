package stack

import (
	"runtime"
	"testing"
	"time"
)

// idle starts goroutines that wait, as those of a server do, until the test ends.
func idle(t *testing.T, number int) {
	stop := make(chan struct{})
	for range number {
		go func() { <-stop }()
	}
	t.Cleanup(func() { close(stop) })
}

// within collects garbage until the size that stacks start with is as expected.
func within(t *testing.T, what string, holds func(uint64) bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		runtime.GC()
		if holds(now()) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("stacks start with %d octets, expected %s", now(), what)
		}
	}
}

func TestRaises(t *testing.T) {
	idle(t, 100)
	within(t, "less than a question needs", func(size uint64) bool { return size < Question })
	before := runtime.NumGoroutine()
	stop := Raise(Question)
	within(t, "what a question needs", func(size uint64) bool { return size == Question })
	if kept := runtime.NumGoroutine() - before - 1; kept > 24 {
		t.Errorf("%d goroutines are kept beside 100", kept)
	}

	idle(t, 300) // four times as many now, which the next collections find
	within(t, "less than a question needs", func(size uint64) bool { return size < Question })
	within(t, "what a question needs", func(size uint64) bool { return size == Question })

	stop()
	within(t, "what it was", func(size uint64) bool { return size < Question })
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before+300; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines were started and are left", runtime.NumGoroutine()-before-300)
		}
	}
}

func TestAdapts(t *testing.T) {
	for _, test := range []struct {
		name      string
		kept      int
		now, size uint64
		want      int
	}{
		{"none yet", 0, 2048, 8192, 1},
		{"too few", 4, 4096, 8192, 8},
		{"as many as may be", most, 4096, 8192, most},
		{"never more than that", most - 1, 4096, 8192, most},
		{"enough", 9, 8192, 8192, 9},
		{"too many", 9, 16384, 8192, 6},
		{"one is too many", 1, 16384, 8192, 1},
		{"the others use enough", 0, 16384, 8192, 0},
		{"not known", 9, 0, 8192, 0},
	} {
		if got := adapted(test.kept, test.now, test.size); got != test.want {
			t.Errorf("%s: %d, expected %d", test.name, got, test.want)
		}
	}
}
