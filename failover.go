package mysqldns

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
)

// reached is how far the copy is, for comparing another server with it.
type reached struct {
	server string
	newest entry // of its change log; its number is 0 without one
}

// reaches notes how far the copy is.
func (f *follower) reaches(s *session) {
	r := &reached{server: s.server}
	if f.place.log != nil {
		r.newest = f.place.log.newest()
	}
	f.reached.Store(r)
}

// errBehind means that a server has not got what the copy has, or what its own cluster has.
var errBehind = errors.New("behind")

// catchesUp gives a server other than that of the copy a moment to catch up with it. While it is behind, since its replication lags
// or it lost changes, the copy is better: answers would go back in time. Any goroutine may call it.
func (f *follower) catchesUp(ctx context.Context, s *session) error {
	r := f.reached.Load()
	if r == nil || r.server == s.server {
		return nil
	}
	if s.galera {
		if err := s.awaitCluster(ctx); err != nil {
			return err
		}
	}
	if r.newest.seq == 0 || !s.HasLog {
		return nil // nobody can tell
	}
	for deadline := time.Now().Add(table.Patience); ; sleep(ctx, refreshByLog) {
		there, err := s.oneEntry(ctx, newestFirst)
		if err != nil || !there.isBefore(r.newest) {
			return err
		}
		if ctx.Err() != nil || time.Now().After(deadline) {
			return fmt.Errorf("it is %w the copy, which has the changes up to number %d: its replication lags, or it lost changes. "+
				"To accept its state, restart CoreDNS", errBehind, r.newest.seq)
		}
	}
}

// isBefore reports whether a change log whose newest entry this is ends before the other entry. An empty one, or one that goes on
// without it, does not.
func (e entry) isBefore(other entry) bool {
	return e.seq != 0 && e.seq < other.seq && e.at < other.at
}
