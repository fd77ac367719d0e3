package test

import (
	"strings"
	"testing"
)

// coreDNSMySQL is the table of the mysql plugin, as its documentation has it, with rows in every form that it knows.
const coreDNSMySQL = `
CREATE TABLE coredns_records (
  id INT NOT NULL AUTO_INCREMENT,
  zone VARCHAR(255) NOT NULL,
  name VARCHAR(255) NOT NULL,
  ttl INT DEFAULT NULL,
  content TEXT,
  record_type VARCHAR(255) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB AUTO_INCREMENT=6 DEFAULT CHARSET=utf8mb4;
INSERT INTO coredns_records (zone, name, ttl, content, record_type) VALUES
('example.org.', '', 100, '{"ns":"ns1.example.org.","MBox":"host.example.org.","refresh":44,"retry":55,"expire":66,"minttl":77}', 'SOA'),
('example.net.', 'example.net', NULL, '{"Mbox":"joe.example.net"}', 'SOA'),
('example.com.', '@', 30, '{"ns":"ns.example.com", "mbox":"joe.example.com", "serial":9}', 'SOA'),
('example.org.', '', NULL, '{"host":"ns1.example.org."}', 'NS'),
('example.org.', '@', NULL, '{"ip":"192.0.2.1"}', 'A'),
('example.org.', 'two', 30, '{"ip":"192.0.2.2"}', 'A'),
('example.org.', 'two', 30, '{"ip" : "192.0.2.3", "comment": "it''s"}', 'A'),
('example.org.', 'two', 0, '{"ip":"2001:db8::2"}', 'AAAA'),
('example.org.', 'Alias', 30, '{"host":"two.example.org."}', 'CNAME'),
('example.org.', 'txt', 30, '{"text":"say \\"hi\\"; back\\\\slash \\u00e9"}', 'TXT'),
('example.org.', 'nulltext', 30, '{"text":"null"}', 'TXT'),
('example.org.', 'long', 30, CONCAT('{"text":"', REPEAT('x', 300), '"}'), 'TXT'),
('example.org.', 'mx', 30, '{"host":"mail.example.org.","preference":20}', 'MX'),
('example.org.', 'mx-readme', 30, '{"host" : "mail.example.org.","priority" : 10}', 'MX'),
('example.org.', 'mx-none', 30, '{"host":"mail.example.org"}', 'MX'),
('example.org.', '_sip._udp', 30, '{"priority":1,"weight":2,"port":5060,"target":"sip.example.org."}', 'SRV'),
('example.org.', 'caa', 30, '{"flag":128,"tag":"issue","value":"ca.example.net; x=\\"1\\""}', 'CAA'),
('example.org.', '*.wild', 30, '{"ip":"192.0.2.9"}', 'A'),
('example.org.', 'bad', 30, '{"ip":"192.0.2.1"', 'A'),
('example.org.', 'bad', 30, '{"ip":"2001:db8::3"}', 'AAAA'),
('example.org.', 'bad-quote', 30, '"', 'TXT'),
('example.org.', 'bad-text', 30, 'hello"', 'TXT'),
('example.org.', 'bad-empty', 30, '', 'TXT'),
('example.org.', 'bad-null', 30, NULL, 'TXT'),
('example.org.', 'bad-value', 30, '{"text":null}', 'TXT'),
('example.org.', 'bad-number', 30, '{"text":5}', 'TXT'),
('example.org.', 'bad-array', 30, '[]', 'TXT'),
('example.org.', 'bad-list', 30, '{"host":["a.example.org"]}', 'CNAME'),
('example.org.', 'bad-mx', 30, '{"preference":10}', 'MX'),
('example.org.', 'bad-address', 30, '{"ip":"192.0.2"}', 'A'),
('example.org.', 'bad-type', 30, '{"host":"a.example.org"}', 'PTR');
`

// coreDNSMySQLAnswers are what the rows mean.
var coreDNSMySQLAnswers = []struct{ name, qtype, answer string }{
	{"example.org", "SOA", "NOERROR; SOA ns1.example.org. host.example.org. 1 44 55 66 77"},
	{"example.net", "SOA", "NOERROR; SOA ns1.example.net. joe.example.net. 1 86400 7200 1209600 360"},
	{"example.com", "SOA", "NOERROR; SOA ns.example.com. joe.example.com. 9 86400 7200 1209600 30"},
	{"example.org", "NS", "NOERROR; NS ns1.example.org."},
	{"example.org", "A", "NOERROR; A 192.0.2.1"},
	{"two.example.org", "A", "NOERROR; A 192.0.2.2; A 192.0.2.3"},
	{"two.example.org", "AAAA", "NOERROR; AAAA 2001:db8::2"},
	{"alias.example.org", "A", "NOERROR; CNAME two.example.org.; A 192.0.2.2; A 192.0.2.3"},
	{"txt.example.org", "TXT", `NOERROR; TXT "say \"hi\"; back\\slash \195\169"`},
	{"nulltext.example.org", "TXT", `NOERROR; TXT "null"`},
	{"long.example.org", "TXT", `NOERROR; TXT "` + strings.Repeat("x", 255) + `" "` + strings.Repeat("x", 45) + `"`},
	{"mx.example.org", "MX", "NOERROR; MX 20 mail.example.org."},
	{"mx-readme.example.org", "MX", "NOERROR; MX 10 mail.example.org."},
	{"mx-none.example.org", "MX", "NOERROR; MX 0 mail.example.org."},
	{"_sip._udp.example.org", "SRV", "NOERROR; SRV 1 2 5060 sip.example.org."},
	{"caa.example.org", "CAA", `NOERROR; CAA 128 issue "ca.example.net; x=\"1\""`},
	{"a.wild.example.org", "A", "NOERROR; A 192.0.2.9"},
	{"bad.example.org", "AAAA", "NOERROR; AAAA 2001:db8::3"},
	{"bad.example.org", "A", "NOERROR"},
	{"bad-quote.example.org", "TXT", "NXDOMAIN"},
	{"bad-text.example.org", "TXT", "NXDOMAIN"},
	{"bad-type.example.org", "PTR", "NXDOMAIN"},
}

