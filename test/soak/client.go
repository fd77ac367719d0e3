package main

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"time"
)

// stopwatch gives all times of a run.
type stopwatch struct{ begun time.Time }

func (s stopwatch) now() time.Duration { return time.Since(s.begun) }

// client asks over some UDP sockets and judges every answer. One goroutine asks; the answers come in others.
type client struct {
	watch      stopwatch
	lines      []*line
	receiving  sync.WaitGroup
	asked      int
	slots      chan struct{} // taken by open questions; nil where a rate bounds them
	answered   func(at time.Duration, q *question, packet []byte, v verdict, took time.Duration)
	unanswered func(*question)
}

// line is one socket with its open questions by ID.
type line struct {
	conn *net.UDPConn
	id   uint16
	mu   sync.Mutex
	open []question
}

const (
	clientLines = 4
	answerIn    = 2 * time.Second // or the question counts as unanswered
	burstEvery  = time.Millisecond

	// burstsAtOnce bounds what is sent at once when this client was held up: many clients in many places would not all be, and the socket of a
	// server holds about 280 packets. A question's time counts from when it should have been sent all the same.
	burstsAtOnce = 3

	openAtOnce = 128 // questions that are asked as fast as answers come: no server's socket is too small for them

	socketBytes = 4 << 20 // of the receive buffer, as far as the system gives it
)

func (c *client) dial(addr string) error {
	server, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		return err
	}
	for range clientLines {
		conn, err := net.DialUDP("udp", nil, server)
		if err != nil {
			return err
		}
		if err := conn.SetReadBuffer(socketBytes); err != nil {
			return err
		}
		l := &line{conn: conn, open: make([]question, 1<<16)}
		c.lines = append(c.lines, l)
		c.receiving.Go(func() { c.receive(l) })
	}
	return nil
}

// run asks so many questions a second, in a burst each millisecond, until ctx ends. It never waits for answers.
func (c *client) run(ctx context.Context, rate int, next func() question) {
	begun := c.watch.now()
	ticker := time.NewTicker(burstEvery)
	defer ticker.Stop()
	for burst := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for n := 0; n < burstsAtOnce && begun+time.Duration(burst)*burstEvery <= c.watch.now(); n, burst = n+1, burst+1 {
			for range rate * int(burstEvery) / int(time.Second) {
				q := next()
				q.intended = begun + time.Duration(burst)*burstEvery
				c.ask(q)
			}
		}
	}
}

// runThrough asks all that next has, as fast as answers come, until ctx ends.
func (c *client) runThrough(ctx context.Context, next func() (question, bool)) {
	c.slots = make(chan struct{}, openAtOnce)
	lost := time.NewTicker(answerIn)
	defer lost.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-lost.C:
			c.giveUp(c.watch.now() - answerIn)
			continue
		case c.slots <- struct{}{}:
		}
		q, more := next()
		if !more {
			return
		}
		q.intended = c.watch.now()
		c.ask(q)
	}
}

// giveUp ends the open questions that were sent before a time.
func (c *client) giveUp(sentBefore time.Duration) {
	for _, l := range c.lines {
		var lost []question
		l.mu.Lock()
		for i := range l.open {
			if q := &l.open[i]; q.open && q.sent < sentBefore {
				q.open = false
				lost = append(lost, *q)
			}
		}
		l.mu.Unlock()
		for i := range lost {
			c.lose(&lost[i])
		}
	}
}

// lose ends a question without an answer.
func (c *client) lose(q *question) {
	c.release()
	c.unanswered(q)
}

// release makes room for another question.
func (c *client) release() {
	select {
	case <-c.slots:
	default:
	}
}

// ask sends a question.
func (c *client) ask(q question) {
	l := c.lines[c.asked%len(c.lines)]
	c.asked++
	l.id++
	q.open, q.sent = true, c.watch.now()
	l.mu.Lock()
	before := l.open[l.id]
	l.open[l.id] = q
	l.mu.Unlock()
	if before.open {
		c.lose(&before)
	}
	var space [64]byte
	l.conn.Write(q.appendPacket(space[:0], l.id)) //nolint:errcheck // what is not sent is not answered
}

// receive judges what comes, until the socket is closed.
func (c *client) receive(l *line) {
	packet := make([]byte, 1<<16)
	for {
		n, err := l.conn.Read(packet)
		received := c.watch.now()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil || n < headerLength: // such as that no server listens
			continue
		}
		id := binary.BigEndian.Uint16(packet)
		l.mu.Lock()
		q := l.open[id]
		l.open[id].open = false
		l.mu.Unlock()
		if !q.open {
			continue // came twice
		}
		if received-q.sent > answerIn {
			c.lose(&q)
			continue
		}
		c.release()
		c.answered(received, &q, packet[:n], q.judge(packet[:n], received), received-q.intended)
	}
}

// finish waits for the last answers.
func (c *client) finish() {
	time.Sleep(answerIn)
	for _, l := range c.lines {
		l.conn.Close()
	}
	c.receiving.Wait()
	c.giveUp(c.watch.now())
}
