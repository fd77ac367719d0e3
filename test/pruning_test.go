package test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

// ageLog makes a change log with so many entries of nine days ago, one of eight and one of now, on a server that does not prune it.
func (db *database) ageLog(t *testing.T, old int) {
	t.Helper()
	db.exec(t, "DROP EVENT IF EXISTS tb_dns_changes_prune", "TRUNCATE tb_dns_changes")
	for first := 0; first < old; first += 500 {
		values := make([]string, min(500, old-first))
		for i := range values {
			values[i] = fmt.Sprintf("('h%d.lan', NOW(6) - INTERVAL 9 DAY)", first+i)
		}
		db.exec(t, "INSERT INTO tb_dns_changes (name, changed_at) VALUES "+strings.Join(values, ", "))
	}
	db.exec(t, "INSERT INTO tb_dns_changes (name, changed_at) VALUES ('last.lan', NOW(6) - INTERVAL 8 DAY)") // where followers go on from
	db.insert(t, "www.lan A 192.0.2.1")
}

func (db *database) count(t *testing.T, query string) (n int) {
	t.Helper()
	if err := db.pool.QueryRow(query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

const oldEntries = "SELECT COUNT(*) FROM tb_dns_changes WHERE changed_at < NOW() - INTERVAL 7 DAY"

// A change log that nothing prunes is said once, and its age can be watched. Nothing is deleted by who has no write_dsn.
func TestAgeOfTheChangeLog(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.ageLog(t, 3)
		metrics := "127.0.0.1:" + freePort(t)
		log := captureLog(t)
		s := serve(t, db.corefile("", "prometheus "+metrics))
		const said = "the oldest entry of tb_dns_changes is 9 days old: nothing prunes that change log"
		log.waitFor(t, said)
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
		if age := scrape(t, metrics)["change_log_age_seconds tb_dns"]; age < 9*24*3600 || age > 9*24*3600+600 {
			t.Errorf("its age is %v s", age)
		}
		if n := db.count(t, oldEntries); n != 4 || strings.Count(log.String(), said) != 1 {
			t.Errorf("%d old entries", n)
		}
	})
}

// With write_dsn the plugin prunes it, with one replica or with several, and no follower has to read the table again for that.
func TestPruningOverWriteDSN(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		const old = 2500 // three statements
		db.ageLog(t, old)
		log := captureLog(t)
		s := serve(t, db.corefile("write_dsn "+db.dsn, ""))
		serve(t, db.corefile("ttl 60\nwrite_dsn "+db.dsn, "")) // another copy, which prunes too
		log.waitFor(t, "pruning tb_dns_changes to 7 days over write_dsn")
		if !eventually(20*time.Second, func() bool { return db.count(t, oldEntries) == 1 }) {
			t.Fatalf("%d old entries are left", db.count(t, oldEntries))
		}
		if n := db.count(t, "SELECT COUNT(*) FROM tb_dns_changes WHERE name IN ('last.lan', 'www.lan')"); n != 2 {
			t.Errorf("%d entries are left, not that which followers go on from and the new one", n)
		}
		db.insert(t, "new.lan A 192.0.2.2")
		s.within(t, soon, "new.lan", "A", "NOERROR; A 192.0.2.2")
		for _, bad := range []string{"listing the whole table again", "cannot prune", "nothing prunes"} {
			if strings.Contains(log.String(), bad) {
				t.Errorf("logged %q", bad)
			}
		}
	})
}

