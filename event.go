package mysqldns

import "sync"

// event is something that happens once and can be waited for. Its methods are safe for concurrent use.
type event struct {
	once sync.Once
	done chan struct{} // closed when it has happened
}

func newEvent() *event { return &event{done: make(chan struct{})} }

func (e *event) happen() { e.once.Do(func() { close(e.done) }) }

func (e *event) happened() bool {
	select {
	case <-e.done:
		return true
	default:
		return false
	}
}
