package test

import (
	"sync"
	"testing"

	"github.com/mysqldns/mysqldns/test/coredns"
	"github.com/mysqldns/mysqldns/test/instance"
)

// program is CoreDNS with all its plugins.
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

// clientOf asks such a process.
func clientOf(s *coredns.Server) *server {
	return &server{&instance.Server{UDP: s.Addr, TCP: s.Addr}}
}
