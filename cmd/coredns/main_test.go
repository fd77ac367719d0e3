package main

import (
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// TestMain is the program itself when a test asks for it.
func TestMain(m *testing.M) {
	if os.Getenv("MYSQLDNS_TEST_PROGRAM") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestWhatTheProgramSaysOfItself(t *testing.T) {
	for flag, want := range map[string]string{
		"-version": `^CoreDNS-\d+\.\d+\.\d+ with mysqldns-\S+\n`,
		"-plugins": `\n *mysqldns\n`,
	} {
		program := exec.Command(os.Args[0], flag)
		program.Env = append(os.Environ(), "MYSQLDNS_TEST_PROGRAM=1")
		output, err := program.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", flag, err, output)
		}
		if !regexp.MustCompile(want).Match(output) {
			t.Errorf("%s: no %q in\n%s", flag, want, output)
		}
	}
}
