package faults

import (
	"net"
	"regexp"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/test/port"
)

// Proxy passes TCP connections on to a server and breaks them as networks do. Its methods are safe for concurrent use.
type Proxy struct {
	Addr   string
	oneWay time.Duration // that every octet is on its way in each direction

	mu       sync.Mutex
	target   string
	listener net.Listener // nil while it refuses
	links    map[*link]bool
	flowing  chan struct{} // closed unless all links stall
	cut      *cutting      // the next, nil for none
	broken   int           // links, since that was set
	watch    func([]byte)  // sees what clients send; may be nil
	pumps    sync.WaitGroup
}

// Cut says where in the stream of a connection it breaks, and how.
type Cut struct {
	After  *regexp.Regexp // what the client sends before; nil: the next octets in any direction
	Toward Direction      // whose octets are counted
	Octets int            // that still pass, of those in that direction; of the client's, from the packet that matches After on
	How    How
}

// Direction is that of a stream.
type Direction int

const (
	ToClient Direction = iota
	ToServer
)

// How a connection breaks.
type How int

const (
	Finish How = iota // both sides see its regular end
	Reset             // both sides see a reset
	Stall             // no side sees anything any more
)

// cutting is a Cut that is yet to happen.
type cutting struct {
	Cut
	always bool          // each connection is cut there
	done   chan struct{} // closed when it happened
}

// NewProxy starts a proxy for the server at target.
func NewProxy(target string) (*Proxy, error) { return NewFarProxy(target, 0) }

// NewFarProxy starts a proxy that makes the server be so far away: each answer comes a round trip later than it would.
func NewFarProxy(target string, roundTrip time.Duration) (*Proxy, error) {
	addr, err := port.Free() // to be had again after Refuse
	if err != nil {
		return nil, err
	}
	p := &Proxy{Addr: addr, target: target, oneWay: roundTrip / 2, links: map[*link]bool{}, flowing: make(chan struct{})}
	close(p.flowing)
	return p, p.Accept()
}

// LeadTo leads later connections to another server, as a virtual address does that moves. Those that there are stay where they are until Reset.
func (p *Proxy) LeadTo(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// Accept ends Refuse.
func (p *Proxy) Accept() error {
	listener, err := net.Listen("tcp", p.Addr)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.listener = listener
	p.mu.Unlock()
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			p.open(client.(*net.TCPConn))
		}
	}()
	return nil
}

// Refuse resets all connections and accepts no others.
func (p *Proxy) Refuse() {
	p.mu.Lock()
	listener := p.listener
	p.listener = nil
	p.mu.Unlock()
	if listener != nil {
		listener.Close()
	}
	p.Reset()
}

// Reset resets all connections that there are.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.end(Reset)
	}
}

// Stall stops all octets in both directions until Flow, on later connections as well. None is lost.
func (p *Proxy) Stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flowing = make(chan struct{})
}

// Flow ends Stall.
func (p *Proxy) Flow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.flowing)
}

// Cut breaks the first connection that comes to this place. It returns a channel that is closed when that has happened.
func (p *Proxy) Cut(c Cut) (done <-chan struct{}) {
	return p.arm(&cutting{Cut: c, done: make(chan struct{})})
}

// CutAlways breaks every connection at this place, until Spare.
func (p *Proxy) CutAlways(c Cut) (first <-chan struct{}) {
	return p.arm(&cutting{Cut: c, always: true, done: make(chan struct{})})
}

func (p *Proxy) arm(c *cutting) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut, p.broken = c, 0
	return c.done
}

// Watch calls a function, one call after the other, with what clients send: in general one packet of theirs each time. The function keeps nothing of it.
func (p *Proxy) Watch(see func(octets []byte)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watch = see
}

// Broken counts the connections that were cut since the last Cut or CutAlways.
func (p *Proxy) Broken() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.broken
}

// Spare ends CutAlways, and takes back a Cut that has not begun. What is stalled stays so.
func (p *Proxy) Spare() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = nil
}

// Close ends all connections and the proxy.
func (p *Proxy) Close() {
	p.Refuse()
	p.pumps.Wait()
}

