package hostile

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/test/mariadb"

	"github.com/miekg/dns"
)

// recorded runs something while MariaDB writes down the statements that a user sends, and returns them.
func recorded(t *testing.T, user string, run func()) []string {
	t.Helper()
	exec(t, "SET GLOBAL log_output = 'TABLE'", "TRUNCATE mysql.general_log", "SET GLOBAL general_log = ON")
	run()
	exec(t, "SET GLOBAL general_log = OFF")
	rows, err := open(t).Query("SELECT command_type, argument FROM mysql.general_log WHERE user_host LIKE ? AND command_type NOT IN ('Connect', 'Quit')", user+"[%")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var sent []string
	for rows.Next() {
		var command, argument string
		if err := rows.Scan(&command, &argument); err != nil {
			t.Fatal(err)
		}
		sent = append(sent, command+" "+argument)
	}
	if err := rows.Err(); err != nil || len(sent) == 0 {
		t.Fatalf("%d statements were written down, %v", len(sent), err)
	}
	return sent
}

// literal is what no part of may reach the server as SQL: strings, identifiers in quotes, and numbers.
var (
	literal            = regexp.MustCompile("(?s)'(?:[^'\\\\]|''|\\\\.)*'|`(?:[^`]|``)*`|\\b\\d+\\b")
	literalNoBackslash = regexp.MustCompile("(?s)'(?:[^']|'')*'|`(?:[^`]|``)*`|\\b\\d+\\b")
)

// shape is a statement with ? in the place of all literals, and lists of them shortened.
func shape(statement string, literal *regexp.Regexp) string {
	s := literal.ReplaceAllString(statement, "?")
	s = own.Replace(s)
	return regexp.MustCompile(`\?(\s*[,.]\s*\?)+`).ReplaceAllString(s, "?")
}

// own takes out what the plugin's own statements have, as no name would be likely to: parts that are asked for together, and those for one kind of server.
var own = strings.NewReplacer(" UNION ALL ", " ", "/*!? ", "", "/*M!? ", "", "*/", "")

// What statements of the plugin look like, once no literals are in them.
var (
	readsOnly = regexp.MustCompile(`^Query \(?(SELECT|SET (SESSION|NAMES|[a-z_]+)|SHOW|START TRANSACTION|ROLLBACK)\b`)
	byNames   = regexp.MustCompile(`^Query SELECT [?, ]+ FROM \? WHERE \? IN \(\?\)( OR \? IS NULL)?$`)
	notOurs   = regexp.MustCompile("(?i)[;'`\"#]|--|/\\*|\\b(UNION|SLEEP|INTO|DROP|victim)\\b")
)

// wantAllowed refuses every statement in which something of a name stands outside of a literal.
func wantAllowed(t *testing.T, sent []string, literal *regexp.Regexp) {
	t.Helper()
	for _, statement := range sent {
		s := shape(statement, literal)
		if !readsOnly.MatchString(s) || notOurs.MatchString(s) || strings.Contains(s, " IN (") && !byNames.MatchString(s) {
			t.Errorf("the server was sent\n\t%.500q\nof the form\n\t%.500q", statement, s)
		}
	}
}

