package table

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/go-sql-driver/mysql"
)

// Receipt is what is kept of an UPDATE message, whatever became of it. By it every server knows the message when it comes again.
type Receipt struct {
	Message [sha256.Size]byte
	Rcode   int       // of its answer
	Expires time.Time // after this, no server takes its signature
}

// Repeated is why a message is not carried out: it came before, and was answered with Rcode.
type Repeated struct{ Rcode int }

func (*Repeated) Error() string { return "the message has been answered before" }

// ErrNoReceipts is returned by Session.Keep where the table of Receipts is missing, as in a schema of before, or closed to the user. The transaction goes on.
var ErrNoReceipts = errors.New("messages of clients are not kept: load schema.sql and grant what it says")

// maxDropped bounds what DropReceipts deletes at a time: some hundredth of a second's work.
const maxDropped = 10_000

// Keep adds a receipt, in the transaction of UpdateZone. An error is a *Repeated if there is one of that message; the lock of the zone, which is the same
// each time, has the first to come committed by then.
func (s *Session) Keep(ctx context.Context, r Receipt) error {
	receipts := s.Table.Updates().Quoted()
	_, err := s.ExecContext(ctx, "INSERT INTO "+receipts+" (message, rcode, expires) VALUES (?, ?, ?)", r.Message[:], r.Rcode, r.Expires.Unix())
	var refused *mysql.MySQLError
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Number {
	case 1062: // there is one
		before := new(Repeated)
		// The newest state, as the INSERT saw it: another node of a cluster may have added it since this transaction began to read.
		if err := s.QueryRowContext(ctx, "SELECT rcode FROM "+receipts+" WHERE message = ? FOR UPDATE", r.Message[:]).Scan(&before.Rcode); err != nil {
			return err
		}
		return before
	case tableDenied, noTable:
		return fmt.Errorf("%w: %w", ErrNoReceipts, err)
	}
	return err
}

// DropReceipts deletes receipts that have expired.
func (s *Session) DropReceipts(ctx context.Context, now time.Time) error {
	_, err := s.ExecContext(ctx, fmt.Sprintf("DELETE FROM %s WHERE expires < ? LIMIT %d", s.Table.Updates().Quoted(), maxDropped), now.Unix())
	return err
}
