package cli

import (
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns"
)

func TestSchemaIsTheFile(t *testing.T) {
	if got := databases[0].must(t, "schema"); got != mysqldns.Schema {
		t.Errorf("got %d octets, schema.sql has %d", len(got), len(mysqldns.Schema))
	}
}

// The table, its log and the triggers work under another name, and loading them twice does no harm.
func TestSchemaOfAnotherName(t *testing.T) {
	names := map[string][]string{
		"embedded": {"names", "dns.names", "order"},
		"":         {"names", "dns.names", "order", "dns.a table's `name`", "42"},
	}
	onEach(t, func(t *testing.T, db *database) {
		all := names[db.name]
		if all == nil {
			all = names[""]
		}
		for _, name := range all {
			t.Run(name, func(t *testing.T) {
				quoted := "`" + strings.ReplaceAll(strings.TrimPrefix(name, "dns."), "`", "``") + "`"
				beside := func(suffix string) string { return strings.TrimSuffix(quoted, "`") + suffix + "`" }
				changes, zones, journal := beside("_changes"), beside("_zones"), beside("_journal")
				drop := func() {
					for _, name := range []string{quoted, changes, zones, journal} {
						db.exec(t, "DROP TABLE IF EXISTS "+name)
					}
				}
				drop()
				t.Cleanup(drop)
				script := db.must(t, "schema", "--table", name)
				if strings.Contains(script, "tb_dns") {
					t.Errorf("tb_dns is still there:\n%s", script)
				}
				db.load(t, script)
				db.load(t, script)
				if got := db.must(t, "import", "--table", name, file(t, "a.lan. 60 A 192.0.2.1\n")); !strings.HasPrefix(got, name+": 1 added") {
					t.Errorf("imported %q", got)
				}
				if got := db.column(t, "SELECT name FROM "+changes); len(got) != 1 || got[0] != "a.lan" {
					t.Errorf("logged %q", got)
				}
				db.exec(t, "INSERT INTO "+zones+" (zone, serial) VALUES ('example.org.', 1)",
					"INSERT INTO "+journal+" (zone, serial, delta) VALUES ('example.org.', 1, '')")
				if got := db.column(t, "SELECT name FROM "+changes); len(got) != 2 || got[1] != "example.org." {
					t.Errorf("logged %q, expected the zone's version as well", got)
				}
			})
		}
	})
}

func TestSchemaRefusesNamesThatCanNotBe(t *testing.T) {
	for name, expected := range map[string]string{
		"a.b.c":                    "is not the name of a table: expected NAME or DATABASE.NAME",
		"":                         "is not the name of a table",
		strings.Repeat("x", 51):    "more than 50 characters, which leaves no room for _changes_prune",
		"x\n; DROP TABLE tb_dns; ": "control character",
	} {
		o := databases[0].run(t, "schema", "--table", name)
		if o.status != 2 || o.stdout != "" || !strings.Contains(o.stderr, expected) || strings.Count(o.stderr, "\n") != 1 {
			t.Errorf("%q: status %d, %q", name, o.status, o.stderr)
		}
	}
	if o := databases[0].run(t, "schema", "--table", strings.Repeat("x", 50)); o.status != 0 {
		t.Errorf("50 characters: %s", o.stderr)
	}
}