// No name of a table, be it a mistake or meant badly, changes what is asked.
func TestNamesOfTables(t *testing.T) {
	exec(t, "DROP TABLE IF EXISTS victim", "CREATE TABLE victim (id INT)", "DROP DATABASE IF EXISTS `d``b'`", "CREATE DATABASE `d``b'`",
		"DROP USER IF EXISTS reader@'%'", "CREATE USER reader@'%'", "GRANT ALL ON *.* TO reader@'%'")
	for _, test := range []struct {
		table  string // as the Corefile has it
		quoted string // as SQL has it; "" where there is no such table
	}{
		{"tb`dns", "`tb``dns`"},
		{"tb``dns", "`tb````dns`"},
		{"`tb_dns`", "```tb_dns```"},
		{"tb'dns", "`tb'dns`"},
		{"tb\\'dns", "`tb\\'dns`"},
		{"tb;DROP", "`tb;DROP`"},
		{"x`;DROP TABLE victim;--", "`x``;DROP TABLE victim;--`"},
		{"x` UNION SELECT * FROM victim -- ", ""}, // names do not end in a blank
		{"x/*!50000 DROP TABLE victim */", "`x/*!50000 DROP TABLE victim */`"},
		{"x#y", "`x#y`"},
		{"x?y", "`x?y`"},
		{"%s%d", "`%s%d`"},
		{"tablé", "`tablé`"},
		{"名前", "`名前`"},
		{"emoji🦊", ""}, // beyond the BMP
		{strings.Repeat("t", 64), "`" + strings.Repeat("t", 64) + "`"},
		{"d`b'.tb_dns", "`d``b'`.`tb_dns`"},
		{"information_schema.TABLES", ""},
		{"mysql.user", ""},
		{"nosuchtable", ""},
	} {
		t.Run(test.table, func(t *testing.T) {
			if test.quoted != "" {
				exec(t, "CREATE TABLE "+test.quoted+" (name VARCHAR(250), type VARCHAR(16), record TEXT)",
					"INSERT INTO "+test.quoted+" VALUES ('www.test', 'A', '192.0.2.1')")
				defer exec(t, "DROP TABLE "+test.quoted)
			}
			sent := recorded(t, "reader", func() {
				s := start(t, "dsn "+server.DSN("reader", "", mariadb.Database)+"\ntable \""+test.table+"\"", "")
				if test.quoted != "" {
					within(t, limit, s.Addr, "www.test.", dns.TypeA, "NOERROR; A 192.0.2.1")
				} else {
					within(t, limit, s.Addr, "www.test.", dns.TypeA, "SERVFAIL")
				}
			})
			wantAllowed(t, sent, literal)
			if test.quoted != "" && !strings.Contains(strings.Join(sent, "\n"), " FROM "+test.quoted) {
				t.Errorf("the server was never asked for %s", test.quoted)
			}
			exec(t, "SELECT id FROM victim")
		})
	}
	for _, table := range []string{strings.Repeat("t", 65), "a.b.c", "x\x00y", ".", "a."} {
		if _, err := startRefused(t, dsn()+"\ntable \""+table+"\""); err == nil {
			t.Errorf("table %q is taken", table)
		}
	}
}

// payloads are owner names that end a string and go on as SQL, if they can, in any of the ways of writing and reading strings. Each is
// escaped as in a zone file.
var payloads = []string{
	`p1'`, `p2\\'`, `p3\\`, `p4''`, `p5\034`, `p6\039`, `p7\092\039`, `p8\092`, `p9\000\039`, `p10%_?`, `p11` + "`", `p12\010--\032`,
	`p13\191\039\041\041`, `p14\191\092\039`, `p15\129\092`, `p16\131\092\039\041\041`, `p17\129\039\041\041`, // break the statement if they can
	`p18'\)\032UNION\032SELECT\0321,'stolen',1,1,60,secret\032FROM\032victim\035`, `p19\\'\)\032OR\032SLEEP\(9\)\035`, `p20\026\127\255`,
}

