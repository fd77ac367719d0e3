// Package port finds ports for servers that tests start as processes of their own, and start again on the same port.
package port

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"strconv"
	"sync"
)

const (
	lowest = 10_000
	tries  = 100
)

// Free returns an address of 127.0.0.1 whose port is free over TCP and UDP. It is none that the kernel hands out to clients: while a
// server is down, such a one could be taken by whoever asks for it in vain.
func Free() (addr string, err error) {
	stream, packet, err := Listen()
	if err != nil {
		return "", err
	}
	stream.Close()
	return packet.LocalAddr().String(), packet.Close()
}

// FreeNumber is Free for who needs the port's number alone.
func FreeNumber() (int, error) {
	addr, err := Free()
	if err != nil {
		return 0, err
	}
	at, err := netip.ParseAddrPort(addr)
	return int(at.Port()), err
}

// Listen listens at such an address, over TCP and UDP.
func Listen() (stream net.Listener, packet net.PacketConn, err error) {
	for range tries {
		stream, packet, err = listenAt(net.JoinHostPort("127.0.0.1", strconv.Itoa(another())))
		if err == nil {
			return stream, packet, nil
		}
	}
	return nil, nil, err
}

var (
	givenMu sync.Mutex
	given   = map[int]bool{}
)

// another chooses a port that this process did not choose before: the server that it was for may be down at the moment, and is to come back.
func another() int {
	givenMu.Lock()
	defer givenMu.Unlock()
	for {
		port := lowest + rand.IntN(ephemeral()-lowest)
		if !given[port] || len(given) > (ephemeral()-lowest)/2 {
			given[port] = true
			return port
		}
	}
}

func listenAt(addr string) (net.Listener, net.PacketConn, error) {
	stream, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, nil, err
	}
	packet, err := net.ListenPacket("udp", addr)
	if err != nil {
		stream.Close()
		return nil, nil, err
	}
	return stream, packet, nil
}

// ephemeral is the first port that the kernel hands out; where it does not say, Linux's default, which is below that of others.
func ephemeral() int {
	const usual = 32_768
	var first, last int
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return usual
	}
	if _, err := fmt.Sscan(string(text), &first, &last); err != nil || first <= lowest {
		return usual
	}
	return first
}
