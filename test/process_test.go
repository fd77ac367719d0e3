package test

import (
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mysqldns/mysqldns/test/coredns"
	"github.com/mysqldns/mysqldns/test/instance"
)

// program is CoreDNS with all its plugins, or without those that the tag lean leaves out.
var program = sync.OnceValues(func() (string, error) { return coredns.Build(work) })

// startProcess starts CoreDNS as a process of its own, with what only that has: signals, and plugins that this one does not link. It ends with the test.
func startProcess(t *testing.T, corefile string) *coredns.Server {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	s, err := coredns.Start(path, t.TempDir(), corefile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Kill() })
	return s
}

// needPlugin skips a test that needs a plugin which the program may lack.
func needPlugin(t *testing.T, name string) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	plugins, err := exec.Command(path, "-plugins").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(strings.Fields(string(plugins)), name) {
		t.Skipf("NOT TESTED: this CoreDNS was built with the tag lean, without %s: make test-servers LEAN=", name)
	}
}

// clientOf asks such a process.
func clientOf(s *coredns.Server) *server {
	return &server{&instance.Server{UDP: s.Addr, TCP: s.Addr}}
}