// What rows hold is data and never SQL, whatever the way of writing strings that server and DSN agree on.
func TestNamesOfRows(t *testing.T) {
	defer exec(t, "SET GLOBAL sql_mode = DEFAULT", "SET GLOBAL init_connect = ''")
	exec(t, "DROP TABLE IF EXISTS victim", "CREATE TABLE victim (secret VARCHAR(20))", "INSERT INTO victim VALUES ('192.0.2.66')")
	const modes = "STRICT_TRANS_TABLES"
	for _, test := range []struct{ fact, options, global string }{
		{"as it comes", "", ""},
		{"charset=gbk", "?charset=gbk", ""},
		{"charset=sjis", "?charset=sjis", ""},
		{"charset=big5", "?charset=big5", ""},
		{"charset=latin1", "?charset=latin1", ""},
		{"a collation", "?collation=gbk_chinese_ci", ""},
		{"charset of a variable", "?character_set_client=gbk&character_set_connection=gbk", ""},
		{"charset of the server", "", "SET GLOBAL init_connect = 'SET NAMES cp932'"},
		{"no backslash escapes, in the DSN", "?sql_mode=%27NO_BACKSLASH_ESCAPES%27", ""},
		{"no backslash escapes, in the server", "", "SET GLOBAL sql_mode = '" + modes + ",NO_BACKSLASH_ESCAPES'"},
		{"quotes as in ANSI", "", "SET GLOBAL sql_mode = '" + modes + ",ANSI_QUOTES'"},
		{"no backslash escapes and gbk", "?charset=gbk&sql_mode=%27NO_BACKSLASH_ESCAPES,ANSI_QUOTES%27", ""},
	} {
		t.Run(test.fact, func(t *testing.T) {
			exec(t, "SET GLOBAL sql_mode = DEFAULT", "SET GLOBAL init_connect = ''")
			makeTable(t, nameColumn, "VARBINARY(1004) NOT NULL", recordColumn, "MEDIUMBLOB NOT NULL")
			exec(t, "DROP USER IF EXISTS reader@'%'", "CREATE USER reader@'%'", "GRANT SELECT ON dns.* TO reader@'%'")
			if test.global != "" {
				exec(t, test.global)
			}
			var s *instance
			sent := recorded(t, "reader", func() {
				s = start(t, "dsn "+server.DSN("reader", "", mariadb.Database)+test.options, "")
				if err := server.Exec("SET sql_mode = ''"); err != nil {
					t.Fatal(err)
				}
				db := open(t)
				for i, payload := range payloads {
					for _, row := range []string{payload, unescaped(payload)} {
						if _, err := db.Exec("INSERT INTO tb_dns (name, type, ttl, record) VALUES (?, 'A', 60, ?)", []byte(row), fmt.Sprintf("192.0.2.%d", i)); err != nil {
							t.Fatal(err)
						}
					}
				}
				insert(t, "last A 192.0.2.99")
				within(t, limit, s.Addr, "last.", dns.TypeA, "NOERROR; A 192.0.2.99")
				exec(t, "UPDATE tb_dns SET record = CONCAT(record, ' ') WHERE type = 'A'", "UPDATE tb_dns SET record = '192.0.2.100' WHERE name = 'last'")
				within(t, limit, s.Addr, "last.", dns.TypeA, "NOERROR; A 192.0.2.100")
				for i, payload := range payloads {
					within(t, limit, s.Addr, payload+".", dns.TypeA, fmt.Sprintf("NOERROR; A 192.0.2.%d", i))
				}
				within(t, 0, s.Addr, "stolen.", dns.TypeA, "REFUSED")
			})
			if !strings.Contains(strings.Join(sent, "\n"), " IN (") {
				t.Error("no names were asked for")
			}
			if strings.Contains(test.fact, "no backslash") {
				wantAllowed(t, sent, literalNoBackslash)
			} else {
				wantAllowed(t, sent, literal)
			}
			if n := s.metric(t, "coredns_mysqldns_lists_total", `result="published"`); n != 1 {
				t.Errorf("listed %g times; the changes should have been followed", n)
			}
			if strings.Contains(s.Log(), "[ERROR] plugin/mysqldns") {
				t.Errorf("logged:\n%s", s.Log())
			}
		})
	}
}

// unescaped is a name with the octets themselves in place of escapes.
func unescaped(name string) string {
	return regexp.MustCompile(`\\(\d\d\d|.)`).ReplaceAllStringFunc(name, func(escape string) string {
		var c byte
		if _, err := fmt.Sscanf(escape, `\%03d`, &c); err == nil && len(escape) == 4 {
			return string([]byte{c})
		}
		return escape[1:]
	})
}
