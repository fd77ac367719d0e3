package test

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns"

	"github.com/go-sql-driver/mysql"
)

// Transactions that overlap, commit late and roll back: numbers of the change log show in another order than they were handed
// out. MYSQLDNS_TEST_CHANGES and MYSQLDNS_TEST_LATE make it longer.
func TestNoChangeIsLost(t *testing.T) {
	changes := envInt(t, "MYSQLDNS_TEST_CHANGES", 1500)
	late := time.Duration(envInt(t, "MYSQLDNS_TEST_LATE", 3)) * time.Second
	onReal(t, func(t *testing.T, db *database) {
		log := captureLog(t)
		const writers = 20
		db.pool.SetMaxOpenConns(writers + 5)
		s := serve(t, db.corefile("resync 0", ""))
		var wg sync.WaitGroup
		kept := make([]map[string]string, writers) // name -> address, as committed
		for w := range writers {
			kept[w] = map[string]string{}
			wg.Go(func() { writeRandomly(t, db.pool, w, changes/writers, late, kept[w]) })
		}
		wg.Wait()
		total, lost := 0, 0
		for _, rows := range kept {
			for name, address := range rows {
				total++
				if !eventually(10*second, func() bool { return short(s.ask(t, name, "A")) == "NOERROR; A "+address }) {
					lost++
				}
			}
		}
		t.Logf("%d names after %d changes, %d lost", total, changes, lost)
		if lost > 0 || total == 0 {
			t.Errorf("%d of %d names are not as committed", lost, total)
		}
		if strings.Contains(log.String(), "listing the whole table again") {
			t.Error("the table was listed again, which hides a loss")
		}
	})
}

// writeRandomly makes n changes in transactions of a few, a tenth of them held open for up to late, a tenth rolled back.
func writeRandomly(t *testing.T, pool *sql.DB, writer, n int, late time.Duration, kept map[string]string) {
	random := rand.New(rand.NewPCG(uint64(writer), 7))
	for made := 0; made < n; {
		pending := map[string]string{}
		for range 1 + random.IntN(20) {
			made++
			pending[fmt.Sprintf("h%d.w%d.lan", random.IntN(200), writer)] = fmt.Sprintf("10.%d.%d.%d", writer, made/250, made%250+1)
		}
		var wait time.Duration
		if random.IntN(10) == 0 {
			wait = time.Duration(random.Int64N(int64(late)))
		}
		committed, err := change(pool, pending, kept, wait, random.IntN(10) > 0)
		if err != nil {
			t.Error(err)
			return
		}
		if committed {
			maps.Copy(kept, pending)
		}
	}
}

// change writes the pending addresses in one transaction, waits, and commits or rolls back. A deadlock, which the server ends by
// a rollback, is no error.
func change(pool *sql.DB, pending, kept map[string]string, wait time.Duration, commit bool) (committed bool, err error) {
	tx, err := pool.Begin()
	if err != nil {
		return false, err
	}
	defer tx.Rollback()
	for name, address := range pending {
		statement := "INSERT INTO tb_dns (record, name, type, ttl) VALUES (?, ?, 'A', 300)"
		if kept[name] != "" {
			statement = "UPDATE tb_dns SET record = ? WHERE name = ?"
		}
		_, err := tx.Exec(statement, address, name)
		var refused *mysql.MySQLError
		if errors.As(err, &refused) && refused.Number == 1213 {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	time.Sleep(wait)
	if !commit {
		return false, nil
	}
	return true, tx.Commit()
}

func envInt(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// No answer shows half of a transaction. One answer shows two names: an alias and its target, which change together. A target that is not in
// use has an address that must not be seen.
func TestTransactionsShowWhole(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		const unused = "10.9.9.9"
		db.insert(t, "alias.lan CNAME even.lan", "even.lan A 10.0.0.0", "odd.lan A "+unused)
		for i := range 500 { // which change too, so that a copy that is published bit by bit has time to be seen
			db.insert(t, fmt.Sprintf("filler%d.lan A 192.0.2.1", i))
		}
		s := serve(t, db.corefile("refresh 10ms", ""))
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := 1; i <= 200; i++ {
				used, other := "even.lan", "odd.lan"
				if i%2 == 1 {
					used, other = other, used
				}
				if err := together(db.pool, [][2]string{{other, unused}, {"alias.lan", used}, {used, fmt.Sprintf("10.0.%d.%d", i/250, i%250)}}); err != nil {
					t.Error(err)
					return
				}
			}
		}()
		defer func() { <-done }()
		seen := map[string]bool{}
		for {
			select {
			case <-done:
				if len(seen) < 10 {
					t.Errorf("saw %d states, too few to show anything", len(seen))
				}
				return
			default:
			}
			answer := short(s.ask(t, "alias.lan", "A"))
			seen[answer] = true
			if strings.Contains(answer, unused) || strings.Count(answer, ";") != 2 {
				t.Fatalf("half of a transaction: %s", answer)
			}
		}
	})
}

