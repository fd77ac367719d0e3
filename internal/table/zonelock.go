package table

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/go-sql-driver/mysql"
)

// PrepareUpdates makes the session one for UpdateZone: it does not wait for locks longer than the client of an update does, and on a node of a Galera
// cluster it reads what other nodes have committed.
func (s *Session) PrepareUpdates(ctx context.Context) error {
	for _, set := range []string{
		"SET SESSION innodb_lock_wait_timeout = 1",
		"SET SESSION lock_wait_timeout = 2",
		"SET SESSION wsrep_sync_wait = 1",
	} {
		if err := s.try(ctx, set); err != nil {
			return err
		}
	}
	return nil
}

// Effect is what a change of UpdateZone wrote.
type Effect uint8

const (
	Nothing Effect = iota // the transaction is rolled back
	Noted                 // a Receipt, and nothing of the zone
	Changed               // rows of the zone
)

// UpdateZone runs change in a transaction that has a zone for itself, as far as others use UpdateZone too: zone is an apex, in lower case and fully
// qualified. It locks the zone's row in Zones before anything is read, so that change sees all that those before it committed; a transaction that is
// a snapshot from its beginning would not. change is given the serial in that row, and says what it wrote. If that is something, the transaction
// is committed; if it changed the zone, the row is written as well: nodes of a Galera cluster hold no locks in common, but notice that two of them wrote one row.
//
// After an error nothing is written, unless it is ErrUnknownOutcome.
func (s *Session) UpdateZone(ctx context.Context, zone string, change func(serial sql.NullInt64) (Effect, error)) error {
	err := s.tryUpdateZone(ctx, zone, change)
	if !errors.Is(err, errNoZoneRow) {
		return err
	}
	// In a transaction of its own: two that lock the same missing row and then insert it would wait for each other (error 1213).
	if _, err := s.ExecContext(ctx, "INSERT IGNORE INTO "+s.Table.Zones().Quoted()+" (zone) VALUES (?)", zone); err != nil {
		return err
	}
	return s.tryUpdateZone(ctx, zone, change)
}

func (s *Session) tryUpdateZone(ctx context.Context, zone string, change func(sql.NullInt64) (Effect, error)) error {
	if _, err := s.ExecContext(ctx, "START TRANSACTION"); err != nil {
		return err
	}
	effect, err := s.changeLocked(ctx, zone, change)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil || effect == Nothing {
		return errors.Join(err, s.endUnchanged(ctx))
	}
	if _, err = s.ExecContext(ctx, "COMMIT"); err != nil && !IsRefusal(err) {
		return fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	}
	return err
}

func (s *Session) changeLocked(ctx context.Context, zone string, change func(sql.NullInt64) (Effect, error)) (Effect, error) {
	zones := s.Table.Zones().Quoted()
	var serial sql.NullInt64
	err := s.QueryRowContext(ctx, "SELECT serial FROM "+zones+" WHERE zone = ? FOR UPDATE", zone).Scan(&serial)
	if errors.Is(err, sql.ErrNoRows) {
		return Nothing, errNoZoneRow
	}
	if err != nil {
		return Nothing, err
	}
	effect, err := change(serial)
	if err != nil || effect != Changed {
		return effect, err
	}
	_, err = s.ExecContext(ctx, "UPDATE "+zones+" SET updates = updates + 1 WHERE zone = ?", zone)
	return effect, err
}

// endUnchanged rolls back. Where ctx is over, the connection is gone with it, and the server has rolled back.
func (s *Session) endUnchanged(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	_, err := s.ExecContext(ctx, "ROLLBACK")
	return err
}

// IsConflict reports whether a transaction failed because of another one, so that a new try may succeed. The numbers are those of the MySQL Server Error
// Message Reference and of MariaDB's.
func IsConflict(err error) bool {
	if errors.Is(err, ErrChanged) || errors.Is(err, errNoZoneRow) {
		return true
	}
	var refused *mysql.MySQLError
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Number {
	case 1020, // the row changed since it was read (MariaDB's innodb_snapshot_isolation)
		1205, // lock wait timeout
		1213, // deadlock; on Galera, certification failed
		3101: // Group Replication: certification failed
		return true
	}
	return false
}
