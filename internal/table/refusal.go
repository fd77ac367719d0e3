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

// Numbers of the errors for a table, or a column of one, to which the user has no right, and for one that does not exist.
const (
	tableDenied  = 1142
	columnDenied = 1143
	noTable      = 1146
)

// IsClosed reports whether a server refused to say anything of a table: there is none, or the user has no right to it, or to a column of it.
func IsClosed(err error) bool {
	var refused *mysql.MySQLError
	return errors.As(err, &refused) && (isDenied(refused) || refused.Number == noTable)
}

func isDenied(refused *mysql.MySQLError) bool {
	return refused.Number == tableDenied || refused.Number == columnDenied
}

// IsReadOnly reports whether a server refused a write because it takes none, as a replica does.
func IsReadOnly(err error) bool {
	var refused *mysql.MySQLError
	return errors.As(err, &refused) && (refused.Number == 1290 || refused.Number == 1836)
}

// Explain adds to an error of the server, or about its certificate, what to do about it, as far as the error alone tells. Session.Explain knows more. What
// one of them has explained, both leave alone.
func Explain(err error, name Name) error { return explain(err, name, account{}) }

// Explain adds to an error of the session what to do about it; name is the table that it is about.
func (s *Session) Explain(err error, name Name) error { return explain(err, name, s.account) }

// explained is an error that says what to do.
type explained struct{ error }

func (e explained) Unwrap() error { return e.error }

func explain(err error, name Name, who account) error {
	if already := (explained{}); errors.As(err, &already) {
		return err
	}
	if certificate, ok := explainTLS(err); ok {
		return explained{certificate}
	}
	var refused *mysql.MySQLError
	if !errors.As(err, &refused) {
		return err
	}
	remedy, ok := remedies[refused.Number]
	if !ok {
		return err
	}
	if refused.Number == 1044 {
		who = deniedAccount(refused.Message)
	}
	if refused.Number == 1044 && who.known && name.Database != "" && name.Database != who.database {
		remedy = "the table is in " + name.Database + ": leave the database out of the DSN, or make it one in which this user has a right"
	}
	verb := verbOf(refused.Message)
	remedy = strings.NewReplacer("TABLE", who.full(name), "GRANT", who.grant(verb, name)).Replace(remedy)
	switch refused.Number {
	case 1044, tableDenied, columnDenied:
		remedy += who.anonymous()
	case 1045, 1698:
		remedy += afterPassword(refused.Message)
	}
	return explained{fmt.Errorf("%w: %s", err, remedy)}
}

// verbOf is the right that is missing, by the message of the server, as in: SELECT command denied to user.
func verbOf(message string) string {
	switch verb, _, _ := strings.Cut(message, " "); verb {
	case "INSERT", "UPDATE", "DELETE":
		return verb
	}
	return "SELECT" // also where messages are in another language
}

// remedies by the error numbers of the MySQL Server Error Message Reference. In them GRANT is the whole statement that would help, TABLE the table with its
// database. A server tells a user without rights no more than that: whether what it may not see is there, is for others to look.
var remedies = map[uint16]string{
	1040:         "raise max_connections, or end connections that nobody needs",
	1044:         "there is no such database, or this user has no right in it: create it, and the table with schema.sql; if it is there, GRANT",
	1045:         "check the user and the password in the DSN or in the password file",
	1047:         "the node is cut off from its Galera cluster or is joining it; name its other nodes in dsn, too",
	1049:         "create the database, or correct its name in the DSN",
	1054:         "a column went away: mend the table, or name a view in table that has it",
	1062:         "the table has a unique key that does not allow the row",
	tableDenied:  "there is no table TABLE, or this user has no right to it: create it with schema.sql, or correct its name; if it is there, GRANT",
	columnDenied: "this user may not read one of its columns: GRANT",
	noTable:      "create the table with schema.sql, or correct its name",
	1193:         inYourDSN,
	1205:         "another transaction holds rows of the table: try again when it is done",
	1213:         "another transaction wrote the same rows: try again",
	1229:         inYourDSN,
	1231:         inYourDSN,
	1232:         inYourDSN,
	1238:         inYourDSN,
	1264:         "the column is too small: make it as in schema.sql",
	1290:         "the server is read-only: name its primary in the DSN",
	1356:         "the view or its definer's rights are broken: mend the view TABLE",
	1364:         "the table has a column that needs a value: give it a default",
	1366:         "the column does not hold such values: make it as in schema.sql",
	1406:         "the column is too short: make it as in schema.sql",
	1449:         "the user who made the triggers is gone: load schema.sql again",
	1698:         "check the user and the password in the DSN or in the password file",
	1836:         "the server is read-only: name its primary in the DSN",
}

// inYourDSN is about what only the DSN can have made the server say: the driver takes options that it does not know for variables of the server, and sets
// them. Those that are set here may be refused.
const inYourDSN = "it is in your DSN, behind the question mark: correct the name and the value of that option, or take it out"