// together sets the records of names in one transaction, with those of the filler.
func together(pool *sql.DB, changes [][2]string) error {
	tx, err := pool.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, change := range changes {
		if _, err := tx.Exec("UPDATE tb_dns SET record = ? WHERE name = ?", change[1], change[0]); err != nil {
			return err
		}
	}
	if _, err := tx.Exec("UPDATE tb_dns SET ttl = ttl + 1 WHERE name LIKE 'filler%'"); err != nil {
		return err
	}
	return tx.Commit()
}

// A list in the middle must not settle numbers that open transactions may still show, not even where one long statement made
// many entries that look old.
func TestLateCommitAcrossAList(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "late.lan A 192.0.2.1", "www.lan A 192.0.2.1")
		metrics := "127.0.0.1:" + freePort(t)
		s := serve(t, db.corefile("resync 1s", "prometheus "+metrics)) // lists all the time
		tx, err := db.pool.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		if _, err := tx.Exec("UPDATE tb_dns SET record = '192.0.2.2' WHERE name = 'late.lan'"); err != nil {
			t.Fatal(err)
		}
		// Later numbers that look older than any transaction we wait for.
		db.exec(t, "INSERT INTO tb_dns_changes (name, changed_at) VALUES ('www.lan', NOW(6) - INTERVAL 40 SECOND), ('www.lan', NOW(6) - INTERVAL 40 SECOND)")
		awaitResync(t, metrics)
		without := serve(t, db.corefile("resync 0", ""))
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		without.within(t, 10*second, "late.lan", "A", "NOERROR; A 192.0.2.2")
		s.within(t, 10*second, "late.lan", "A", "NOERROR; A 192.0.2.2")
	})
}

// A copy that begins in the middle of a busy change log looks back at its last moments only, and not each time at all that is in it.
func TestANewCopyReadsLittleOfABusyLog(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		db.insert(t, "www.lan A 192.0.2.1")
		const old = 100_000
		db.exec(t, "TRUNCATE TABLE tb_dns_changes", fmt.Sprintf("INSERT INTO tb_dns_changes (name, changed_at) SELECT CONCAT('old', seq, '.lan'), NOW(6) - INTERVAL 1 MINUTE FROM seq_1_to_%d", old),
			"DELETE FROM tb_dns_changes WHERE seq % 10 = 0", // gaps, as transactions leave them that are rolled back
			"UPDATE tb_dns SET record = '192.0.2.2'")
		s := serve(t, db.corefile("resync 0", ""))
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.2")
		const looks = 10
		before := db.status(t, "Handler_read_next")
		for i := range looks {
			address := fmt.Sprintf("192.0.2.%d", 10+i)
			db.exec(t, "UPDATE tb_dns SET record = '"+address+"'")
			s.within(t, 10*second, "www.lan", "A", "NOERROR; A "+address)
		}
		if read := db.status(t, "Handler_read_next") - before; read > old {
			t.Errorf("%d looks read %d entries of a log in which nearly all are a minute old", looks, read)
		}
	})
}

// awaitResync waits until tb_dns has been read as a whole once more.
func awaitResync(t *testing.T, metrics string) {
	t.Helper()
	const lists = "lists_total published tb_dns"
	before := scrape(t, metrics)[lists]
	if !eventually(10*second, func() bool { return scrape(t, metrics)[lists] > before }) {
		t.Fatal("tb_dns was not read again")
	}
}

// What the change log does not have is found by resync, mended and said.
func TestResyncFindsDrift(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		log := captureLog(t)
		db.insert(t, "www.lan A 192.0.2.1")
		metrics := "127.0.0.1:" + freePort(t)
		s := serve(t, db.corefile("resync 1s", "prometheus "+metrics))
		awaitResync(t, metrics) // with nothing to find
		if strings.Contains(log.String(), "differed") {
			t.Fatalf("drift where there was none:\n%s", log)
		}
		// A change without its entry, beside one that has it: the gate sees nothing odd.
		db.exec(t, "DROP TRIGGER tb_dns_update")
		stop := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				case <-time.After(100 * time.Millisecond):
					db.pool.Exec("INSERT INTO tb_dns (name, type, record) VALUES (?, 'A', '192.0.2.3')", fmt.Sprintf("busy%d.lan", i))
				}
			}
		})
		defer wg.Wait()
		defer close(stop)
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.2' WHERE name = 'www.lan'")
		s.within(t, 10*second, "www.lan", "A", "NOERROR; A 192.0.2.2")
		log.waitFor(t, "differed at 1 names")
	})
}

