package port

import (
	"net"
	"testing"
)

func TestFreePortIsFreeAndNotAClients(t *testing.T) {
	addr, err := Free()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if _, _, err := listenAt(addr); err == nil {
		t.Errorf("%s counts as free while a server listens there", addr)
	}
	if port := listener.Addr().(*net.TCPAddr).Port; port < lowest || port >= ephemeral() {
		t.Errorf("port %d, expected one from %d on, below %d", port, lowest, ephemeral())
	}
}

// A server that is down for a while finds its port free.
func TestNoPortTwice(t *testing.T) {
	seen := map[int]bool{}
	for range 5000 {
		port := another()
		if seen[port] {
			t.Fatalf("port %d is given twice", port)
		}
		seen[port] = true
	}
}
