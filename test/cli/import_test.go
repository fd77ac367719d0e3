package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

const zoneText = `$ORIGIN example.org.
$TTL 300
@    SOA ns1 hostmaster 1 7200 900 1209600 300
@    NS  ns1
ns1  A   192.0.2.1
www  60 CNAME ns1
txt  TXT "a b" c\;d
x    TYPE65280 \# 2 abcd
$GENERATE 1-3 h$ A 192.0.2.$
`

var zoneRows = []string{
	"example.org SOA IN 300 ns1.example.org. hostmaster.example.org. 1 7200 900 1209600 300",
	"example.org NS IN 300 ns1.example.org.",
	"h1.example.org A IN 300 192.0.2.1",
	"h2.example.org A IN 300 192.0.2.2",
	"h3.example.org A IN 300 192.0.2.3",
	"ns1.example.org A IN 300 192.0.2.1",
	`txt.example.org TXT IN 300 "a b" "c;d"`,
	"www.example.org CNAME IN 60 ns1.example.org.",
	`x.example.org TYPE65280 IN 300 \# 2 abcd`,
}

func TestImport(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "other.lan A 192.0.2.9")
		path := file(t, zoneText)

		dry := db.must(t, "import", "--dry-run", path)
		if !strings.Contains(dry, "+ h1.example.org.\t300\tIN\tA\t192.0.2.1\n") || !strings.HasSuffix(dry, "tb_dns: 9 would be added, 0 would be removed, 0 unchanged\n") {
			t.Errorf("a dry run says\n%s", dry)
		}
		if got := db.rows(t); len(got) != 1 {
			t.Errorf("a dry run wrote %q", got)
		}

		if got := db.must(t, "import", path); got != "tb_dns: 9 added, 0 removed, 0 unchanged\n" {
			t.Errorf("says %q", got)
		}
		if got := db.rows(t); !slices.Equal(got[1:], zoneRows) {
			t.Errorf("got\n%s\nexpected\n%s", strings.Join(got[1:], "\n"), strings.Join(zoneRows, "\n"))
		}
		if got := db.must(t, "import", path); got != "tb_dns: 0 added, 0 removed, 9 unchanged\n" {
			t.Errorf("the second time it says %q", got)
		}
		if got := db.rows(t); len(got) != 10 {
			t.Errorf("after the second time there are %d rows", len(got))
		}
	})
}

func TestImportFromStandardInput(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		c := db.command(t, "import", "--origin", "example.org", "-")
		c.Stdin = strings.NewReader("www 60 A 192.0.2.1\n")
		if o := runTool(t, c); o.status != 0 {
			t.Fatal(o.stderr)
		}
		if got := db.rows(t); !slices.Equal(got, []string{"www.example.org A IN 60 192.0.2.1"}) {
			t.Errorf("got %q", got)
		}
	})
}

func TestImportReplaces(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "example.org SOA old. old. 1 2 3 4 5", "gone.example.org A 192.0.2.7", "WWW.example.org. A 192.0.2.1", "other.lan A 192.0.2.9", "bad.example.org A x",
			"child.example.org SOA a. b. 1 2 3 4 5", "child.example.org NS ns.child.example.org", "ns.child.example.org A 192.0.2.53", "child.example.org DS 1 13 2 00")
		path := file(t, "$TTL 300\nexample.org. SOA a. b. 2 2 3 4 5\nexample.org. NS a.\nwww.example.org. A 192.0.2.1\nchild.example.org. NS ns.child.example.org.\nns.child.example.org. A 192.0.2.53\n")
		o := db.run(t, "import", "--replace", path)
		if o.status != 0 || o.stdout != "tb_dns: 2 added, 4 removed, 1 unchanged\n" {
			t.Errorf("status %d, says %q %q", o.status, o.stdout, o.stderr)
		}
		if expected := "mysqldns: 2 records of the file are part of child zones that the table holds, or a DS at the apex, and were left out\n"; o.stderr != expected {
			t.Errorf("says %q", o.stderr)
		}
		got := db.rows(t)
		expected := []string{"WWW.example.org. A IN 300 192.0.2.1", "other.lan A IN 300 192.0.2.9", "child.example.org SOA IN 300 a. b. 1 2 3 4 5",
			"child.example.org NS IN 300 ns.child.example.org", "ns.child.example.org A IN 300 192.0.2.53",
			"example.org SOA IN 300 a. b. 2 2 3 4 5", "example.org NS IN 300 a."}
		if !slices.Equal(got, expected) {
			t.Errorf("got\n%s\nexpected\n%s", strings.Join(got, "\n"), strings.Join(expected, "\n"))
		}
	})
}

