package test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSnapshot(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		path := filepath.Join(t.TempDir(), "copy")
		db.insert(t, "www.lan A 192.0.2.1")
		first := serve(t, db.corefile("snapshot "+path, ""))
		if !eventually(5*second, func() bool { _, err := os.Stat(path); return err == nil }) {
			t.Fatal("no snapshot after the first load")
		}
		if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
			t.Errorf("the snapshot has mode %s", info.Mode())
		}
		db.insert(t, "late.lan A 192.0.2.2")
		first.within(t, 10*second, "late.lan", "A", "NOERROR; A 192.0.2.2")
		first.Stop() // which saves what changed
		if err := db.server.Stop(); err != nil {
			t.Fatal(err)
		}

		log := captureLog(t)
		without := serve(t, db.corefile("", ""))
		without.expect(t, "www.lan", "A", "SERVFAIL")
		s := serve(t, db.corefile("snapshot "+path, ""))
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
		s.expect(t, "late.lan", "A", "NOERROR; A 192.0.2.2")
		log.waitFor(t, "answering from the snapshot of")

		if err := db.server.Restart(); err != nil {
			t.Fatal(err)
		}
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.3' WHERE name = 'www.lan'")
		s.within(t, 10*second, "www.lan", "A", "NOERROR; A 192.0.2.3")
	})
}

// A damaged or foreign file is refused with a line that says so; the server then behaves as without one.
func TestSnapshotRefused(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		path := filepath.Join(t.TempDir(), "copy")
		for i := range 100 {
			db.insert(t, fmt.Sprintf("h%d.lan A 192.0.2.%d", i, i))
		}
		serve(t, db.corefile("snapshot "+path, "")).Stop()
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(good), "root@") {
			t.Error("the snapshot has the DSN in it")
		}
		if err := db.server.Stop(); err != nil {
			t.Fatal(err)
		}
		defer db.server.Restart()
		altered := []byte(string(good))
		altered[len(altered)/2] ^= 1
		for _, test := range []struct{ name, content, properties, logged string }{
			{"cut short", string(good[:len(good)-7]), "", "cut short"},
			{"altered", string(altered), "", "damaged"},
			{"something else", "-- MySQL dump 10.13", "", "not a mysqldns snapshot"},
			{"of another table", string(good), "table other", "another source"},
		} {
			t.Run(test.name, func(t *testing.T) {
				log := captureLog(t)
				write(t, path, test.content)
				s := serve(t, db.corefile("snapshot "+path+"\n"+test.properties, ""))
				log.waitFor(t, test.logged)
				s.expect(t, "h1.lan", "A", "SERVFAIL")
			})
		}
	})
}

// A list that lost too much is refused; the old copy answers.
func TestMaxShrink(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		log := captureLog(t)
		db.exec(t, "DROP TABLE tb_dns_changes")
		db.exec(t, "DROP TRIGGER tb_dns_insert", "DROP TRIGGER tb_dns_update", "DROP TRIGGER tb_dns_delete")
		for i := range 10 {
			db.insert(t, fmt.Sprintf("h%d.lan A 192.0.2.%d", i, i))
		}
		s := serve(t, db.corefile("max_shrink 50\nrefresh 100ms", ""))
		db.exec(t, "DELETE FROM tb_dns WHERE name IN ('h1.lan', 'h2.lan')")
		s.within(t, 10*second, "h1.lan", "A", "REFUSED") // a fifth may go
		db.exec(t, "DELETE FROM tb_dns WHERE name <> 'h9.lan'")
		log.waitFor(t, "refusing a list of tb_dns: it has 1 records, the copy 8, and max_shrink is 50 percent")
		s.expect(t, "h3.lan", "A", "NOERROR; A 192.0.2.3")
		for i := range 8 {
			db.insert(t, fmt.Sprintf("n%d.lan A 192.0.2.%d", i, i))
		}
		s.within(t, 10*second, "n1.lan", "A", "NOERROR; A 192.0.2.1") // whole again
		s.expect(t, "h3.lan", "A", "REFUSED")
	})
}

// A server that hangs is not waited for longer than a snapshot is worth.
func TestSnapshotWhenTheDatabaseHangs(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		path := filepath.Join(t.TempDir(), "copy")
		db.insert(t, "www.lan A 192.0.2.1")
		serve(t, db.corefile("snapshot "+path, "")).Stop()
		if err := db.server.Pause(); err != nil {
			t.Fatal(err)
		}
		defer db.server.Resume()
		s := serve(t, db.corefile("snapshot "+path, ""))
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
		if err := db.server.Resume(); err != nil {
			t.Fatal(err)
		}
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.2'")
		s.within(t, 10*second, "www.lan", "A", "NOERROR; A 192.0.2.2")
	})
}
