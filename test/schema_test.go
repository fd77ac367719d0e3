package test

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns"
)

// changed is what the change log holds, in order.
func (db *database) changed(t *testing.T) (names []string) {
	t.Helper()
	rows, err := db.pool.Query("SELECT name FROM tb_dns_changes ORDER BY seq")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return names
}

func TestSchemaLoadsTwiceAndItsTriggersLogNames(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "a.lan A 192.0.2.1", "b.lan 1 192.0.2.2")
		db.load(t, mysqldns.Schema)
		db.exec(t,
			"UPDATE tb_dns SET record = '192.0.2.3' WHERE name = 'A.LAN'",
			"UPDATE tb_dns SET name = 'c.lan' WHERE name = 'b.lan'",
			"DELETE FROM tb_dns WHERE name = 'c.lan'",
		)
		expected := []string{"a.lan", "b.lan", "a.lan", "a.lan", "b.lan", "c.lan", "c.lan"}
		if got := db.changed(t); !slices.Equal(got, expected) {
			t.Errorf("logged %q, expected %q", got, expected)
		}
	})
}

// Who follows the change log hears of each version of a zone, and of one that goes.
func TestVersionsOfZonesAreLogged(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.exec(t,
			"INSERT INTO tb_dns_zones (zone) VALUES ('example.org.')",
			"UPDATE tb_dns_zones SET serial = 4294967295, digest = REPEAT('x', 32) WHERE zone = 'example.org.' AND serial IS NULL",
			"INSERT INTO tb_dns_journal (zone, serial, delta) VALUES ('example.org.', 4294967295, 'a delta')",
		)
		db.load(t, mysqldns.Schema) // again
		var serial uint32
		if err := db.pool.QueryRow("SELECT j.serial FROM tb_dns_zones z JOIN tb_dns_journal j USING (zone, serial)").Scan(&serial); err != nil || serial != 1<<32-1 {
			t.Errorf("read back serial %d, %v", serial, err)
		}
		db.exec(t, "DELETE FROM tb_dns_zones")
		if got, expected := db.changed(t), slices.Repeat([]string{"example.org."}, 3); !slices.Equal(got, expected) {
			t.Errorf("logged %q, expected %q", got, expected)
		}
	})
}

// A table of an older release, with rows and a change log, gets what is new and keeps the rest.
func TestSchemaLoadsOverAnOlderOne(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "a.lan A 192.0.2.1")
		db.exec(t, "DROP TABLE tb_dns_zones", "DROP TABLE tb_dns_journal", "DROP TABLE tb_dns_updates")
		db.load(t, mysqldns.Schema)
		db.insert(t, "b.lan A 192.0.2.1")
		db.exec(t, "INSERT INTO tb_dns_zones (zone) VALUES ('example.org.')")
		if got, expected := db.changed(t), []string{"a.lan", "b.lan", "example.org."}; !slices.Equal(got, expected) {
			t.Errorf("logged %q, expected %q", got, expected)
		}
	})
}

func TestRolledBackChangeIsNotLogged(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		tx, err := db.pool.Begin()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec("INSERT INTO tb_dns (name, type, record) VALUES ('a.lan', 'A', '192.0.2.1')"); err != nil {
			t.Fatal(err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		if got := db.changed(t); got != nil {
			t.Errorf("logged %q", got)
		}
	})
}

// The longest name, and the largest RDATA in its longest form: every octet as \DDD.
func TestSchemaHoldsTheLargest(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		label := strings.Repeat(`\200`, 63)
		name := strings.Join([]string{label, label, label, label[:61*4]}, ".") + "."
		record := `"` + strings.Repeat(`\200`, 65535) + `"`
		if _, err := db.pool.Exec("INSERT INTO tb_dns (name, type, record) VALUES (?, 'NSEC3PARAM', ?)", name, record); err != nil {
			t.Fatal(err)
		}
		var got string
		if err := db.pool.QueryRow("SELECT record FROM tb_dns WHERE name = ?", name).Scan(&got); err != nil || got != record {
			t.Errorf("read back %d characters, %v, expected %d", len(got), err, len(record))
		}
	})
}

// An UPDATE that has changed one row and waits for the next must not keep others from writing. A trigger of the form
// INSERT … SELECT would: MariaDB holds the log's AUTO-INC lock until the end of the UPDATE.
func TestTriggersLetOthersWriteDuringAnUpdate(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "a.lan A 192.0.2.1", "b.lan A 192.0.2.2")
		holder, err := db.pool.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer holder.Rollback()
		if _, err := holder.Exec("SELECT * FROM tb_dns ORDER BY id DESC LIMIT 1 FOR UPDATE"); err != nil {
			t.Fatal(err)
		}
		update := make(chan error, 1)
		go func() {
			_, err := db.pool.Exec("UPDATE tb_dns SET record = '192.0.2.3'")
			update <- err
		}()
		watcher, err := db.pool.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelReadUncommitted})
		if err != nil {
			t.Fatal(err)
		}
		defer watcher.Rollback()
		if !eventually(10*time.Second, func() bool {
			var n int
			err := watcher.QueryRow("SELECT COUNT(*) FROM tb_dns_changes WHERE name = 'a.lan'").Scan(&n)
			return err == nil && n > 1 // the INSERT logged it once
		}) {
			t.Fatal("the UPDATE has not come to its first row")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if _, err := db.pool.ExecContext(ctx, "INSERT INTO tb_dns_changes (name) VALUES ('c.lan')"); err != nil {
			t.Errorf("writing beside the UPDATE: %v", err)
		}
		holder.Rollback()
		if err := <-update; err != nil {
			t.Error(err)
		}
	})
}
