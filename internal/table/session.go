package table

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/plugin/follow"

	"github.com/go-sql-driver/mysql"
)

// Session is a connection that is prepared to read the table, and what was found out about the table over it. One goroutine at a time
// may use it.
type Session struct {
	*sql.Conn
	Table    Name
	Columns  Columns
	HasLog   bool         // there is a change log that we may read
	LogGrant string       // what would let us read it, if there is one: set where the server did not
	Streams  bool         // it is known to be a table and no view, whose rows come at once
	Stamped  follow.Stamp // the table's, when Open or Inspect looked last
	About    Server       // as it was when the session was opened

	join    Join
	index   string // of the names, for JoinByIndex
	logText text   // of the names in the change log
	trip    roundTrip
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
	if err := s.set(ctx); err != nil {
		return err
	}
	return s.inspectFirst(ctx)
}

// Names of rows go into statements as strings. The driver escapes them octet by octet, which is safe in this character set and is not
// where a quote or a backslash may be the second octet of a character (gbk, sjis, …), whatever the DSN or the server would have.
const setNames = "SET NAMES utf8mb4"

// What else a session needs: from any server, from MySQL alone, and from MariaDB alone. Hours come once in UTC, a consistent snapshot needs REPEATABLE READ, a list
// may take its time, and MySQL is to give no stamps a day old.
const (
	settings          = "SESSION time_zone = '+00:00'"
	settingsOfMySQL   = "SESSION transaction_isolation = 'REPEATABLE-READ', SESSION max_execution_time = 0, SESSION information_schema_stats_expiry = 0"
	settingsOfMariaDB = "SESSION tx_isolation = 'REPEATABLE-READ', SESSION max_statement_time = 0"
)

// settingsTogether are names and settings in one statement, as MySQL and MariaDB take it: the one executes what is in /*!80000 */ and the other what is in /*M!100100 */.
const settingsTogether = setNames + ", " + settings + " /*!80000 , " + settingsOfMySQL + "*/ /*M!100100 , " + settingsOfMariaDB + "*/"

// set prepares the connection.
func (s *Session) set(ctx context.Context) error {
	sent := time.Now()
	_, err := s.ExecContext(ctx, settingsTogether)
	s.NoteAnswer(sent)
	if !IsRefusal(err) {
		return err
	}
	if _, err := s.ExecContext(ctx, setNames); err != nil {
		return err
	}
	for _, setting := range strings.Split(settings+", "+settingsOfMySQL+", "+settingsOfMariaDB, ", ") {
		if err := s.try(ctx, "SET "+setting); err != nil {
			return err
		}
	}
	return nil
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
