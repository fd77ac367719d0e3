//go:build unix

package test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/walk"
)

// From an empty MariaDB to an answer by what the README has to copy, line by line in the order of its text. Of the lines, only the ports are changed:
// those that they name may be taken here.
func TestFromAnEmptyMariaDBToAnAnswer(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: compiles all of CoreDNS")
	}
	if len(databases) < 2 || databases[1].server == nil {
		t.Skip("NOT TESTED: there is no MariaDB")
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	section, err := walk.Section(string(readme), "### From an empty MariaDB to an answer")
	if err != nil {
		t.Fatal(err)
	}
	blocks := walk.Blocks(section)
	if len(blocks) != 2 || blocks[0].Language != "sh" || blocks[1].Language != "sh" {
		t.Fatalf("expected two blocks of sh, one for each terminal, got %d blocks", len(blocks))
	}
	reader := newReader(t)
	server := reader.terminal(t, blocks[0].Text)
	if !eventually(5*time.Minute, func() bool { return server.exited() || strings.Contains(server.String(), "CoreDNS-") }) || server.exited() {
		t.Fatalf("CoreDNS did not start; the terminal shows:\n%s", server)
	}
	asked := reader.terminal(t, blocks[1].Text)
	if !eventually(30*time.Second, asked.exited) {
		t.Fatalf("the second terminal waits:\n%s", asked)
	}
	promised := regexp.MustCompile("`dig` prints `([^`]+)`").FindStringSubmatch(section)
	if promised == nil {
		t.Fatal("the section does not say what dig prints")
	}
	if got := strings.TrimSpace(asked.String()); got != promised[1] {
		t.Errorf("the second terminal shows %q, the README promises %q; the first shows:\n%s", got, promised[1], server)
	}
}

// A backup as docs/operations.md has it brings every row back, and in one step: its lines are run in the order of the text.
func TestBackupBringsTheRowsBack(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		operations, err := os.ReadFile("../docs/operations.md")
		if err != nil {
			t.Fatal(err)
		}
		section, err := walk.Section(string(operations), "## Backup")
		if err != nil {
			t.Fatal(err)
		}
		blocks := walk.Blocks(section)
		if len(blocks) != 2 {
			t.Fatalf("expected a block that saves and one that brings back, got %d", len(blocks))
		}
		reader := &reader{dir: t.TempDir(), env: clientEnv(t, db.server), ports: strings.NewReplacer()}
		db.insert(t, "kept.lan A 192.0.2.1", `text.lan TXT it's "quoted" \ ; 100%`)
		before := db.rows(t)
		reader.run(t, blocks[0].Text)
		db.exec(t, "DELETE FROM tb_dns WHERE name = 'kept.lan'", "UPDATE tb_dns SET ttl = 1")
		db.insert(t, "new.lan A 192.0.2.2")
		s := serve(t, db.corefile("", ""))
		s.expect(t, "new.lan", "A", "NOERROR; A 192.0.2.2")

		// One that breaks off near its end changes nothing: all is one transaction, which no statement of the backup ends.
		changed, backup := db.rows(t), filepath.Join(reader.dir, "tb_dns.sql")
		whole, err := os.ReadFile(backup)
		if err != nil {
			t.Fatal(err)
		}
		write(t, backup, string(whole)+"INSERT INTO no_such_table VALUES (1);\n")
		if output, err := reader.shell(blocks[1].Text).CombinedOutput(); err == nil {
			t.Fatalf("a broken backup is no error:\n%s", output)
		}
		if after := db.rows(t); after != changed {
			t.Errorf("after one that breaks off:\n%s\nbefore:\n%s", after, changed)
		}

		write(t, backup, string(whole))
		reader.run(t, blocks[1].Text)
		if after := db.rows(t); after != before {
			t.Errorf("after:\n%s\nbefore:\n%s", after, before)
		}
		s.within(t, 5*time.Second, "kept.lan", "A", "NOERROR; A 192.0.2.1")
	})
}

// rows is the table as text, a row a line.
func (db *database) rows(t *testing.T) (text string) {
	t.Helper()
	if err := db.pool.QueryRow("SELECT GROUP_CONCAT(CONCAT_WS('|', id, name, type, class, ttl, record) ORDER BY id SEPARATOR '\n') FROM tb_dns").Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// reader is somebody who follows the README: with this repository's files, and a new MariaDB that lets them in as an administrator.
type reader struct {
	dir   string
	env   []string
	ports *strings.Replacer
}

func newReader(t *testing.T) *reader {
	dir := t.TempDir()
	server, err := mariadb.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop() })
	if err := server.Exec("DROP DATABASE " + mariadb.Database); err != nil { // the only thing that it has more than a new one
		t.Fatal(err)
	}
	copySource(t, dir)
	env := clientEnv(t, server)
	for _, variable := range []string{"GOCACHE", "GOPATH", "GOMODCACHE"} { // which Go would look for below HOME
		env = append(env, variable+"="+strings.TrimSpace(run(t, dir, "go", "env", variable)))
	}
	env = append(env, "GOFLAGS="+os.Getenv("GOFLAGS")+" -tags=lean") // compiles what is compiled already
	port := freePort(t)
	return &reader{dir, env, strings.NewReplacer("127.0.0.1:3306", server.Addr, ".:1053", ".:"+port, "-p 1053", "-p "+port)}
}

// clientEnv is an environment in which MariaDB's programs find the server, and are let in as an administrator.
func clientEnv(t *testing.T, server *mariadb.Server) []string {
	t.Helper()
	host, number, _ := strings.Cut(server.Addr, ":")
	home := t.TempDir()
	write(t, filepath.Join(home, ".my.cnf"), "[client]\nhost="+host+"\nport="+number+"\nuser=root\n")
	return append(os.Environ(), "HOME="+home)
}

// shell is one that runs lines as they stand, until one fails.
func (r *reader) shell(lines string) *exec.Cmd {
	shell := exec.Command("bash", "-euo", "pipefail", "-c", r.ports.Replace(lines))
	shell.Dir, shell.Env = r.dir, r.env
	return shell
}

// run runs lines that end, without an error.
func (r *reader) run(t *testing.T, lines string) {
	t.Helper()
	if output, err := r.shell(lines).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, lines, output)
	}
}

// copySource copies what a clone of this repository has.
func copySource(t *testing.T, to string) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, _ := filepath.Rel("..", path)
		switch {
		case below == ".git" && !entry.IsDir():
			return nil
		case below == ".git", below == "bin", below == "dist", below == ".cache":
			return fs.SkipDir
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(to, below), 0o755)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, below), text, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// terminal begins to run lines.
func (r *reader) terminal(t *testing.T, lines string) *terminal {
	t.Helper()
	shell := r.shell(lines)
	opened := &terminal{ended: make(chan struct{})}
	shell.Stdout, shell.Stderr = opened, opened
	shell.WaitDelay = time.Second
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // to end the shell with all that it started
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		shell.Wait()
		close(opened.ended)
	}()
	t.Cleanup(func() {
		syscall.Kill(-shell.Process.Pid, syscall.SIGKILL)
		<-opened.ended
	})
	return opened
}

// terminal is what a shell and its programs write.
type terminal struct {
	logged
	ended chan struct{}
}

func (t *terminal) exited() bool {
	select {
	case <-t.ended:
		return true
	default:
		return false
	}
}
