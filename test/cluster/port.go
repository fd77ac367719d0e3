package cluster

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports from which no system takes any for outgoing connections: a node that was away finds its own free when it returns.
const (
	lowestPort  = 20_000
	highestPort = 32_000
)

// freePorts finds so many ports of 127.0.0.1 that nobody listens on.
func freePorts(count int) ([]int, error) {
	var ports []int
	var listeners []net.Listener
	defer func() {
		for _, l := range listeners {
			l.Close()
		}
	}()
	for range 100 * count {
		port := lowestPort + rand.IntN(highestPort-lowestPort)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		listeners = append(listeners, l)
		if ports = append(ports, port); len(ports) == count {
			return ports, nil
		}
	}
	return nil, errors.New("there are not enough free ports")
}
