package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The first build takes minutes: whoever waits sees at once what for.
func TestBuildSaysWhatItDoes(t *testing.T) {
	program := filepath.Join(t.TempDir(), "demo")
	build := exec.Command("./build", program)
	build.Env = append(os.Environ(), "GOFLAGS="+os.Getenv("GOFLAGS")+" "+alike)
	said, err := build.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if !strings.HasPrefix(string(said), "building the demo") {
		t.Errorf("it says first:\n%s", said)
	}
	if _, err := os.Stat(program); err != nil {
		t.Error(err)
	}
}

// What goes wrong is told, not counted.
func TestBuildPassesOnWhatIsWrong(t *testing.T) {
	build := exec.Command("./build", filepath.Join(t.TempDir(), "demo"))
	build.Env = append(os.Environ(), "GOFLAGS=-tags=mysqldns -compiler=none")
	said, err := build.CombinedOutput()
	if err == nil || !strings.Contains(string(said), `unknown compiler "none"`) {
		t.Errorf("%v:\n%s", err, said)
	}
}
