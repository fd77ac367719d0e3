package test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns"
	"github.com/mysqldns/mysqldns/test/rows"
	"github.com/mysqldns/mysqldns/test/usage"
)

// loadOver loads a file of docs/tables over a tb_dns that has rows, and does so twice. What it adds beside tb_dns goes when the test ends.
func (db *database) loadOver(t *testing.T, name string, views, tables []string) {
	t.Helper()
	drop := func() {
		for _, view := range views {
			db.exec(t, "DROP VIEW IF EXISTS "+view)
		}
		for _, table := range tables {
			db.exec(t, "DROP TABLE IF EXISTS "+table)
		}
	}
	drop()
	t.Cleanup(func() {
		drop()
		db.exec(t, "DROP TABLE IF EXISTS tb_dns") // with the triggers and columns that others do not expect
	})
	db.load(t, tableScript(t, name))
	db.load(t, tableScript(t, name))
}

func besides(view string) []string {
	return []string{view, view + "_changes", view + "_zones", view + "_journal"}
}

// PTR records by themselves: each change of an address shows at its reverse name, and what somebody wrote there comes first.
func TestPTRBySQL(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "old.example.org A 192.0.2.1",
			"2.0.192.in-addr.arpa SOA ns1.example.org host.example.org 1 2 3 4 60",
			"8.b.d.0.1.0.0.2.ip6.arpa SOA ns1.example.org host.example.org 1 2 3 4 60",
			"0/25.100.51.198.in-addr.arpa SOA ns1.example.org host.example.org 1 2 3 4 60")
		db.loadOver(t, "ptr", besides("tb_dns_with_ptr"), nil)
		metrics := "127.0.0.1:" + freePort(t)
		log := captureLog(t)
		s := serve(t, db.corefile("table tb_dns_with_ptr\nresync 1s", "prometheus "+metrics))
		log.waitFor(t, "by its change log")
		const (
			one = "1.2.0.192.in-addr.arpa"
			two = "2.2.0.192.in-addr.arpa"
			six = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
		)
		s.expect(t, one, "PTR", "NOERROR; PTR old.example.org.")
		s.expect(t, "old.example.org", "A", "NOERROR; A 192.0.2.1")
		s.expect(t, two, "PTR", "NXDOMAIN")
		db.insert(t, "new.example.org A 192.0.2.2", "six.example.org AAAA 2001:DB8:0::1")
		s.within(t, soon, two, "PTR", "NOERROR; PTR new.example.org.")
		s.within(t, soon, six, "PTR", "NOERROR; PTR six.example.org.")
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.2' WHERE name = 'old.example.org'", "UPDATE tb_dns SET name = 'newer.example.org' WHERE name = 'new.example.org'")
		s.within(t, soon, one, "PTR", "NXDOMAIN")
		if !eventually(soon, func() bool {
			got := strings.Split(short(s.ask(t, two, "PTR")), "; ")
			slices.Sort(got)
			return slices.Equal(got, []string{"NOERROR", "PTR newer.example.org.", "PTR old.example.org."})
		}) {
			t.Errorf("got %s", short(s.ask(t, two, "PTR")))
		}
		db.insert(t, two+". PTR real.example.org") // with a dot
		s.within(t, soon, two, "PTR", "NOERROR; PTR real.example.org.")
		db.exec(t, "DELETE FROM tb_dns WHERE type = 'PTR'", "DELETE FROM tb_dns WHERE name = 'old.example.org'")
		s.within(t, soon, two, "PTR", "NOERROR; PTR newer.example.org.")
		db.exec(t, "UPDATE tb_dns SET ptr = '' WHERE name = 'newer.example.org'")
		s.within(t, soon, two, "PTR", "NXDOMAIN")
		s.expect(t, "newer.example.org", "A", "NOERROR; A 192.0.2.2")

		// RFC 2317: in a classless zone, to which the parent has an alias.
		db.insert(t, "7.100.51.198.in-addr.arpa CNAME 7.0/25.100.51.198.in-addr.arpa")
		db.exec(t, "INSERT INTO tb_dns (name, type, ttl, record, ptr) VALUES ('less.example.org', 'A', 300, '198.51.100.7', '7.0/25.100.51.198.in-addr.arpa')")
		s.within(t, soon, "7.100.51.198.in-addr.arpa", "PTR", "NOERROR; CNAME 7.0/25.100.51.198.in-addr.arpa.; PTR less.example.org.")

		// What is no record makes none.
		db.insert(t, "*.wild.example.org A 192.0.2.5", "bad.example.org A 192.0.2.05", "text.example.org TXT 192.0.2.5", "wrong.example.org A 2001:db8::5", "short.example.org A 192.0.5")
		db.insert(t, "last.example.org A 192.0.2.9")
		s.within(t, soon, "9.2.0.192.in-addr.arpa", "PTR", "NOERROR; PTR last.example.org.")
		s.expect(t, "5.2.0.192.in-addr.arpa", "PTR", "NXDOMAIN")
		before := scrape(t, metrics)["lists_total published tb_dns_with_ptr"]
		if !eventually(soon, func() bool { return scrape(t, metrics)["lists_total published tb_dns_with_ptr"] > before+1 }) {
			t.Error("it is not listed again")
		}
		if drift := scrape(t, metrics)["drift_names_total tb_dns_with_ptr"]; drift != 0 {
			t.Errorf("%v names were not in the change log", drift)
		}
	})
}

