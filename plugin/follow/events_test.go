package follow

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// events implements Observer: it keeps what happened. Its methods are safe for concurrent use.
type events struct {
	began time.Time

	mu   sync.Mutex
	all  []Event
	when []time.Duration // since the beginning
}

var _ Observer = (*events)(nil)

// Observe implements Observer. Polls without any outcome are not kept: there are very many.
func (e *events) Observe(event Event) {
	if p, ok := event.(Polled); ok && p.Err == nil && !p.Published {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, event)
	e.when = append(e.when, time.Since(e.began))
}

// String is the end of it, for messages of tests that fail.
func (e *events) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var b strings.Builder
	for i := max(0, len(e.all)-20); i < len(e.all); i++ {
		fmt.Fprintf(&b, "%12s %T %+v\n", e.when[i], e.all[i], e.all[i])
	}
	return b.String()
}

// of are the events of one type, in the order in which they happened.
func of[E Event](e *events) (some []E) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, event := range e.all {
		if one, ok := event.(E); ok {
			some = append(some, one)
		}
	}
	return some
}

// relisted reports whether the table was read again for a reason.
func (e *events) relisted(why Reason) bool {
	for _, event := range of[Relisting](e) {
		if event.Why == why {
			return true
		}
	}
	return false
}

// count is how many events of one type there were.
func count[E Event](e *events) int { return len(of[E](e)) }
