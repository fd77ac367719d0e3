// Package port finds ports for servers that tests start as processes of their own, and start again on the same port.
package port

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
)

const (
	lowest = 10_000
	tries  = 100
)

// Free returns an address of 127.0.0.1 whose port nobody uses over TCP or UDP. It is none that the kernel hands out to clients: while a
// server is down, such a one could be taken by whoever asks for it in vain.
func Free() (addr string, err error) {
	for range tries {
		addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(lowest+rand.IntN(ephemeral()-lowest)))
		if err = try(addr); err == nil {
			return addr, nil
		}
	}
	return "", err
}

// try reports whether a server can listen at addr.
func try(addr string) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	packet, err := net.ListenPacket("udp", addr)
	if err != nil {
		return err
	}
	return packet.Close()
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
