package follow

import (
	"context"
	"sync"
	"time"
)

// A server may stand still while it goes on answering: a replica whose replication stopped, a node that was expelled from its group, an isolated old
// primary. What it says of itself looks fresh. So the newest entries of the other hosts' change logs are compared with what the copy has seen.

// peer is another host than the one that is followed. One goroutine at a time uses it.
type peer struct {
	host    int
	session Session      // nil until the host can be had
	opening chan Session // not nil while one is opened, which may be nil then
	ahead   lead         // the zero lead unless it is ahead
	split   bool         // it was said that it has parted from ours
}

// lead is an entry that a peer has and the copy has not seen.
type lead struct {
	entry Entry
	since time.Time // when the peer was first seen to have it
}

// peerWatch looks at the other hosts while one is followed. One goroutine runs it.
type peerWatch struct {
	f     *Follower
	own   Server
	peers []*peer
	began time.Time // the last look

	opening sync.WaitGroup // of sessions
}

// watchPeers watches the other hosts and says to which one to go, when the own stands still.
func (f *Follower) watchPeers(ctx context.Context, own *conn) (better <-chan int, stop func()) {
	found := make(chan int, 1)
	w := &peerWatch{f: f, own: own.server}
	for host := range f.dialer.Hosts() {
		if host != own.server.Host {
			w.peers = append(w.peers, &peer{host: host})
		}
	}
	if len(w.peers) == 0 || !own.Shape().HasLog {
		return found, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		defer w.close()
		for pause := jitter(checkInterval); ctx.Err() == nil; pause = w.pause() {
			sleep(ctx, pause)
			w.began = time.Now()
			if best := w.look(ctx); best != nil && ctx.Err() == nil {
				found <- best.host
				return
			}
		}
	})
	return found, func() { cancel(); watching.Wait() }
}

func (w *peerWatch) close() {
	w.opening.Wait()
	for _, p := range w.peers {
		if p.opening != nil {
			p.session = <-p.opening
		}
		p.close()
	}
}

// pause is how long to wait until the next look: not beyond the moment at which a peer has been ahead for long enough.
func (w *peerWatch) pause() time.Duration {
	pause := jitter(peerInterval) - time.Since(w.began)
	for _, p := range w.peers {
		if left := peerGrace - time.Since(p.ahead.since); p.ahead.entry.Seq != 0 && left > 0 {
			pause = min(pause, left)
		}
	}
	return pause
}

// look compares all peers with the copy once, and returns the one to go to; nil if the own server is as good as any.
func (w *peerWatch) look(ctx context.Context) *peer {
	newest := make([]*Entry, len(w.peers))
	var looking sync.WaitGroup
	for i, p := range w.peers {
		looking.Go(func() { newest[i] = p.newest(ctx, w) })
	}
	looking.Wait()
	late := false
	for i, p := range w.peers {
		late = w.note(ctx, p, newest[i]) || late
	}
	if !late || !w.f.pollNow(ctx, false) { // what has just been read counts; a server that does not answer is left for that
		return nil
	}
	return w.best(ctx)
}

// note notes the newest entry of a peer, nil if that was not told, and reports whether it has had one for so long that ours should have it too.
func (w *peerWatch) note(ctx context.Context, p *peer, newest *Entry) (late bool) {
	switch {
	case newest == nil:
		return false
	case newest.Seq == 0:
		p.ahead = lead{}
		return false
	}
	if p.ahead.entry.Seq != 0 {
		if seen, known := w.f.saw(ctx, p.ahead.entry); !known {
			p.ahead = lead{} // a list is being read, which may take its time
			return false
		} else if !seen {
			return time.Since(p.ahead.since) >= peerGrace
		}
		p.ahead, p.split = lead{}, false
	}
	if seen, known := w.f.saw(ctx, *newest); known && !seen {
		p.ahead = lead{*newest, time.Now()}
	}
	return false
}

// best is the peer that is furthest along of those that have all that the copy has and more, the preferred of those that are level; nil if there is
// none. A peer that has not what the copy has either has parted from it.
func (w *peerWatch) best(ctx context.Context) (best *peer) {
	for _, p := range w.peers {
		if p.session == nil || p.ahead.entry.Seq == 0 || time.Since(p.ahead.since) < peerGrace {
			continue
		}
		if seen, known := w.f.saw(ctx, p.ahead.entry); seen || !known {
			p.ahead = lead{}
			continue
		}
		ours := w.f.Position()
		relation, err := ours.in(ctx, p.session)
		switch {
		case err != nil:
			p.close()
		case relation != Having && ours.Newest.Seq != 0:
			w.parted(p)
		case best == nil || w.isAhead(ctx, p, best):
			best = p
		}
	}
	if best != nil {
		lag := time.Since(best.ahead.since)
		w.f.stalls.note(w.own.Host, time.Now())
		w.f.observer.Observe(Stalled{Server: w.own, Ahead: best.session.Server(), For: lag})
	}
	return best
}