// Triggers that are missing for a while: what changed just before they came back is found when they have something to say.
func TestTriggersThatComeBack(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "www.lan A 192.0.2.1", "other.lan A 192.0.2.1")
		s := serve(t, db.corefile("resync 0", ""))
		time.Sleep(1100 * time.Millisecond) // stamps have whole seconds: one more change in one of them does not show
		db.exec(t, "DROP TRIGGER tb_dns_insert", "DROP TRIGGER tb_dns_update", "DROP TRIGGER tb_dns_delete")
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.2' WHERE name = 'www.lan'")
		s.within(t, 10*second, "www.lan", "A", "NOERROR; A 192.0.2.2")
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.3' WHERE name = 'www.lan'")
		db.load(t, mysqldns.Schema)
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.3' WHERE name = 'other.lan'")
		s.within(t, 10*second, "other.lan", "A", "NOERROR; A 192.0.2.3")
		s.within(t, 10*second, "www.lan", "A", "NOERROR; A 192.0.2.3")
	})
}

// The change log emptied or begun anew.
func TestChangeLogCut(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.insert(t, "www.lan A 192.0.2.1", "a.lan A 192.0.2.1", "b.lan A 192.0.2.1")
		s := serve(t, db.corefile("", ""))
		for i := 2; i < 5; i++ {
			db.exec(t, "TRUNCATE TABLE tb_dns_changes")
			address := fmt.Sprintf("192.0.2.%d", i)
			db.exec(t, "UPDATE tb_dns SET record = '"+address+"' WHERE name = 'www.lan'")
			s.within(t, 10*second, "www.lan", "A", "NOERROR; A "+address)
		}
		db.exec(t, "DELETE FROM tb_dns_changes") // pruned to nothing
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.9' WHERE name = 'www.lan'")
		s.within(t, 10*second, "www.lan", "A", "NOERROR; A 192.0.2.9")
	})
}

// A batch that is cheaper to list than to read name by name.
func TestLargeBatch(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		s := serve(t, db.corefile("", ""))
		const n = 120_000
		for from := 0; from < n; from += 10_000 {
			var values []string
			for i := from; i < from+10_000; i++ {
				values = append(values, fmt.Sprintf("('h%d.lan','A','10.%d.%d.%d')", i, i>>16, i>>8&255, i&255))
			}
			db.exec(t, "INSERT INTO tb_dns (name, type, record) VALUES "+strings.Join(values, ","))
		}
		s.within(t, 30*second, "h119999.lan", "A", "NOERROR; A 10.1.212.191")
		db.exec(t, "UPDATE tb_dns SET ttl = 77")
		if !eventually(20*second, func() bool { return s.ask(t, "h5.lan", "A").Answer[0].Header().Ttl == 77 }) {
			t.Error("a change of all rows does not show")
		}
	})
}

// Names that MySQL takes for equal and DNS does not, and the other way round.
func TestCollations(t *testing.T) {
	for _, collation := range []string{"utf8mb4_bin", "utf8mb4_general_ci"} {
		t.Run(collation, func(t *testing.T) {
			onReal(t, func(t *testing.T, db *database) {
				db.exec(t, "ALTER TABLE tb_dns MODIFY name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE "+collation+" NOT NULL",
					"ALTER TABLE tb_dns_changes MODIFY name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE "+collation+" NOT NULL")
				db.insert(t, "WWW.lan A 192.0.2.1", "www.lan A 192.0.2.2", "é.lan A 192.0.2.3", "e.lan A 192.0.2.4")
				s := serve(t, db.corefile("", ""))
				db.exec(t, "UPDATE tb_dns SET ttl = 5 WHERE record = '192.0.2.2'", "UPDATE tb_dns SET record = '192.0.2.5' WHERE record = '192.0.2.4'")
				s.within(t, 10*second, "e.lan", "A", "NOERROR; A 192.0.2.5")
				s.expect(t, `\195\169.lan`, "A", "NOERROR; A 192.0.2.3")
				if reply := s.ask(t, "www.lan", "A"); len(reply.Answer) != 2 || reply.Answer[0].Header().Ttl != 5 {
					t.Errorf("a change of one spelling lost the other:\n%s", reply)
				}
			})
		})
	}
}

// Rows that no trigger saw, and no stamp tells of: this is the embedded engine, whose stamps mean nothing.
func TestNameOfEverythingMakesAllBeReadAgain(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		if db.name != "embedded" {
			t.Skip("a real server's stamps would tell")
		}
		db.insert(t, "a.lan A 192.0.2.1")
		s := serve(t, db.corefile("resync 0", ""))
		s.expect(t, "a.lan", "A", "NOERROR; A 192.0.2.1")
		db.exec(t, "DROP TRIGGER tb_dns_insert")
		db.insert(t, "b.lan A 192.0.2.2")
		db.exec(t, "INSERT INTO tb_dns_changes (name) VALUES ('..')")
		if !eventually(10*second, func() bool { return short(s.ask(t, "b.lan", "A")) == "NOERROR; A 192.0.2.2" }) {
			t.Error("the row is not answered")
		}
	})
}
