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

// Explain adds to an error of the server what to do about it.
func Explain(err error, table Name) error {
	var refused *mysql.MySQLError
	if !errors.As(err, &refused) {
		return err
	}
	remedy, ok := remedies[refused.Number]
	if !ok {
		return err
	}
	return fmt.Errorf("%w: %s", err, strings.ReplaceAll(remedy, "TABLE", table.String()))
}

// remedies by the error numbers of the MySQL Server Error Message Reference.
var remedies = map[uint16]string{
	1040: "raise max_connections, or end connections that nobody needs",
	1047: "the node is cut off from its Galera cluster or is joining it; name its other nodes in dsn, too",
	1044: "the user has no right to this database: GRANT SELECT ON TABLE",
	1045: "check the user and the password in the DSN or in the password file",
	1049: "create the database, or correct its name in the DSN",
	1054: "a column went away: mend the table, or name a view in table that has it",
	1142: "the user may not read it: GRANT SELECT ON TABLE",
	1143: "the user may not read one of its columns: GRANT SELECT ON TABLE",
	1146: "create the table with schema.sql, or correct its name",
	1356: "the view or its definer's rights are broken: mend the view TABLE",
	1698: "check the user and the password in the DSN or in the password file",
}
