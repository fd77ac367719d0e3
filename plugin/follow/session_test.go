package follow

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/mysqldns/mysqldns/plugin/record"
)

// session implements Session for a model of a server.
type session struct {
	server  *server
	details Server
	shape   Shape
	seen    *version    // within Snapshot, what all methods see
	used    atomic.Bool // by a goroutine, now
}

var _ Session = (*session)(nil)

var (
	errNoTable = errors.New("no such table")
	errNoLog   = errors.New("no such change log")
)

// call is the way of each method to the server. It returns what the method sees of the database.
func (s *session) call(ctx context.Context, method string, limit time.Duration) (version, error) {
	if !s.used.CompareAndSwap(false, true) {
		panic(method + ": two goroutines use one session")
	}
	defer s.used.Store(false)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := s.server.meet(ctx, method); err != nil {
		return version{}, err
	}
	s.server.mu.Lock()
	connected := s.server.open[s]
	s.server.mu.Unlock()
	if !connected {
		return version{}, errCut
	}
	if s.seen != nil {
		return *s.seen, nil
	}
	return s.server.version(), nil
}

// Server implements Session.
func (s *session) Server() Server { return s.details }

// Explain implements Session.
func (s *session) Explain(err error) error { return s.server.explain(err) }

// Close implements Session.
func (s *session) Close() { s.server.with(func() { delete(s.server.open, s) }) }

// Shape implements Table.
func (s *session) Shape() Shape { return s.shape }

// Inspect implements Table.
func (s *session) Inspect(ctx context.Context) error {
	v, err := s.call(ctx, "Inspect", QueryTimeout)
	if err == nil && v.dropped {
		err = errNoTable
	}
	if err == nil {
		s.shape = v.shape
	}
	return err
}

// Stamp implements Table. Like a server's information_schema it shows the present, within Snapshot too.
func (s *session) Stamp(ctx context.Context) (Stamp, error) {
	_, err := s.call(ctx, "Stamp", QueryTimeout)
	v := s.server.version()
	switch {
	case err != nil:
		return Stamp{Rows: -1}, err
	case v.dropped:
		return Stamp{Rows: -1}, errNoTable
	case v.noStamp:
		return Stamp{Rows: -1}, nil
	}
	stamp := Stamp{Created: string(rune('a' + v.created)), NextID: v.nextID, Rows: int64(len(v.rows))}
	if !v.updated.IsZero() {
		second := v.updated.Truncate(time.Second)
		stamp.Updated, stamp.Age = second.Format(time.DateTime), s.server.db.now().Sub(second).Truncate(time.Second)
	}
	return stamp, nil
}

// Snapshot implements Table.
func (s *session) Snapshot(ctx context.Context, read func() error) error {
	v, err := s.call(ctx, "Snapshot", QueryTimeout)
	if err != nil {
		return err
	}
	s.seen = &v
	defer func() { s.seen = nil }()
	return read()
}

// Rows implements Table.
func (s *session) Rows(ctx context.Context, visit func(*record.Row) error) error {
	v, err := s.call(ctx, "Rows", StallTimeout)
	if err != nil {
		return err
	}
	for _, row := range v.rows {
		if rowTime := s.server.timePerRow(); rowTime > 0 {
			sleep(ctx, rowTime)
		}
		if _, err := s.call(ctx, "Row", StallTimeout); err != nil {
			return err
		}
		if err := visit(&row); err != nil {
			return err
		}
	}
	return nil
}

// RowsNamed implements Table.
func (s *session) RowsNamed(ctx context.Context, names []string, visit func(*record.Row) error) error {
	v, err := s.call(ctx, "RowsNamed", RereadTimeout)
	if err != nil {
		return err
	}
	visited := map[uint64]bool{}
	for _, name := range names {
		for _, row := range v.named(name) {
			if visited[row.ID] {
				continue
			}
			visited[row.ID] = true
			if err := visit(&row); err != nil {
				return err
			}
		}
	}
	return nil
}

// callLog is call for methods of ChangeLog.
func (s *session) callLog(ctx context.Context, method string, limit time.Duration) (version, error) {
	v, err := s.call(ctx, method, limit)
	if err == nil && !v.shape.HasLog {
		err = errNoLog
	}
	return v, err
}

