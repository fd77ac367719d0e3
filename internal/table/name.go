// Package table reads the rows of one MySQL or MariaDB table over SQL. It knows the table's name and columns, how to reach its
// server, and what to do when the server refuses; following the table's changes is not its business.
package table

import (
	"fmt"
	"strings"
)

// Name is the name of a table or a view, with its database if that is not the DSN's.
type Name struct{ Database, Table string }

// ParseName takes NAME or DATABASE.NAME.
func ParseName(s string) (Name, error) {
	database, table, qualified := strings.Cut(s, ".")
	if !qualified {
		database, table = "", s
	}
	for _, part := range []string{database, table} {
		// Identifiers, MySQL Reference Manual 11.2: at most 64 characters, any of the BMP but NUL.
		if len([]rune(part)) > 64 || strings.ContainsAny(part, "\x00.") {
			return Name{}, fmt.Errorf("%q is not the name of a table: expected NAME or DATABASE.NAME", s)
		}
	}
	if table == "" || qualified && database == "" {
		return Name{}, fmt.Errorf("%q is not the name of a table: expected NAME or DATABASE.NAME", s)
	}
	return Name{database, table}, nil
}

// String is the name as ParseName takes it.
func (n Name) String() string {
	if n.Database == "" {
		return n.Table
	}
	return n.Database + "." + n.Table
}

// Quoted is the name as SQL takes it, whatever characters it has.
func (n Name) Quoted() string {
	if n.Database == "" {
		return Quote(n.Table)
	}
	return Quote(n.Database) + "." + Quote(n.Table)
}

// Changes is the name of the table's change log.
func (n Name) Changes() Name { return Name{n.Database, n.Table + "_changes"} }

// Zones is the name of the table of its zones' versions.
func (n Name) Zones() Name { return Name{n.Database, n.Table + "_zones"} }

// Journal is the name of the table of how each of these versions came from the one before.
func (n Name) Journal() Name { return Name{n.Database, n.Table + "_journal"} }

// Updates is the name of the table of the UPDATE messages of late.
func (n Name) Updates() Name { return Name{n.Database, n.Table + "_updates"} }

// Everything is a name that no record can have. An entry of a change log with it stands for the whole table.
const Everything = ".."

// Schema is the database of the table for a query of information_schema: nil where it is the DSN's, so that
// COALESCE(?, DATABASE()) is right.
func (n Name) Schema() any {
	if n.Database == "" {
		return nil
	}
	return n.Database
}

// Quote makes an identifier of any characters fit for SQL.
func Quote(identifier string) string { return "`" + strings.ReplaceAll(identifier, "`", "``") + "`" }
