package table

import (
	"context"
	"fmt"

	"github.com/mysqldns/mysqldns/plugin/follow"
)

// Snapshot runs read in a transaction that sees one state of the database.
func (s *Session) Snapshot(ctx context.Context, read func() error) error {
	err := s.begin(ctx,
		"START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
		"START TRANSACTION READ ONLY",                // the embedded engine's, where it is a snapshot
		"START TRANSACTION WITH CONSISTENT SNAPSHOT", // TiDB's
	)
	if err != nil {
		return err
	}
	defer s.rollBack(ctx)
	return read()
}

// Transaction runs write in a transaction, which sees one state of the database and its own changes, and commits what it wrote. When
// write returns an error or ctx ends before COMMIT, nothing is written. COMMIT itself is not given up: its outcome would be unknown.
func (s *Session) Transaction(ctx context.Context, write func() error) error {
	err := s.begin(ctx,
		"START TRANSACTION WITH CONSISTENT SNAPSHOT",
		"START TRANSACTION", // the embedded engine's
	)
	if err != nil {
		return err
	}
	if err = write(); err == nil {
		err = ctx.Err()
	}
	if err != nil {
		s.rollBack(ctx)
		return err
	}
	_, err = s.ExecContext(context.WithoutCancel(ctx), "COMMIT")
	if err != nil && !IsRefusal(err) {
		return fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	}
	return err
}

// begin starts a transaction in the first words that this server takes.
func (s *Session) begin(ctx context.Context, statements ...string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, follow.QueryTimeout)
	defer cancel()
	for _, statement := range statements {
		_, err = s.ExecContext(ctx, statement)
		if !IsRefusal(err) {
			return err
		}
	}
	return err
}

// rollBack ends a transaction. Where the connection is gone the server has done so.
func (s *Session) rollBack(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), follow.QueryTimeout)
	defer cancel()
	s.ExecContext(ctx, "ROLLBACK")
}