// open passes a connection on.
func (p *Proxy) open(client *net.TCPConn) {
	p.mu.Lock()
	target := p.target
	p.mu.Unlock()
	server, err := net.Dial("tcp", target)
	if err != nil {
		client.SetLinger(0)
		client.Close()
		return
	}
	l := &link{proxy: p, client: client, server: server.(*net.TCPConn), closed: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener == nil { // it refuses by now
		l.end(Reset)
		return
	}
	p.links[l] = true
	p.pumps.Go(func() { l.pump(l.client, l.server, ToServer) })
	p.pumps.Go(func() { l.pump(l.server, l.client, ToClient) })
}

// link is one connection that is passed on. What is not set once is guarded by the proxy's mutex.
type link struct {
	proxy          *Proxy
	client, server *net.TCPConn
	closed         chan struct{}
	over, silent   bool
	cut            *cutting // that it is counting for
	left           int      // octets that still pass
}

// parcel is octets on their way; none is the end of the stream.
type parcel struct {
	octets []byte
	due    time.Time
}

// underWay bounds how many parcels are on their way in one direction. A window that is smaller than what the way holds would slow the stream down.
const underWay = 4096

// pump passes octets in one direction until the connection ends.
func (l *link) pump(from, to *net.TCPConn, toward Direction) {
	way := make(chan parcel, underWay)
	l.proxy.pumps.Go(func() { l.deliver(way, to, toward) })
	defer close(way)
	for {
		buf := make([]byte, 32<<10)
		n, err := from.Read(buf)
		for _, p := range []parcel{{buf[:n], time.Now().Add(l.proxy.oneWay)}, {nil, time.Now().Add(l.proxy.oneWay)}} {
			if len(p.octets) == 0 && err == nil {
				continue
			}
			select {
			case way <- p:
			case <-l.closed:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// deliver passes on what is under way, when it is due.
func (l *link) deliver(way <-chan parcel, to *net.TCPConn, toward Direction) {
	for p := range way {
		select {
		case <-time.After(time.Until(p.due)):
		case <-l.closed:
			return
		}
		if len(p.octets) == 0 {
			l.proxy.mu.Lock()
			l.end(Finish)
			l.proxy.mu.Unlock()
			return
		}
		if !l.pass(p.octets, to, toward) {
			return
		}
	}
}

// pass passes octets on as far as it may, and reports whether the connection goes on.
func (l *link) pass(octets []byte, to *net.TCPConn, toward Direction) bool {
	l.proxy.mu.Lock()
	flowing := l.proxy.flowing
	if l.proxy.watch != nil && toward == ToServer {
		l.proxy.watch(octets)
	}
	l.proxy.mu.Unlock()
	select {
	case <-flowing:
	case <-l.closed:
		return false
	}
	pass, cut := l.measure(octets, toward)
	to.Write(octets[:pass]) // an error means that the other side has gone, which its own pump finds out
	if cut == nil && pass == len(octets) {
		return true
	}
	if cut != nil {
		l.breaks(cut)
	}
	<-l.closed
	return false
}

// breaks ends the connection as a cut says, and tells who waits for it.
func (l *link) breaks(cut *cutting) {
	l.proxy.mu.Lock()
	defer l.proxy.mu.Unlock()
	l.proxy.broken++
	if cut.How != Stall {
		l.end(cut.How)
	}
	select {
	case <-cut.done:
	default:
		close(cut.done)
	}
}

// measure counts how many of the octets pass, and returns the cut if it is behind these.
func (l *link) measure(octets []byte, toward Direction) (pass int, cut *cutting) {
	p := l.proxy
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.over {
		return 0, nil
	}
	if next := p.cut; l.cut == nil && next != nil && (next.After == nil || toward == ToServer && next.After.Match(octets)) {
		l.cut, l.left = next, next.Octets
		if !next.always {
			p.cut = nil
		}
	}
	switch {
	case l.silent:
		return 0, nil
	case l.cut == nil || l.cut.Toward != toward:
		return len(octets), nil
	case l.left > len(octets):
		l.left -= len(octets)
		return len(octets), nil
	}
	l.silent = true
	return l.left, l.cut
}

// end closes both sides, once. The proxy's mutex is held.
func (l *link) end(how How) {
	if l.over {
		return
	}
	l.over = true
	delete(l.proxy.links, l)
	if l.cut != nil && !l.silent && !l.cut.always && l.proxy.cut == nil {
		l.proxy.cut = l.cut // another may come to that place
	}
	close(l.closed)
	for _, conn := range []*net.TCPConn{l.client, l.server} {
		if how == Reset {
			conn.SetLinger(0)
		}
		conn.Close()
	}
}
