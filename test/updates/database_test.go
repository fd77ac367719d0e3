package updates

import (
	"errors"
	"flag"
	"fmt"
	"os/exec"
	"testing"

	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/updates/stage"
)

// database is the server that has the table: a private MariaDB, or the one of the flag.
var database server

var (
	otherDatabase = flag.String("database", "", "DSN of a database to use in place of a private MariaDB: all tables may be dropped there, and users are made")
	killCommand   = flag.String("kill", "", "shell command that kills the server of that database and starts it again; without it, only its connections are killed")
)

// server is a database server.
type server struct {
	root    string          // DSN of a user with all rights
	private *mariadb.Server // nil if it is somebody else's
}

// needPrivate returns the private server, for tests that stop it.
func needPrivate(t *testing.T) *mariadb.Server {
	t.Helper()
	if database.private == nil {
		t.Skip("NOT TESTED: the server of the flag -database cannot be stopped")
	}
	return database.private
}

// kill ends the server as a crash would, and starts it again; or what comes closest to that.
func (s server) kill(on *stage.Stage) error {
	if s.private != nil {
		return errors.Join(s.private.Kill(), s.private.Restart())
	}
	if *killCommand != "" {
		if output, err := exec.Command("sh", "-c", *killCommand).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", *killCommand, err, output)
		}
		return nil
	}
	return killConnections(on)
}

// killConnections ends all connections of the nameservers.
func killConnections(on *stage.Stage) error {
	rows, err := on.Pool.Query("SELECT id FROM information_schema.processlist WHERE user IN ('reader', 'writer')")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id uint64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		on.Pool.Exec(fmt.Sprint("KILL ", id)) // it may have ended meanwhile
	}
	return rows.Err()
}
