// Package client asks a DNS server all the time and checks every answer.
package client

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"
)

const (
	lateAfter  = 500 * time.Millisecond
	lostAfter  = 2 * time.Second
	tcpEvery   = 16   // one attempt in so many goes over TCP
	datagram   = 1232 // the size of reply that we say we take over UDP
	maxSamples = 10
	maxSpans   = 10_000
	slack      = 16 // attempts under way beyond those that a silent server makes
	burst      = 5  // questions that are asked at once: with few a second, waking both programs takes more than asking
)

// Question is what to ask and what to expect.
type Question struct {
	Name string
	Type uint16
	Want []string // any of them is right, in the form of Short: "NOERROR; A 192.0.2.1"
}

// Tally counts attempts. Each is Right, Wrong, ServFail or Lost; besides, it may be Late.
type Tally struct {
	Asked, Right, Wrong int
	ServFail            int // that was not wanted
	Late                int // took longer than 500 ms, or is lost
	Lost                int // no answer within 2 s, or no server there
	Slowest             time.Duration
	Samples             []string // the first bad ones, in words: ten at the most, five of them late or lost
	Spans               []Span   // when the late ones were under way; the first 10,000
}

// Span is from the sending of a question to its answer.
type Span struct{ From, To time.Time }

// Client asks a server all the time, until Stop. Its methods are safe for concurrent use.
type Client struct {
	addr      string
	questions []Question
	sockets   chan *dns.Conn // for UDP; each is used by one attempt at a time
	slots     chan struct{}  // taken by attempts under way: bounds goroutines and sockets
	quit      chan struct{}
	stop      sync.Once
	running   sync.WaitGroup // the asking and the attempts

	mu    sync.Mutex
	tally Tally
}

// Start asks the questions in turn, one each interval on the average and five at once, until Stop. Each attempt has a socket of its own, so a slow one does not hold up
// others. One in 16 goes over TCP; each question has its turn at that.
func Start(addr string, every time.Duration, questions []Question) *Client {
	// A server that is silent has this many attempts under way.
	most := int(lostAfter/every) + slack
	c := &Client{
		addr:      addr,
		questions: questions,
		sockets:   make(chan *dns.Conn, most),
		slots:     make(chan struct{}, most),
		quit:      make(chan struct{}),
	}
	c.running.Go(func() { c.ask(every) })
	return c
}

// ask starts attempts.
func (c *Client) ask(every time.Duration) {
	ticker := time.NewTicker(burst * every)
	defer ticker.Stop()
	for n := 0; ; n++ {
		if n%burst == 0 {
			select {
			case <-c.quit:
				return
			case <-ticker.C:
			}
		}
		select {
		case <-c.quit:
			return
		case c.slots <- struct{}{}:
		}
		which, round := n%len(c.questions), n/len(c.questions)
		question, overTCP := c.questions[which], (which+round)%tcpEvery == 0
		c.running.Go(func() {
			c.attempt(question, overTCP)
			<-c.slots
		})
	}
}

// Mark returns the tally of the attempts that ended since Start or the last Mark.
func (c *Client) Mark() Tally {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.tally
	c.tally = Tally{}
	return t
}

// Stop ends the asking, waits for the attempts under way, and returns what was counted since the last Mark.
func (c *Client) Stop() Tally {
	c.stop.Do(func() {
		close(c.quit)
		c.running.Wait()
		for len(c.sockets) > 0 {
			(<-c.sockets).Close()
		}
	})
	return c.Mark()
}

// Ask asks once, over UDP and over TCP if the reply does not fit, and returns the reply in the form of Short.
func Ask(addr, name string, qtype uint16) (string, error) {
	c := &Client{addr: addr, sockets: make(chan *dns.Conn, 1)}
	reply, err := c.exchange(query(name, qtype), false, time.Now().Add(lostAfter))
	if err != nil {
		return "", err
	}
	(<-c.sockets).Close()
	return Short(reply), nil
}

// query is a question as it is sent.
func query(name string, qtype uint16) *dns.Msg {
	q := new(dns.Msg).SetQuestion(dns.Fqdn(name), qtype)
	return q.SetEdns0(datagram, false)
}

// attempt asks once and counts what came of it.
func (c *Client) attempt(question Question, overTCP bool) {
	q := query(question.Name, question.Type)
	from := time.Now()
	reply, err := c.exchange(q, overTCP, from.Add(lostAfter))
	c.count(question, reply, err, Span{from, time.Now()})
}

// exchange asks over UDP, and over TCP if that is wanted or the reply does not fit.
func (c *Client) exchange(q *dns.Msg, overTCP bool, deadline time.Time) (reply *dns.Msg, err error) {
	if !overTCP {
		reply, err = c.overUDP(q, deadline)
		if err != nil || !reply.Truncated {
			return reply, err
		}
	}
	conn, err := dial("tcp", c.addr, deadline)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return exchange(conn, q, deadline)
}

// overUDP asks over a socket that has no other use meanwhile. One that had an error is not used again: a late reply may come in.
func (c *Client) overUDP(q *dns.Msg, deadline time.Time) (reply *dns.Msg, err error) {
	var conn *dns.Conn
	select {
	case conn = <-c.sockets:
	default:
		if conn, err = dial("udp", c.addr, deadline); err != nil {
			return nil, err
		}
	}
	if reply, err = exchange(conn, q, deadline); err != nil {
		conn.Close()
		return nil, err
	}
	c.sockets <- conn // has room for all
	return reply, nil
}

func dial(network, addr string, deadline time.Time) (*dns.Conn, error) {
	client := dns.Client{Net: network, DialTimeout: max(time.Until(deadline), time.Millisecond)}
	conn, err := client.Dial(addr)
	if err == nil {
		conn.UDPSize = datagram
	}
	return conn, err
}

func exchange(conn *dns.Conn, q *dns.Msg, deadline time.Time) (*dns.Msg, error) {
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	if err := conn.WriteMsg(q); err != nil {
		return nil, err
	}
	for {
		reply, err := conn.ReadMsg()
		if err != nil || reply.Id == q.Id {
			return reply, err
		}
	}
}

// count enters an attempt into the tally.
func (c *Client) count(question Question, reply *dns.Msg, err error, span Span) {
	took := span.To.Sub(span.From)
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &c.tally
	t.Asked++
	t.Slowest = max(t.Slowest, took)
	late := err != nil || took > lateAfter
	if late {
		t.Late++
		if len(t.Spans) < maxSpans {
			t.Spans = append(t.Spans, span)
		}
	}
	got := judge(t, question, reply, err)
	most := maxSamples
	if late { // leave some for what is worse
		most /= 2
	}
	if (late || got != "") && len(t.Samples) < most {
		t.Samples = append(t.Samples, fmt.Sprintf("%s %s %s after %s: %s, expected %q", span.From.Format("15:04:05.000"),
			question.Name, dns.Type(question.Type), took.Round(time.Millisecond), got, question.Want))
	}
}

// judge adds to the tally what an answer is worth, and returns what it was unless it was right.
func judge(t *Tally, question Question, reply *dns.Msg, err error) (got string) {
	if err != nil {
		t.Lost++
		return err.Error()
	}
	got = Short(reply)
	switch {
	case !isFor(reply, question):
		t.Wrong++
		return "the answer to another question: " + reply.String()
	case slices.Contains(question.Want, got):
		t.Right++
		return ""
	case reply.Rcode == dns.RcodeServerFailure:
		t.ServFail++
	default:
		t.Wrong++
	}
	return got
}