// loadCoreDNSMySQL makes the table with the given DEFAULT CHARSET, and the view.
func (db *database) loadCoreDNSMySQL(t *testing.T, charset string) {
	t.Helper()
	drop := func() {
		db.exec(t, "DROP VIEW IF EXISTS coredns_mysql_view", "DROP TABLE IF EXISTS coredns_records, coredns_mysql_view_changes")
	}
	drop()
	t.Cleanup(drop)
	db.load(t, strings.Replace(coreDNSMySQL, "CHARSET=utf8mb4", "CHARSET="+charset, 1))
	db.load(t, tableScript(t, "coredns_mysql"))
}

func TestCoreDNSMySQLViewAnswers(t *testing.T) {
	for _, charset := range []string{"utf8mb4", "utf8mb4 COLLATE=utf8mb4_unicode_ci", "utf8mb4 COLLATE=utf8mb4_bin", "latin1"} {
		t.Run(charset, func(t *testing.T) {
			onReal(t, func(t *testing.T, db *database) {
				db.loadCoreDNSMySQL(t, charset)
				log := captureLog(t)
				s := serve(t, db.corefile("table coredns_mysql_view\nttl 360", ""))
				for _, a := range coreDNSMySQLAnswers {
					s.expect(t, a.name, a.qtype, a.answer)
				}
				if ttl := s.ask(t, "two.example.org", "AAAA").Answer[0].Header().Ttl; ttl != 360 {
					t.Errorf("a ttl of 0 is answered as %d, expected 360", ttl)
				}
				expected := strings.Count(coreDNSMySQL, "'bad") - 1 // one at that name is good
				if n := strings.Count(log.String(), "skipping a row"); n != expected {
					t.Errorf("%d rows are named, expected %d", n, expected)
				}
				if text := `("bad.example.org." "A"): record "\"not the JSON that A needs: {'ip':'192.0.2.1'"`; !strings.Contains(log.String(), text) {
					t.Errorf("not logged: %s", text)
				}
			})
		})
	}
}

func TestCoreDNSMySQLViewIsFollowed(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.loadCoreDNSMySQL(t, "utf8mb4")
		db.load(t, tableScript(t, "coredns_mysql")) // again
		metrics := "127.0.0.1:" + freePort(t)
		s := serve(t, db.corefile("table coredns_mysql_view", "prometheus "+metrics))
		const lists = "lists_total published coredns_mysql_view"
		before := scrape(t, metrics)[lists]
		db.exec(t, "INSERT INTO coredns_records VALUES (NULL, 'example.org.', 'new', 60, '{\"ip\":\"192.0.2.50\"}', 'A')") // no name of a column
		s.within(t, soon, "new.example.org", "A", "NOERROR; A 192.0.2.50")
		db.exec(t, "UPDATE coredns_records SET content = '{\"ip\":\"192.0.2.51\"}' WHERE name = 'new'")
		s.within(t, soon, "new.example.org", "A", "NOERROR; A 192.0.2.51")
		db.exec(t, "UPDATE coredns_records SET name = '', zone = 'new2.example.org.' WHERE name = 'new'")
		s.within(t, soon, "new2.example.org", "A", "NOERROR; A 192.0.2.51")
		s.expect(t, "new.example.org", "A", "NXDOMAIN")
		db.exec(t, "DELETE FROM coredns_records WHERE zone = 'new2.example.org.'")
		s.within(t, soon, "new2.example.org", "A", "NXDOMAIN")
		db.exec(t, "UPDATE coredns_records SET content = REPLACE(content, '44', '45') WHERE record_type = 'SOA'")
		s.within(t, soon, "example.org", "SOA", "NOERROR; SOA ns1.example.org. host.example.org. 1 45 55 66 77")
		db.exec(t, "UPDATE coredns_records SET content = '{' WHERE name = 'two' AND record_type = 'A'")
		s.within(t, soon, "two.example.org", "A", "NOERROR")
		s.expect(t, "two.example.org", "AAAA", "NOERROR; AAAA 2001:db8::2")
		if now := scrape(t, metrics)[lists]; now != before || before == 0 {
			t.Errorf("%v lists at first and %v in the end", before, now)
		}
	})
}
