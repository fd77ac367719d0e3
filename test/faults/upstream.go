package faults

import (
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/mysqldns/mysqldns/test/port"

	"github.com/miekg/dns"
)

// elsewhere is the address that the upstream server has for every name.
const elsewhere = "203.0.113.53"

// Upstream is the server that CoreDNS forwards to: every name exists there, so that whoever hears of a private one, hears wrong.
type Upstream struct {
	Addr string

	servers []*dns.Server // for UDP and TCP
	mu      sync.Mutex
	asked   map[string]bool
}

// NewUpstream starts a server.
func NewUpstream() (*Upstream, error) {
	listener, packet, err := port.Listen()
	if err != nil {
		return nil, err
	}
	u := &Upstream{Addr: listener.Addr().String(), asked: map[string]bool{}}
	for _, server := range []*dns.Server{{PacketConn: packet}, {Listener: listener}} {
		started := make(chan struct{})
		server.Handler, server.NotifyStartedFunc = u, func() { close(started) }
		go server.ActivateAndServe()
		<-started
		u.servers = append(u.servers, server)
	}
	return u, nil
}

// ServeDNS implements dns.Handler.
func (u *Upstream) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	name := q.Question[0].Name
	u.mu.Lock()
	u.asked[strings.ToLower(name)] = true
	u.mu.Unlock()
	reply := new(dns.Msg).SetReply(q)
	reply.RecursionAvailable = true
	if q.Question[0].Qtype == dns.TypeA {
		header := dns.RR_Header{Name: name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60}
		reply.Answer = []dns.RR{&dns.A{Hdr: header, A: net.ParseIP(elsewhere)}}
	}
	w.WriteMsg(reply)
}

// Leaked is those of the private names that it was asked for.
func (u *Upstream) Leaked(private []string) (names []string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, name := range private {
		if u.asked[strings.ToLower(dns.Fqdn(name))] && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Close ends the server.
func (u *Upstream) Close() {
	for _, server := range u.servers {
		server.Shutdown()
	}
}
