package follow

import (
	"context"
	"errors"
	"sync"
	"time"
)

// conn is a session with what is known of its server. The follower's goroutine uses it, or that which opened it.
type conn struct {
	Session
	nodeState
	server    Server
	nodeAside bool // another session asks about the server as a node
}

// start is the host with which to begin.
type start struct {
	host   int
	chosen bool // it is better than that which was followed, so it is waited for
}

// after is where to begin after a session that is to be left for another host.
func after(c *conn) start { return start{host: c.server.Host + 1} }

// connect opens a session with a host that has the table for us. They are tried in the order of preference, beginning with from, each with a head start
// before the next, and the first that can be had is taken. So those that hang, lag or wait for their cluster cost a head start, and not all of their limits.
func (f *Follower) connect(ctx context.Context, from start) (*conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	var trying sync.WaitGroup
	defer trying.Wait()
	defer cancel()
	tries := make(chan try)
	begin := func(n int) {
		trying.Go(func() {
			c, err := f.dial(ctx, (from.host+n)%f.dialer.Hosts(), true)
			select {
			case tries <- try{n, c, err}:
			case <-ctx.Done():
				if err == nil {
					c.Close()
				}
			}
		})
	}
	errs := make([]error, f.dialer.Hosts())
	for begun, ended := 0, 0; ended < len(errs); {
		var ahead <-chan time.Time // when the head start of the last one is over
		if begun < len(errs) {
			begin(begun)
			if begun > 0 || !from.chosen {
				ahead = time.After(f.dials.headStart((from.host + begun) % len(errs)))
			}
			begun++
		}
		select {
		case t := <-tries:
			if t.err == nil {
				return t.conn, nil
			}
			errs[t.number] = t.err
			ended++
		case <-ahead:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return nil, errors.Join(errs...)
}

// try is what became of one of the hosts that are tried at the same time.
type try struct {
	number int // in the order in which they are begun
	conn   *conn
	err    error
}

// dial opens a session with one host, if that may be followed: one that has all that the copy has, or may lose some of it. Any goroutine may call it.
func (f *Follower) dial(ctx context.Context, host int, mayLose bool) (*conn, error) {
	c, err := f.tryDial(ctx, host, mayLose)
	if ctx.Err() == nil {
		f.observer.Observe(HostTried{host, err})
	}
	return c, err
}

func (f *Follower) tryDial(ctx context.Context, host int, mayLose bool) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, ConnectTimeout+QueryTimeout)
	defer cancel()
	began := time.Now()
	s, err := f.dialer.Dial(ctx, host)
	if err != nil {
		return nil, err
	}
	f.dials.note(host, time.Since(began))
	c := &conn{Session: s, server: s.Server(), nodeAside: s.RoundTrip() >= farAway && s.AsksNode()}
	if err := f.catchUp(ctx, c, mayLose); err != nil {
		s.Close()
		return nil, s.Explain(err)
	}
	return c, nil
}

// watchPreferred tries the hosts that stand before the session's own now and then, and says which one can be had again.
func (f *Follower) watchPreferred(ctx context.Context, own Server) (again <-chan int, stop func()) {
	found := make(chan int, 1)
	if own.Host == 0 {
		return found, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		for ctx.Err() == nil {
			sleep(ctx, jitter(preferInterval))
			if ctx.Err() != nil {
				return
			}
			if host, ok := f.preferred(ctx, own); ok {
				found <- host
				return
			}
		}
	})
	return found, func() { cancel(); watching.Wait() }
}

// preferred is the first of the hosts before the own one that can be followed, if there is one.
func (f *Follower) preferred(ctx context.Context, own Server) (host int, ok bool) {
	for before := range own.Host {
		if f.stalls.mayReturn(before, f.isLevel(ctx, own, before), time.Now()) {
			return before, true
		}
	}
	return 0, false
}

// isLevel reports whether a host can be followed and has not parted from the own one: each has then what the other has not. That can be told only
// while the own one is followed. A replica that takes no writes does not part: what it has alone, its source has lost.
func (f *Follower) isLevel(ctx context.Context, own Server, host int) bool {
	copies := own.Copies && !f.copiesAnother(ctx, own, host)
	c, err := f.dial(ctx, host, copies)
	if err != nil {
		return false
	}
	defer c.Close()
	ours := f.Position()
	if ours == nil || ours.Newest.Seq == 0 || !c.Shape().HasLog || copies && f.stillCopies(ctx, own) {
		return true
	}
	if relation, err := c.Find(ctx, ours.Newest); err != nil || relation == Having {
		return err == nil
	}
	theirs, err := c.Newest(ctx)
	if err != nil || theirs.Seq == 0 {
		return err == nil
	}
	seen, known := f.saw(ctx, theirs)
	return known && seen
}

// copiesAnother reports whether a host that takes writes, other than the own one and the one in question, has what the copy has: it was promoted in place of that one.
func (f *Follower) copiesAnother(ctx context.Context, own Server, host int) bool {
	ours := f.Position()
	if ours == nil || ours.Newest.Seq == 0 {
		return false
	}
	for other := range f.dialer.Hosts() {
		if other != own.Host && other != host && f.isPrimaryWith(ctx, other, ours.Newest) {
			return true
		}
	}
	return false
}

func (f *Follower) isPrimaryWith(ctx context.Context, host int, e Entry) bool {
	ctx, cancel := context.WithTimeout(ctx, ConnectTimeout+QueryTimeout)
	defer cancel()
	s, err := f.dialer.Dial(ctx, host)
	if err != nil {
		return false
	}
	defer s.Close()
	if s.Server().Copies || !s.Shape().HasLog {
		return false
	}
	relation, err := s.Find(ctx, e)
	return err == nil && relation == Having
}

// stillCopies reports whether a server that took no writes when a session was opened takes none now either: it may have been promoted.
func (f *Follower) stillCopies(ctx context.Context, own Server) bool {
	s, err := f.dialer.Dial(ctx, own.Host)
	if err != nil {
		return false
	}
	defer s.Close()
	now := s.Server()
	return now.ID == own.ID && now.Copies
}
