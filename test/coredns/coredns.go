// Package coredns runs CoreDNS with mysqldns as a process of its own: in a folder of the test's, on a free port of 127.0.0.1,
// and gone when the test process is.
package coredns

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/test/port"
	"github.com/mysqldns/mysqldns/test/usage"
)

const (
	startWithin  = 60 * time.Second // a program built with -race starts slowly
	stopWithin   = 15 * time.Second
	reloadWithin = 60 * time.Second
	pollEvery    = 10 * time.Millisecond
)

// What CoreDNS prints when it listens, and when it has read its Corefile anew or could not.
const (
	started       = "\nCoreDNS-"
	reloaded      = "[INFO] Reloading complete"
	reloadRefused = "[ERROR] SIGUSR1: "
)

// Variable names the variable of the environment with a CoreDNS to test, in place of one that each package of tests compiles.
const Variable = "MYSQLDNS_TEST_COREDNS"

// Build compiles cmd/coredns of this repository into dir, with flags for go build such as -race. Without flags, it returns the program that Variable
// names, if it names one: linking takes as long as most tests.
func Build(dir string, flags ...string) (program string, err error) {
	if program = os.Getenv(Variable); program != "" && len(flags) == 0 {
		return program, nil
	}
	root, err := output("", "list", "-m", "-f", "{{.Dir}}", "github.com/mysqldns/mysqldns")
	if err != nil {
		return "", err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", err
	}
	program = filepath.Join(dir, "coredns")
	args := append([]string{"build", "-buildvcs=false", "-o", program}, flags...)
	_, err = output(filepath.Join(strings.TrimSpace(root), "cmd"), append(args, "./coredns")...)
	return program, err
}

// output runs the go command in a folder.
func output(dir string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return stdout.String(), nil
}

// Server is a running CoreDNS. Its methods are not for concurrent use, except Log, PID, Signal, Exited and Resident.
type Server struct {
	Addr string // 127.0.0.1:port over UDP and TCP, the same after Restart

	dir     string
	program string

	mu      sync.Mutex // guards what follows
	process *os.Process
	exited  chan struct{} // closed when process has ended
	ended   error         // how, from then on
	expect  bool          // that it ends, since Kill or Stop was called
}

// Start starts a program of Build. The Corefile has {$PORT} where the port belongs. It is kept in dir with what the server
// prints; the caller calls Stop before it removes dir. Start returns when the server listens, which is when the plugin has its first copy of the
// table or has waited for it in vain.
func Start(program, dir, corefile string) (*Server, error) {
	s := &Server{dir: dir, program: program}
	if err := s.write(corefile); err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		var err error
		if s.Addr, err = port.Free(); err != nil {
			return nil, err
		}
		// Between port.Free and the server's bind, another process may take the port.
		if err = s.launch(); err == nil || try == 3 || !strings.Contains(err.Error(), "address already in use") {
			return s, err
		}
	}
}

func (s *Server) corefile() string { return filepath.Join(s.dir, "Corefile") }
func (s *Server) logfile() string  { return filepath.Join(s.dir, "coredns.log") }

// write puts a Corefile in place at once, so that no reader sees half of one.
func (s *Server) write(corefile string) error {
	if err := os.WriteFile(s.corefile()+".new", []byte(corefile), 0o600); err != nil {
		return err
	}
	return os.Rename(s.corefile()+".new", s.corefile())
}

// launch starts the program and waits until it listens.
func (s *Server) launch() error {
	_, number, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	before := len(s.Log())
	log, err := os.OpenFile(s.logfile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(s.program, "-conf", s.corefile())
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "PORT="+number)
	cmd.Stdout, cmd.Stderr = log, log
	if err := s.start(cmd); err != nil {
		return err
	}
	if err := s.await(before, startWithin, started); err != nil {
		s.Kill()
		return fmt.Errorf("coredns on %s: it does not listen: %w", s.Addr, err)
	}
	return nil
}

