package table

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/follow"
	"github.com/mysqldns/mysqldns/plugin/record"
)

// namesBatch is how many names one query reads the rows of.
const namesBatch = 500

// Rows streams all rows of the table to visit, which must not keep the row itself; its strings it may. They are of one state of the
// table, also without Snapshot, as one query reads them. An error of visit ends the read and is returned.
func (s *Session) Rows(ctx context.Context, visit func(*record.Row) error) error {
	return s.rowsWhere(ctx, "", nil, visit)
}

// RowsNamed streams the rows of the names, as SQL compares them: perhaps more than asked for. The name "" is also that of rows that have
// none. They are of one state of the table only within Snapshot.
func (s *Session) RowsNamed(ctx context.Context, names []string, visit func(*record.Row) error) error {
	for batch := range slices.Chunk(names, namesBatch) {
		args := make([]any, len(batch))
		for i, name := range batch {
			args[i] = name
		}
		column := Quote(s.Columns.names[columnName])
		where := " WHERE " + column + " IN (?" + strings.Repeat(",?", len(batch)-1) + ")"
		if slices.Contains(batch, "") {
			where += " OR " + column + " IS NULL"
		}
		if err := s.someRows(ctx, where, args, visit); err != nil {
			return err
		}
	}
	return nil
}

// someRows is rowsWhere for few rows.
func (s *Session) someRows(ctx context.Context, where string, args []any, visit func(*record.Row) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.Within(follow.RereadTimeout))
	defer cancel()
	return s.rowsWhere(ctx, where, args, visit)
}

func (s *Session) rowsWhere(ctx context.Context, where string, args []any, visit func(*record.Row) error) error {
	ctx, lose := context.WithCancelCause(ctx)
	defer lose(nil)
	w := &stallWatch{streams: s.Streams}
	go w.run(ctx, lose)
	err := s.visitRows(ctx, w, where, args, visit)
	if errors.Is(context.Cause(ctx), errSilent) {
		return errSilent
	}
	return err
}

func (s *Session) visitRows(ctx context.Context, w *stallWatch, where string, args []any, visit func(*record.Row) error) error {
	w.waiting.Store(true)
	rows, err := s.QueryContext(ctx, "SELECT "+s.Columns.list("")+" FROM "+s.Table.Quoted()+where, args...)
	w.waiting.Store(false)
	if err != nil {
		return err
	}
	defer rows.Close()
	var raw RawRow
	dest := raw.Dest()
	next := func() bool {
		w.waiting.Store(true)
		defer w.waiting.Store(false)
		return rows.Next()
	}
	var row record.Row
	for next() {
		w.rows.Add(1)
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		raw.Fill(&row)
		if err := visit(&row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// RawRow takes a row as it comes, in the columns of Session.RowColumns.
type RawRow [6]sql.RawBytes

// Dest is where to scan into.
func (raw *RawRow) Dest() []any {
	dest := make([]any, len(raw))
	for i := range raw {
		dest[i] = &raw[i]
	}
	return dest
}

// IsRow reports whether it is a row, and not what a LEFT JOIN has for none. Of rows that are joined by their name, none is without one.
func (raw *RawRow) IsRow() bool { return raw[columnName] != nil }

// Fill makes a row of it.
func (raw *RawRow) Fill(row *record.Row) {
	row.ID, _ = strconv.ParseUint(string(raw[columnID]), 10, 64)
	row.Name = string(raw[columnName])
	setText(&row.Type, raw[columnType])
	setText(&row.Class, raw[columnClass])
	setText(&row.TTL, raw[columnTTL])
	row.Record, row.NoRecord = string(raw[columnRecord]), raw[columnRecord] == nil
}

// setText makes a string of a column that mostly is what it was in the row before.
func setText(field *string, raw sql.RawBytes) {
	if *field != string(raw) {
		*field = string(raw)
	}
}

// Estimate is about how many rows the table has, 0 if unknown: for showing how far along a read is.
func (s *Session) Estimate(ctx context.Context) int64 {
	var rows sql.NullInt64
	_ = s.QueryRowContext(ctx, "SELECT TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?",
		s.Table.Schema(), s.Table.Table).Scan(&rows)
	return rows.Int64
}
