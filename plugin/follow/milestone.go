package follow

import "sync"

// Milestone is something that happens once and can be waited for. Its methods are safe for concurrent use.
type Milestone struct {
	once sync.Once
	done chan struct{} // closed when it has happened
}

// NewMilestone returns one that has not happened.
func NewMilestone() *Milestone { return &Milestone{done: make(chan struct{})} }

// Reach makes it happen, unless it has.
func (m *Milestone) Reach() { m.once.Do(func() { close(m.done) }) }

// Done returns a channel that is closed when it has happened.
func (m *Milestone) Done() <-chan struct{} { return m.done }

// Reached reports whether it has happened.
func (m *Milestone) Reached() bool {
	select {
	case <-m.done:
		return true
	default:
		return false
	}
}
