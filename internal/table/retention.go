package table

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/mysqldns/mysqldns/plugin/follow"

	"github.com/go-sql-driver/mysql"
)

const (
	// LogRetention is how long entries of a change log are kept: the INTERVAL of the event in schema.sql. One that a follower needs and does not find costs
	// it a read of the whole table, and no change.
	LogRetention = 7 * 24 * time.Hour

	// LogOverdue is the age of the oldest entry from which on nothing seems to prune a change log. The event runs every minute, but may have much to do.
	LogOverdue = LogRetention + 24*time.Hour
)

// settledFor is how old an entry of a change log is from which followers go on, at least: more than they wait for those with lower numbers.
const settledFor = time.Minute

// newestSettled is the number of the newest entry that followers may stand at, 0 if there is none. In a log without new entries for long it is older than
// LogRetention; without it, each follower would read the whole table.
func (s *Session) newestSettled(ctx context.Context) (seq uint64, err error) {
	err = s.QueryRowContext(ctx, "SELECT seq FROM "+s.Table.Changes().Quoted()+" WHERE changed_at < NOW(6) - INTERVAL ? SECOND ORDER BY changed_at DESC LIMIT 1",
		int(settledFor/time.Second)).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return seq, err
}

// OldestEntry is how old the oldest entry of the change log is, but for the one that followers go on from: 0 without a log, and where there is no other.
func (s *Session) OldestEntry(ctx context.Context) (age time.Duration, err error) {
	if !s.HasLog {
		return 0, nil
	}
	ctx, cancel := context.WithTimeout(ctx, follow.QueryTimeout)
	defer cancel()
	before, err := s.newestSettled(ctx)
	if err != nil {
		return 0, err
	}
	var seconds int64
	err = s.QueryRowContext(ctx, "SELECT TIMESTAMPDIFF(SECOND, changed_at, NOW(6)) FROM "+s.Table.Changes().Quoted()+" WHERE seq < ? ORDER BY changed_at LIMIT 1",
		before).Scan(&seconds)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return time.Duration(seconds) * time.Second, err
}

// LockPruning reports whether this session is to prune the change log: no other one of this server does. The lock goes with the connection.
//
// It is no lock of a cluster: on Galera and Group Replication each node has its own. There it is enough that two sessions at two nodes that delete the same
// entries cannot both commit: IsConflict then holds for the error of one. A server that refuses the lock, as some clusters are told to, counts as one that
// has none.
func (s *Session) LockPruning(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, follow.QueryTimeout)
	defer cancel()
	sum := sha256.Sum256([]byte(s.account.full(s.Table.Changes()))) // a name of a lock has at most 64 characters
	var got *int
	err := s.QueryRowContext(ctx, "SELECT GET_LOCK(?, 0)", fmt.Sprintf("mysqldns prune %x", sum[:16])).Scan(&got)
	if IsRefusal(err) {
		return true, nil
	}
	return got != nil && *got == 1, err
}

// PruneLog deletes up to so many entries of the change log that are older than LogRetention, the oldest first, and says how many it deleted. The one that
// followers go on from stays.
func (s *Session) PruneLog(ctx context.Context, most int) (deleted int, err error) {
	ctx, cancel := context.WithTimeout(ctx, follow.QueryTimeout)
	defer cancel()
	before, err := s.newestSettled(ctx)
	if err != nil {
		return 0, s.explainPruning(err)
	}
	result, err := s.ExecContext(ctx, "DELETE FROM "+s.Table.Changes().Quoted()+" WHERE changed_at < NOW(6) - INTERVAL ? SECOND AND seq < ? ORDER BY changed_at LIMIT ?",
		int(LogRetention/time.Second), before, most)
	if err != nil {
		return 0, s.explainPruning(err)
	}
	gone, err := result.RowsAffected()
	return int(gone), err
}

// explainPruning is Explain for PruneLog, which takes more rights than any other statement about a change log.
func (s *Session) explainPruning(err error) error {
	var refused *mysql.MySQLError
	if errors.As(err, &refused) && isDenied(refused) {
		return explained{fmt.Errorf("%w: %s", err, s.account.grant("SELECT, DELETE", s.Table.Changes()))}
	}
	return s.Explain(err, s.Table.Changes())
}
