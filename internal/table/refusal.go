package table

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// IsRefusal reports whether an error is the server's answer, in contrast to a connection that gave none.
func IsRefusal(err error) bool {
	var refused *mysql.MySQLError
	return errors.As(err, &refused)
}

// IsReadOnly reports whether a server refused a write because it takes none, as a replica does.
func IsReadOnly(err error) bool {
	var refused *mysql.MySQLError
	return errors.As(err, &refused) && (refused.Number == 1290 || refused.Number == 1836)
}

// Explain adds to an error of the server, or about its certificate, what to do about it.
func Explain(err error, table Name) error {
	if explained, ok := explainTLS(err); ok {
		return explained
	}
	var refused *mysql.MySQLError
	if !errors.As(err, &refused) {
		return err
	}
	remedy, ok := remedies[refused.Number]
	if !ok {
		return err
	}
	verb, _, _ := strings.Cut(refused.Message, " ") // as in: SELECT command denied to user
	return fmt.Errorf("%w: %s", err, strings.NewReplacer("TABLE", table.String(), "VERB", verb).Replace(remedy))
}

// remedies by the error numbers of the MySQL Server Error Message Reference.
var remedies = map[uint16]string{
	1040: "raise max_connections, or end connections that nobody needs",
	1047: "the node is cut off from its Galera cluster or is joining it; name its other nodes in dsn, too",
	1044: "the user has no right to this database: GRANT SELECT ON TABLE",
	1045: "check the user and the password in the DSN or in the password file",
	1049: "create the database, or correct its name in the DSN",
	1054: "a column went away: mend the table, or name a view in table that has it",
	1062: "the table has a unique key that does not allow the row",
	1142: "the user has no right to: GRANT VERB ON TABLE",
	1143: "the user may not read one of its columns: GRANT SELECT ON TABLE",
	1146: "create the table with schema.sql, or correct its name",
	1205: "another transaction holds rows of the table: try again when it is done",
	1213: "another transaction wrote the same rows: try again",
	1264: "the column is too small: make it as in schema.sql",
	1290: "the server is read-only: name its primary in the DSN",
	1364: "the table has a column that needs a value: give it a default",
	1366: "the column does not hold such values: make it as in schema.sql",
	1406: "the column is too short: make it as in schema.sql",
	1449: "the user who made the triggers is gone: load schema.sql again",
	1356: "the view or its definer's rights are broken: mend the view TABLE",
	1698: "check the user and the password in the DSN or in the password file",
	1836: "the server is read-only: name its primary in the DSN",
}
