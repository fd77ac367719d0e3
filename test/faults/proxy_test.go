package faults

import (
	"bytes"
	"errors"
	"io"
	"net"
	"regexp"
	"syscall"
	"testing"
	"time"
)

// repeating starts a server that answers each line with a hundred thousand octets.
func repeating(t *testing.T) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				line := make([]byte, 100)
				for {
					if _, err := conn.Read(line); err != nil {
						return
					}
					if _, err := conn.Write(make([]byte, 100_000)); err != nil {
						return
					}
				}
			}()
		}
	}()
	return listener.Addr().String()
}

func proxyOf(t *testing.T, addr string) *Proxy {
	t.Helper()
	p, err := NewProxy(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// ask sends a line and returns how many octets come back within a while, at most those of one answer, and the error that ended it.
func ask(t *testing.T, p *Proxy, line string) (octets int, err error) {
	t.Helper()
	conn, err := net.Dial("tcp", p.Addr)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(300 * time.Millisecond))
	if _, err := conn.Write([]byte(line)); err != nil {
		return 0, err
	}
	var got bytes.Buffer
	_, err = io.CopyN(&got, conn, 100_000)
	return got.Len(), err
}

func TestProxyCutsWhereItIsTold(t *testing.T) {
	list := regexp.MustCompile("list$")
	isTimeout := func(err error) bool { var timeout net.Error; return errors.As(err, &timeout) && timeout.Timeout() }
	isReset := func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }
	isEOF := func(err error) bool { return errors.Is(err, io.EOF) }
	for _, test := range []struct {
		name   string
		cut    Cut
		line   string
		octets int
		ends   func(error) bool
	}{
		{"end before the answer", Cut{After: list, How: Finish}, "list", 0, isEOF},
		{"end in the answer", Cut{After: list, Octets: 77_777, How: Finish}, "list", 77_777, isEOF},
		{"silence in the answer", Cut{After: list, Octets: 77_777, How: Stall}, "list", 77_777, isTimeout},
		{"reset before the answer", Cut{After: list, How: Reset}, "list", 0, isReset},
		{"reset in the question", Cut{After: list, Toward: ToServer, Octets: 2, How: Reset}, "list", 0, isReset},
		{"another question", Cut{After: list, How: Reset}, "listen", 100_000, func(err error) bool { return err == nil }},
		{"at once", Cut{Toward: ToServer, How: Finish}, "anything", 0, isEOF},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := proxyOf(t, repeating(t))
			cut := p.Cut(test.cut)
			octets, err := ask(t, p, test.line)
			if octets != test.octets || !test.ends(err) {
				t.Errorf("got %d octets and %v, expected %d", octets, err, test.octets)
			}
			if p.Broken() == 1 {
				<-cut
			}
			if octets, err := ask(t, p, "listen"); octets != 100_000 {
				t.Errorf("after the cut: got %d octets and %v", octets, err)
			}
		})
	}
}

func TestProxyCutsEveryConnectionUntilSpared(t *testing.T) {
	p := proxyOf(t, repeating(t))
	p.CutAlways(Cut{Octets: 10, How: Finish})
	for range 3 {
		if octets, err := ask(t, p, "x"); octets != 10 {
			t.Errorf("got %d octets and %v, expected 10", octets, err)
		}
	}
	if n := p.Broken(); n != 3 {
		t.Errorf("counted %d, expected 3", n)
	}
	p.Spare()
	if octets, err := ask(t, p, "x"); octets != 100_000 {
		t.Errorf("got %d octets and %v", octets, err)
	}
}

func TestProxyRefusesAndStalls(t *testing.T) {
	p := proxyOf(t, repeating(t))
	addr := p.Addr
	p.Refuse()
	if _, err := ask(t, p, "x"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("refusing: got %v", err)
	}
	if err := p.Accept(); err != nil || p.Addr != addr {
		t.Fatalf("accepting at %s: %v", p.Addr, err)
	}
	if octets, err := ask(t, p, "x"); octets != 100_000 {
		t.Errorf("accepting: got %d octets and %v", octets, err)
	}
	p.Stall()
	conn, err := net.Dial("tcp", p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if octets, _ := ask(t, p, "x"); octets != 0 {
		t.Errorf("stalling: got %d octets", octets)
	}
	p.Flow()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	if n, err := io.CopyN(io.Discard, conn, 100_000); n != 100_000 {
		t.Errorf("what was stalled: got %d octets and %v", n, err)
	}
}
