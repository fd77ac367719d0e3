package follow

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"
)

// errSwitchHost ends a session so that the next can be with a host that we would rather have.
var errSwitchHost = errors.New("another host is the better one")

func (f *Follower) run(ctx context.Context) {
	restore := sync.OnceFunc(func() { f.restore() })
	inTime := time.AfterFunc(snapshotDelay, restore)
	defer inTime.Stop()
	pause, from := leastPause, start{}
	for ctx.Err() == nil {
		next, err := f.runSession(ctx, from)
		if ctx.Err() == nil && err != nil {
			restore()
		}
		f.copy.tried.Reach()
		from = next
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, errSwitchHost) {
			continue
		}
		before, after := f.state.take(failed)
		if before == Following {
			pause = leastPause
		}
		if after != Failing {
			continue // a connection may end; the next try tells whether anything is wrong
		}
		f.observer.Observe(TryFailed{err, f.cfg.Answers()})
		if errors.Is(err, ErrBehind) {
			sleep(ctx, leastPause) // a server was given time to catch up already, while another may have come back
			continue
		}
		sleep(ctx, jitter(pause))
		pause = min(2*pause, mostPause)
	}
}

// restore fills the copy from the snapshot on disk, if nothing is answered from yet.
func (f *Follower) restore() {
	if f.cfg.Answers() == nil && f.snapshot.load() {
		f.copy.tried.Reach()
	}
}

// runSession opens a session with the first host that can be had, and follows the table over it until something fails. It returns with which host the next session
// is to begin.
func (f *Follower) runSession(ctx context.Context, from start) (next start, err error) {
	c, err := f.connect(ctx, from)
	if err != nil {
		return start{host: from.host}, err
	}
	defer c.Close()
	defer f.dropResync()
	f.times.set(checkReplication, time.Time{})
	f.observer.Observe(SessionOpened{})
	if err := f.resume(ctx, c); err != nil {
		return after(c), c.Explain(err) // it lets us in and does not let us read: another may
	}
	f.copy.wasListed.Reach()
	f.copy.tried.Reach()
	preferred, stop := f.watchPreferred(ctx, c.server)
	defer stop()
	node, stop := f.watchNode(ctx, c)
	defer stop()
	ahead, stop := f.watchPeers(ctx, c)
	other := &signs{preferred, node, ahead, stop}
	defer func() { other.unwatch() }()
	return f.pollUntil(ctx, c, other)
}

// signs are what others than the followed session find out meanwhile.
type signs struct {
	preferred <-chan int        // the number of a host that stands before the own one and can be had again
	node      <-chan nodeReport // of the own server
	ahead     <-chan int        // the number of a host that is ahead of the own one, as long as …
	unwatch   func()            // … this is not called
}

// pollUntil polls until something fails, or another host is the better one. It returns with which host the next session is to begin.
func (f *Follower) pollUntil(ctx context.Context, c *conn, other *signs) (next start, err error) {
	byLog, interval := f.follows(c)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		var asked request
		select {
		case <-ctx.Done():
			return start{}, ctx.Err()
		case host := <-other.preferred:
			return start{host, true}, errSwitchHost
		case host := <-other.ahead:
			return start{host, true}, errSwitchHost
		case r := <-other.node:
			if err := f.noteNode(c, r); err != nil {
				return after(c), c.Explain(err)
			}
			continue
		case q := <-f.inbox.questions:
			q.reply <- f.hasSeen(ctx, c, q.entries)
			continue
		case asked = <-f.inbox.polls:
		case <-ticker.C:
		}
		began, before := time.Now(), f.copy.db.View()
		err := f.poll(ctx, c, asked.whole)
		f.observer.Observe(Polled{Published: f.copy.db.View() != before, Err: err})
		if asked.ended != nil {
			asked.ended <- err
		}
		if err != nil {
			if time.Since(began) >= QueryTimeout || errors.Is(err, ErrBehind) {
				next = after(c) // this one would hold us up again
			}
			return next, c.Explain(err)
		}
		f.confirm(c)
		if c.Shape().HasLog != byLog { // it came or went
			byLog, interval = f.follows(c)
			ticker.Reset(interval)
			other.unwatch()
			other.ahead, other.unwatch = f.watchPeers(ctx, c)
		}
	}
}

// follows notes how the table is followed from now on.
func (f *Follower) follows(c *conn) (byLog bool, interval time.Duration) {
	byLog = c.Shape().HasLog
	interval = f.cfg.interval(byLog)
	before, _ := f.state.take(followed)
	f.host.Store(int64(c.server.Host))
	f.observer.Observe(Followed{Server: c.server, Interval: interval, ByLog: byLog, LogGrant: c.Shape().LogGrant, Before: before, Copy: f.copy.db.View()})
	return byLog, interval
}

// interval is how often to ask for changes.
func (c *Config) interval(byLog bool) time.Duration {
	if byLog {
		return cmp.Or(c.Refresh, refreshByLog)
	}
	return cmp.Or(c.Refresh, refreshByStamp)
}

// PollNow makes the follower ask for changes at once, and reports whether it did, well. What the copy has then is at least what the table had when PollNow was
// called.
func (f *Follower) PollNow(ctx context.Context) bool { return f.pollNow(ctx, true) }

func (f *Follower) pollNow(ctx context.Context, whole bool) bool {
	ctx, cancel := context.WithTimeout(ctx, handoverPoll)
	defer cancel()
	polled := make(chan error, 1)
	select {
	case f.inbox.polls <- request{whole, polled}:
	case <-time.After(handoverStart):
		return false
	case <-ctx.Done():
		return false
	}
	select {
	case err := <-polled:
		return err == nil
	case <-ctx.Done():
		return false
	}
}

// CatchUpTo polls for some moments, until the copy has what another of the same table has, and reports whether that was so. It is also so if the
// server goes on without the newest change of the other, which is lost then.
func (f *Follower) CatchUpTo(ctx context.Context, other *Follower) bool {
	for deadline := time.Now().Add(handoverStart); f.PollNow(ctx); sleep(ctx, refreshByLog) {
		theirs := other.Position()
		if theirs == nil || theirs.Newest.Seq == 0 {
			return true
		}
		if seen, known := f.saw(ctx, append(theirs.Recent.entries(), theirs.Newest)...); known && seen {
			return true
		}
		if time.Now().After(deadline) {
			return theirs.Newest.isBefore(f.Position().Newest)
		}
	}
	return false
}
