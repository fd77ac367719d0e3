package faults

import (
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/test/client"

	"github.com/miekg/dns"
)

const (
	controlEvery = 10 * time.Millisecond
	stalledAfter = 100 * time.Millisecond // a machine with time for us answers the control question in less than one
)

// Machine watches whether the machine lets processes run: it asks a control question all the time.
type Machine struct {
	upstream *Upstream
	quit     chan struct{}
	watching sync.WaitGroup

	mu     sync.Mutex
	stalls []client.Span
}

// WatchMachine starts watching.
func WatchMachine() (*Machine, error) {
	upstream, err := NewUpstream()
	if err != nil {
		return nil, err
	}
	m := &Machine{upstream: upstream, quit: make(chan struct{})}
	m.watching.Go(m.watch)
	return m, nil
}

func (m *Machine) watch() {
	ticker := time.NewTicker(controlEvery)
	defer ticker.Stop()
	from := time.Now()
	for {
		client.Ask(m.upstream.Addr, "control.test", dns.TypeA) //nolint:errcheck // an answer that is lost has taken long, too
		if to := time.Now(); to.Sub(from) > stalledAfter {
			m.mu.Lock()
			m.stalls = append(m.stalls, client.Span{From: from, To: to})
			m.mu.Unlock()
		}
		from = time.Now()
		select {
		case <-ticker.C:
		case <-m.quit:
			return
		}
	}
}

// Stalled counts the spans in which the machine stood still at some time.
func (m *Machine) Stalled(spans []client.Span) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, span := range spans {
		for _, stall := range m.stalls {
			if overlap(span, stall) {
				n++
				break
			}
		}
	}
	return n
}

func overlap(a, b client.Span) bool { return a.From.Before(b.To) && b.From.Before(a.To) }

// Close ends the watching.
func (m *Machine) Close() {
	close(m.quit)
	m.watching.Wait()
	m.upstream.Close()
}
