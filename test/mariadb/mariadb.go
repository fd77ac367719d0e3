// Package mariadb runs a private MariaDB, or a MySQL, for tests: in a folder of its own, on a free port of 127.0.0.1, as the user who
// runs the tests, and gone when the test process is.
package mariadb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mysqldns/mysqldns/test/port"

	"github.com/go-sql-driver/mysql"
)

// Database is an empty database that every server has.
const Database = "dns"

// ErrNotInstalled is returned by Find and Start where there is no MariaDB server; its text says what to do.
var ErrNotInstalled = errors.New("mariadbd and mariadb-install-db are not installed (Debian: apt-get install mariadb-server); " +
	"or set MYSQLDNS_TEST_DSN to the DSN of a MySQL or MariaDB server")

const (
	startWithin = 120 * time.Second
	stopWithin  = 30 * time.Second
)

// Server is a running MariaDB or MySQL. The user root has no password and all rights. Users that tests create need the host '%' or
// '127.0.0.1': names are not resolved. Its methods are not for concurrent use.
type Server struct {
	Addr string // host:port, the same after Restart

	dir     string
	user    string // of this machine, whose process it is; "" is who runs the tests
	kind    kind
	program string
	env     []string
	args    []string
	process *os.Process
	exited  chan struct{} // closed when process has ended
	killed  *atomic.Bool  // process was, by Kill
}

// Find returns the path of the server's program.
func Find() (string, error) { return find("mariadbd") }

// find looks where distributions put what is not for every user's PATH, too.
func find(program string) (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/local/bin", "/opt/homebrew/bin"} {
		if path, err := exec.LookPath(filepath.Join(dir, program)); err == nil {
			return path, nil
		}
	}
	return "", ErrNotInstalled
}

// Start starts a server on the data in dir, which it creates if there is none, and waits until it answers. The args come
// after its own, so they may change any option. The caller calls Stop, and removes dir after it.
func Start(dir string, args ...string) (*Server, error) {
	return startNew(&Server{dir: dir, args: args})
}

// StartWithEnv is Start with variables ("NAME=value") that are added to the environment of the server's process.
func StartWithEnv(dir string, env []string, args ...string) (*Server, error) {
	return startNew(&Server{dir: dir, env: env, args: args})
}

// StartAs is Start with a process of another user of this machine, to whom dir then belongs: only root can, and the user must
// be allowed into the folder that dir is in.
func StartAs(user, dir string, args ...string) (*Server, error) {
	return startNew(&Server{dir: dir, user: user, args: args})
}

// kind is what differs between the two.
type kind struct {
	name    string
	find    func() (program string, err error)
	options func(data string) []string // that making a data directory and serving it share
	install func(data string) error
	made    *template
	anew    bool // executes initial whenever it starts; else install does
}

// initial makes root and Database. Names are not resolved, so that over TCP no client is root@localhost.
const initial = "CREATE USER IF NOT EXISTS root@'127.0.0.1';\n" +
	"GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;\n" +
	"CREATE DATABASE IF NOT EXISTS " + Database + ";\n"

var mariaDB = kind{"mariadb", Find, common, install, new(template), true}

