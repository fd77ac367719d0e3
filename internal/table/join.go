package table

// Join is how the rows of the table can be joined to names that another part of the same statement finds.
type Join uint8

const (
	NoJoin      Join = iota // the server would make all rows of a view for it, where it finds those of given names by an index
	JoinByScan              // it may go through all rows, as it would for given names
	JoinByIndex             // it reads the rows of a name by an index, and nothing for no name
)

// joinOf is how a table, with an index on its names or without, can be joined, or a view, which the server can merge into a statement or cannot.
func joinOf(table, indexed, mergeable bool) Join {
	switch {
	case table && indexed:
		return JoinByIndex
	case table || mergeable:
		return JoinByScan
	}
	return NoJoin
}

// Join is how the rows of the table can be joined, by what Inspect has found.
func (s *Session) Join() Join { return s.join }

// RowColumns are the columns of RawRow for a SELECT, of the table by an alias.
func (s *Session) RowColumns(alias string) string { return s.Columns.list(alias + ".") }

// JoinedTable is the table as the right side of a join, under an alias, for the rows with a name. The name is an expression in the collation of MatchName.
func (s *Session) JoinedTable(alias, name string) string {
	index := ""
	if s.join == JoinByIndex { // statistics of a table that was small may say that going through it is as good
		index = " FORCE INDEX FOR JOIN (" + Quote(s.index) + ")"
	}
	return s.Table.Quoted() + " AS " + alias + index + " ON " + alias + "." + Quote(s.Columns.names[columnName]) + " = " + name
}

// MatchName makes a name of the change log one that is compared as the table compares names, so that its index serves.
func (s *Session) MatchName(name string) string {
	if s.logText == s.Columns.text {
		return name
	}
	if s.Columns.text.charset == binary.charset {
		return "CONVERT(" + name + " USING binary)"
	}
	return "CONVERT(" + name + " USING " + s.Columns.text.charset + ") COLLATE " + s.Columns.text.collation
}
