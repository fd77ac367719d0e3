package coredns

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
)

var program string

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "mysqldns-coredns-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if program, err = Build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// answering is a Corefile of a server that has one address for every name.
func answering(address string) string {
	return ".:{$PORT} {\n bind 127.0.0.1\n template IN A {\n answer \"{{ .Name }} 60 IN A " + address + "\"\n }\n}\n"
}

func start(t *testing.T) *Server {
	t.Helper()
	s, err := Start(program, t.TempDir(), answering("192.0.2.1"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Kill(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// expect asks for an address over UDP and TCP.
func expect(t *testing.T, s *Server, address string) {
	t.Helper()
	for _, network := range []string{"udp", "tcp"} {
		client := &dns.Client{Net: network, Timeout: 5 * time.Second}
		reply, _, err := client.Exchange(new(dns.Msg).SetQuestion("www.lan.", dns.TypeA), s.Addr)
		if err != nil || len(reply.Answer) != 1 || reply.Answer[0].(*dns.A).A.String() != address {
			t.Fatalf("over %s: got %v, %v, expected %s", network, reply, err, address)
		}
	}
}

func TestListensAfterStartAndRestart(t *testing.T) {
	s := start(t)
	expect(t, s, "192.0.2.1")
	addr, pid := s.Addr, s.PID()
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	expect(t, s, "192.0.2.1")
	if s.Addr != addr || s.PID() == pid {
		t.Errorf("restarted on %s with number %d, was %s and %d", s.Addr, s.PID(), addr, pid)
	}
	if n := strings.Count(s.Log(), started); n != 2 {
		t.Errorf("the log tells of %d starts, expected 2:\n%s", n, s.Log())
	}
	if now, most, err := s.Resident(); now < 1<<20 || most < now || err != nil {
		t.Errorf("resident: %d, %d, %v", now, most, err)
	}
	for range 2 {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}
	select {
	case <-s.Exited():
	default:
		t.Error("still there after Stop")
	}
}

func TestReloadsAnotherCorefile(t *testing.T) {
	s := start(t)
	pid := s.PID()
	if err := s.Reload(answering("192.0.2.2")); err != nil {
		t.Fatal(err)
	}
	expect(t, s, "192.0.2.2")
	if err := s.Reload(".:{$PORT} {\n nonsense\n}\n"); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("got %v, expected what CoreDNS says", err)
	}
	expect(t, s, "192.0.2.2")
	if s.PID() != pid {
		t.Error("another process")
	}
}

func TestStopTellsOfACrash(t *testing.T) {
	s := start(t)
	if err := s.Signal(syscall.SIGABRT); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.Exited():
	case <-time.After(stopWithin):
		t.Fatal("still there")
	}
	if err := s.Stop(); err == nil || !strings.Contains(err.Error(), "SIGABRT") {
		t.Errorf("got %v, expected the end of its log", err)
	}
}

func TestKilledServerCanBeStartedAgain(t *testing.T) {
	s := start(t)
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Errorf("stopping a killed server: %v", err)
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	expect(t, s, "192.0.2.1")
}

func TestStartTellsWhyItFailed(t *testing.T) {
	if _, err := Start(program, t.TempDir(), ".:{$PORT} {\n nonsense\n}\n"); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("got %v, expected the end of the log", err)
	}
}

// TestDiesWithTheTestProcess runs itself as the process that starts a server and is killed.
func TestDiesWithTheTestProcess(t *testing.T) {
	const variable = "MYSQLDNS_TEST_START_IN"
	if dir := os.Getenv(variable); dir != "" {
		s, err := Start(program, dir, answering("192.0.2.1"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "addr"), []byte(s.Addr), 0o600); err != nil {
			t.Fatal(err)
		}
		select {} // until killed
	}
	if _, err := os.Stat("/proc/self"); err != nil {
		t.Skip("only Linux ends it")
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), variable+"="+dir, Variable+"="+program)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	var addr []byte
	eventually(t, "the server is up", func() bool {
		var err error
		addr, err = os.ReadFile(filepath.Join(dir, "addr"))
		return err == nil && answers(string(addr))
	})
	cmd.Process.Kill()
	cmd.Wait()
	eventually(t, "the server is gone", func() bool { return !answers(string(addr)) })
}

func answers(addr string) bool {
	_, err := dns.Exchange(new(dns.Msg).SetQuestion("www.lan.", dns.TypeA), addr)
	return err == nil
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(startWithin); !holds(); time.Sleep(pollEvery) {
		if time.Now().After(deadline) {
			t.Fatalf("not after %s: %s", startWithin, what)
		}
	}
}
