package follow

import (
	"context"
	"errors"
	"time"
)

// conn is a session with what is known of its server. The follower's goroutine uses it, or that which opened it.
type conn struct {
	Session
	server      Server
	replication Replication // as it was seen last
	nodeAside   bool        // another session asks about the server as a node
}

// connect opens a session with the first host that has the table for us, in the order of preference, beginning with from.
func (f *Follower) connect(ctx context.Context, from int) (*conn, error) {
	var errs []error
	for n := range f.dialer.Hosts() {
		c, err := f.dial(ctx, (from+n)%f.dialer.Hosts())
		if err == nil {
			return c, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// dial opens a session with one host, if that may be followed. Any goroutine may call it.
func (f *Follower) dial(ctx context.Context, host int) (*conn, error) {
	c, err := f.tryDial(ctx, host)
	if ctx.Err() == nil {
		f.observer.Observe(HostTried{host, err})
	}
	return c, err
}

func (f *Follower) tryDial(ctx context.Context, host int) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, ConnectTimeout+QueryTimeout)
	defer cancel()
	s, err := f.dialer.Dial(ctx, host)
	if err != nil {
		return nil, err
	}
	c := &conn{Session: s, server: s.Server(), nodeAside: s.RoundTrip() >= farAway && s.AsksNode()}
	if err := f.catchUp(ctx, c); err != nil {
		s.Close()
		return nil, s.Explain(err)
	}
	return c, nil
}

// watchPreferred tries the hosts that stand before the session's own now and then, and says when one can be had again.
func (f *Follower) watchPreferred(ctx context.Context, own Server) (again <-chan struct{}, stop func()) {
	found := make(chan struct{})
	if own.Host == 0 {
		return found, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		for ctx.Err() == nil {
			sleep(ctx, jitter(preferInterval))
			if ctx.Err() == nil && f.preferred(ctx, own) {
				close(found)
				return
			}
		}
	}()
	return found, cancel
}

// preferred reports whether one of the hosts before the own one can be followed.
func (f *Follower) preferred(ctx context.Context, own Server) bool {
	for before := range own.Host {
		if f.stalls.mayReturn(before, f.isLevel(ctx, own, before), time.Now()) {
			return true
		}
	}
	return false
}

// isLevel reports whether a host can be followed and has not parted from the own one: each has then what the other has not. That can be told only
// while the own one is followed. A replica that takes no writes does not part: what it has alone, its source has lost.
func (f *Follower) isLevel(ctx context.Context, own Server, host int) bool {
	c, err := f.dial(ctx, host)
	if err != nil {
		return false
	}
	defer c.Close()
	ours := f.Position()
	if ours == nil || ours.Newest.Seq == 0 || !c.Shape().HasLog || own.Copies && f.stillCopies(ctx, own) {
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