func TestImportReplacesNamesThatAreNoZone(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "a.lan A 192.0.2.1", "b.lan A 192.0.2.2", "b.other A 192.0.2.2")
		if got := db.must(t, "import", "--replace", "--origin", "lan", file(t, "a 300 A 192.0.2.1\nc 300 A 192.0.2.3\n")); got != "tb_dns: 1 added, 1 removed, 1 unchanged\n" {
			t.Errorf("says %q", got)
		}
		if got := db.rows(t); !slices.Equal(got, []string{"a.lan A IN 300 192.0.2.1", "b.other A IN 300 192.0.2.2", "c.lan A IN 300 192.0.2.3"}) {
			t.Errorf("got %q", got)
		}
	})
}

func TestImportSaysWhichTTLsItLeaves(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "a.lan A 192.0.2.1")
		path := file(t, "a.lan. 5 A 192.0.2.1\n")
		if o := db.run(t, "import", path); o.status != 0 || !strings.Contains(o.stderr, "1 of the unchanged have another TTL in the file") {
			t.Errorf("%+v", o)
		}
		db.must(t, "import", "--replace", "--origin", "lan", path)
		if got := db.rows(t); !slices.Equal(got, []string{"a.lan A IN 5 192.0.2.1"}) {
			t.Errorf("got %q", got)
		}
	})
}

// Numbers where the table has numbers, no class where it has none.
func TestImportIntoATableOfNumbers(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.exec(t, "DROP TABLE tb_dns", "DROP TABLE tb_dns_changes", // whose triggers went with the table
			"CREATE TABLE tb_dns (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(255), type INT, ttl INT, record TEXT)")
		db.must(t, "import", file(t, zoneText))
		if got := db.column(t, "SELECT CONCAT_WS(' ', type, ttl, record) FROM tb_dns WHERE name IN ('x.example.org', 'www.example.org') ORDER BY id"); !slices.Equal(got, []string{
			"5 60 ns1.example.org.", `65280 300 \# 2 abcd`}) {
			t.Errorf("got %q", got)
		}
		if got := db.must(t, "check"); !strings.Contains(got, "nothing wrong") {
			t.Error(got)
		}
	})
}

