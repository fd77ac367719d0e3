package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"github.com/miekg/dns"

	"github.com/mysqldns/mysqldns/test/lab"
)

// latency is how many milliseconds after the commit each new value was in the answers.
type latency struct {
	Names        int
	Idle, Loaded []float64
	Load         float64 // queries/s meanwhile, of Loaded
}

// loadRate is queries/s.
const loadRate = 20_000

// measureLatency updates single rows, alone and beside many questions.
func (b *bench) measureLatency(names int) error {
	p, err := b.startCoreDNS(b.CoreDNS, mysqldnsBlock(b.DB.DSN()), lab.HostName(0))
	if err != nil {
		return err
	}
	defer p.stop()
	l := latency{Names: names}
	if l.Idle, err = b.update(p, names); err != nil {
		return err
	}
	queries := filepath.Join(b.Dir, "hits")
	if err := lab.WriteQueries(queries, b.queries, names, lab.AppendHost); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(b.Ctx)
	defer cancel()
	loaded := make(chan lab.Perf, 1)
	failed := make(chan error, 1)
	go func() {
		p, err := lab.Load(ctx, p.port, queries, 3600, "NOERROR", "-Q", strconv.Itoa(loadRate))
		failed <- err
		loaded <- p
	}()
	time.Sleep(time.Second)
	if l.Loaded, err = b.update(p, names); err != nil {
		return err
	}
	cancel()
	if err := <-failed; err != nil {
		return err
	}
	l.Load = (<-loaded).QPS
	b.results.Latency = append(b.results.Latency, l)
	b.Progress.Note("idle %s; under %s queries/s %s", spread(l.Idle), lab.Count(l.Load), spread(l.Loaded))
	return nil
}

// update updates rows one by one, at moments that have nothing to do with those when the server looks for changes.
func (b *bench) update(p *process, names int) ([]float64, error) {
	conn, err := net.Dial("udp", p.addr())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	asker := &asker{conn: &dns.Conn{Conn: conn}}
	random := rand.New(rand.NewPCG(3, uint64(names))) //nolint:gosec // the same in every run
	var all []float64
	for range b.updates {
		b.changes++ // no address comes twice
		name, address := lab.HostName(random.IntN(names)), fmt.Sprintf("192.0.%d.%d", byte(b.changes>>8), byte(b.changes))
		if _, err := b.DB.Pool.ExecContext(b.Ctx, "UPDATE tb_dns SET record = ? WHERE name = ? AND type = 'A'", address, name); err != nil {
			return nil, err
		}
		committed := time.Now()
		if err := asker.await(name, address); err != nil {
			return nil, err
		}
		all = append(all, lab.Milliseconds(time.Since(committed)))
		time.Sleep(time.Duration(random.IntN(int(100 * time.Millisecond))))
	}
	return all, nil
}

// asker asks again and again over one socket.
type asker struct{ conn *dns.Conn }

// await asks until a name has an address.
func (a *asker) await(name, address string) error {
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(name), dns.TypeA)
	want := net.ParseIP(address)
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Microsecond) {
		q.Id = dns.Id()
		reply, err := a.ask(q)
		if err != nil {
			continue // lost: ask again
		}
		if len(reply.Answer) == 1 {
			if rr, ok := reply.Answer[0].(*dns.A); ok && rr.A.Equal(want) {
				return nil
			}
		}
	}
	return fmt.Errorf("%s is not %s after 10 s", name, address)
}

func (a *asker) ask(q *dns.Msg) (*dns.Msg, error) {
	if err := a.conn.SetDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		return nil, err
	}
	if err := a.conn.WriteMsg(q); err != nil {
		return nil, err
	}
	for {
		reply, err := a.conn.ReadMsg()
		if err != nil || reply.Id == q.Id {
			return reply, err
		}
	}
}

// spread is how latencies are distributed, in words.
func spread(all []float64) string {
	return fmt.Sprintf("p50 %.0f ms, p99 %.0f ms, max %.0f ms", lab.Percentile(all, 50), lab.Percentile(all, 99), lab.Percentile(all, 100))
}
