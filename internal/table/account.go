package table

import (
	"context"
	"fmt"
	"net"
	"regexp"
	"strings"
)

// account is whom a server takes a connection for, and the database of its DSN. The zero account is not known.
type account struct {
	known      bool
	user, host string // as in mysql.user, where both may be other than the DSN says
	database   string
}

const kindAccount = "account"

// aboutAccount asks for it.
var aboutAccount = question{kind: kindAccount, values: []string{"CURRENT_USER()", "DATABASE()"}}

// accountFrom reads the answer.
func accountFrom(f fact) account {
	user, host, found := cutLast(f.values[0], "@")
	if !found {
		host = "%"
	}
	return account{true, user, host, f.values[1]}
}

// readAccount asks for nothing else. What the server refuses to tell is not known.
func (s *Session) readAccount(ctx context.Context) (account, error) {
	facts, err := s.ask(ctx, aboutAccount)
	if IsRefusal(err) {
		return account{}, nil
	}
	if err != nil {
		return account{}, err
	}
	return accountFrom(facts[0]), nil
}

// databaseDenied is the message of error 1044, which names the account.
var databaseDenied = regexp.MustCompile(`'([^']*)'@'([^']*)'.* '([^']*)'`)

// deniedAccount is the account in the message of error 1044.
func deniedAccount(message string) account {
	if parts := databaseDenied.FindStringSubmatch(message); parts != nil {
		return account{true, parts[1], parts[2], parts[3]}
	}
	return account{}
}

// grant is the statement that gives the account a right to a table.
func (a account) grant(right string, name Name) string {
	to := "the user of the DSN"
	if a.known {
		to = fmt.Sprintf("'%s'@'%s'", strings.ReplaceAll(a.user, "'", "''"), strings.ReplaceAll(a.host, "'", "''"))
	}
	return "GRANT " + right + " ON " + a.full(name) + " TO " + to
}

// plain are identifiers that need no quotes.
var plain = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`).MatchString

// full is the name of a table with its database, if that is known, for a statement that somebody is to copy.
func (a account) full(name Name) string {
	if name.Database == "" {
		name.Database = a.database
	}
	if plain(name.Table) && (name.Database == "" || plain(name.Database)) {
		return name.String()
	}
	return name.Quoted()
}

// anonymous is what to add to a remedy where the server took somebody for an account that has no name.
func (a account) anonymous() string {
	if !a.known || a.user != "" {
		return ""
	}
	return fmt.Sprintf(". The server took this user for its anonymous account ''@'%s', which fits that host better: DROP USER ''@'%[1]s', or make "+
		"an account with the user's own name for that host", a.host)
}

// userDenied is the message of error 1045, which names the host that the client comes from.
var userDenied = regexp.MustCompile(`'([^']*)'@'([^']*)'(?: \(.*: (\w+)\))?`)

// afterPassword is what else than a wrong password may be behind error 1045. A server takes the account whose host fits best, and looks at the user only
// then: an account without a name for localhost, or for the server's own name, as old installations have, comes before 'user'@'%'.
func afterPassword(message string) string {
	parts := userDenied.FindStringSubmatch(message)
	if parts == nil {
		return ""
	}
	user, host, more := parts[1], parts[2], ""
	if strings.EqualFold(parts[3], "no") {
		more = "; neither has a password"
	}
	if net.ParseIP(host) == nil && host != "%" {
		more += fmt.Sprintf(". If they are right, an anonymous account may come before '%s'@'%%': if SELECT user, host FROM mysql.user WHERE user = '' "+
			"shows one for %s, DROP USER ''@'%[2]s', or make '%[1]s'@'%[2]s'", user, host)
	}
	return more
}