// start starts the process so that it dies with this one.
func (s *Server) start(cmd *exec.Cmd) error {
	exited := make(chan struct{})
	err := startWithParent(cmd, func(ended error) {
		s.mu.Lock()
		s.ended = ended
		s.mu.Unlock()
		close(exited)
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.process, s.exited, s.expect = cmd.Process, exited, false
	return nil
}

// await waits until one of the texts stands in the log behind the first octets of it.
func (s *Server) await(behind int, within time.Duration, texts ...string) error {
	deadline := time.After(within)
	for {
		printed := "\n" + s.Log()[behind:]
		for _, text := range texts {
			if strings.Contains(printed, text) {
				return nil
			}
		}
		select {
		case <-s.Exited():
			return fmt.Errorf("it ended (%v); the end of its log:\n%s", s.end(), s.logTail())
		case <-deadline:
			return fmt.Errorf("not after %s; the end of its log:\n%s", within, s.logTail())
		case <-time.After(pollEvery):
		}
	}
}

// Stop ends the server as its administrator would, and returns when it is gone. It is an error if the server had to be killed for it or
// ended otherwise than well, now or before. Stopping a server that Stop or Kill ended does nothing.
func (s *Server) Stop() error {
	if s.running() {
		s.expecting()
		if err := terminate(s.current()); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		select {
		case <-s.Exited():
		case <-time.After(stopWithin):
			s.Kill()
			return fmt.Errorf("coredns on %s: still there %s after it was told to stop: killed; the end of its log:\n%s", s.Addr, stopWithin, s.logTail())
		}
	} else if s.expecting() {
		return nil
	}
	if err := s.end(); err != nil {
		return fmt.Errorf("coredns on %s: ended with %w; the end of its log:\n%s", s.Addr, err, s.logTail())
	}
	return nil
}

// expecting notes that the process may end, and reports whether that was so before.
func (s *Server) expecting() (before bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, s.expect = s.expect, true
	return before
}

// Kill ends the server as a crash would, and returns when it is gone.
func (s *Server) Kill() error {
	if !s.running() {
		return nil
	}
	s.expecting()
	if err := s.current().Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-s.Exited()
	return nil
}

// Restart starts the server again on the same address with the same Corefile, and stops it before if it runs.
func (s *Server) Restart() error {
	if err := s.Stop(); err != nil {
		return err
	}
	return s.launch()
}

// Reload has the server read another Corefile, and returns when it has. An error says that it refused; it then goes on with the old one.
func (s *Server) Reload(corefile string) error {
	if err := s.write(corefile); err != nil {
		return err
	}
	before := len(s.Log())
	if err := reload(s.current()); err != nil {
		return err
	}
	if err := s.await(before, reloadWithin, reloaded, reloadRefused); err != nil {
		return fmt.Errorf("coredns on %s: reload: %w", s.Addr, err)
	}
	if _, refusal, refused := strings.Cut(s.Log()[before:], reloadRefused); refused {
		refusal, _, _ = strings.Cut(refusal, "\n")
		return fmt.Errorf("coredns on %s: reload: %s", s.Addr, refusal)
	}
	return nil
}

// Signal sends the process a signal.
func (s *Server) Signal(signal os.Signal) error { return s.current().Signal(signal) }

// Log is all that the server printed since Start, over its restarts.
func (s *Server) Log() string {
	text, err := os.ReadFile(s.logfile())
	if err != nil {
		return ""
	}
	return string(text)
}

// crash is how a line begins that Go prints before all goroutines, or when it finds a race.
var crash = regexp.MustCompile(`(?m)^(panic: |fatal error: |SIG[A-Z]+: |WARNING: DATA RACE)`)

// logTail is the last lines of the log, or if the server crashed the lines that say why.
func (s *Server) logTail() string {
	const lines = 25
	text := s.Log()
	if at := crash.FindStringIndex(text); at != nil {
		all := strings.Split(text[at[0]:], "\n")
		return strings.Join(all[:min(len(all), lines)], "\n")
	}
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// Exited is closed when the process that runs now has ended.
func (s *Server) Exited() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.exited
}

func (s *Server) running() bool {
	select {
	case <-s.Exited():
		return false
	default:
		return true
	}
}

// end is how the process ended; nil is well.
func (s *Server) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

func (s *Server) current() *os.Process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process
}

// PID is the process's number.
func (s *Server) PID() int { return s.current().Pid }

// Resident is how much memory the process has, and had at the most, in octets. Only Linux tells.
func (s *Server) Resident() (now, most int64, err error) { return usage.Memory(s.PID()) }
