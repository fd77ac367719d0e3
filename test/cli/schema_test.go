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

// With --with-ptr, ptr.sql comes behind it; other names of the table fit.
func TestSchemaWithPTR(t *testing.T) {
	if got := databases[0].must(t, "schema", "--with-ptr"); got != mysqldns.Schema+"\n"+mysqldns.SchemaWithPTR {
		t.Errorf("got %d octets", len(got))
	}
	for name, expected := range map[string]string{strings.Repeat("x", 48): "no room for _with_ptr_changes", "it's": "quote or a backslash"} {
		if o := databases[0].run(t, "schema", "--with-ptr", "--table", name); o.status != 2 || !strings.Contains(o.stderr, expected) {
			t.Errorf("%s: status %d, %q", name, o.status, o.stderr)
		}
	}
	onReal(t, func(t *testing.T, db *database) {
		for _, name := range []string{"names", "dns.dns-names"} {
			base := strings.TrimPrefix(name, "dns.")
			drop := func() {
				for _, suffix := range []string{"_with_ptr", "_with_ptr_changes", "_with_ptr_zones", "_with_ptr_journal"} {
					db.exec(t, "DROP VIEW IF EXISTS `"+base+suffix+"`")
				}
				for _, suffix := range []string{"", "_changes", "_zones", "_journal", "_updates"} {
					db.exec(t, "DROP TABLE IF EXISTS `"+base+suffix+"`")
				}
			}
			drop()
			script := db.must(t, "schema", "--with-ptr", "--table", name)
			db.load(t, script)
			db.load(t, script)
			db.exec(t, "INSERT INTO `"+base+"` (name, type, record) VALUES ('a.lan', 'A', '192.0.2.1')")
			if got := db.column(t, "SELECT record FROM `"+base+"_with_ptr` WHERE name = '1.2.0.192.in-addr.arpa' AND type = 'PTR'"); len(got) != 1 || got[0] != "a.lan" {
				t.Errorf("%s: got %q", name, got)
			}
			drop()
		}
	})
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
				changes, zones, journal, updates := beside("_changes"), beside("_zones"), beside("_journal"), beside("_updates")
				drop := func() {
					for _, name := range []string{quoted, changes, zones, journal, updates} {
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
