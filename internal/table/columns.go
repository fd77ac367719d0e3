package table

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// Columns are the table's columns that a row is made of, in the order of record.Row's fields; "" where it has none.
type Columns struct {
	names         [6]string
	numeric       [6]bool // the column holds a number, and no text
	text          text    // of name
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

// Kinds of facts about the table.
const (
	kindColumn    = "column"
	kindLogColumn = "log column"
	kindIndex     = "index"
	kindView      = "view"
	kindStamp     = "stamp"
)

// aboutTable asks for the columns that this user may read, of the table and its change log, and for what a look can be made of.
func (s *Session) aboutTable() []question {
	const of = " WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?"
	column := []string{"COLUMN_NAME", "DATA_TYPE", "CHARACTER_SET_NAME", "COLLATION_NAME", "PRIVILEGES"}
	table, log := []any{s.Table.Schema(), s.Table.Table}, []any{s.Table.Schema(), s.Table.Changes().Table}
	return []question{
		{kindColumn, column, "FROM information_schema.COLUMNS" + of, table},
		{kindLogColumn, column, "FROM information_schema.COLUMNS" + of, log},
		{kindIndex, []string{"INDEX_NAME"}, "FROM information_schema.STATISTICS" + of + " AND LOWER(COLUMN_NAME) = 'name' AND SEQ_IN_INDEX = 1 AND SUB_PART IS NULL" +
			" AND INDEX_TYPE = 'BTREE' /*!80000 AND IS_VISIBLE = 'YES'*/ /*M!100600 AND IGNORED = 'NO'*/", table},
		{kindView, []string{"IS_UPDATABLE"}, "FROM information_schema.VIEWS" + of, table},
		{kindStamp, []string{stampText}, fromStamp, table},
	}
}

// note notes a column, as aboutTable asks for it, unless it is none that a row is made of.
func (c *Columns) note(f fact) {
	column, kind := f.values[0], f.values[1]
	i := slices.Index(wantedColumns[:], strings.ToLower(column))
	if i < 0 {
		return
	}
	c.names[i] = column
	c.numeric[i] = strings.HasSuffix(strings.ToLower(kind), "int")
	if i == columnName {
		c.text = textOf(f)
		c.CaseSensitive = !strings.HasSuffix(c.text.collation, "_ci")
	}
}

// text is how a column has text.
type text struct{ charset, collation string }

// binary is that of a column of octets.
var binary = text{"binary", "binary"}

func textOf(f fact) text {
	return text{cmp.Or(f.values[2], binary.charset), cmp.Or(f.values[3], binary.collation)}
}

// checkColumns returns an error if the table has not all columns that it needs: name, type and record. Readable says that this user may read all that were found.
func (s *Session) checkColumns(ctx context.Context, cols Columns, found []string, readable bool) error {
	if !cols.complete() || !readable {
		// The server's own word where there is nothing to read: no such table, or no right to read it.
		probe, err := s.QueryContext(ctx, "SELECT "+cols.list("")+" FROM "+s.Table.Quoted()+" LIMIT 0")
		if err != nil {
			return err
		}
		probe.Close()
	}
	for _, i := range neededColumns {
		if cols.names[i] == "" {
			return fmt.Errorf("%s has no column %q, or this user may not read it (it reads: %s): add the column, or name a view in table that has it",
				s.Table, wantedColumns[i], strings.Join(found, ", "))
		}
	}
	return nil
}

var neededColumns = [3]int{columnName, columnType, columnRecord}

func (c Columns) complete() bool {
	return !slices.ContainsFunc(neededColumns[:], func(i int) bool { return c.names[i] == "" })
}

// HasID reports whether the rows have numbers, by which one can be told from all others.
func (c Columns) HasID() bool { return c.names[columnID] != "" && c.numeric[columnID] }

// list is the columns for a SELECT, each behind a prefix; a literal stands for each that is missing.
func (c Columns) list(prefix string) string {
	var list []string
	for i, column := range c.names {
		switch {
		case column != "":
			list = append(list, prefix+Quote(column))
		case i == columnID:
			list = append(list, "0")
		default:
			list = append(list, "NULL")
		}
	}
	return strings.Join(list, ", ")
}
