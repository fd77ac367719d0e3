// Package engine runs a MySQL-compatible server inside the process: for the demo and for tests, so that neither needs an
// installed database. It keeps everything in memory and forgets it at Close.
package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"

	sqle "github.com/dolthub/go-mysql-server"
	"github.com/dolthub/go-mysql-server/memory"
	"github.com/dolthub/go-mysql-server/server"
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/mysql_db"
	"github.com/dolthub/vitess/go/vt/sqlparser"
	"github.com/sirupsen/logrus"
)

// Database is the one database that the server holds.
const Database = "dns"

// ErrAddrInUse is returned by Start when another process has the address.
var ErrAddrInUse = errors.New("address already in use")

// Server is a running server. It knows the user root, without a password and from this machine only, and the database
// named Database.
type Server struct {
	server   *server.Server
	engine   *sqle.Engine
	listener *listener
	done     chan struct{} // closed when no more connections are accepted
}

// Start listens on addr ("127.0.0.1:0" picks a free port), runs the statements of each script in order, and then serves.
// A script is SQL as the mysql client reads it, many statements in one string; it runs in a session of its own.
func Start(addr string, scripts ...string) (*Server, error) {
	silence()
	tcp, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("mysql address %s: %w", addr, ErrAddrInUse)
	}
	if err != nil {
		return nil, fmt.Errorf("mysql address %s: %w", addr, err)
	}

	pro := memory.NewDBProvider(memory.NewDatabase(Database))
	turns := newTurns(pro)
	s := &Server{
		engine:   sqle.NewDefault(pro),
		listener: &listener{Listener: tcp, open: map[net.Conn]struct{}{}},
		done:     make(chan struct{}),
	}
	users := s.engine.Analyzer.Catalog.MySQLDb
	users.SetPersister(&mysql_db.NoopPersister{}) // without one, CREATE USER panics
	users.AddRootAccount()
	config := server.Config{Protocol: "tcp", Address: tcp.Addr().String(), Listener: s.listener}
	s.server, err = server.NewServerWithHandler(config, s.engine, sql.NewContext, turns.session, nil, turns.wrap)
	if err != nil {
		tcp.Close()
		return nil, err
	}
	for _, script := range scripts {
		if err := s.run(turns, script); err != nil {
			s.Close()
			return nil, err
		}
	}
	go func() {
		defer close(s.done)
		s.server.Start()
	}()
	return s, nil
}

// scriptID is the connection that scripts run as; those of clients count from 1.
const scriptID = 0

// run executes a script inside the process.
func (s *Server) run(t *turns, script string) error {
	session := t.newSession(scriptID, "", sql.Client{User: "root", Address: "localhost"})
	ctx := sql.NewContext(context.Background(), sql.WithSession(session))
	ctx.SetCurrentDatabase(Database)
	statements, err := Split(script)
	if err != nil {
		return err
	}
	for _, statement := range statements {
		err := t.do(ctx, scriptID, statement, func(func()) error {
			_, rows, _, err := s.engine.Query(ctx, statement)
			if err == nil {
				_, err = sql.RowIterToRows(ctx, rows)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("%w, in: %s", err, statement)
		}
	}
	return nil
}

// Split cuts a script into its statements, without the comments before them.
func Split(script string) ([]string, error) {
	pieces, err := sqlparser.SplitStatementToPieces(script)
	if err != nil {
		return nil, err
	}
	var statements []string
	for _, piece := range pieces {
		if statement := strings.TrimSpace(sqlparser.StripLeadingComments(piece)); statement != "" {
			statements = append(statements, statement)
		}
	}
	return statements, nil
}

// Addr is the address that the server listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// DSN is how go-sql-driver/mysql reaches the server.
func (s *Server) DSN() string { return "root@tcp(" + s.Addr() + ")/" + Database }

// Close ends the server and all its connections, as a database that goes down would.
func (s *Server) Close() {
	s.server.Close()
	s.listener.closeAll()
	s.engine.Close() // its error is that it was told to close
}

// silence turns off the log of the server's library, which tells of every connection.
var silence = sync.OnceFunc(func() { logrus.SetOutput(io.Discard) })
