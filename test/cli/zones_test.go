package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestZones(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "example.org SOA ns1.example.org h.example.org 7 1 2 3 4", "example.org NS ns1.example.org", "example.org NS NS1.example.org",
			"ns1.example.org A 192.0.2.1", "bad.example.org A 1.2.3", "sub.example.org SOA a. b. 8 1 2 3 4", "x.sub.example.org A 192.0.2.2",
			"example.net SOA a. b. 0 1 2 3 4", "loose.lan A 192.0.2.3", "a..b A 192.0.2.3")
		db.exec(t, "INSERT INTO tb_dns_zones (zone, serial) VALUES ('example.net.', 42)")
		got := db.must(t, "zones")
		expected := `  RECORDS  SERIAL  SKIPPED  ZONE
        1      42        0  example.net.
        3       7        1  example.org.
        2       8        0  sub.example.org.
tb_dns: 3 zones, 7 records, of which 1 in no zone; 2 rows skipped
`
		if got != expected {
			t.Errorf("got\n%s", got)
		}
		var list struct {
			Zones []struct {
				Zone             string
				Records, Skipped int
				Serial           uint32
			}
		}
		if err := json.Unmarshal([]byte(db.must(t, "zones", "--json")), &list); err != nil || len(list.Zones) != 3 || list.Zones[1].Skipped != 1 {
			t.Errorf("%+v, %v", list, err)
		}
		if got := db.must(t, "__complete", "export", ""); got != "example.net.\nexample.org.\nsub.example.org.\n:4\n" {
			t.Errorf("a shell is offered %q", got)
		}
	})
}

func TestExportAll(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "example.org SOA ns1.example.org h.example.org 7 1 2 3 4", "example.org NS ns1.example.org", "ns1.example.org A 192.0.2.1",
			"sub.example.org SOA a. b. 8 1 2 3 4", "sub.example.org NS ns.sub.example.org", "ns.sub.example.org A 192.0.2.2", "x.sub.example.org A 192.0.2.2",
			"0/25.2.0.192.in-addr.arpa SOA a. b. 8 1 2 3 4", "0/25.2.0.192.in-addr.arpa NS a.lan", "loose.lan A 192.0.2.3", "bad.lan A 1.2.3")
		dir := filepath.Join(t.TempDir(), "new")
		db.must(t, "export", "--all", dir)
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range files {
			names = append(names, f.Name())
		}
		if !slices.Equal(names, []string{"0%2F25.2.0.192.in-addr.arpa.zone", "example.org.zone", "sub.example.org.zone"}) {
			t.Errorf("got %q", names)
		}
		for _, zone := range []string{"example.org", "sub.example.org"} {
			text, _ := os.ReadFile(filepath.Join(dir, zone+".zone"))
			if one := db.must(t, "export", zone); one != string(text) {
				t.Errorf("%s is in its file\n%s, alone\n%s", zone, text, one)
			}
		}
		if got := db.must(t, append([]string{"import", "--replace", "--dry-run"}, glob(t, dir)...)...); strings.Contains(got, "+ ") || strings.Contains(got, "- ") {
			t.Errorf("what was exported differs from the table: %s", got)
		}
	})
}

func glob(t *testing.T, dir string) []string {
	files, err := filepath.Glob(filepath.Join(dir, "*.zone"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestImportOfSeveralFiles(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		dir := t.TempDir()
		write := func(i int, text string) {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("z%d.zone", i)), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 3 {
			write(i, fmt.Sprintf("$TTL 300\n$ORIGIN z%d.example.\n@ SOA a. b. 1 2 3 4 5\n@ NS a.\nwww A 192.0.2.1\n", i))
		}
		db.must(t, append([]string{"import"}, glob(t, dir)...)...)
		db.insert(t, "Old.z1.example. A 192.0.2.9", `\119ww.z2.example A 192.0.2.1`)
		write(1, "$TTL 300\n$ORIGIN z1.example.\n@ SOA a. b. 2 2 3 4 5\n@ NS a.\nWWW A 192.0.2.1\n")
		got := db.must(t, append([]string{"import", "--replace"}, glob(t, dir)...)...)
		for i, expected := range []string{"0 added, 0 removed, 3 unchanged", "1 added, 2 removed, 2 unchanged", "0 added, 1 removed, 3 unchanged"} {
			if !strings.Contains(got, fmt.Sprintf("z%d.zone: tb_dns: %s\n", i, expected)) {
				t.Errorf("z%d: expected %s, got\n%s", i, expected, got)
			}
		}

		write(0, "$ORIGIN z0.example.\nwww A 1\n")
		write(2, "$ORIGIN z2.example.\nwww A 1\nnew A 192.0.2.1\n")
		before := db.rows(t)
		o := db.run(t, append([]string{"import", "--replace"}, glob(t, dir)...)...)
		if o.status != 2 || strings.Count(o.stderr, "\n") != 2 || !strings.Contains(o.stderr, "z0.zone:2: A") || !strings.Contains(o.stderr, "z2.zone:2: A") {
			t.Errorf("%+v", o)
		}
		if !slices.Equal(db.rows(t), before) {
			t.Error("something was written")
		}
	})
}

func TestReplaceIsCareful(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		const soa = "example.org.\t300\tIN\tSOA\ta. b. 1 2 3 4 5\n"
		const begin = "; <<>> DiG 9.18 <<>> @192.0.2.53 example.org AXFR\n;; global options: +cmd\n" + soa + "example.org.\t300\tIN\tNS\ta.\n"
		whole := begin + "www.example.org.\t300\tIN\tA\t192.0.2.1\n" + soa + ";; Query time: 1 msec\n"
		db.must(t, "import", "--replace", file(t, whole))
		before := db.rows(t)
		if len(before) != 3 {
			t.Fatalf("rows %q", before)
		}
		for _, text := range []string{begin, begin + "; Transfer failed.\n", whole + "; Transfer failed.\n", strings.Replace(whole, " 1 2 3 4 5\n;; Q", " 2 2 3 4 5\n;; Q", 1)} {
			o := db.run(t, "import", "--replace", file(t, text))
			if o.status != 2 || !strings.Contains(o.stderr, "transfer that broke off") || !slices.Equal(db.rows(t), before) {
				t.Errorf("%s: %+v", text, o)
			}
		}
		half := file(t, soa+"example.org.\t300\tIN\tNS\ta.\n")
		o := db.run(t, "import", "--replace", "--max-shrink", "20", half)
		if o.status != 2 || !strings.Contains(o.stderr, "from 3 rows to 2") || !slices.Equal(db.rows(t), before) {
			t.Errorf("%+v", o)
		}
		db.must(t, "import", "--replace", "--max-shrink", "34", half)
	})
}

func TestNothingForeignReachesTheTerminal(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		got := db.must(t, "import", "--dry-run", file(t, "$TTL 300\nn.example.com. TYPE10 \\# 5 1b5b33316d\nW.example.com. A 192.0.2.1\n"))
		if !strings.Contains(got, "+ n.example.com.\t300\tIN\tNULL\t\\# 5 1b5b33316d\n+ W.example.com.\t300\tIN\tA\t192.0.2.1\n") {
			t.Errorf("%q", got)
		}
	})
}
