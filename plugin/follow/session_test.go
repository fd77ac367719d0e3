package follow

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mysqldns/mysqldns/plugin/record"
)

// session implements Session for a model of a server.
type session struct {
	server    *server
	details   Server
	shape     Shape
	seen      *version    // within Snapshot, what all methods see
	used      atomic.Bool // by a goroutine, now
	opened    Stamp       // what Dial found out
	inspected bool        // Inspect has not returned that yet
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
	ctx, cancel := context.WithTimeout(ctx, Within(limit, s.server.roundTripTime()))
	defer cancel()
	there, back := s.server.travel(method)
	sleep(ctx, there)
	if err := s.server.meet(ctx, method); err != nil {
		return version{}, err
	}
	v := s.server.version()
	if s.seen != nil {
		v = *s.seen
	}
	sleep(ctx, back)
	s.server.mu.Lock()
	connected := s.server.open[s]
	s.server.mu.Unlock()
	if !connected {
		return version{}, errCut
	}
	return v, ctx.Err()
}

// Server implements Session.
func (s *session) Server() Server { return s.details }

// Explain implements Session.
func (s *session) Explain(err error) error { return s.server.explain(err) }

// RoundTrip implements Session.
func (s *session) RoundTrip() time.Duration { return s.server.roundTripTime() }

// Close implements Session.
func (s *session) Close() { s.server.with(func() { delete(s.server.open, s) }) }

// Shape implements Table.
func (s *session) Shape() Shape { return s.shape }

// Inspect implements Table.
func (s *session) Inspect(ctx context.Context) (Stamp, error) {
	if s.inspected {
		s.inspected = false
		return s.opened, nil
	}
	v, err := s.call(ctx, "Inspect", QueryTimeout)
	if err != nil {
		return Stamp{Rows: -1}, err
	}
	s.shape = v.shape
	return s.stamp()
}

// Stamp implements Table. Like a server's information_schema it shows the present, within Snapshot too.
func (s *session) Stamp(ctx context.Context) (Stamp, error) {
	_, err := s.call(ctx, "Stamp", QueryTimeout)
	if err != nil {
		return Stamp{Rows: -1}, err
	}
	return s.stamp()
}

// stamp is that of the present.
func (s *session) stamp() (Stamp, error) {
	v := s.server.version()
	switch {
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
	defer s.call(context.WithoutCancel(ctx), "Rollback", QueryTimeout)
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

// Look implements ChangeLog. Like SQL it finds rows by the spelling in an entry alone.
func (s *session) Look(ctx context.Context, ask Ask) (Look, error) {
	v, err := s.callLog(ctx, "Look", QueryTimeout)
	if err != nil {
		return Look{}, err
	}
	found := Look{Counts: v.count(ask.Seen.Marks)}
	if ask.Stamp || v.dropped {
		now, err := s.stamp()
		if err != nil {
			return Look{}, err
		}
		found.Stamp = &now
	}
	if ask.Settled != nil {
		counted := v.countSince(ask.Settled.Since, ask.Settled.UpTo, s.server.db.now().Unix())
		found.Settled = &counted
	}
	after := ask.Seen.High
	switch c := found.Counts; {
	case c.FromLow-c.BeyondYoung-min(1, int(ask.Seen.Low)) > ask.Seen.Old:
		after = ask.Seen.Low
	case c.BeyondYoung-c.BeyondHigh > ask.Seen.Recent:
		after = ask.Seen.Young
	}
	changes := v.log[v.find(after+1):]
	if found.Whole = len(changes) <= lookMost; !found.Whole {
		return found, nil
	}
	for _, c := range changes {
		c.Age = s.server.db.now().Sub(time.UnixMicro(c.At))
		rows := v.named(c.Name)
		if ask.BothForms {
			rows = append(rows, v.named(otherForm(c.Name))...)
		}
		found.Changes = append(found.Changes, ChangedRows{c, rows})
	}
	return found, nil
}

// lookMost is how many entries a look of the model reads.
const lookMost = 300

// otherForm is a name with the final dot, if it has none, and otherwise without.
func otherForm(name string) string {
	if without, ok := strings.CutSuffix(name, "."); ok {
		return without
	}
	return name + "."
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

// Lacks implements ChangeLog.
func (s *session) Lacks(ctx context.Context, entries []Entry) (bool, error) {
	v, err := s.callLog(ctx, "Lacks", QueryTimeout)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(entries, func(e Entry) bool {
		i := v.find(e.Seq)
		return (i == len(v.log) || v.log[i].Entry != e) && (len(v.log) == 0 || e.Seq > v.log[0].Seq)
	}), nil
}

// End implements ChangeLog.
func (s *session) End(ctx context.Context, age time.Duration, most int, settledAge time.Duration) (end LogEnd, err error) {
	v, err := s.callLog(ctx, "End", QueryTimeout)
	if err != nil {
		return end, err
	}
	now := s.server.db.now().Truncate(time.Second)
	first := 0
	for first < len(v.log) && v.log[first].At < now.Add(-age).UnixMicro() {
		first++
	}
	end.Before = v.entry(first - 1)
	for _, c := range v.log[max(first, len(v.log)-most):] {
		end.Recent = append(end.Recent, c.Entry)
	}
	end.Settled = v.countSince(-int64(settledAge.Seconds()), end.Before.Seq, now.Unix()).Whole
	end.Stamp, err = s.stamp()
	return end, err
}

// Count implements ChangeLog.
func (s *session) Count(ctx context.Context, m Marks) (Counts, error) {
	v, err := s.callLog(ctx, "Count", QueryTimeout)
	if err != nil {
		return Counts{}, err
	}
	return v.count(m), nil
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
	return v.countSince(since, upTo, s.server.db.now().Unix()), nil
}

// AsksNode implements Node.
func (s *session) AsksNode() bool {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	return s.server.cluster
}

// InStep implements Node.
func (s *session) InStep(ctx context.Context) (bool, error) {
	_, err := s.call(ctx, "InStep", QueryTimeout)
	return !s.standsStill(), err
}

// AwaitCluster implements Node.
func (s *session) AwaitCluster(ctx context.Context) error {
	_, err := s.call(ctx, "AwaitCluster", QueryTimeout)
	for deadline := time.Now().Add(QueryTimeout); err == nil && (s.standsStill() || s.server.db.regroups()); sleep(ctx, refreshByLog) {
		if ctx.Err() != nil || time.Now().After(deadline) {
			err = ErrNodeBehind
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
