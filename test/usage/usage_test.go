package usage

import (
	"os"
	"runtime"
	"testing"
	"time"
)

func TestOwnProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells")
	}
	before, err := CPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); ; { // until a tick of CPU has passed
		now, err := CPU(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		if now > before {
			break
		}
		if time.Since(begun) > 10*time.Second {
			t.Fatalf("still %s of CPU after ten seconds of work", now)
		}
	}
	if now, most, err := Memory(os.Getpid()); now < 1<<20 || most < now || err != nil {
		t.Errorf("%d and %d octets, %v", now, most, err)
	}
}

func TestNoProcess(t *testing.T) {
	if _, err := CPU(-1); err == nil {
		t.Error("there is a CPU time")
	}
	if _, _, err := Memory(-1); err == nil {
		t.Error("there is memory")
	}
}
