package table

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"
)

// Server is what was found out about a server when the session was opened.
type Server struct {
	Version  string
	Identity string        // tells servers apart that answer at one address, as behind a proxy or a virtual address
	ReadOnly bool          // it takes no writes
	Uptime   time.Duration // 0 where it does not say
	Galera   bool          // it is a node of a cluster
	Stamps   bool          // the times in information_schema.TABLES mean something
	Known    bool          // it is MySQL, MariaDB or made of one of these, and takes their statements
}

// stampsUnchanging asks whether a table that nothing can change, one of information_schema itself, has a time of its last change. Servers that give it one
// give one to every table, whatever becomes of it: then the times mean nothing.
const stampsUnchanging = "(SELECT COUNT(UPDATE_TIME) > 0 FROM information_schema.TABLES" +
	" WHERE TABLE_SCHEMA = 'information_schema' AND LOWER(TABLE_NAME) = 'character_sets')"

// Servers made alike may have all of what they say of themselves in common, but for this.
const (
	identityOfMySQL   = "@@server_uuid"
	identityOfMariaDB = "CONCAT_WS(' ', @@hostname, @@port, @@server_id, @@datadir)"
)

const kindServer = "server"

// aboutServer asks for all of Server. The parts in /*!80000 */ are for MySQL alone, those in /*M!100100 */ for MariaDB alone; others refuse the question.
func aboutServer() question {
	return question{kind: kindServer, values: []string{
		"VERSION()",
		"/*!80000 " + identityOfMySQL + "*/ /*M!100100 " + identityOfMariaDB + "*/",
		"@@GLOBAL.read_only",
		"/*!80000 (SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Uptime')*/" +
			" /*M!100100 (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'UPTIME')*/",
		"/*!80000 (SELECT VARIABLE_VALUE FROM performance_schema.global_variables WHERE VARIABLE_NAME = 'wsrep_on')*/" +
			" /*M!100100 (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_VARIABLES WHERE VARIABLE_NAME = 'WSREP_ON')*/",
		stampsUnchanging,
	}}
}

// serverFrom reads the answer.
func serverFrom(f fact) Server {
	seconds, _ := strconv.ParseInt(f.values[3], 10, 64)
	return Server{
		Version:  f.values[0],
		Identity: f.values[1],
		ReadOnly: isOn(f.values[2]),
		Uptime:   time.Duration(seconds) * time.Second,
		Galera:   isOn(f.values[4]),
		Stamps:   f.values[5] == "0",
		Known:    true,
	}
}

// isOn reads a variable that is yes or no: a number, or where it may be more than that, a word.
func isOn(value string) bool { return value != "" && value != "0" && value != "OFF" }

// askServer finds out one by one what a server does not tell in one statement.
func (s *Session) askServer(ctx context.Context) (about Server, err error) {
	var unchanging bool
	if err := s.QueryRowContext(ctx, "SELECT VERSION(), "+stampsUnchanging).Scan(&about.Version, &unchanging); err != nil {
		return about, err
	}
	about.Stamps = !unchanging
	for _, identity := range []string{identityOfMySQL, identityOfMariaDB} {
		if s.QueryRowContext(ctx, "SELECT "+identity).Scan(&about.Identity) == nil {
			break
		}
	}
	about.Galera = s.QueryRowContext(ctx, "SELECT 1 FROM DUAL WHERE @@wsrep_on").Scan(new(int)) == nil
	if about.ReadOnly, err = s.readOnly(ctx); err != nil {
		return about, err
	}
	about.Uptime, err = s.uptime(ctx)
	return about, err
}

// uptime asks how long the server has been running; 0 where it does not say.
func (s *Session) uptime(ctx context.Context) (time.Duration, error) {
	var variable string
	var seconds int64
	err := s.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE 'Uptime'").Scan(&variable, &seconds)
	if err == nil || errors.Is(err, sql.ErrNoRows) || IsRefusal(err) {
		return time.Duration(seconds) * time.Second, nil
	}
	return 0, err
}

// readOnly reports whether the server takes no writes, as a replica does. One that knows no such thing takes them.
func (s *Session) readOnly(ctx context.Context) (bool, error) {
	var value string
	err := s.QueryRowContext(ctx, "SELECT @@GLOBAL.read_only").Scan(&value)
	if err != nil && !IsRefusal(err) {
		return false, err
	}
	return isOn(value), nil
}
