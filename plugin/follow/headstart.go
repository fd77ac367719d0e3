package follow

import (
	"sync/atomic"
	"time"
)

// dialTimes is how long it took to open the last session with each host, for how long one is waited for before another is tried beside it. Its methods are safe
// for concurrent use.
type dialTimes []atomic.Int64

func (d dialTimes) note(host int, took time.Duration) { d[host].Store(int64(max(took, 1))) }

// headStart is how long a host may take until the next one is tried, too: twice what it took when it was had last, so that one far away is not passed over. One
// that was never had may be as far away as any.
func (d dialTimes) headStart(host int) time.Duration {
	took := time.Duration(d[host].Load())
	if took == 0 {
		return ConnectTimeout
	}
	return min(max(2*took, leastHeadStart), ConnectTimeout)
}