func startNew(s *Server) (_ *Server, err error) {
	if s.kind.find == nil {
		s.kind = mariaDB
	}
	if s.program, err = s.kind.find(); err != nil {
		return nil, err
	}
	if s.dir, err = filepath.Abs(s.dir); err != nil {
		return nil, err
	}
	if _, err := os.Stat(s.data()); errors.Is(err, os.ErrNotExist) {
		if err := s.kind.create(s.data()); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(filepath.Join(s.dir, "init.sql"), []byte(initial), 0o600); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(s.temporary(), 0o700); err != nil {
		return nil, err
	}
	if s.user != "" {
		if err := give(s.dir, s.user); err != nil {
			return nil, err
		}
	}
	for try := 1; ; try++ {
		if s.Addr, err = port.Free(); err != nil {
			return nil, err
		}
		// Between port.Free and the server's bind, another process may take the port.
		if err = s.launch(); err == nil || try == 3 || !strings.Contains(err.Error(), "Address already in use") {
			return s, err
		}
	}
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// temporary is the server's own directory for temporary tables: a MariaDB that starts deletes those which it finds, also those that another one is using.
func (s *Server) temporary() string { return filepath.Join(s.dir, "tmp") }

// common are the options that making a data directory and serving it share: small and quick rather than safe from a
// power cut. A commit still survives Kill.
func common(data string) []string {
	args := []string{
		"--no-defaults",
		"--datadir=" + data,
		"--innodb-buffer-pool-size=64M",
		"--innodb-log-file-size=16M",
		"--innodb-flush-log-at-trx-commit=2",
		"--innodb-flush-method=nosync",
	}
	if os.Getuid() == 0 {
		args = append(args, "--user=root")
	}
	return args
}

// launch starts the program and waits until it answers.
func (s *Server) launch() error {
	_, number, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(s.logfile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	options := s.kind.options(s.data())
	if s.kind.anew {
		options = append(options, "--init-file="+filepath.Join(s.dir, "init.sql"))
	}
	cmd := exec.Command(s.program, append(append(options,
		"--bind-address=127.0.0.1",
		"--port="+number,
		"--socket=sock", // in the data directory; a whole path may be too long for a socket
		"--pid-file=pid",
		"--skip-name-resolve",
		"--skip-networking=0",
		"--tmpdir="+s.temporary(),
	), s.args...)...)
	cmd.Env = append(os.Environ(), s.env...)
	cmd.Stdout, cmd.Stderr = log, log
	if s.user != "" {
		if err := runAs(cmd, s.user); err != nil {
			return err
		}
	}
	if err := s.start(cmd); err != nil {
		return err
	}
	if err := s.await(); err != nil {
		s.Kill()
		return fmt.Errorf("%s on %s: %w; the end of its log:\n%s", s.kind.name, s.Addr, err, s.logTail())
	}
	return nil
}

// start starts the process so that it dies with this one.
func (s *Server) start(cmd *exec.Cmd) error {
	dieWithParent(cmd)
	started, exited, killed := make(chan error), make(chan struct{}), new(atomic.Bool)
	go func() {
		// For Linux, the parent is the thread that started the process: keep it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			if err := cmd.Wait(); err != nil && !killed.Load() { // a test sees no more than that there is no server
				fmt.Fprintf(os.Stderr, "%s on %s ended by itself: %v; the end of its log:\n%s\n", s.kind.name, s.Addr, err, s.logTail())
			}
			close(exited)
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	s.process, s.exited, s.killed = cmd.Process, exited, killed
	return nil
}

// await returns when the server answers.
func (s *Server) await() error {
	db, err := sql.Open("mysql", s.DSN("root", "", Database)+"?timeout=1s&readTimeout=5s")
	if err != nil {
		return err
	}
	defer db.Close()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(startWithin)
	for {
		var refusal *mysql.MySQLError // such as that it wants TLS: an answer
		if err := db.Ping(); err == nil || errors.As(err, &refusal) {
			return nil
		}
		select {
		case <-s.exited:
			return errors.New("it ended")
		case <-deadline:
			return fmt.Errorf("no answer after %s", startWithin)
		case <-tick.C:
		}
	}
}

// DSN is how go-sql-driver/mysql reaches the server. No option is set; append "?" and those you need.
func (s *Server) DSN(user, password, database string) string {
	if password != "" {
		user += ":" + password
	}
	return user + "@tcp(" + s.Addr + ")/" + database
}

// Exec executes statements as root in Database, in one session.
func (s *Server) Exec(statements ...string) error {
	db, err := sql.Open("mysql", s.DSN("root", "", Database))
	if err != nil {
		return err
	}
	defer db.Close()
	ctx := context.Background()
	session, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer session.Close()
	for _, statement := range statements {
		if _, err := session.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// Stop ends the server as its administrator would, and returns when it is gone. Stopping a stopped server does nothing.
func (s *Server) Stop() error {
	if !s.running() {
		return nil
	}
	if err := terminate(s.process); err != nil {
		return err
	}
	select {
	case <-s.exited:
		return nil
	case <-time.After(stopWithin):
		s.Kill()
		return fmt.Errorf("%s on %s: still there %s after it was told to stop: killed", s.kind.name, s.Addr, stopWithin)
	}
}

// Kill ends the server as a crash would, and returns when it is gone. Committed transactions are kept.
func (s *Server) Kill() error {
	if !s.running() {
		return nil
	}
	s.killed.Store(true)
	if err := s.process.Kill(); err != nil {
		return err
	}
	<-s.exited
	return nil
}

// Restart starts the server again on the same address and data, and stops it before if it runs.
func (s *Server) Restart() error {
	if err := s.Stop(); err != nil {
		return err
	}
	return s.launch()
}

// Reconfigure replaces the args that Start was given, from the next Restart on.
func (s *Server) Reconfigure(args ...string) { s.args = args }

// PID is the number of the process.
func (s *Server) PID() int { return s.process.Pid }

// Log is all that the server printed.
func (s *Server) Log() string {
	text, err := os.ReadFile(s.logfile())
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Pause makes the server hang: connections stay open and are still accepted, but nothing answers.
func (s *Server) Pause() error { return pause(s.process) }

// Resume ends Pause.
func (s *Server) Resume() error { return resume(s.process) }

func (s *Server) running() bool {
	select {
	case <-s.exited:
		return false
	default:
		return true
	}
}

func (s *Server) logfile() string { return filepath.Join(s.dir, "log") }

// logTail is the last lines of the server's log.
func (s *Server) logTail() string {
	const lines = 15
	all := strings.Split(strings.TrimSpace(s.Log()), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
