package mysqldns

import (
	"context"
	"sync"
	"time"
)

const (
	notifyInterval = time.Second // between notifies for one zone
	mostNotifying  = 8           // zones that secondaries are told of at a time: it takes long where they do not answer
)

// notifier tells secondaries of new versions (RFC 1996). Versions that come while it is telling of one are told of together. Its methods are safe for
// concurrent use.
type notifier struct {
	tell func(apex string) error // blocks until all secondaries have answered, or have not

	mu      sync.Mutex
	waiting map[string]time.Time // zones to tell of, and not before when
	busy    map[string]bool      // zones that are being told of
	told    map[string]time.Time // when a zone was told of last, for as long as that matters
	some    chan struct{}
}

func newNotifier(tell func(apex string) error) *notifier {
	return &notifier{tell: tell, waiting: map[string]time.Time{}, busy: map[string]bool{}, told: map[string]time.Time{}, some: make(chan struct{}, 1)}
}

// add notes that a zone has a new version. It does not block.
func (n *notifier) add(apex string) {
	n.mu.Lock()
	if _, ok := n.waiting[apex]; !ok {
		n.waiting[apex] = n.told[apex].Add(notifyInterval)
	}
	n.mu.Unlock()
	n.wake()
}

func (n *notifier) wake() {
	select {
	case n.some <- struct{}{}:
	default: // it is going to look
	}
}

// run tells of new versions until ctx ends.
func (n *notifier) run(ctx context.Context) {
	for ctx.Err() == nil {
		apex, wait := n.next(time.Now())
		if apex != "" {
			go func() {
				result := "accepted"
				if err := n.tell(apex); err != nil {
					log.Debugf("%s: %v", apex, err) // the plugin transfer tells of it as well; and a secondary that is down is told at its next refresh
					result = "failed"
				}
				notifyCount.WithLabelValues(result).Inc()
				n.done(apex, time.Now())
			}()
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-n.some:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// next is a zone to tell of now, or "" and how long to wait.
func (n *notifier) next(now time.Time) (apex string, wait time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for apex, at := range n.told {
		if now.Sub(at) >= notifyInterval {
			delete(n.told, apex)
		}
	}
	wait = time.Hour
	if len(n.busy) == mostNotifying {
		return "", wait
	}
	for apex, at := range n.waiting {
		switch {
		case n.busy[apex]:
		case at.After(now):
			wait = min(wait, at.Sub(now))
		default:
			delete(n.waiting, apex)
			n.busy[apex] = true
			return apex, 0
		}
	}
	return "", wait
}

// done notes that secondaries were told of a zone.
func (n *notifier) done(apex string, now time.Time) {
	n.mu.Lock()
	delete(n.busy, apex)
	n.told[apex] = now
	if _, ok := n.waiting[apex]; ok {
		n.waiting[apex] = now.Add(notifyInterval)
	}
	n.mu.Unlock()
	n.wake()
}
