package faults

import (
	"fmt"
	"time"

	"github.com/mysqldns/mysqldns"
)

// What happens to the table and its change log.
var schemaFaults = []fault{
	{
		name: "the table is dropped and created again",
		inflict: func(s *stage) {
			s.sql("CREATE TABLE tb_spare LIKE tb_dns", "DROP TABLE tb_dns")
		},
		heal: func(s *stage) { // beside it, so that no reader sees it empty
			s.sql(inserts("tb_spare")...)
			s.addTriggers("tb_spare")
			s.sql("RENAME TABLE tb_spare TO tb_dns")
		},
		lasts:  3 * time.Second,
		blind:  true,
		logged: "create the table with schema.sql",
	},
	{
		name:  "the table is renamed away and back",
		table: "dns.tb_dns",
		inflict: func(s *stage) {
			s.sql("RENAME TABLE tb_dns TO tb_away")
			s.place("tb_away", "record")
		},
		heal: func(s *stage) {
			s.sql("RENAME TABLE tb_away TO tb_dns")
			s.place("tb_dns", "record")
		},
		lasts:  3 * time.Second,
		blind:  true,
		logged: "create the table with schema.sql",
	},
	{
		name:    "a column is added and dropped again",
		inflict: func(s *stage) { s.sql("ALTER TABLE tb_dns ADD COLUMN remark TEXT FIRST") },
		heal:    func(s *stage) { s.sql("ALTER TABLE tb_dns DROP COLUMN remark") },
	},
	{
		name: "the types of the columns are changed, and changed back",
		inflict: func(s *stage) {
			s.sql("ALTER TABLE tb_dns MODIFY id INT UNSIGNED NOT NULL AUTO_INCREMENT, MODIFY name VARBINARY(1004) NOT NULL," +
				" MODIFY type TEXT, MODIFY ttl VARCHAR(20), MODIFY record BLOB NOT NULL")
		},
		heal: func(s *stage) {
			s.sql("ALTER TABLE tb_dns MODIFY id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT," +
				" MODIFY name VARCHAR(1004) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL," +
				" MODIFY type VARCHAR(16) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL, MODIFY ttl INT UNSIGNED," +
				" MODIFY record MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL")
		},
	},
	{
		name: "a column that is needed is renamed away and back",
		inflict: func(s *stage) {
			s.sql("ALTER TABLE tb_dns RENAME COLUMN record TO rdata")
			s.place("tb_dns", "rdata")
		},
		heal: func(s *stage) {
			s.sql("ALTER TABLE tb_dns RENAME COLUMN rdata TO record")
			s.place("tb_dns", "record")
		},
		lasts:  3 * time.Second,
		blind:  true,
		logged: `has no column "record"`,
	},
	{
		name: "the table is swapped by RENAME for one with triggers",
		inflict: func(s *stage) {
			s.copyTable("tb_next")
			s.addTriggers("tb_next")
			s.answers("after the swap", s.swap("tb_next"), time.Now())
		},
		heal: func(s *stage) { s.sql("DROP TABLE tb_old") },
	},
	{
		name: "the table is swapped by RENAME for one without triggers, which come later",
		inflict: func(s *stage) {
			s.copyTable("tb_next")
			s.answers("after the swap", s.swap("tb_next"), time.Now())
		},
		heal:   func(s *stage) { s.sql("DROP TABLE tb_old", mysqldns.Schema) },
		lasts:  10 * time.Second,
		logged: "Are the triggers of schema.sql there?",
	},
	{
		name:    "the table is truncated and filled again",
		inflict: func(s *stage) { s.sql("TRUNCATE TABLE tb_dns") },
		heal:    (*stage).refill,
		lasts:   3 * time.Second,
		emptied: true,
	},
	{
		name:       "the table is truncated and filled again, with max_shrink",
		properties: "max_shrink 50",
		inflict:    func(s *stage) { s.sql("TRUNCATE TABLE tb_dns") },
		heal:       (*stage).refill,
		lasts:      3 * time.Second,
		emptied:    true,
		logged:     "refusing a list of tb_dns",
	},
	{
		name:       "all rows are deleted and inserted again, with max_shrink",
		properties: "max_shrink 50",
		inflict:    func(s *stage) { s.sql("DELETE FROM tb_dns") },
		heal:       (*stage).refill,
		lasts:      3 * time.Second,
		emptied:    true,
		logged:     "refusing a list of tb_dns",
	},
	{
		name:     "the change log is dropped and created again",
		inflict:  func(s *stage) { s.sql("DROP TABLE tb_dns_changes") },
		heal:     func(s *stage) { s.sql(mysqldns.Schema) },
		lasts:    3 * time.Second,
		readOnly: true, // the triggers fail
		logged:   "without a change log",
	},
	{
		name:    "the change log is pruned past our place while the connection is away",
		proxied: true,
		inflict: func(s *stage) { s.proxy.Refuse() },
		heal: func(s *stage) {
			s.sql("DELETE FROM tb_dns_changes")
			s.must(s.proxy.Accept())
		},
		lasts:  3 * time.Second,
		blind:  true,
		logged: "connection refused. Answering from the copy",
	},
}

// events are the triggers of schema.sql without their names, of a table to be filled in.
var events = []string{
	"INSERT ON %s FOR EACH ROW INSERT INTO tb_dns_changes (name) VALUES (NEW.name)",
	"UPDATE ON %s FOR EACH ROW INSERT INTO tb_dns_changes (name) VALUES (OLD.name), (NEW.name)",
	"DELETE ON %s FOR EACH ROW INSERT INTO tb_dns_changes (name) VALUES (OLD.name)",
}

// addTriggers adds those of schema.sql to another table.
func (s *stage) addTriggers(table string) {
	s.t.Helper()
	for i, event := range events {
		s.sql(fmt.Sprintf("CREATE TRIGGER %s_%d AFTER %s", table, i, fmt.Sprintf(event, table)))
	}
}

// copyTable makes another table with the same rows.
func (s *stage) copyTable(name string) {
	s.t.Helper()
	s.sql("CREATE TABLE "+name+" LIKE tb_dns", "INSERT INTO "+name+" SELECT * FROM tb_dns")
}

// swap puts another table in place of the table, with another address of changing, which it returns.
func (s *stage) swap(other string) (address string) {
	s.t.Helper()
	s.commits++
	address = value(s.commits)
	s.sql(fmt.Sprintf("UPDATE %s SET record = '%s' WHERE name = '%s'", other, address, changing), "RENAME TABLE tb_dns TO tb_old, "+other+" TO tb_dns")
	return address
}

// refill fills the table in one transaction.
func (s *stage) refill() {
	s.t.Helper()
	tx, err := s.root.Begin()
	s.must(err)
	defer tx.Rollback()
	for _, statement := range inserts("tb_dns") {
		_, err := tx.Exec(statement)
		s.must(err)
	}
	s.must(tx.Commit())
}
