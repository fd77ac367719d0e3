package follow

import (
	"context"
	"math/rand/v2"
	"time"
)

// task is something that is done now and then beside asking for changes.
type task uint8

const (
	checkTable task = iota // another table in place of ours, changes that were not logged
	checkNode              // of a cluster
	audit                  // of settled entries
	checkReplication
	resync
	tasks
)

// timetable says when each task is due next.
type timetable [tasks]time.Time

func (t *timetable) due(which task, now time.Time) bool { return now.After(t[which]) }

func (t *timetable) set(which task, at time.Time) { t[which] = at }

// sleep waits for d or the end of ctx.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// jitter spreads d by a tenth to each side, so that many servers do not ask at the same moment.
func jitter(d time.Duration) time.Duration {
	return d - d/10 + time.Duration(rand.Int64N(int64(d/5)+1)) //nolint:gosec // spreads load, keeps no secret
}
