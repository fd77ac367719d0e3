// Package instance runs CoreDNS with mysqldns in this process. It links no plugin besides: a program imports those that its Corefiles name,
// since all of CoreDNS's take minutes to compile and pull in the clients of every cloud.
package instance

import (
	"net"
	"sync"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"

	_ "github.com/mysqldns/mysqldns/internal/chain" // mysqldns, in its place
)

// Server is a running CoreDNS. Its methods are not for concurrent use.
type Server struct {
	UDP, TCP string // where to ask the first server block, host:port

	instance *caddy.Instance
}

// starting is held while an instance starts: what CoreDNS sets up then is global.
var starting sync.Mutex

// Start starts CoreDNS with the text of a Corefile, and returns when it listens. The caller calls Stop.
func Start(corefile string) (*Server, error) {
	starting.Lock()
	defer starting.Unlock()
	caddy.Quiet, dnsserver.Quiet = true, true
	running, err := caddy.Start(input(corefile))
	if err != nil {
		return nil, err
	}
	s := new(Server)
	s.set(running)
	return s, nil
}

func input(corefile string) caddy.Input {
	return caddy.CaddyfileInput{Contents: []byte(corefile), Filepath: "Corefile", ServerTypeName: "dns"}
}

// set notes the instance that runs, and where it listens.
func (s *Server) set(running *caddy.Instance) {
	s.instance = running
	if listeners := running.Servers(); len(listeners) > 0 {
		s.UDP, s.TCP = loopback(listeners[0].LocalAddr()), loopback(listeners[0].Addr())
	}
}

// loopback is where to ask a server that listens everywhere.
func loopback(addr net.Addr) string {
	if addr == nil {
		return ""
	}
	_, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// Reload has the server take another Corefile, as SIGUSR1 does. After an error it goes on with the old one.
func (s *Server) Reload(corefile string) error {
	running, err := s.instance.Restart(input(corefile))
	if err != nil {
		return err
	}
	s.set(running)
	return nil
}

// Stop ends the server as its process would.
func (s *Server) Stop() {
	s.instance.ShutdownCallbacks()
	s.instance.Stop()
}
