package table

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Columns are the table's columns that a row is made of, in the order of record.Row's fields; "" where it has none.
type Columns struct {
	names         [6]string
	numeric       [6]bool // the column holds a number, and no text
	CaseSensitive bool    // the collation of name tells WWW from www
}

// Places of the columns.
const (
	columnID = iota
	columnName
	columnType
	columnClass
	columnTTL
	columnRecord
)

var wantedColumns = [6]string{"id", "name", "type", "class", "ttl", "record"}

// readColumns looks up the columns that this user may read. A table needs name, type and record.
func (s *Session) readColumns(ctx context.Context) (Columns, error) {
	var cols Columns
	rows, err := s.QueryContext(ctx, "SELECT COLUMN_NAME, COALESCE(COLLATION_NAME, 'binary'), DATA_TYPE FROM information_schema.COLUMNS"+
		" WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?", s.Table.Schema(), s.Table.Table)
	if err != nil {
		return cols, err
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var column, collation, kind string
		if err := rows.Scan(&column, &collation, &kind); err != nil {
			return cols, err
		}
		found = append(found, column)
		if i := slices.Index(wantedColumns[:], strings.ToLower(column)); i >= 0 {
			cols.names[i] = column
			cols.numeric[i] = strings.HasSuffix(strings.ToLower(kind), "int")
			if i == columnName {
				cols.CaseSensitive = !strings.HasSuffix(collation, "_ci")
			}
		}
	}
	if err := rows.Err(); err != nil {
		return cols, err
	}
	rows.Close()
	return cols, s.checkColumns(ctx, cols, found)
}

func (s *Session) checkColumns(ctx context.Context, cols Columns, found []string) error {
	// The server's own word where there is nothing to read: no such table, or no right to read it.
	probe, err := s.QueryContext(ctx, "SELECT "+cols.list()+" FROM "+s.Table.Quoted()+" LIMIT 0")
	if err != nil {
		return err
	}
	probe.Close()
	for i, column := range wantedColumns {
		if cols.names[i] == "" && (i == columnName || i == columnType || i == columnRecord) {
			return fmt.Errorf("%s has no column %q, or this user may not read it (it reads: %s): add the column, or name a view in table that has it",
				s.Table, column, strings.Join(found, ", "))
		}
	}
	return nil
}

// HasID reports whether the rows have numbers, by which one can be told from all others.
func (c Columns) HasID() bool { return c.names[columnID] != "" && c.numeric[columnID] }

// list is the columns for a SELECT; a literal stands for each that is missing.
func (c Columns) list() string {
	var list []string
	for i, column := range c.names {
		switch {
		case column != "":
			list = append(list, Quote(column))
		case i == columnID:
			list = append(list, "0")
		default:
			list = append(list, "NULL")
		}
	}
	return strings.Join(list, ", ")
}