func TestImportRefuses(t *testing.T) {
	const soa = "example.org. 60 SOA a. b. 1 2 3 4 5\n"
	tests := []struct {
		name, text string
		args       []string
		expected   string
	}{
		{"a mistake in line 2", "a.lan. 60 A 192.0.2.1\nb.lan. 60 A 192.0.2\n", nil, `FILE:2: A "192.0.2" is not an IPv4 address: write four numbers`},
		{"a relative name", "www 60 A 192.0.2.1\n", nil, `FILE:1: name "www" is relative, and no origin is known: say with $ORIGIN or --origin`},
		{"a file that includes itself", "\n$INCLUDE example.zone\n", nil, "is being read already, so this would never end"},
		{"another class", "a.lan. 60 CH TXT x\n", nil, "FILE:1: a.lan. is of class CH; the plugin serves IN only"},
		{"a TTL that is too large", "a.lan. 4294967295 A 192.0.2.1\n", nil, "FILE:1: the TTL 4294967295 is too large"},
		{"RDATA that the plugin does not take", "a.lan. 60 SVCB 1 . no-default-alpn\n", nil, `FILE:1: SVCB "1 . no-default-alpn" has no-default-alpn without alpn`},
		{"a record outside of the zone", soa + "a.lan. 60 A 192.0.2.1\n", nil, "FILE:2: a.lan. is not in example.org."},
		{"a record outside of the zone before its SOA", "a.lan. 60 A 192.0.2.1\n" + soa, nil, "FILE:1: a.lan. is not in example.org."},
		{"a record outside of what is replaced", "a.lan. 60 A 192.0.2.1\n", []string{"--replace", "--origin", "example.org"}, "FILE:1: a.lan. is not in example.org."},
		{"two zones", soa + "sub." + soa, nil, "FILE:2: a second zone, sub.example.org., begins in the file of example.org.: import each from a file of its own"},
		{"two SOAs", soa + "example.org. 60 SOA a. b. 2 2 3 4 5\n", nil, "FILE:2: example.org. may have one SOA only, and line 1 is the other"},
		{"CNAME beside data", "\na.lan. 60 CNAME b.\na.lan. 60 TXT x\n", nil, "FILE:3: a.lan. may not have a CNAME and a TXT, and line 2 is the other"},
		{"CNAME beside a row", "row.lan. 60 CNAME b.\n", nil, "FILE:1: row.lan. may not have a CNAME and a A, and row 1 is the other: delete that, or import with --replace"},
		{"an empty file", "; nothing\n", []string{"--replace", "--origin", "lan"}, "FILE holds no records"},
		{"nothing to say what is replaced", "a.lan. 60 A 192.0.2.1\n", []string{"--replace"}, "FILE has no SOA: say with --origin what to replace"},
		{"a zone of which the SOA would go", "a.zone. 60 A 192.0.2.1\n", []string{"--replace", "--origin", "zone"}, "row 2 makes zone. a zone, and FILE has no SOA for it: add one"},
		{"an origin that is none", "a.lan. 60 A 192.0.2.1\n", []string{"--origin", "a..b"}, `--origin: name "a..b" has an empty label: remove the dot`},
		{"a file that ends early", soa + "a.example.org. 60 TXT ( \"x\"\n", nil, "FILE:2: has a ( without )"},
	}
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "row.lan A 192.0.2.1", "zone SOA a. b. 1 2 3 4 5")
		before := db.rows(t)
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				path := file(t, test.text)
				o := db.run(t, append(append([]string{"import"}, test.args...), path)...)
				if o.status != 2 || !strings.Contains(strings.ReplaceAll(o.stderr, path, "FILE"), test.expected) {
					t.Errorf("status %d, %q\nexpected %q", o.status, o.stderr, test.expected)
				}
				if strings.Count(o.stderr, "\n") != 1 || o.stdout != "" {
					t.Errorf("more than one line: %q %q", o.stderr, o.stdout)
				}
				if got := db.rows(t); !slices.Equal(got, before) {
					t.Errorf("something was written: %q", got)
				}
			})
		}
		for _, path := range []string{"/nonexistent/zone", os.TempDir()} {
			if o := db.run(t, "import", path); o.status != 2 || !strings.Contains(o.stderr, path) {
				t.Errorf("%s: %+v", path, o)
			}
		}
	})
}

// The last record of a large file can not be written. Nothing of the others is.
func TestImportThatFailsAtTheEndWritesNothing(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.exec(t, "ALTER TABLE tb_dns MODIFY record VARCHAR(200) NOT NULL")
		text := "$TTL 60\n$GENERATE 1-5000 h$.lan. A 192.0.2.1\nz.lan. TXT \"" + strings.Repeat("x", 220) + "\"\n"
		o := db.run(t, "import", file(t, text))
		if o.status != 2 || !strings.Contains(o.stderr, "Data too long") || !strings.Contains(o.stderr, "nothing was written") {
			t.Errorf("%+v", o)
		}
		if got := db.rows(t); len(got) > 0 {
			t.Errorf("%d rows were written", len(got))
		}
		if got := db.column(t, "SELECT name FROM tb_dns_changes"); len(got) > 0 {
			t.Errorf("%d names were logged", len(got))
		}
	})
}