// Only one at a time prunes at a server.
func TestPruningIsOfOneAtATime(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.ageLog(t, 10)
		log := captureLog(t)
		conn, err := db.pool.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		defer conn.ExecContext(context.Background(), "DO RELEASE_ALL_LOCKS()") // the pool keeps the connection
		var lock int                                                           // as another replica takes it
		if err := conn.QueryRowContext(t.Context(), "SELECT GET_LOCK(CONCAT('mysqldns prune ', LEFT(SHA2('dns.tb_dns_changes', 256), 32)), 0)").Scan(&lock); err != nil || lock != 1 {
			t.Fatal(lock, err)
		}
		metrics := "127.0.0.1:" + freePort(t)
		serve(t, db.corefile("write_dsn "+db.dsn, "prometheus "+metrics))
		if !eventually(10*time.Second, func() bool { return scrape(t, metrics)["change_log_age_seconds tb_dns"] > 0 }) {
			t.Fatal("it does not look")
		}
		time.Sleep(300 * time.Millisecond) // what should not happen gives no sign of it
		if n := db.count(t, oldEntries); n != 11 || strings.Contains(log.String(), "prun") {
			t.Errorf("%d old entries are left", n)
		}
	})
}

// Who may not prune says so, with the right that is missing. That of schema.sql is enough.
func TestRightToPrune(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		db.ageLog(t, 10)
		db.exec(t, "DROP USER IF EXISTS pruner@'%'", "CREATE USER pruner@'%' IDENTIFIED BY 'pw'", "GRANT SELECT ON dns.tb_dns TO pruner@'%'",
			"GRANT SELECT, INSERT, UPDATE, DELETE ON dns.tb_dns_zones TO pruner@'%'")
		cfg, err := mysql.ParseDSN(db.dsn)
		if err != nil {
			t.Fatal(err)
		}
		metrics := "127.0.0.1:" + freePort(t)
		properties := "write_dsn pruner:pw@tcp(" + cfg.Addr + ")/dns"
		log := captureLog(t)
		s := serve(t, db.corefile(properties, ""))
		log.waitFor(t, "cannot prune tb_dns_changes, whose oldest entry is 9 days old: ")
		log.waitFor(t, "GRANT SELECT, DELETE ON dns.tb_dns_changes TO 'pruner'@'%'. Answers are not affected")
		s.Stop()
		db.exec(t, "GRANT SELECT, DELETE ON dns.tb_dns_changes TO pruner@'%'")
		serve(t, db.corefile(properties, "prometheus "+metrics))
		if !eventually(10*time.Second, func() bool { return db.count(t, oldEntries) == 1 }) {
			t.Errorf("%d old entries are left", db.count(t, oldEntries))
		}
		if !eventually(5*time.Second, func() bool { return scrape(t, metrics)["change_log_age_seconds tb_dns"] == 0 }) {
			t.Errorf("its age is %v s", scrape(t, metrics)["change_log_age_seconds tb_dns"])
		}
	})
}

// Of several hosts, it is seen which is followed, and which cannot be.
func TestHostsInMetricsAndLog(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "www.lan A 192.0.2.1")
		cfg, err := mysql.ParseDSN(db.dsn)
		if err != nil {
			t.Fatal(err)
		}
		const first, last = "127.0.0.1:1", "127.0.0.1:2"
		metrics := "127.0.0.1:" + freePort(t)
		log := captureLog(t)
		s := serve(t, ".:0 {\nmysqldns {\ndsn dns@tcp("+first+")/dns "+db.dsn+" dns@tcp("+last+")/dns\n}\nprometheus "+metrics+"\n}")
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
		for _, host := range []string{first, last} {
			log.waitFor(t, "a host of dsn cannot be followed: "+host+": dial tcp "+host+": connect: connection refused. Following "+cfg.Addr+"; trying again")
		}
		if !eventually(20*time.Second, func() bool {
			now := scrape(t, metrics)
			return now["host_failures_total "+first+" tb_dns"] > 1 && now["host_failures_total "+last+" tb_dns"] > 1
		}) {
			t.Errorf("not tried again: %v", scrape(t, metrics))
		}
		now := scrape(t, metrics)
		if now["host_followed "+first+" tb_dns"] != 0 || now["host_followed "+cfg.Addr+" tb_dns"] != 1 || now["host_followed "+last+" tb_dns"] != 0 {
			t.Errorf("followed: %v", now)
		}
		for _, host := range []string{first, last} {
			if n := strings.Count(log.String(), "cannot be followed: "+host); n != 1 {
				t.Errorf("%s: said %d times", host, n)
			}
		}
	})
}
