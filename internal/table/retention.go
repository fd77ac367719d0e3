package table

import (
	"context"
	"crypto/sha256"
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

// OldestEntry is how old the oldest entry of the change log is: 0 without a log, and for an empty one.
func (s *Session) OldestEntry(ctx context.Context) (age time.Duration, err error) {
	if !s.HasLog {
		return 0, nil
	}
	ctx, cancel := context.WithTimeout(ctx, follow.QueryTimeout)
	defer cancel()
	var seconds int64
	err = s.QueryRowContext(ctx, "SELECT COALESCE(TIMESTAMPDIFF(SECOND, MIN(changed_at), NOW()), 0) FROM "+s.Table.Changes().Quoted()).Scan(&seconds)
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

// PruneLog deletes up to so many entries of the change log that are older than LogRetention, the oldest first, and says how many it deleted.
func (s *Session) PruneLog(ctx context.Context, most int) (deleted int, err error) {
	ctx, cancel := context.WithTimeout(ctx, follow.QueryTimeout)
	defer cancel()
	changes := s.Table.Changes()
	result, err := s.ExecContext(ctx, "DELETE FROM "+changes.Quoted()+" WHERE changed_at < NOW(6) - INTERVAL ? SECOND ORDER BY changed_at LIMIT ?",
		int(LogRetention/time.Second), most)
	var refused *mysql.MySQLError
	if errors.As(err, &refused) && (refused.Number == tableDenied || refused.Number == columnDenied) {
		return 0, explained{fmt.Errorf("%w: %s", err, s.account.grant("SELECT, DELETE", changes))}
	}
	if err != nil {
		return 0, s.Explain(err, changes)
	}
	gone, err := result.RowsAffected()
	return int(gone), err
}