// parted says once that a peer and the own server have both what the other has not.
func (w *peerWatch) parted(p *peer) {
	if !p.split {
		p.split = true
		w.f.observer.Observe(Parted{Server: w.own, Other: p.session.Server()})
	}
}

// isAhead reports whether a peer has all that another has, and more.
func (w *peerWatch) isAhead(ctx context.Context, p, other *peer) bool {
	theirs, err := other.session.Newest(ctx)
	if err != nil {
		return true
	}
	mine, err := p.session.Newest(ctx)
	if err != nil {
		return false
	}
	relation, err := p.session.Find(ctx, theirs)
	if err != nil || relation != Having {
		return false
	}
	relation, err = other.session.Find(ctx, mine)
	return err == nil && relation != Having
}

// newest is the newest entry of a peer, the zero Entry if it has none; nil if that is not told soon.
func (p *peer) newest(ctx context.Context, w *peerWatch) *Entry {
	if !p.open(ctx, w) {
		return nil
	}
	if !p.session.Shape().HasLog {
		p.close() // it may come
		return &Entry{}
	}
	ctx, cancel := context.WithTimeout(ctx, Within(peerTimeout, p.session.RoundTrip()))
	defer cancel()
	newest, err := p.session.Newest(ctx)
	if err != nil {
		p.close()
		return nil
	}
	return &newest
}

// open reports whether there is a session. Opening one goes on beside the looks if it takes long.
func (p *peer) open(ctx context.Context, w *peerWatch) bool {
	if p.session != nil {
		return true
	}
	if p.opening == nil {
		opening := make(chan Session, 1)
		p.opening = opening
		w.opening.Go(func() { opening <- p.dial(ctx, w) })
	}
	limit := time.NewTimer(peerTimeout)
	defer limit.Stop()
	select {
	case p.session = <-p.opening:
		p.opening = nil
	case <-limit.C:
	}
	return p.session != nil
}

// dial opens a session; nil if it cannot be had.
func (p *peer) dial(ctx context.Context, w *peerWatch) Session {
	looking := ctx
	ctx, cancel := context.WithTimeout(ctx, ConnectTimeout+QueryTimeout)
	defer cancel()
	s, err := w.f.dialer.Dial(ctx, p.host)
	w.tried(looking, p.host, err)
	if err != nil {
		return nil
	}
	return s
}

// tried says whether a host could be had. Those before the own one are tried by watchPreferred, which looks closer.
func (w *peerWatch) tried(ctx context.Context, host int, err error) {
	if host > w.own.Host && ctx.Err() == nil {
		w.f.observer.Observe(HostTried{host, err})
	}
}

func (p *peer) close() {
	if p.session != nil {
		p.session.Close()
	}
	p.session = nil
}

// question asks the follower's goroutine whether the copy has seen some entries.
type question struct {
	entries []Entry
	reply   chan<- sight
}

// sight is whether entries were seen, if that is known.
type sight struct{ seen, known bool }

// hasSeen answers a question. What is settled the server is asked for: another may have an entry with the same number.
func (f *Follower) hasSeen(ctx context.Context, c *conn, entries []Entry) sight {
	if f.position.log == nil {
		return sight{true, true} // there is nothing to compare any more
	}
	var old []Entry
	for _, e := range entries {
		seen, settled := f.position.log.saw(e)
		switch {
		case settled:
			old = append(old, e)
		case !seen:
			return sight{false, true}
		}
	}
	if len(old) == 0 {
		return sight{true, true}
	}
	lacks, err := c.Lacks(ctx, old)
	return sight{!lacks, err == nil} // else the next poll tells
}

// saw reports whether the copy has seen some entries of the change log, if the follower answers in time: it does not while it reads much.
func (f *Follower) saw(ctx context.Context, entries ...Entry) (seen, known bool) {
	ctx, cancel := context.WithTimeout(ctx, QueryTimeout)
	defer cancel()
	reply := make(chan sight, 1)
	select {
	case f.inbox.questions <- question{entries, reply}:
		s := <-reply
		return s.seen, s.known
	case <-ctx.Done():
		return false, false
	}
}
