// Package powerdns runs a private PowerDNS for tests: its MySQL backend on a database that is there, on free ports of 127.0.0.1,
// and gone when the test process is. It needs Linux.
package powerdns

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/mysqldns/mysqldns/test/port"

	"github.com/miekg/dns"
)

// ErrNotInstalled is returned where there is no PowerDNS; its text says what to do.
var ErrNotInstalled = errors.New("pdns_server and its MySQL backend are not installed (Debian: apt-get install pdns-server pdns-backend-mysql)")

const (
	startWithin = 60 * time.Second
	stopWithin  = 15 * time.Second
	apiKey      = "test"
)

// schema is where Debian has PowerDNS's own schema, and foreignKeys what makes a domain take its records with it.
const (
	schema      = "/usr/share/pdns-backend-mysql/schema/schema.mysql.sql"
	foreignKeys = "/usr/share/pdns-backend-mysql/schema/enable-foreign-keys.mysql.sql"
)

// Schema is PowerDNS's own schema.
func Schema() (string, error) { return shipped(schema) }

// ForeignKeys is what PowerDNS has for those who want foreign keys.
func ForeignKeys() (string, error) { return shipped(foreignKeys) }

func shipped(path string) (string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		err = ErrNotInstalled
	}
	return string(text), err
}

// find looks where Debian has what is not for every user's PATH, too.
func find() (string, error) {
	for _, program := range []string{"pdns_server", "/usr/sbin/pdns_server"} {
		if path, err := exec.LookPath(program); err == nil {
			return path, nil
		}
	}
	return "", ErrNotInstalled
}

// Server is a running PowerDNS.
type Server struct {
	Addr string // of DNS over UDP and TCP

	api    string // of its HTTP API
	dir    string
	exited chan struct{}
	stop   func(os.Signal) error
}

// Start starts PowerDNS on the tables of a database, in the form of go-sql-driver, and waits until it answers. It has PowerDNS's
// defaults, but keeps nothing in a cache and follows DNAME; settings are more of its configuration. The caller calls Stop, and removes dir after it.
func Start(dir, dsn string, settings ...string) (*Server, error) {
	program, err := find()
	if err != nil {
		return nil, err
	}
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		s := &Server{dir: dir, exited: make(chan struct{})}
		// Between freeAddr and the server's bind, another process may take a port.
		if err = s.launch(program, cfg, settings); err == nil || try == 3 || !strings.Contains(s.output(), "Address already in use") {
			return s, err
		}
	}
}

// launch starts the program and waits until it answers.
func (s *Server) launch(program string, cfg *mysql.Config, settings []string) (err error) {
	if s.Addr, err = port.Free(); err != nil {
		return err
	}
	if s.api, err = port.Free(); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.dir, "pdns.conf"), []byte(s.config(cfg, settings)), 0o600); err != nil {
		return err
	}
	log, err := os.Create(s.logfile())
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(program, "--config-dir="+s.dir)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		// For Linux, the parent is the thread that started the process: keep it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait() //nolint:errcheck // how it ended is in its output
			close(s.exited)
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	s.stop = cmd.Process.Signal
	if err := s.await(); err != nil {
		s.Stop()
		return err
	}
	return nil
}

// config is the configuration file.
func (s *Server) config(cfg *mysql.Config, settings []string) string {
	host, port, _ := net.SplitHostPort(cfg.Addr)
	_, dnsPort, _ := net.SplitHostPort(s.Addr)
	_, apiPort, _ := net.SplitHostPort(s.api)
	return strings.Join(append([]string{
		"launch=gmysql", "gmysql-host=" + host, "gmysql-port=" + port,
		"gmysql-user=" + cfg.User, "gmysql-password=" + cfg.Passwd, "gmysql-dbname=" + cfg.DBName,
		"local-address=127.0.0.1", "local-port=" + dnsPort, "socket-dir=" + s.dir, "setuid=", "setgid=",
		"daemon=no", "guardian=no", "disable-syslog=yes", "security-poll-suffix=",
		"cache-ttl=0", "query-cache-ttl=0", "negquery-cache-ttl=0", "dname-processing=yes",
		"api=yes", "api-key=" + apiKey, "webserver-address=127.0.0.1", "webserver-port=" + apiPort,
	}, settings...), "\n") + "\n"
}

// await waits until the server answers, whatever that is.
func (s *Server) await() error {
	q := new(dns.Msg)
	q.SetQuestion("example.org.", dns.TypeSOA)
	client := &dns.Client{Timeout: time.Second}
	for deadline := time.Now().Add(startWithin); ; time.Sleep(20 * time.Millisecond) {
		if _, _, err := client.Exchange(q, s.Addr); err == nil && s.Call(http.MethodGet, "", nil) == nil {
			return nil
		}
		select {
		case <-s.exited:
			return fmt.Errorf("pdns_server ended:\n%s", s.output())
		default:
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("pdns_server does not answer after %s:\n%s", startWithin, s.output())
		}
	}
}

// Call asks the HTTP API for a path below the server, such as /zones, with a body as JSON if it is not nil. An error that the API
// answers is an error.
func (s *Server) Call(method, path string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(method, "http://"+s.api+"/api/v1/servers/localhost"+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("X-API-Key", apiKey)
	client := &http.Client{Timeout: startWithin}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		why, _ := io.ReadAll(response.Body)
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, why)
	}
	return nil
}

// Stop ends the server, and returns when it is gone.
func (s *Server) Stop() error {
	if err := s.stop(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-s.exited:
		return nil
	case <-time.After(stopWithin):
		s.stop(syscall.SIGKILL)
		<-s.exited
		return fmt.Errorf("pdns_server was still there %s after it was told to stop: killed", stopWithin)
	}
}

func (s *Server) logfile() string { return filepath.Join(s.dir, "pdns.log") }

// output is what the server printed.
func (s *Server) output() string {
	text, err := os.ReadFile(s.logfile())
	if err != nil {
		return err.Error()
	}
	return string(text)
}
