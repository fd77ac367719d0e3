package hostile

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// sendDatagrams sends n datagrams and reads what comes back, which must be messages. They are paced: what is lost on the way tests nothing.
func sendDatagrams(t *testing.T, addr string, n int, datagram func(i int) []byte) (replies int) {
	t.Helper()
	conn, err := net.Dial("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	done, counted := make(chan struct{}), make(chan int)
	go func() { counted <- readReplies(t, conn, done) }()
	for i := range n {
		if _, err := conn.Write(datagram(i)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("datagram %d: %v", i, err)
			break
		}
		if i%20 == 19 {
			time.Sleep(time.Millisecond)
		}
	}
	close(done)
	return <-counted
}

// readReplies counts messages until none has come for a while after done.
func readReplies(t *testing.T, conn net.Conn, done <-chan struct{}) (n int) {
	buf := make([]byte, 65_535)
	for {
		if err := conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
			t.Error(err)
			return n
		}
		size, err := conn.Read(buf)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			select {
			case <-done:
				return n
			default:
				continue
			}
		case err != nil:
			t.Errorf("the server does not listen any more: %v", err)
			return n
		}
		n++
		reply := new(dns.Msg)
		if err := reply.Unpack(buf[:size]); err != nil || !reply.Response {
			t.Errorf("a reply that is none: %v\n%x", err, buf[:min(size, 200)])
		}
	}
}
