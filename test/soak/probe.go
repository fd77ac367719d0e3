package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"github.com/mysqldns/mysqldns/test/lab"
)

// delay is how long after its commit a change was in the answers.
type delay struct {
	At           float64 // seconds since the load began, of the commit
	Milliseconds float64
}

// probe takes one change after the other as they are committed, and asks for each until it shows.
type probe struct {
	watch  stopwatch
	conn   net.Conn
	id     uint16
	judged func(at time.Duration, q *question, packet []byte, v verdict)
	delays []delay // with the stopwatch's times
}

const (
	probeEvery  = time.Millisecond
	probeAnswer = 200 * time.Millisecond // until a question is asked again
	probeFor    = 30 * time.Second
	probePause  = 150 * time.Millisecond // at the most between two changes, so that there is no rhythm
)

// run goes on until ctx ends.
func (p *probe) run(ctx context.Context, addr string, committed <-chan member) (err error) {
	if p.conn, err = net.Dial("udp", addr); err != nil {
		return err
	}
	defer p.conn.Close()
	random := rand.New(rand.NewPCG(6, 6)) //nolint:gosec // the same in every run
	for {
		select {
		case <-ctx.Done():
			return nil
		case change, more := <-committed:
			if !more && ctx.Err() == nil {
				return errors.New("nobody changes rows any more")
			}
			if !more {
				return nil
			}
			if err := p.await(change); err != nil {
				return err
			}
		}
		time.Sleep(time.Duration(random.Int64N(int64(probePause))))
	}
}

// await asks until a change shows.
func (p *probe) await(change member) error {
	q, done := change.guest.questionFor(change.version)
	for p.watch.now() < done+probeFor {
		v, ok, err := p.ask(q)
		if err != nil {
			return err
		}
		if ok && v.kind == right && v.version >= change.version {
			p.delays = append(p.delays, delay{done.Seconds(), lab.Milliseconds(max(0, p.watch.now()-done))})
			return nil
		}
		time.Sleep(probeEvery)
	}
	return fmt.Errorf("%s does not show a change %s after its commit", &q, probeFor)
}

// ask asks once; ok is false if no answer came.
func (p *probe) ask(q question) (v verdict, ok bool, err error) {
	var space [64]byte
	p.id++
	q.sent = p.watch.now()
	if err := p.conn.SetDeadline(time.Now().Add(probeAnswer)); err != nil {
		return v, false, err
	}
	if _, err := p.conn.Write(q.appendPacket(space[:0], p.id)); err != nil {
		return v, false, nil //nolint:nilerr // as good as lost
	}
	packet := make([]byte, 1<<10)
	for {
		n, err := p.conn.Read(packet)
		if err != nil {
			return v, false, nil //nolint:nilerr // lost
		}
		if n >= headerLength && [2]byte(packet) == [2]byte{byte(p.id >> 8), byte(p.id)} {
			received := p.watch.now()
			v = q.judge(packet[:n], received)
			p.judged(received, &q, packet[:n], v)
			return v, true, nil
		}
	}
}
