package cluster

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"
)

// A connection that was cut is there, and so is one that is made meanwhile; what was sent comes when it is healed.
func TestSocketIsDeafUntilHealed(t *testing.T) {
	var plain net.ListenConfig
	plain.SetMultipathTCP(false) // whose sockets take no filter
	listener, err := plain.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	address := listener.Addr().(*net.TCPAddr)
	connect := func() (client, server net.Conn) {
		client, err := net.DialTimeout("tcp", address.String(), time.Second)
		if err != nil {
			t.Fatal(err)
		}
		server, err = listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Close(); server.Close() })
		return client, server
	}
	client, server := connect()
	self := side{os.Getpid(), address.Port}
	all, err := socketsOf(self.pid)
	if errors.Is(err, ErrNoCut) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	err = all.deafen(func(s socket) bool { return s.local == address.Port })
	all.close()
	if err != nil {
		t.Fatal(err)
	}
	laterClient, laterServer := connect()
	hears := func(server net.Conn, within time.Duration) bool {
		server.SetReadDeadline(time.Now().Add(within))
		_, err := server.Read(make([]byte, 1))
		return err == nil
	}
	client.Write([]byte("x"))
	laterClient.Write([]byte("x"))
	if hears(server, 300*time.Millisecond) || hears(laterServer, 300*time.Millisecond) {
		t.Error("hears")
	}
	server.Write([]byte("x"))
	if !hears(client, time.Second) {
		t.Error("the other side is deaf, too")
	}
	self.heal()
	if !hears(server, 10*time.Second) || !hears(laterServer, 10*time.Second) {
		t.Error("is still deaf")
	}
}
