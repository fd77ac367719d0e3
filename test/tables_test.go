package test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// soon is when a change must show, on however busy a machine.
const soon = 10 * time.Second

// tableScript is the SQL that docs/tables.md has for a kind of table.
func tableScript(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/tables/" + name + ".sql")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (db *database) loadHosts(t *testing.T) {
	t.Helper()
	drop := func() {
		db.exec(t, "DROP VIEW IF EXISTS hosts_view", "DROP TABLE IF EXISTS hosts, hosts_view_changes")
	}
	drop()
	t.Cleanup(drop)
	db.load(t, tableScript(t, "hosts"))
}

func TestHostsViewIsFollowedByItsLog(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.loadHosts(t)
		db.exec(t, "INSERT INTO hosts (fqdn, address) VALUES ('a.lan', '192.0.2.1'), ('b.lan', '2001:db8::1')")
		db.load(t, tableScript(t, "hosts")) // again
		s := serve(t, db.corefile("table hosts_view", ""))
		s.expect(t, "a.lan", "A", "NOERROR; A 192.0.2.1")
		s.expect(t, "b.lan", "AAAA", "NOERROR; AAAA 2001:db8::1")
		db.exec(t, "INSERT INTO hosts (fqdn, address) VALUES ('C.lan', '192.0.2.3')")
		s.within(t, soon, "c.lan", "A", "NOERROR; A 192.0.2.3")
		db.exec(t, "UPDATE hosts SET address = '192.0.2.4' WHERE fqdn = 'c.lan'")
		s.within(t, soon, "c.lan", "A", "NOERROR; A 192.0.2.4")
		db.exec(t, "UPDATE hosts SET active = FALSE WHERE fqdn = 'c.lan'")
		s.within(t, soon, "c.lan", "A", "REFUSED") // there is no next plugin
		db.exec(t, "DELETE FROM hosts WHERE fqdn = 'b.lan'")
		s.within(t, soon, "b.lan", "AAAA", "REFUSED")
		var logged int
		if err := db.pool.QueryRow("SELECT COUNT(*) FROM hosts_view_changes").Scan(&logged); err != nil || logged != 8 {
			t.Errorf("%d names are logged, %v, expected 8: each INSERT and DELETE once, each UPDATE twice", logged, err)
		}
	})
}

// Without a log the view is read again and again; a log that comes later is taken up.
func TestViewWithoutALogIsListedUntilThereIsOne(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.loadHosts(t)
		db.exec(t, "DROP TRIGGER hosts_view_insert", "DROP TRIGGER hosts_view_update", "DROP TRIGGER hosts_view_delete", "DROP TABLE hosts_view_changes",
			"INSERT INTO hosts (fqdn, address) VALUES ('a.lan', '192.0.2.1')")
		metrics := "127.0.0.1:" + freePort(t)
		s := serve(t, db.corefile("table hosts_view\nrefresh 100ms", "prometheus "+metrics))
		lists := func() float64 { return scrape(t, metrics)["lists_total published hosts_view"] }
		db.exec(t, "UPDATE hosts SET address = '192.0.2.2'")
		s.within(t, soon, "a.lan", "A", "NOERROR; A 192.0.2.2")
		if before := lists(); !eventually(soon, func() bool { return lists() > before+1 }) {
			t.Errorf("after %v lists there are no more", before)
		}
		db.load(t, tableScript(t, "hosts"))
		if !eventually(soon, func() bool {
			before := lists()
			return !eventually(time.Second, func() bool { return lists() > before })
		}) {
			t.Error("it is listed again and again, though there is a log now")
		}
		db.exec(t, "UPDATE hosts SET address = '192.0.2.3'")
		s.within(t, soon, "a.lan", "A", "NOERROR; A 192.0.2.3")
	})
}

// The rights that the SQL files speak of are enough: SELECT on the view and its log, and nothing on the tables behind.
func TestSelectOnViewAndLogIsEnough(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.loadHosts(t)
		db.loadCoreDNSMySQL(t, "utf8mb4")
		for _, view := range []string{"hosts_view", "coredns_mysql_view"} {
			db.makeUsers(t, "DROP USER IF EXISTS reader@'%'", "CREATE USER reader@'%' IDENTIFIED BY 'pw'",
				"GRANT SELECT ON dns."+view+" TO reader@'%'", "GRANT SELECT ON dns."+view+"_changes TO reader@'%'")
			log := captureLog(t)
			s := serve(t, ".:0 {\n mysqldns {\n dsn "+db.dsnOf(t, "reader", "pw")+"\n table "+view+"\n }\n}\n")
			log.waitFor(t, "following "+view)
			if !strings.Contains(log.String(), "by its change log") {
				t.Errorf("%s is not followed by its log:\n%s", view, log)
			}
			s.Stop()
		}
	})
}

// docs/tables.md links every file of SQL, and its Corefile names a view of one.
func TestTablesDocument(t *testing.T) {
	text := tablesDocument(t)
	files, err := filepath.Glob("../docs/tables/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	var linked []string
	for _, link := range regexp.MustCompile(`\]\((tables/[a-z_]+\.sql)\)`).FindAllStringSubmatch(text, -1) {
		linked = append(linked, "../docs/"+link[1])
	}
	slices.Sort(linked)
	if linked = slices.Compact(linked); !slices.Equal(linked, files) {
		t.Errorf("links %q, the files are %q", linked, files)
	}
	onReal(t, func(t *testing.T, db *database) {
		db.loadPowerDNS(t)
		blocks := regexp.MustCompile("(?s)```corefile\n(.*?)```").FindAllStringSubmatch(text, -1)
		if len(blocks) != 1 {
			t.Fatalf("%d Corefiles, expected one", len(blocks))
		}
		corefile := regexp.MustCompile(`dsn .*`).ReplaceAllString(blocks[0][1], "dsn "+db.dsn)
		s := serve(t, strings.Replace(corefile, ". {", ".:0 {", 1))
		s.expect(t, "www.example.org", "A", "NOERROR; A 192.0.2.1; A 192.0.2.2")
	})
}

func tablesDocument(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/tables.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The queries in docs/tables.md find what they say.
func TestQueriesOfTablesDocument(t *testing.T) {
	blocks := regexp.MustCompile("(?s)```sql\n(.*?);\n```").FindAllStringSubmatch(tablesDocument(t), -1)
	if len(blocks) != 2 {
		t.Fatalf("%d queries, expected two", len(blocks))
	}
	onReal(t, func(t *testing.T, db *database) {
		db.loadPowerDNS(t)
		db.loadCoreDNSMySQL(t, "utf8mb4")
		db.exec(t, "INSERT INTO coredns_records (zone, name, record_type, content) VALUES ('nosoa.test.', 'www', 'A', '{\"ip\":\"192.0.2.1\"}')")
		for i, q := range []struct{ column, expected string }{
			{"name", "left.sub.example.org sub.example.org"},
			{"zone", "nosoa.test."},
		} {
			var got string
			all := fmt.Sprintf("SELECT GROUP_CONCAT(%s ORDER BY %[1]s SEPARATOR ' ') FROM (%s) found", q.column, blocks[i][1])
			err := db.pool.QueryRow(all).Scan(&got)
			if err != nil || got != q.expected {
				t.Errorf("%s: found %q, %v, expected %q", blocks[i][1], got, err, q.expected)
			}
		}
	})
}