// Newest implements ChangeLog.
func (s *session) Newest(ctx context.Context) (Entry, error) {
	v, err := s.callLog(ctx, "Newest", QueryTimeout)
	return v.entry(len(v.log) - 1), err
}

// Find implements ChangeLog.
func (s *session) Find(ctx context.Context, e Entry) (Relation, error) {
	v, err := s.call(ctx, "Find", QueryTimeout)
	if err != nil || len(v.log) == 0 {
		return Unrelated, err
	}
	i := v.find(e.Seq)
	if i < len(v.log) && v.log[i].Entry == e || e.Seq < v.log[0].Seq {
		return Having, nil
	}
	for _, c := range v.log[:i] {
		if c.At <= e.At {
			return Lacking, nil
		}
	}
	return Unrelated, nil
}

// Tail implements ChangeLog.
func (s *session) Tail(ctx context.Context, age time.Duration, most int) (before Entry, tail []Entry, err error) {
	v, err := s.callLog(ctx, "Tail", QueryTimeout)
	if err != nil {
		return before, nil, err
	}
	since := s.server.db.now().Truncate(time.Second).Add(-age).UnixMicro()
	first := 0
	for first < len(v.log) && v.log[first].At < since {
		first++
	}
	before = v.entry(first - 1)
	for _, c := range v.log[max(first, len(v.log)-most):] {
		tail = append(tail, c.Entry)
	}
	return before, tail, nil
}

// Count implements ChangeLog.
func (s *session) Count(ctx context.Context, m Marks) (Counts, error) {
	v, err := s.callLog(ctx, "Count", QueryTimeout)
	if err != nil {
		return Counts{}, err
	}
	low := v.find(m.Low)
	c := Counts{FromLow: len(v.log) - low, BeyondYoung: len(v.log) - v.find(m.Young+1), BeyondHigh: len(v.log) - v.find(m.High+1)}
	if low < len(v.log) {
		c.Low.Seq = v.log[low].Seq
		if c.Low.Seq == m.Low {
			c.Low.At = v.log[low].At
		}
	}
	return c, nil
}

// Read implements ChangeLog.
func (s *session) Read(ctx context.Context, after uint64, expected int, visit func(Change) error) error {
	v, err := s.callLog(ctx, "Read", QueryTimeout+time.Duration(expected)*PerEntryTimeout)
	if err != nil {
		return err
	}
	for _, c := range v.log[v.find(after+1):] {
		c.Age = s.server.db.now().Sub(time.UnixMicro(c.At))
		if err := visit(c); err != nil {
			return err
		}
	}
	return nil
}

// CountSince implements ChangeLog.
func (s *session) CountSince(ctx context.Context, since int64, upTo uint64) (c SinceCount, err error) {
	v, err := s.callLog(ctx, "CountSince", QueryTimeout)
	if err != nil {
		return c, err
	}
	now := s.server.db.now().Unix()
	if since < 0 {
		since += now
	}
	c.Whole.Since, c.Half.Since = since, (since+now)/2
	for _, change := range v.log[:v.find(upTo+1)] {
		c.Whole.count(change.Entry)
		c.Half.count(change.Entry)
	}
	return c, nil
}

// CheckSynced implements Node.
func (s *session) CheckSynced(ctx context.Context) error {
	_, err := s.call(ctx, "CheckSynced", QueryTimeout)
	if err == nil && s.standsStill() {
		err = s.AwaitCluster(ctx)
	}
	return err
}

// AwaitCluster implements Node.
func (s *session) AwaitCluster(ctx context.Context) error {
	_, err := s.call(ctx, "AwaitCluster", QueryTimeout)
	for deadline := time.Now().Add(QueryTimeout); err == nil && s.standsStill(); sleep(ctx, refreshByLog) {
		if ctx.Err() != nil || time.Now().After(deadline) {
			err = ErrBehind
		}
	}
	return err
}

func (s *session) standsStill() bool {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	return s.server.unsynced
}

// Replication implements Node.
func (s *session) Replication(ctx context.Context) (Replication, error) {
	if _, err := s.call(ctx, "Replication", QueryTimeout); err != nil {
		return Replication{}, err
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	switch {
	case !s.server.shown:
		return Replication{}, nil
	case !s.server.stopped.IsZero():
		return Replication{Stopped: "it was told to stop"}, nil
	}
	return Replication{Lag: s.server.lag}, nil
}
