package cli

import (
	"database/sql"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// eventually polls a condition until it holds, and reports whether it did before the limit.
func eventually(limit time.Duration, condition func() bool) bool {
	for deadline := time.Now().Add(limit); ; time.Sleep(5 * time.Millisecond) {
		if condition() {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}

// held is an import that has written all that it adds and waits for a row that another transaction holds.
type held struct {
	command *exec.Cmd
	done    chan outcome
	blocker *sql.Tx
}

// hold imports 2500 names h1.lan and so on in place of zzz.lan, which is locked.
func hold(t *testing.T, db *database) *held {
	t.Helper()
	db.insert(t, "zzz.lan A 192.0.2.1")
	blocker, err := db.pool.Begin()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { blocker.Rollback() })
	if _, err := blocker.Exec("SELECT * FROM tb_dns WHERE id = 1 FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	h := &held{db.command(t, "import", "--replace", "--origin", "lan", file(t, "$TTL 60\n$GENERATE 1-2500 h$ A 192.0.2.1\n")), make(chan outcome, 1), blocker}
	wait := startTool(t, h.command)
	go func() { h.done <- wait() }()
	if !eventually(30*time.Second, func() bool { return db.uncommitted(t) >= 2000 }) {
		t.Fatal("the import has written nothing")
	}
	return h
}

// uncommitted counts the imported rows as another transaction has them.
func (db *database) uncommitted(t *testing.T) (n int) {
	t.Helper()
	tx, err := db.pool.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelReadUncommitted})
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if err := tx.QueryRow("SELECT COUNT(*) FROM tb_dns WHERE name LIKE 'h%.lan'").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestInterruptedImportWritesNothing(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		h := hold(t, db)
		if err := h.command.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		select {
		case o := <-h.done:
			if o.status != 2 || o.stderr != "mysqldns: interrupted; nothing was written\n" {
				t.Errorf("%+v", o)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("it goes on")
		}
		h.blocker.Rollback()
		if !eventually(20*time.Second, func() bool { return db.uncommitted(t) == 0 }) {
			t.Error("the rows stay")
		}
		if got := db.rows(t); len(got) != 1 {
			t.Errorf("got %q", got)
		}
	})
}

// Somebody else deletes the row that the import wants to delete.
func TestImportNoticesThatSomebodyElseDeletes(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		h := hold(t, db)
		if _, err := h.blocker.Exec("DELETE FROM tb_dns WHERE id = 1"); err != nil {
			t.Fatal(err)
		}
		if err := h.blocker.Commit(); err != nil {
			t.Fatal(err)
		}
		if o := <-h.done; o.status != 2 || !strings.Contains(o.stderr, "nothing was written. Import the file again") {
			t.Errorf("%+v", o)
		}
		if got := db.rows(t); len(got) != 0 {
			t.Errorf("got %d rows", len(got))
		}
	})
}

func TestInterruptEndsWaitingForInput(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		defer writer.Close()
		c := db.command(t, "import", "-")
		c.Stdin = reader
		done := make(chan outcome, 1)
		wait := startTool(t, c)
		go func() { done <- wait() }()
		// More than a pipe holds: when all is written, it runs and reads.
		if _, err := writer.WriteString("a.lan. 60 A 192.0.2.1\n" + strings.Repeat("; nothing\n", 1<<18)); err != nil {
			t.Fatal(err)
		}
		if err := c.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		select {
		case o := <-done:
			if o.status != 2 || o.stderr != "mysqldns: interrupted; nothing was written\n" {
				t.Errorf("%+v", o)
			}
		case <-time.After(20 * time.Second):
			t.Error("it goes on")
		}
	})
}
