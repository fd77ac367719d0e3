package updates

import (
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// questions are asked at a rate, whether they are answered or not.
type questions struct {
	began    time.Time
	ended    chan struct{}
	all      sync.WaitGroup
	answered atomic.Int64

	mu   sync.Mutex
	took []time.Duration // of some of them
}

// answers is how questions were answered.
type answers struct {
	rate float64 // a second
	p99  float64 // milliseconds
}

// askAt asks nameservers for an address of the table until it is stopped, as often a second in all as rate says.
func askAt(b *testing.B, addrs []string, rate int) *questions {
	b.Helper()
	q := &questions{began: time.Now(), ended: make(chan struct{})}
	wire, err := new(dns.Msg).SetQuestion("ns1.example.org.", dns.TypeA).Pack()
	if err != nil {
		b.Fatal(err)
	}
	for _, addr := range addrs {
		conn, err := net.Dial("udp", addr)
		if err != nil {
			b.Fatal(err)
		}
		q.all.Go(func() { q.send(conn, wire, rate/len(addrs)) })
		q.all.Go(func() { q.receive(conn) })
		q.all.Go(func() { q.sample(addr) })
	}
	return q
}

// send sends as many questions as are due, each millisecond, and closes the connection in the end. Where it comes too late it leaves some out: a burst that is longer than
// the server's receive buffer would measure that.
func (q *questions) send(conn net.Conn, wire []byte, rate int) {
	defer conn.Close()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for sent := 0; ; {
		select {
		case <-q.ended:
			return
		case <-tick.C:
		}
		due := int(time.Since(q.began).Seconds() * float64(rate))
		for sent = max(sent, due-rate/200); sent < due; sent++ { // of five milliseconds
			conn.Write(wire) // one that is lost is not answered
		}
	}
}

// receive counts answers until the connection is closed.
func (q *questions) receive(conn net.Conn) {
	buf := make([]byte, dns.MaxMsgSize)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		if n > 12 && buf[3]&0xf == dns.RcodeSuccess {
			q.answered.Add(1)
		}
	}
}

// sample measures how long answers take, one after the other.
func (q *questions) sample(addr string) {
	c := &dns.Client{Timeout: time.Second}
	m := new(dns.Msg).SetQuestion("ns1.example.org.", dns.TypeA)
	for tick := time.NewTicker(5 * time.Millisecond); ; {
		select {
		case <-q.ended:
			tick.Stop()
			return
		case <-tick.C:
		}
		began := time.Now()
		c.Exchange(m, addr) // without an answer, it took the timeout
		q.mu.Lock()
		q.took = append(q.took, time.Since(began))
		q.mu.Unlock()
	}
}

// stop stops asking.
func (q *questions) stop(b *testing.B) answers {
	b.Helper()
	asked := time.Since(q.began)
	close(q.ended)
	q.all.Wait()
	if len(q.took) == 0 {
		b.Fatal("no question was timed")
	}
	slices.Sort(q.took)
	return answers{float64(q.answered.Load()) / asked.Seconds(), float64(q.took[len(q.took)*99/100].Microseconds()) / 1000}
}