// A server that is not strict would cut the record.
func TestImportIsStrictWhereTheServerIsNot(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		db.exec(t, "ALTER TABLE tb_dns MODIFY record VARCHAR(20) NOT NULL", "SET GLOBAL sql_mode = ''")
		defer db.exec(t, "SET GLOBAL sql_mode = DEFAULT")
		if o := db.run(t, "import", file(t, "z.lan. 60 TXT \"more than twenty characters\"\n")); o.status != 2 || !strings.Contains(o.stderr, "make it as in schema.sql") {
			t.Errorf("%+v", o)
		}
	})
}

func TestImportNeedsATableWithTransactions(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.exec(t, "DROP TABLE tb_dns", "CREATE TABLE tb_dns (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(255), type VARCHAR(9), ttl INT, record TEXT) ENGINE=MyISAM")
		if o := db.run(t, "import", file(t, zoneText)); o.status != 2 || !strings.Contains(o.stderr, "MyISAM, which has no transactions: ALTER TABLE `tb_dns` ENGINE = InnoDB") {
			t.Errorf("%+v", o)
		}
		db.exec(t, "DROP TABLE tb_dns", "CREATE VIEW dns_view AS SELECT 1 AS id, 'a.lan' AS name, 'A' AS type, 60 AS ttl, '192.0.2.1' AS record")
		if o := db.run(t, "import", "--table", "dns_view", file(t, zoneText)); o.status != 2 || !strings.Contains(o.stderr, "dns_view is a view, and views such as those of ptr.sql and disabled.sql cannot be written: name the table behind it") {
			t.Errorf("%+v", o)
		}
		db.exec(t, "CREATE TABLE tb_dns (name VARCHAR(255), type VARCHAR(9), ttl INT, record TEXT)", "INSERT INTO tb_dns VALUES ('a.lan', 'A', 60, '192.0.2.1')")
		if o := db.run(t, "import", "--replace", "--origin", "lan", file(t, "b.lan. 60 A 192.0.2.1\n")); o.status != 2 || !strings.Contains(o.stderr, "deletes rows by their id") {
			t.Errorf("%+v", o)
		}
		db.must(t, "import", file(t, "b.lan. 60 A 192.0.2.1\n"))
	})
}

// Rows are written in several statements, and by several runs of them in one transaction.
func TestImportOfManyRecords(t *testing.T) {
	const records = 30_000
	onEach(t, func(t *testing.T, db *database) {
		n := records
		if db.server == nil {
			n = 300 // its time grows with the square of the names in a statement
		}
		var text strings.Builder
		text.WriteString("$TTL 60\nbig. SOA a. b. 1 2 3 4 5\nbig. NS a.\n")
		for i := range n {
			fmt.Fprintf(&text, "h%d.big. A 192.0.2.%d\n", i, i%256)
		}
		path := file(t, text.String())
		if got, expected := db.must(t, "import", path), fmt.Sprintf("tb_dns: %d added, 0 removed, 0 unchanged\n", n+2); got != expected {
			t.Errorf("got %q", got)
		}
		db.exec(t, "DELETE FROM tb_dns WHERE record = '192.0.2.7'")
		gone := (n + 248) / 256
		if got, expected := db.must(t, "import", "--replace", path), fmt.Sprintf("tb_dns: %d added, 0 removed, %d unchanged\n", gone, n+2-gone); got != expected {
			t.Errorf("got %q, expected %q", got, expected)
		}
		if got := db.must(t, "import", "--replace", "--origin", "big", file(t, "$TTL 60\n@ SOA a. b. 1 2 3 4 5\n@ NS a.\n")); got != fmt.Sprintf("tb_dns: 0 added, %d removed, 2 unchanged\n", n) {
			t.Errorf("got %q", got)
		}
	})
}
