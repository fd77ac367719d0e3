package test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// slowly makes a view of the table that takes three seconds to list, with the table's change log.
func (db *database) slowly(t *testing.T) (view string) {
	t.Helper()
	const rows = 300
	var values []string
	for i := range rows {
		values = append(values, fmt.Sprintf("('slow%d.lan', 'A', '192.0.2.1')", i))
	}
	db.exec(t, "INSERT INTO tb_dns (name, type, record) VALUES "+strings.Join(values, ","),
		"CREATE OR REPLACE VIEW slow_view AS SELECT id, name, type, class, ttl, IF(name LIKE 'slow%' AND SLEEP(0.01), '', record) AS record FROM tb_dns",
		"CREATE OR REPLACE VIEW slow_view_changes AS SELECT * FROM tb_dns_changes")
	t.Cleanup(func() { db.exec(t, "DROP VIEW slow_view", "DROP VIEW IF EXISTS slow_view_changes") })
	return "slow_view"
}

// While the whole table is read again, changes are followed as ever, and what the list does not know of them does no harm.
func TestChangesShowWhileTheTableIsListed(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		log := captureLog(t)
		db.insert(t, "moving.lan A 192.0.2.1", "there.lan A 192.0.2.1")
		s := serve(t, db.corefile("table "+db.slowly(t)+"\nresync 1s", ""))
		var listed, longest time.Duration
		for began := time.Now(); listed < 10*time.Second; listed = time.Since(began) { // three lists or more
			i := int(listed.Milliseconds())
			address := fmt.Sprintf("10.0.%d.%d", i>>8, i&255)
			changed := time.Now()
			if i%2 == 0 {
				db.exec(t, "UPDATE tb_dns SET record = '"+address+"' WHERE name = 'moving.lan'")
			} else { // it comes and goes: a list that has it is older than the copy, which does not
				db.exec(t, "DELETE FROM tb_dns WHERE name = 'there.lan'", "INSERT INTO tb_dns (name, type, record) VALUES ('there.lan', 'TXT', 'x')",
					"UPDATE tb_dns SET record = '"+address+"' WHERE name = 'moving.lan'", "DELETE FROM tb_dns WHERE name = 'there.lan'")
			}
			s.within(t, 10*second, "moving.lan", "A", "NOERROR; A "+address)
			longest = max(longest, time.Since(changed))
		}
		if longest > 2*time.Second {
			t.Errorf("a change took %s to show: as long as a list", longest)
		}
		if strings.Contains(log.String(), "differed") {
			t.Errorf("drift where there was none:\n%s", log)
		}
		s.expect(t, "there.lan", "TXT", "REFUSED") // there is no next plugin for what the table lacks
	})
}

// What the change log does not have is found in such a list as well, and what it has is not taken back.
func TestDriftIsFoundBesideChanges(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		log := captureLog(t)
		db.insert(t, "drifting.lan A 192.0.2.1", "gone.lan A 192.0.2.1", "moving.lan A 192.0.2.1")
		s := serve(t, db.corefile("table "+db.slowly(t)+"\nresync 1s", ""))
		stop := make(chan struct{})
		var moving sync.WaitGroup
		last := ""
		moving.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				case <-time.After(50 * time.Millisecond):
					last = fmt.Sprintf("10.0.%d.%d", i>>8, i&255)
					db.pool.Exec("UPDATE tb_dns SET record = ? WHERE name = 'moving.lan'", last)
				}
			}
		})
		db.exec(t, "DROP TRIGGER tb_dns_delete")
		db.exec(t, "DELETE FROM tb_dns WHERE name = 'gone.lan'")
		s.within(t, 20*second, "gone.lan", "A", "REFUSED")
		log.waitFor(t, "differed at 1 names")
		close(stop)
		moving.Wait()
		s.within(t, 10*second, "moving.lan", "A", "NOERROR; A "+last)
		s.expect(t, "drifting.lan", "A", "NOERROR; A 192.0.2.1")
	})
}

// A user who may have one connection only: drift is found all the same, over that.
func TestResyncOverTheOnlyConnection(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		log := captureLog(t)
		db.exec(t, "DROP USER IF EXISTS single@'%'", "CREATE USER single@'%' WITH MAX_USER_CONNECTIONS 1", "GRANT SELECT ON dns.* TO single@'%'")
		db.insert(t, "www.lan A 192.0.2.1")
		view := db.slowly(t) // a view has no stamp, so only a list can find what the change log lacks
		s := serve(t, ".:0 {\nmysqldns {\ndsn single@tcp("+db.server.Addr+")/dns\ntable "+view+"\nresync 1s\n}\n}\n")
		db.exec(t, "DROP TRIGGER tb_dns_update", "UPDATE tb_dns SET record = '192.0.2.2' WHERE name = 'www.lan'")
		s.within(t, 20*second, "www.lan", "A", "NOERROR; A 192.0.2.2")
		log.waitFor(t, "differed at 1 names")
		if strings.Contains(log.String(), "cannot read") {
			t.Errorf("a second connection is not needed:\n%s", log)
		}
	})
}
