package follow

import "time"

// Limits of time for implementations of Session; doc.go has all limits in one table.
const (
	ConnectTimeout  = 3 * time.Second
	QueryTimeout    = 5 * time.Second
	RereadTimeout   = 8 * time.Second
	StallTimeout    = 5 * time.Second
	PacketTimeout   = 30 * time.Second
	PerEntryTimeout = 100 * time.Microsecond
)

const (
	leastPause = 100 * time.Millisecond
	mostPause  = 2 * time.Second

	refreshByLog   = 100 * time.Millisecond // one read of an index
	refreshByStamp = time.Second            // the grain of the stamp
	checkInterval  = time.Second
	auditInterval  = 5 * time.Second
	preferInterval = 5 * time.Second
	retryInterval  = 30 * time.Second
	peerInterval   = 2 * time.Second
	peerGrace      = 5 * time.Second
	peerTimeout    = time.Second

	catchUpTimeout = QueryTimeout
	lostAfter      = 3 * time.Second
	emptyAfter     = time.Hour
	leastHeadStart = time.Second

	leastHold   = 10 * time.Second
	mostHold    = 5 * time.Minute
	stallMemory = time.Hour

	farAway            = 5 * time.Millisecond
	stampWhileChanging = time.Minute

	replicationInterval = 5 * time.Second

	snapshotDelay    = 5 * time.Second
	saveInterval     = time.Minute
	progressInterval = 5 * time.Second

	handoverStart = time.Second
	handoverPoll  = time.Minute
)

// Bounds of work.
const (
	recentMost  = 20_000 // entries that another server must have before it is followed
	auditShare  = 50     // a count of the settled entries takes one part in so many of the time at the most
	listShare   = 10     // a table whose server cannot tell whether it changed is listed for a tenth of the time at the most
	relistNames = 1000   // changed names, from which on a list may be cheaper than reading each again …
	relistShare = 10     // … and is, if they are more than one in so many records
)

// Within is a limit of time for a server that is so far away: for the way there and back, and once more for what is lost on it. A hanging server near by is
// left as soon as the limit is over.
func Within(limit, roundTrip time.Duration) time.Duration {
	return limit + 2*min(roundTrip, time.Second)
}
