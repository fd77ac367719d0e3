package follow

// lock is a mutex that may be held for long, while its holder waits for a database or for time to pass. It is a channel since virtual time does not pass while
// a goroutine waits for a sync.Mutex.
type lock chan struct{}

func newLock() lock { return make(lock, 1) }

func (l lock) acquire() { l <- struct{}{} }

func (l lock) release() { <-l }
