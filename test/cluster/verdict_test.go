package cluster

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// verdict is what became of the answers while something happened to the servers.
type verdict struct {
	fault       string
	asked       int
	wrong, back int           // back are answers older than one before
	stale       time.Duration // the longest from a commit to its answer
	seen        string        // by the operator
}

// collected are the verdicts of all tests. Its methods are safe for concurrent use.
type collected struct {
	mu   sync.Mutex
	rows []verdict
}

var verdicts collected

// judge notes what becomes of the answers of nameservers until the test ends; the pulse that it returns is a part of them.
func judge(t *testing.T, fault, seen string, write executor, servers ...*nameserver) *pulse {
	t.Helper()
	for _, server := range servers {
		server.mark()
	}
	var p *pulse
	t.Cleanup(func() { // after the pulse's own end
		if p == nil {
			return // it never began
		}
		v := verdict{fault: fault, stale: p.stale, back: p.back, seen: seen}
		for _, server := range servers {
			all := server.mark()
			v.asked += all.Asked
			v.wrong += all.Wrong + all.ServFail
		}
		if !t.Failed() {
			verdicts.add(v)
		}
	})
	pulses++
	p = beatBy(t, fmt.Sprintf("judged%d.example.org", pulses), write, servers...)
	return p
}

var pulses int // makes their names different; tests that judge do not run at the same time

func (c *collected) add(v verdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rows = append(c.rows, v)
}

// markdown is a table of all; "" without any.
func (c *collected) markdown() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.rows) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| What happens | Asked | Wrong | Gone back | Stale, at the most | What the operator sees |\n|---|---|---|---|---|---|\n")
	for _, v := range c.rows {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %.1f s | %s |\n", v.fault, v.asked, v.wrong, v.back, v.stale.Seconds(), v.seen)
	}
	return b.String()
}
