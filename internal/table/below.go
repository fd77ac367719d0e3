package table

import (
	"context"
	"database/sql"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/record"
)

// mostByName is how many names are read one by one, so to speak: of more, a read of the whole table costs less.
const mostByName = 20_000

// RowsBelow streams the rows at and below a name, which is fully qualified and in lower case, and perhaps more. It costs in the size of what is there
// and one walk over the index of names, unless that is much of the table. They are of one state of the table only within Snapshot or Transaction.
func (s *Session) RowsBelow(ctx context.Context, name string, visit func(*record.Row) error) error {
	names, all, err := s.NamesBelow(ctx, name)
	switch {
	case err != nil:
		return err
	case all:
		return s.Rows(ctx, visit)
	}
	return s.RowsNamed(ctx, names, visit)
}

// NamesBelow returns the names at and below a name, as the rows spell them, and perhaps more. All reports that there are too many for a list, or
// that the server cannot tell.
func (s *Session) NamesBelow(ctx context.Context, name string) (names []string, all bool, err error) {
	if name == "." {
		return nil, true, nil
	}
	where, args := s.mayEndIn(columnName, strings.TrimSuffix(name, "."))
	err = s.names(ctx, where, args, func(spelling string) bool {
		names = append(names, spelling)
		return len(names) <= mostByName
	})
	if IsRefusal(err) {
		return nil, true, nil
	}
	return names, len(names) > mostByName, err
}

// Names calls visit with every name of the table, as the rows spell it, until that returns false.
func (s *Session) Names(ctx context.Context, visit func(string) bool) error {
	return s.names(ctx, "", nil, visit)
}

func (s *Session) names(ctx context.Context, where string, args []any, visit func(string) bool) error {
	rows, err := s.QueryContext(ctx, "SELECT DISTINCT "+Quote(s.Columns.names[columnName])+" FROM "+s.Table.Quoted()+where, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name sql.NullString
		if err := rows.Scan(&name); err != nil {
			return err
		}
		if !visit(name.String) {
			return nil
		}
	}
	return rows.Err()
}

// mayEndIn is a condition that holds for all names which end in this one, however they are spelled: with a final dot, with blanks around them, in any
// case, with escapes.
func (s *Session) mayEndIn(column int, name string) (string, []any) {
	if s.Columns.CaseSensitive || strings.Contains(name, `\`) {
		return "", nil // LOWER does nothing for binary columns
	}
	quoted := Quote(s.Columns.names[column])
	return " WHERE LOCATE(?, " + quoted + ") > 0 OR LOCATE(?, " + quoted + ") > 0", []any{name, `\`}
}

// Apexes streams the rows that may be the SOA of a zone, and perhaps more.
func (s *Session) Apexes(ctx context.Context, visit func(*record.Row) error) error {
	column := Quote(s.Columns.names[columnType])
	where := " WHERE " + column + " IN ('SOA', '6', 'TYPE6') OR UPPER(TRIM(" + column + ")) IN ('SOA', '6', 'TYPE6')"
	if s.Columns.numeric[columnType] {
		where = " WHERE " + column + " = 6"
	}
	return s.rowsWhere(ctx, where, nil, visit)
}

// LogMark is a place in the change log before which nothing is of interest to who begins to read now: entries that were made in the last minute are
// behind it, as their transactions may not be over.
func (s *Session) LogMark(ctx context.Context) (seq uint64, err error) {
	err = s.QueryRowContext(ctx, "SELECT COALESCE(MAX(seq), 0) FROM "+s.Table.Changes().Quoted()+" WHERE changed_at < NOW() - INTERVAL 60 SECOND").Scan(&seq)
	return seq, err
}

// LoggedBelow returns the names that changed behind a mark and that are at or below a name, and perhaps more.
func (s *Session) LoggedBelow(ctx context.Context, mark uint64, name string) (names []string, err error) {
	rows, err := s.QueryContext(ctx, "SELECT DISTINCT name FROM "+s.Table.Changes().Quoted()+
		" WHERE seq > ? AND (LOCATE(?, LOWER(name)) > 0 OR LOCATE(?, name) > 0)", mark, strings.TrimSuffix(name, "."), `\`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var spelling string
		if err := rows.Scan(&spelling); err != nil {
			return nil, err
		}
		names = append(names, spelling)
	}
	return names, rows.Err()
}

// Serials are the automatic serials of zones, by apex, fully qualified and in lower case: none where the server has no table of them, or this user may
// not read it.
func (s *Session) Serials(ctx context.Context) (map[string]uint32, error) {
	rows, err := s.QueryContext(ctx, "SELECT zone, serial FROM "+s.Table.Zones().Quoted()+" WHERE serial IS NOT NULL")
	if IsRefusal(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	serials := map[string]uint32{}
	for rows.Next() {
		var zone string
		var serial uint32
		if err := rows.Scan(&zone, &serial); err != nil {
			return nil, err
		}
		serials[zone] = serial
	}
	return serials, rows.Err()
}
