package engine

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/dolthub/go-mysql-server/memory"
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/vitess/go/mysql"
	"github.com/dolthub/vitess/go/sqltypes"
	"github.com/dolthub/vitess/go/vt/sqlparser"
)

// turns makes the library's tables safe for several connections. On its own, a session works on the tables as they were when
// it first touched them, and its commit puts all of them back, those that it only read too: so a poll beside an INSERT
// undoes the INSERT. Here
//
//   - one connection at a time may write; its turn lasts until its transaction ends, and begins with a fresh look at the tables;
//   - the commit of a connection that does not have the turn puts nothing back;
//   - no transaction begins to read while a commit is half done, and START TRANSACTION looks at all tables at once.
//
// Others wait for the turn, as they would for InnoDB's row locks, if for any row.
type turns struct {
	mysql.Handler
	pro  *memory.DbProvider
	turn chan struct{} // holds a token while a connection has the turn

	mu       sync.Mutex
	holder   uint32 // the connection that has the turn; nobody if none
	sessions map[uint32]*memory.Session
	unread   map[string]*memory.Database // by name; takes what is not to be put back

	describing sync.Mutex // held while a statement about information_schema is planned: all sessions share its tables, and planning writes to them

	publish    sync.RWMutex // locked while a commit puts tables back
	publishing bool         // publish is locked; belongs to the connection that has the turn
}

const nobody = ^uint32(0)

// patience is how long a writer waits for its turn.
const patience = 10 * time.Second

func newTurns(pro *memory.DbProvider) *turns {
	return &turns{pro: pro, turn: make(chan struct{}, 1), holder: nobody, sessions: map[uint32]*memory.Session{}, unread: map[string]*memory.Database{}}
}

// wrap is a server.HandlerWrapper.
func (t *turns) wrap(h mysql.Handler) (mysql.Handler, error) {
	t.Handler = h
	return t, nil
}

// session is a server.SessionBuilder.
func (t *turns) session(ctx context.Context, c *mysql.Conn, addr string) (sql.Session, error) {
	client := sql.Client{Capabilities: c.Capabilities}
	if user, ok := c.UserData.(sql.MysqlConnectionUser); ok {
		client.User, client.Address = user.User, user.Host
	}
	return t.newSession(c.ConnectionID, addr, client), nil
}

func (t *turns) newSession(id uint32, addr string, client sql.Client) *memory.Session {
	base := sql.NewBaseSessionWithClientServer(addr, client, id)
	s := memory.NewSession(base, committer{DatabaseProvider: t.pro, turns: t})
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sessions[id] = s
	return s
}

// ConnectionClosed implements mysql.Handler.
func (t *turns) ConnectionClosed(c *mysql.Conn) {
	t.Handler.ConnectionClosed(c)
	t.release(c.ConnectionID)
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.sessions, c.ConnectionID)
}

// ComResetConnection implements mysql.Handler.
func (t *turns) ComResetConnection(c *mysql.Conn) error {
	err := t.Handler.ComResetConnection(c)
	t.rollback(c.ConnectionID)
	t.release(c.ConnectionID)
	return err
}

// ComQuery implements mysql.Handler.
func (t *turns) ComQuery(ctx context.Context, c *mysql.Conn, query string, callback mysql.ResultSpoolFn) error {
	return t.do(ctx, c.ConnectionID, query, func(begun func()) error {
		return t.Handler.ComQuery(ctx, c, query, func(r *sqltypes.Result, more bool) error {
			begun()
			return callback(r, more)
		})
	})
}

// ComMultiQuery implements mysql.Handler: it executes the first statement and returns the rest. It leaves the splitting
// to Split, as the library's own gets a CREATE TRIGGER in the middle wrong.
func (t *turns) ComMultiQuery(ctx context.Context, c *mysql.Conn, query string, callback mysql.ResultSpoolFn) (string, error) {
	first, rest, err := sqlparser.SplitStatement(query)
	if err != nil {
		return "", err
	}
	if statements, err := Split(rest); err != nil || len(statements) == 0 {
		rest = "" // an error belongs to the statement that has it; without a statement there is nothing to answer
	}
	return rest, t.ComQuery(ctx, c, first, func(r *sqltypes.Result, _ bool) error {
		return callback(r, rest != "")
	})
}

// ComStmtExecute implements mysql.Handler.
func (t *turns) ComStmtExecute(ctx context.Context, c *mysql.Conn, prepare *mysql.PrepareData, callback func(*sqltypes.Result) error) error {
	return t.do(ctx, c.ConnectionID, prepare.PrepareStmt, func(begun func()) error {
		return t.Handler.ComStmtExecute(ctx, c, prepare, func(r *sqltypes.Result) error {
			begun()
			return callback(r)
		})
	})
}

// do runs one statement of connection id: in its turn if it writes. The statement must call begun before it sends its
// result, because sending waits for the client.
func (t *turns) do(ctx context.Context, id uint32, query string, run func(begun func()) error) error {
	kind := kindOf(query)
	if kind == writes {
		if t.readOnly(id) {
			return mysql.NewSQLError(1792, "25006", "Cannot execute statement in a READ ONLY transaction.")
		}
		if err := t.take(ctx, id); err != nil {
			return err
		}
	}
	if describes(query) {
		t.describing.Lock()
		run = t.described(run)
	}
	done := t.published
	if !t.has(id) {
		t.publish.RLock()
		done = t.publish.RUnlock
	}
	begun := sync.OnceFunc(func() {
		if kind == starts {
			t.look(id)
		}
		done()
	})
	defer func() {
		begun()
		if !t.inTransaction(id) {
			t.rollback(id)
			t.release(id)
		}
	}()
	return run(begun)
}

