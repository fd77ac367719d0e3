package cli

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestCheckFindsNothing(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		if got := db.must(t, "check"); got != "tb_dns: 0 rows, 0 zones, nothing wrong\n" {
			t.Errorf("%q", got)
		}
		db.must(t, "import", file(t, zoneText))
		if got := db.must(t, "check"); got != "tb_dns: 9 rows, 1 zone, nothing wrong\n" {
			t.Errorf("%q", got)
		}
		var report struct{ Findings []any }
		if err := json.Unmarshal([]byte(db.must(t, "check", "--json")), &report); err != nil || report.Findings == nil || len(report.Findings) > 0 {
			t.Errorf("%+v, %v", report, err)
		}
	})
}

func TestCheckFinds(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "bad.lan A 192.0.2.256", "www.bad.lan A \x1b[31mred", "example SOA a. b. 1 2 3 4 5", "example MX 10 gone.example", "www.example A 192.0.2.1", "www.example A 192.0.2.1")
		o := db.run(t, "check")
		expected := `Rows that are no valid records, which the plugin skips:
  bad.lan      A  row 1  record "192.0.2.256" is not an IPv4 address: write four numbers from 0 to 255 without leading zeros, such as 192.0.2.1
  www.bad.lan  A  row 2  record "\x1b[31mred" holds a control character: remove it, or, if it belongs to the data, write it in decimal, as \009 for a tab

Rows that make the same record:
  www.example.  A  row 5, 6  2 rows make the same record, which is answered once: delete all but one

Zones without NS records:
  example.  SOA  row 3  the zone has no NS records at its apex, so it cannot be delegated or transferred: add the names of its servers

Targets that do not exist:
  example.  MX  row 4  the target of its MX, gone.example., has no records: add them, or name another

tb_dns: 6 rows, 1 zone, 5 findings: 2 bad-row, 1 duplicate, 1 zone-without-ns, 1 missing-target
`
		if o.status != 1 || o.stdout != expected || o.stderr != "" {
			t.Errorf("status %d\n%s%s", o.status, o.stdout, o.stderr)
		}

		o = db.run(t, "check", "--json")
		var report struct {
			Table                string
			Rows, Records, Zones int
			Findings             []struct {
				Kind, Owner, Type, Problem, Advice string
				Rows                               []uint64
				Count                              int
			}
		}
		if err := json.Unmarshal([]byte(o.stdout), &report); err != nil {
			t.Fatalf("%v\n%s", err, o.stdout)
		}
		if o.status != 1 || report.Table != "tb_dns" || report.Rows != 6 || report.Records != 4 || report.Zones != 1 || len(report.Findings) != 5 {
			t.Errorf("status %d, %+v", o.status, report)
		}
		if f := report.Findings[2]; f.Kind != "duplicate" || f.Owner != "www.example." || f.Type != "A" || len(f.Rows) != 2 || f.Rows[1] != 6 || f.Count != 2 || f.Advice != "delete all but one" {
			t.Errorf("%+v", f)
		}
	})
}

// A serial that is older than the one that secondaries have keeps them from any change.
func TestCheckFindsSerials(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.must(t, "import", file(t, zoneText))
		db.exec(t, "INSERT INTO tb_dns_zones (zone, serial) SELECT CONCAT(TRIM(TRAILING '.' FROM LOWER(name)), '.'), 4000000000 FROM tb_dns WHERE type = 'SOA'")
		db.exec(t, "UPDATE tb_dns SET record = 'ns1.example.org. hostmaster.example.org. 3999999999 7200 3600 1209600 300' WHERE type = 'SOA'")
		o := db.run(t, "check")
		if expected := "the zone had serial 4000000000, which is newer than 3999999999"; o.status != 1 || !strings.Contains(o.stdout, expected) ||
			!strings.Contains(o.stdout, "such as 4000000001, or 0") || !strings.Contains(o.stdout, "1 serial-goes-back") {
			t.Errorf("status %d\n%s%s", o.status, o.stdout, o.stderr)
		}
		db.exec(t, "UPDATE tb_dns SET record = 'ns1.example.org. hostmaster.example.org. 0 7200 3600 1209600 300' WHERE type = 'SOA'")
		if o := db.run(t, "check"); strings.Contains(o.stdout, "serial-goes-back") {
			t.Errorf("with serial 0:\n%s", o.stdout)
		}
	})
}

// Who may only read may check and export.
func TestReadingNeedsNoMoreThanSelect(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		db.must(t, "import", file(t, zoneText))
		db.exec(t, "DROP USER IF EXISTS reader@'%'", "CREATE USER reader@'%' IDENTIFIED BY 'pw'", "GRANT SELECT ON dns.tb_dns TO reader@'%'")
		reader := *db
		reader.dsn = db.server.DSN("reader", "pw", "dns")
		reader.must(t, "check")
		reader.must(t, "export", "example.org")
		o := reader.run(t, "import", file(t, "a.lan. 60 A 192.0.2.1\n"))
		if o.status != 2 || !strings.Contains(o.stderr, "GRANT INSERT ON dns.tb_dns TO 'reader'@'%'") {
			t.Errorf("%+v", o)
		}
		db.exec(t, "GRANT INSERT ON dns.tb_dns TO reader@'%'")
		reader.must(t, "import", file(t, "a.lan. 60 A 192.0.2.1\n"))
		if o := reader.run(t, "import", "--replace", "--origin", "lan", file(t, "b.lan. 60 A 192.0.2.1\n")); o.status != 2 || !strings.Contains(o.stderr, "GRANT DELETE ON dns.tb_dns TO 'reader'@'%'") {
			t.Errorf("%+v", o)
		}
	})
}

func TestCheckLooksAtTheChangeLog(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "a.lan A 192.0.2.1", "b.lan A 192.0.2.1")
		db.must(t, "check")
		db.exec(t, "UPDATE tb_dns_changes SET changed_at = NOW() - INTERVAL 9 DAY")
		triggers := db.column(t, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = 'tb_dns' AND EVENT_MANIPULATION = 'DELETE'")
		if len(triggers) != 1 {
			t.Fatalf("triggers %q", triggers)
		}
		db.exec(t, "DROP TRIGGER "+triggers[0])
		o := db.run(t, "check")
		expected := `Changes that the change log does not hold:
  there is no trigger for DELETE, so these changes are not in the change log, and show only when all of the table is read again: load the schema again: mysqldns schema | mysql

The change log:
  its oldest entry is 9 days old, so nothing prunes it: turn on the server's event scheduler (SET GLOBAL event_scheduler = ON) and look whether the event of the schema is enabled, or give the plugin write_dsn

tb_dns: 2 rows, 0 zones, 2 findings: 1 trigger-missing, 1 log-not-pruned
`
		if o.status != 1 || o.stdout != expected {
			t.Errorf("status %d\n%s%s", o.status, o.stdout, o.stderr)
		}
	})
}

// Who may only read sees no triggers, and is told nothing about them.
func TestCheckTellsNothingOfTriggersThatItCannotSee(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		db.exec(t, "DROP USER IF EXISTS looker@'%'", "CREATE USER looker@'%' IDENTIFIED BY 'pw'", "GRANT SELECT ON dns.* TO looker@'%'")
		c := db.command(t, "check")
		c.Env = append(c.Env, "MYSQLDNS_DSN="+db.server.DSN("looker", "pw", "dns"))
		if o := runTool(t, c); o.status != 0 {
			t.Errorf("%+v", o)
		}
	})
}
