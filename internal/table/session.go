package table

import (
	"context"
	"database/sql"
	"errors"

	"github.com/mysqldns/mysqldns/plugin/follow"

	"github.com/go-sql-driver/mysql"
)

// Session is a connection that is prepared to read the table, and what was found out about the table over it. One goroutine at a time
// may use it.
type Session struct {
	*sql.Conn
	Table    Name
	Columns  Columns
	HasLog   bool   // there is a change log that we may read
	LogGrant string // what would let us read it, if there is one: set where the server did not
	Streams  bool   // it is known to be a table and no view, whose rows come at once

	account account
}

// Open prepares a connection of the pool to read the table. How long that may take is for ctx to say. Its errors say what to do; those of
// a connection that was not made do after Explain.
func Open(ctx context.Context, pool *sql.DB, table Name) (*Session, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	s := &Session{Conn: conn, Table: table}
	if err := s.prepare(ctx); err != nil {
		conn.Close()
		return nil, s.Explain(err, table)
	}
	return s, nil
}

func (s *Session) prepare(ctx context.Context) error {
	// Names of rows go into statements as strings. The driver escapes them octet by octet, which is safe in this character set and is not
	// where a quote or a backslash may be the second octet of a character (gbk, sjis, …), whatever the DSN or the server would have.
	if _, err := s.ExecContext(ctx, "SET NAMES utf8mb4"); err != nil {
		return err
	}
	var err error
	if s.account, err = s.readAccount(ctx); err != nil {
		return err
	}
	for _, set := range []string{
		"SET SESSION time_zone = '+00:00'",                        // where no hour comes twice
		"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", // which a consistent snapshot needs
		"SET SESSION information_schema_stats_expiry = 0",         // MySQL: no stamps a day old
		"SET SESSION max_execution_time = 0",                      // MySQL: a list may take its time
		"SET SESSION max_statement_time = 0",                      // MariaDB's name for it
	} {
		if err := s.try(ctx, set); err != nil {
			return err
		}
	}
	return s.Inspect(ctx)
}

// Inspect finds out which columns the table has, and whether it has a change log. Open has done so; a table may be altered since.
func (s *Session) Inspect(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, follow.QueryTimeout)
	defer cancel()
	if s.Columns, err = s.readColumns(ctx); err != nil {
		return err
	}
	s.LogGrant = ""
	s.HasLog, err = s.probeLog(ctx)
	return err
}

// try executes a statement that this server may not know; only a lost connection is an error.
func (s *Session) try(ctx context.Context, statement string) error {
	_, err := s.ExecContext(ctx, statement)
	if IsRefusal(err) {
		return nil
	}
	return err
}

// probeLog reports whether there is a change log that this user may read.
func (s *Session) probeLog(ctx context.Context) (bool, error) {
	probe, err := s.QueryContext(ctx, "SELECT seq, name, changed_at FROM "+s.Table.Changes().Quoted()+" LIMIT 0")
	if err == nil {
		return true, probe.Close()
	}
	var refused *mysql.MySQLError
	if !errors.As(err, &refused) {
		return false, err
	}
	if refused.Number == tableDenied { // also where there is no such table: a user without rights is not told
		s.LogGrant = s.account.grant("SELECT", s.Table.Changes())
	}
	return false, nil
}

// ReadOnly reports whether the server takes no writes, as a replica does. One that knows no such thing takes them.
func (s *Session) ReadOnly(ctx context.Context) (bool, error) {
	var value string // a number, or where it may be more than yes or no, a word
	err := s.QueryRowContext(ctx, "SELECT @@GLOBAL.read_only").Scan(&value)
	if err != nil && !IsRefusal(err) {
		return false, err
	}
	return value != "" && value != "0" && value != "OFF", nil
}

// Numbers of the errors for a table, or a column of one, to which the user has no right.
const (
	tableDenied  = 1142
	columnDenied = 1143
)