// A row that is switched off goes at once, and comes back.
func TestDisabledRows(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "www.lan A 192.0.2.1", "www.lan A 192.0.2.2")
		db.loadOver(t, "disabled", besides("tb_dns_enabled"), nil)
		log := captureLog(t)
		s := serve(t, db.corefile("table tb_dns_enabled", ""))
		log.waitFor(t, "by its change log")
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1; A 192.0.2.2")
		db.exec(t, "UPDATE tb_dns SET disabled = TRUE, comment = 'for a while' WHERE record = '192.0.2.2'")
		s.within(t, soon, "www.lan", "A", "NOERROR; A 192.0.2.1")
		db.exec(t, "UPDATE tb_dns SET disabled = TRUE")
		s.within(t, soon, "www.lan", "A", "REFUSED")
		db.exec(t, "UPDATE tb_dns SET disabled = FALSE WHERE comment IS NULL")
		s.within(t, soon, "www.lan", "A", "NOERROR; A 192.0.2.1")
		db.exec(t, "INSERT INTO tb_dns (name, type, record, disabled) VALUES ('hidden.lan', 'A', '192.0.2.3', TRUE)", "INSERT INTO tb_dns VALUES (99, 'all.lan', 'A', 'IN', 60, '192.0.2.4')")
		s.within(t, soon, "all.lan", "A", "NOERROR; A 192.0.2.4")
		s.expect(t, "hidden.lan", "A", "REFUSED")
	})
}

// An owner sees and writes their own rows and no others; the answers follow.
func TestTenants(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "www.alice.lan A 192.0.2.1", "www.bob.lan A 192.0.2.2", "malice.lan A 192.0.2.3")
		db.loadOver(t, "tenants", []string{"tb_dns_own"}, []string{"tb_dns_tenants"})
		db.exec(t, "INSERT INTO tb_dns_tenants VALUES ('alice', 'alice.lan'), ('bob', 'bob.lan')")
		db.makeUsers(t, "DROP USER IF EXISTS alice@'%'", "CREATE USER alice@'%' IDENTIFIED BY 'pw'", "GRANT SELECT, INSERT, UPDATE, DELETE ON dns.tb_dns_own TO alice@'%'")
		alice, err := sql.Open("mysql", db.dsnOf(t, "alice", "pw"))
		if err != nil {
			t.Fatal(err)
		}
		defer alice.Close()
		s := serve(t, db.corefile("", ""))
		var rows int
		if err := alice.QueryRow("SELECT COUNT(*) FROM tb_dns_own").Scan(&rows); err != nil || rows != 1 {
			t.Errorf("alice sees %d rows, %v", rows, err)
		}
		for _, name := range []string{"alice.lan", "new.alice.lan", "Dot.ALICE.lan."} {
			if _, err := alice.Exec("INSERT INTO tb_dns_own (name, type, record) VALUES (?, 'A', '192.0.2.9')", name); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			s.within(t, soon, name, "A", "NOERROR; A 192.0.2.9")
		}
		for _, name := range []string{"malice.lan", "lan", "bob.lan", "www.bob.lan", `x\.alice.lan`, `\097lice.lan`, "*.lan", ""} {
			if _, err := alice.Exec("INSERT INTO tb_dns_own (name, type, record) VALUES (?, 'A', '192.0.2.66')", name); err == nil {
				t.Errorf("alice may write %q", name)
			}
		}
		if _, err := alice.Exec("UPDATE tb_dns_own SET name = 'www.bob.lan'"); err == nil {
			t.Error("alice may give rows away")
		}
		for _, query := range []string{"SELECT * FROM tb_dns", "SELECT * FROM tb_dns_tenants", "DELETE FROM tb_dns"} {
			if _, err := alice.Exec(query); err == nil {
				t.Errorf("alice may %s", query)
			}
		}
		if _, err := alice.Exec("DELETE FROM tb_dns_own"); err != nil {
			t.Error(err)
		}
		s.within(t, soon, "www.alice.lan", "A", "REFUSED")
		s.expect(t, "www.bob.lan", "A", "NOERROR; A 192.0.2.2")
		s.expect(t, "malice.lan", "A", "NOERROR; A 192.0.2.3")
	})
}

