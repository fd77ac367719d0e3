package mysqldns

import (
	"context"
	"errors"
	"fmt"

	"github.com/mysqldns/mysqldns/internal/table"
)

// updateSession is a connection that is prepared for updates.
type updateSession struct {
	*table.Session
	writer *table.Writer
}

// session returns an idle session or a new one.
func (u *updater) session(ctx context.Context) (*updateSession, error) {
	select {
	case s := <-u.idle:
		return s, nil
	default:
	}
	opened, err := u.writers.connect(ctx)
	if err != nil {
		return nil, err
	}
	s := &updateSession{Session: opened}
	if err = s.PrepareUpdates(ctx); err == nil {
		err = checkRows(ctx, s)
	}
	if err != nil {
		s.Conn.Close()
		return nil, err
	}
	return s, nil
}

// errUnfit means that the table is none whose rows updates can change.
var errUnfit = errors.New("updates need a table, not a view, whose column id tells its rows apart")

// checkRows finds out whether rows can be changed one by one, and how.
func checkRows(ctx context.Context, s *updateSession) (err error) {
	if !s.Columns.HasID() {
		return fmt.Errorf("%s has no column id that is a number: %w", s.Table, errUnfit)
	}
	if s.writer, err = s.NewWriter(ctx); err != nil && !table.IsRefusal(err) && ctx.Err() == nil {
		return fmt.Errorf("%w: %w", errUnfit, err)
	}
	return err
}

// giveBack keeps a session for the next update if its connection is good. If not, the idle ones are most likely of the same server that has ended, or
// takes no writes any more: each would fail another try.
func (u *updater) giveBack(ctx context.Context, s *updateSession, good bool) {
	if !good || ctx.Err() != nil {
		s.Conn.Close()
		u.endIdle()
		return
	}
	s.writer.Discard()
	select {
	case u.idle <- s:
	default:
		s.Conn.Close()
	}
	if u.closed.Load() { // meanwhile
		u.endIdle()
	}
}

// endIdle ends the sessions that are not in use.
func (u *updater) endIdle() {
	for {
		select {
		case s := <-u.idle:
			s.Conn.Close()
		default:
			return
		}
	}
}