// describes reports whether a statement may read information_schema.
func describes(query string) bool {
	return strings.Contains(strings.ToLower(query), "information_schema")
}

// described is run for a statement for which describing is locked, until it sends its result.
func (t *turns) described(run func(begun func()) error) func(begun func()) error {
	return func(begun func()) error {
		unlock := sync.OnceFunc(t.describing.Unlock)
		defer unlock()
		return run(func() {
			unlock()
			begun()
		})
	}
}

// take waits for the turn of connection id.
func (t *turns) take(ctx context.Context, id uint32) error {
	if t.has(id) {
		return nil
	}
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-deadline.C:
		return mysql.NewSQLError(mysql.ERLockWaitTimeout, "HY000",
			"Lock wait timeout exceeded; this server lets one transaction write at a time")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.holder = id
	if s := t.sessions[id]; s != nil {
		return s.Rollback(nil, nil) // it has written nothing yet: this forgets the tables as they were
	}
	return nil
}

// has tells whether connection id has the turn.
func (t *turns) has(id uint32) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.holder == id
}

// release ends the turn of connection id, if it has it.
func (t *turns) release(id uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.holder == id {
		t.holder = nobody
		<-t.turn
	}
}

// published ends a commit. Only the connection that has the turn calls it.
func (t *turns) published() {
	if t.publishing {
		t.publishing = false
		t.publish.Unlock()
	}
}

// committer is where a session finds the databases that its commit writes to.
type committer struct {
	sql.DatabaseProvider
	turns *turns
}

// Database returns the database for the session that has the turn, and one to throw away for all others.
func (c committer) Database(ctx *sql.Context, name string) (sql.Database, error) {
	if !c.turns.has(ctx.Session.ID()) {
		return c.turns.discard(ctx, name)
	}
	if !c.turns.publishing {
		c.turns.publish.Lock()
		c.turns.publishing = true
	}
	return c.DatabaseProvider.Database(ctx, name)
}

// discard returns a database that has all tables of the named one and that no connection reads.
func (t *turns) discard(ctx *sql.Context, name string) (sql.Database, error) {
	db, err := t.pro.Database(ctx, name)
	if err != nil {
		return nil, err
	}
	names, err := db.GetTableNames(ctx)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	unread := t.unread[name]
	if unread == nil {
		unread = memory.NewDatabase(name)
		t.unread[name] = unread
	}
	for _, table := range names {
		if _, ok, _ := unread.GetTableInsensitive(ctx, table); ok {
			continue
		}
		if table, ok, _ := db.GetTableInsensitive(ctx, table); ok {
			unread.AddTable(table.Name(), table.(memory.MemTable))
		}
	}
	return unread, nil
}

// context returns a context of connection id's session, nil if it has none yet.
func (t *turns) context(id uint32) *sql.Context {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.sessions[id]; s != nil {
		return sql.NewContext(context.Background(), sql.WithSession(s))
	}
	return nil
}

// inTransaction tells whether connection id is between the start and the end of a transaction.
func (t *turns) inTransaction(id uint32) bool {
	ctx := t.context(id)
	if ctx == nil || ctx.GetTransaction() == nil {
		return false
	}
	autocommit, err := plan.IsSessionAutocommit(ctx)
	return ctx.GetIgnoreAutoCommit() || err == nil && !autocommit
}

func (t *turns) readOnly(id uint32) bool {
	ctx := t.context(id)
	return t.inTransaction(id) && ctx.GetTransaction().IsReadOnly()
}

// rollback makes connection id forget what it changed and saw.
func (t *turns) rollback(id uint32) {
	if ctx := t.context(id); ctx != nil {
		ctx.Session.(*memory.Session).Rollback(ctx, nil)
		ctx.SetTransaction(nil)
		ctx.SetIgnoreAutoCommit(false)
	}
}

// look makes connection id see all tables as they are now, until its transaction ends.
func (t *turns) look(id uint32) {
	ctx := t.context(id)
	if ctx == nil {
		return
	}
	for _, db := range t.pro.AllDatabases(ctx) {
		names, _ := db.GetTableNames(ctx)
		for _, name := range names {
			if table, ok, _ := db.GetTableInsensitive(ctx, name); ok {
				if table, ok := table.(sql.StatisticsTable); ok {
					table.RowCount(ctx)
				}
			}
		}
	}
}

// A kind of statement is what it means for the turn.
type kind int

const (
	writes kind = iota // also what is not known
	reads
	starts // a transaction
)

func kindOf(query string) kind {
	query = sqlparser.StripLeadingComments(query)
	word, _, _ := strings.Cut(strings.TrimLeft(query, "( \t\r\n"), " ")
	word, _, _ = strings.Cut(word, "\n")
	switch strings.ToUpper(strings.Trim(word, "; \t\r\n")) {
	case "BEGIN", "START":
		return starts
	case "SELECT", "SHOW", "SET", "USE", "DESC", "DESCRIBE", "EXPLAIN", "WITH", "TABLE", "VALUES", "COMMIT", "ROLLBACK":
		return reads
	}
	return writes
}