// Each change is kept, with who made it, and logged once as before.
func TestHistory(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.loadOver(t, "history", nil, []string{"tb_dns_history"})
		s := serve(t, db.corefile("", ""))
		db.insert(t, "www.lan A 192.0.2.1")
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.2'")
		s.within(t, soon, "www.lan", "A", "NOERROR; A 192.0.2.2")
		db.exec(t, "DELETE FROM tb_dns")
		s.within(t, soon, "www.lan", "A", "REFUSED")
		var got string
		err := db.pool.QueryRow("SELECT GROUP_CONCAT(CONCAT(what, ' ', record) ORDER BY seq SEPARATOR ', ') FROM tb_dns_history WHERE changed_by LIKE '_%@_%' AND name = 'www.lan'").Scan(&got)
		if want := "added 192.0.2.1, was 192.0.2.1, became 192.0.2.2, removed 192.0.2.2"; err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
		if logged := db.changed(t); len(logged) != 4 {
			t.Errorf("logged %q", logged)
		}
	})
}

// All of it together.
func TestFilesGoTogether(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.loadOver(t, "ptr", besides("tb_dns_with_ptr"), nil)
		db.loadOver(t, "disabled", besides("tb_dns_enabled"), nil)
		db.loadOver(t, "history", nil, []string{"tb_dns_history"})
		db.load(t, mysqldns.Schema)
		s := serve(t, db.corefile("table tb_dns_with_ptr", ""))
		db.insert(t, "www.lan A 192.0.2.1")
		s.within(t, soon, "1.2.0.192.in-addr.arpa", "PTR", "NOERROR; PTR www.lan.")
	})
}

// What it costs to read 200,000 rows from tb_dns and from the views over it: the time, and the database's CPU time of it where that counts it (MariaDB).
func BenchmarkListOfViews(b *testing.B) {
	if len(databases) < 2 {
		b.Skip("there is no real server")
	}
	db := databases[1]
	rows.Exec(b, db.pool, "DROP TABLE IF EXISTS tb_dns", "DROP TABLE IF EXISTS tb_dns_changes")
	script := mysqldns.Schema
	for _, file := range []string{"ptr", "disabled"} {
		text, err := os.ReadFile("../docs/tables/" + file + ".sql")
		if err != nil {
			b.Fatal(err)
		}
		script += string(text)
	}
	rows.Load(b, db.pool, script)
	conn, err := db.pool.Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	count := benchRows(b)
	for first := 0; first < count; first += 1000 {
		values := make([]string, 1000)
		for i := range values {
			n := first + i
			values[i] = fmt.Sprintf("('h%d.example.org', 'A', '10.%d.%d.%d')", n, n>>16, n>>8&255, n&255)
		}
		rows.Exec(b, db.pool, "INSERT INTO tb_dns (name, type, record) VALUES "+strings.Join(values, ", "))
	}
	rows.Exec(b, db.pool, "ANALYZE TABLE tb_dns")
	_, _ = db.pool.Exec("SET GLOBAL userstat = 1") // MySQL has no such variable
	for _, table := range []string{"tb_dns", "tb_dns_enabled", "tb_dns_with_ptr"} {
		columns := "SELECT id, name, type, class, ttl, record FROM " + table
		b.Run(table+"/list", func(b *testing.B) {
			db.benchmarkQuery(b, conn, count, func(int) string { return columns })
		})
		b.Run(table+"/name", func(b *testing.B) { // as each change makes the plugin read it
			db.benchmarkQuery(b, conn, 1, func(i int) string {
				return fmt.Sprintf("%s WHERE name IN ('h%d.example.org', 'h%[2]d.example.org.')", columns, i%count)
			})
		})
	}
}

