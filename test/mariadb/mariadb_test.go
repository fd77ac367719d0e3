package mariadb

import (
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func start(t *testing.T, args ...string) *Server {
	t.Helper()
	s, err := Start(t.TempDir(), args...)
	if errors.Is(err, ErrNotInstalled) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func count(t *testing.T, s *Server, options string) (n int, err error) {
	t.Helper()
	db, err := sql.Open("mysql", s.DSN("root", "", Database)+options)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	return n, db.QueryRow("SELECT COUNT(*) FROM t").Scan(&n)
}

func TestCommittedRowsSurviveKillAndRestart(t *testing.T) {
	s := start(t)
	addr := s.Addr
	if err := s.Exec("CREATE TABLE t (id INT) ENGINE=InnoDB", "INSERT INTO t VALUES (1), (2)"); err != nil {
		t.Fatal(err)
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := count(t, s, ""); err == nil {
		t.Error("it answers after Kill")
	}
	for _, restart := range []string{"after Kill", "while running"} {
		if err := s.Restart(); err != nil {
			t.Fatal(err)
		}
		if n, err := count(t, s, ""); n != 2 || err != nil || s.Addr != addr {
			t.Errorf("restart %s: got %d rows, %v, on %s, expected 2 on %s", restart, n, err, s.Addr, addr)
		}
	}
}

func TestMySQL(t *testing.T) {
	s, err := StartMySQL(t.TempDir())
	if errors.Is(err, ErrNoMySQL) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if err := s.Exec("CREATE TABLE t (id INT)", "INSERT INTO t VALUES (1), (2)"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Kill(), s.Restart()); err != nil {
		t.Fatal(err)
	}
	if n, err := count(t, s, ""); n != 2 || err != nil {
		t.Errorf("got %d rows, %v after Kill and Restart", n, err)
	}
}

// A mysqld that is MariaDB's is none of MySQL.
func TestFindMySQLTellsItFromMariaDB(t *testing.T) {
	program := filepath.Join(t.TempDir(), "mysqld")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho mysqld Ver 10.11.19-MariaDB\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MYSQLDNS_MYSQLD", program)
	if _, err := FindMySQL(); !errors.Is(err, ErrNoMySQL) {
		t.Errorf("got %v", err)
	}
}

func TestPausedServerHangsUntilResumed(t *testing.T) {
	s := start(t)
	if err := s.Exec("CREATE TABLE t (id INT)"); err != nil {
		t.Fatal(err)
	}
	if err := s.Pause(); err != nil {
		t.Skip(err)
	}
	if _, err := count(t, s, "?readTimeout=200ms"); err == nil {
		t.Error("it answers while paused")
	}
	if err := s.Resume(); err != nil {
		t.Fatal(err)
	}
	if _, err := count(t, s, ""); err != nil {
		t.Error(err)
	}
	s.Pause()
	if err := s.Stop(); err != nil {
		t.Errorf("stopping a paused server: %v", err)
	}
}

func TestTLSWithItsOwnCA(t *testing.T) {
	files, err := NewTLS(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, append(files.Args(), "--require-secure-transport=ON")...)
	if err := s.Exec("SELECT 1"); err == nil {
		t.Error("answers without TLS, though it is required")
	}
	db, err := sql.Open("mysql", s.DSN("root", "", Database)+"?tls=skip-verify")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var name, cipher string
	if err := db.QueryRow("SHOW STATUS LIKE 'Ssl_cipher'").Scan(&name, &cipher); err != nil || cipher == "" {
		t.Errorf("cipher %q, %v", cipher, err)
	}
}

func TestStartTellsWhyItFailed(t *testing.T) {
	if _, err := Find(); err != nil {
		t.Skip(err)
	}
	_, err := Start(t.TempDir(), "--no-such-option")
	if err == nil || !strings.Contains(err.Error(), "no-such-option") {
		t.Errorf("got %v, expected the end of the log", err)
	}
}

func TestFindSaysWhatToInstall(t *testing.T) {
	if _, err := find("no-such-program"); !errors.Is(err, ErrNotInstalled) || !strings.Contains(err.Error(), "apt-get install mariadb-server") {
		t.Errorf("got %v", err)
	}
}

// TestDiesWithTheTestProcess runs itself as the process that starts a server and is killed.
func TestDiesWithTheTestProcess(t *testing.T) {
	const variable = "MYSQLDNS_TEST_START_IN"
	if dir := os.Getenv(variable); dir != "" {
		s, err := Start(dir)
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
	running := start(t) // has the data directory made
	dir := t.TempDir()
	if err := running.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "data"), os.DirFS(running.data())); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), variable+"="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	s := &Server{}
	eventually(t, "the server is up", func() bool {
		addr, err := os.ReadFile(filepath.Join(dir, "addr"))
		s.Addr = string(addr)
		return err == nil && s.Addr != "" && s.Exec("SELECT 1") == nil
	})
	cmd.Process.Kill()
	cmd.Wait()
	eventually(t, "the server is gone", func() bool { return s.Exec("SELECT 1") != nil })
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(startWithin); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not after %s: %s", startWithin, what)
		}
	}
}