// benchRows is how many rows the table has in BenchmarkListOfViews. MYSQLDNS_BENCH_ROWS makes it another number of thousands.
func benchRows(b *testing.B) int {
	b.Helper()
	text := os.Getenv("MYSQLDNS_BENCH_ROWS")
	if text == "" {
		return 200_000
	}
	rows, err := strconv.Atoi(text)
	if err != nil || rows <= 0 || rows%1000 != 0 {
		b.Fatalf("MYSQLDNS_BENCH_ROWS=%s: expected a multiple of 1000", text)
	}
	return rows
}

// benchmarkQuery measures a query that returns so many rows at least, and what it costs the database.
func (db *database) benchmarkQuery(b *testing.B, conn *sql.Conn, least int, query func(i int) string) {
	b.Helper()
	before, counted := db.cpuTime(b, conn)
	for i := 0; b.Loop(); i++ {
		rows, err := conn.QueryContext(b.Context(), query(i))
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for ; rows.Next(); n++ {
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil || n < least {
			b.Fatal(n, err)
		}
	}
	if after, _ := db.cpuTime(b, conn); counted {
		b.ReportMetric(1000*(after-before)/float64(b.N), "database-ms/op")
	}
}

// cpuTime is the seconds of CPU time that the server has taken for a connection, or as a whole where it is known as a process; false where neither can be told.
func (db *database) cpuTime(b *testing.B, conn *sql.Conn) (seconds float64, counted bool) {
	b.Helper()
	err := conn.QueryRowContext(b.Context(), "SHOW SESSION STATUS LIKE 'Cpu_time'").Scan(new(string), &seconds) // MariaDB's
	if err == nil {
		return seconds, true
	}
	text := os.Getenv("MYSQLDNS_TEST_SERVER_PID")
	if !errors.Is(err, sql.ErrNoRows) || text == "" {
		return 0, false
	}
	pid, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal("MYSQLDNS_TEST_SERVER_PID: ", err)
	}
	used, err := usage.CPU(pid)
	if err != nil {
		b.Fatal(err)
	}
	return used.Seconds(), true
}

// A change shows through a view as soon as it does through the table alone, in the same run: on a busy machine both take longer.
func TestChangesShowThroughViewsAsSoonAsWithoutThem(t *testing.T) {
	const changes = 15
	onReal(t, func(t *testing.T, db *database) {
		db.loadOver(t, "ptr", besides("tb_dns_with_ptr"), nil)
		db.loadOver(t, "disabled", besides("tb_dns_enabled"), nil)
		tables := []string{"tb_dns", "tb_dns_enabled", "tb_dns_with_ptr"}
		took := map[string][]time.Duration{}
		servers := map[string]*server{}
		for _, table := range tables {
			servers[table] = serve(t, db.corefile("table "+table, ""))
			db.insert(t, table+".lan A 192.0.2.200")
			servers[table].within(t, soon, table+".lan", "A", "NOERROR; A 192.0.2.200")
		}
		for i := range changes {
			name := fmt.Sprintf("h%d.lan", i)
			db.insert(t, fmt.Sprintf("%s A 192.0.2.%d", name, i+1))
			written, missing := time.Now(), slices.Clone(tables)
			if !eventually(soon, func() bool {
				missing = slices.DeleteFunc(missing, func(table string) bool {
					shows := short(servers[table].ask(t, name, "A")) == fmt.Sprintf("NOERROR; A 192.0.2.%d", i+1)
					if shows {
						took[table] = append(took[table], time.Since(written))
					}
					return shows
				})
				return len(missing) == 0
			}) {
				t.Fatalf("%s is not shown through %q", name, missing)
			}
		}
		median := func(table string) time.Duration {
			slices.Sort(took[table])
			return took[table][changes/2]
		}
		plain := median("tb_dns")
		for _, table := range tables[1:] {
			// Both are polled every 100 ms, at other moments: their medians lie within that.
			if got := median(table); got > plain+100*time.Millisecond {
				t.Errorf("changes show through %s after %s, and without it after %s (medians of %d)", table, got, plain, changes)
			}
			t.Logf("%s: %s, without it %s", table, median(table), plain)
		}
	})
}
