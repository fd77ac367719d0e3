package hostile

import (
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/test/client"

	"github.com/miekg/dns"
)

// control is good rows, beside the bad ones in bad.test and away from them.
var control = []string{
	"bad.test SOA ns.bad.test. hostmaster.bad.test. 1 7200 900 1209600 300", "bad.test NS ns.bad.test", "ns.bad.test A 192.0.2.53",
	"www.bad.test A 192.0.2.80", "www.bad.test A 192.0.2.81",
	"good.test SOA ns.good.test. hostmaster.good.test. 1 7200 900 1209600 300", "good.test NS ns.good.test", "ns.good.test A 192.0.2.54",
	"good.test MX 10 mail.good.test", "mail.good.test AAAA 2001:db8::25", "*.wild.good.test TXT any name", "alias.good.test CNAME www.bad.test",
	"loose A 192.0.2.90",
}

var controlQuestions = []client.Question{
	{Name: "www.bad.test", Type: dns.TypeA, Want: []string{"NOERROR; A 192.0.2.80; A 192.0.2.81"}},
	{Name: "bad.test", Type: dns.TypeNS, Want: []string{"NOERROR; NS ns.bad.test."}},
	{Name: "none.good.test", Type: dns.TypeA, Want: []string{"NXDOMAIN"}},
	{Name: "good.test", Type: dns.TypeMX, Want: []string{"NOERROR; MX 10 mail.good.test."}},
	{Name: "mail.good.test", Type: dns.TypeA, Want: []string{"NOERROR"}},
	{Name: "a.b.wild.good.test", Type: dns.TypeTXT, Want: []string{`NOERROR; TXT "any name"`}},
	{Name: "alias.good.test", Type: dns.TypeA, Want: []string{"NOERROR; CNAME www.bad.test.; A 192.0.2.80; A 192.0.2.81"}},
	{Name: "loose", Type: dns.TypeA, Want: []string{"NOERROR; A 192.0.2.90"}},
}

// askControl asks for the good rows all the time until the test ends. No answer may ever be wrong or missing.
func askControl(t *testing.T, addr string) (stop func()) {
	c := client.Start(addr, 10*time.Millisecond, controlQuestions)
	return func() {
		t.Helper()
		tally := c.Stop()
		if tally.Asked == 0 || tally.Wrong+tally.ServFail+tally.Lost > 0 {
			t.Errorf("the good rows: %d asked, %d wrong, %d SERVFAIL, %d lost:\n%s",
				tally.Asked, tally.Wrong, tally.ServFail, tally.Lost, strings.Join(tally.Samples, "\n"))
		}
	}
}

// Columns of schema.sql, for a table with others.
const (
	nameColumn   = "VARCHAR(1004) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL"
	typeColumn   = "VARCHAR(16) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL"
	classColumn  = "VARCHAR(16) CHARACTER SET ascii COLLATE ascii_general_ci DEFAULT 'IN'"
	ttlColumn    = "INT UNSIGNED DEFAULT NULL"
	recordColumn = "MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL"
)

// Every bad row is answered right or skipped and named, whether it was there before the server or comes while it runs, and no good row
// suffers from it.
func TestBadRows(t *testing.T) {
	const text = " CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL"
	for _, table := range []struct {
		fact    string
		columns []string
		kind    kind
		least   int // rows that such a table can hold
	}{
		{"the table of schema.sql", nil, numbers, 300},
		{"binary columns", []string{nameColumn, "VARBINARY(2048) NULL", typeColumn, "VARBINARY(300) NULL", classColumn, "VARBINARY(300) DEFAULT 'IN'",
			ttlColumn, "VARBINARY(64) DEFAULT NULL", recordColumn, "LONGBLOB NULL"}, octets, 400},
		{"text columns", []string{nameColumn, "TEXT" + text, typeColumn, "VARCHAR(300)" + text, classColumn, "VARCHAR(300) DEFAULT 'IN'",
			ttlColumn, "VARCHAR(64)" + text, recordColumn, "LONGTEXT" + text, "KEY name (name)", "KEY name (name(190))"}, characters, 400},
	} {
		t.Run(table.fact, func(t *testing.T) {
			makeTable(t, table.columns...)
			insert(t, control...)
			s := start(t, dsn(), "")
			stop := askControl(t, s.Addr)
			cases := insertWhileRunning(t, s, table.kind)
			if len(cases) < table.least {
				t.Errorf("only %d rows went into the table, at least %d should", len(cases), table.least)
			}
			stop()
			if t.Failed() {
				return
			}
			if err := s.Restart(); err != nil {
				t.Fatal(err)
			}
			stop = askControl(t, s.Addr)
			defer func() { stop() }()
			for _, c := range cases {
				c.check(t, s, false)
			}
			wantSkipped(t, s, cases)
			more := fmt.Sprintf("skipping %d more rows", skipped(cases)-20)
			if !strings.Contains(s.Log(), more) {
				t.Errorf("not logged after the list: %s", more)
			}

			exec(t, "DELETE FROM tb_dns WHERE ttl <> 300 OR id > "+strconv.Itoa(len(control))) // ttl: no full scan by mistake
			if !eventually(limit, func() bool { return s.metric(t, "coredns_mysqldns_skipped_rows", "") == 0 }) {
				t.Errorf("the rows are gone and yet counted: %g", s.metric(t, "coredns_mysqldns_skipped_rows", ""))
			}
			within(t, limit, s.Addr, ".", 65281, "REFUSED") // there is no next plugin to ask
		})
	}
}

// kind is what a table's columns hold.
type kind int

const (
	numbers    kind = iota // for a TTL; the others characters
	characters             // UTF-8
	octets                 // whatever
)

// inserted is a bad row in the table.
type inserted struct {
	badRow
	id  int64
	own string // name column
}

// insertWhileRunning inserts the bad rows a few at a time, and waits for each few. It returns those that the table takes.
func insertWhileRunning(t *testing.T, s *instance, k kind) (cases []inserted) {
	t.Helper()
	db := open(t)
	all := slices.Concat(badNames, badTypes, badRecords)
	const few = 18 // so that each is named: the log names 20 of one read
	next := 0
	for len(all) > 0 {
		batch := all[:min(few, len(all))]
		all = all[len(batch):]
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		from := len(cases)
		for _, row := range batch {
			next++
			c, err := insertBad(tx, row, fmt.Sprintf("n%d.bad.test", next), k)
			if err == nil {
				cases = append(cases, c)
			}
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		want := float64(skipped(cases))
		last := cases[len(cases)-1]
		if !eventually(limit, func() bool {
			return s.metric(t, "coredns_mysqldns_skipped_rows", "") == want && (last.answers == "" || client.Short(ask(t, s.Addr, last.qname(), last.qtype())) != "NXDOMAIN")
		}) {
			for _, c := range cases[from:] {
				c.check(t, s, true)
			}
			t.Fatalf("after %q: %g rows skipped, want %g", last.fact, s.metric(t, "coredns_mysqldns_skipped_rows", ""), want)
		}
		for _, c := range cases[from:] {
			c.check(t, s, true)
		}
	}
	return cases
}

func insertBad(tx *sql.Tx, row badRow, name string, k kind) (inserted, error) {
	value := func(v, ordinary any) any {
		switch v := v.(type) {
		case nil:
			return ordinary
		case null:
			return nil
		case string:
			if k == octets {
				return []byte(v) // which need not be UTF-8
			}
		}
		return v
	}
	own := name
	if s, ok := row.name.(string); ok {
		own = s
	}
	result, err := tx.Exec("INSERT INTO tb_dns (name, type, class, ttl, record) VALUES (?, ?, ?, ?, ?)",
		value(row.name, name), value(row.typ, "A"), value(row.class, "IN"), value(row.ttl, "300"), value(row.record, "192.0.2.1"))
	if err != nil {
		return inserted{}, err
	}
	if row.cast && k == numbers {
		row.skipped, row.answers = "", "192.0.2.1"
	}
	id, err := result.LastInsertId()
	return inserted{row, id, own}, err
}

func skipped(cases []inserted) (n int) {
	for _, c := range cases {
		if c.skipped != "" {
			n++
		}
	}
	return n
}

// wantSkipped compares the metric with the cases, reason by reason.
func wantSkipped(t *testing.T, s *instance, cases []inserted) {
	t.Helper()
	for _, reason := range record.Reasons {
		want := 0
		for _, c := range cases {
			if c.skipped == reason {
				want++
			}
		}
		if got := s.metric(t, "coredns_mysqldns_skipped_rows", `reason="`+reason+`"`); int(got) != want {
			t.Errorf("%g rows skipped for their %s, want %d", got, reason, want)
		}
	}
}

// qname is the name to ask for.
func (c inserted) qname() string {
	if c.asked != "" {
		return c.asked
	}
	return dns.Fqdn(c.own)
}

// qtype is the type to ask for.
func (c inserted) qtype() uint16 {
	word, _ := c.typ.(string)
	word = strings.TrimSpace(strings.ToUpper(word))
	if t, ok := dns.StringToType[word]; ok {
		return t
	}
	if n, err := strconv.ParseUint(strings.TrimPrefix(word, "TYPE"), 10, 16); err == nil {
		return uint16(n)
	}
	return dns.TypeA
}

// check asks for a row, and looks for it in the log if it is skipped and must be named.
func (c inserted) check(t *testing.T, s *instance, named bool) {
	t.Helper()
	switch {
	case c.answers != "":
		c.wantAnswered(t, s)
		return
	case c.name == nil: // so that there is a name to ask for
		if got := client.Short(ask(t, s.Addr, c.qname(), c.qtype())); got != "NXDOMAIN" && got != "REFUSED" { // a transfer is refused
			t.Errorf("%s: answered with %.200s, and should be skipped", c.fact, got)
		}
	}
	if !named {
		return
	}
	begins := fmt.Sprintf("skipping a row: row %d (", c.id)
	_, line, ok := strings.Cut(s.Log(), begins)
	line, _, _ = strings.Cut(line, "\n")
	if !ok || !strings.Contains(line, "): "+c.skipped+" ") || !strings.Contains(line, c.says) {
		t.Errorf("%s: expected %q, a fault of the %s that %q, got %.300q", c.fact, begins, c.skipped, c.says, line)
	}
	if len(line) > 600 {
		t.Errorf("%s: a line of %d octets in the log: %.100q", c.fact, len(line), line)
	}
}

func (c inserted) wantAnswered(t *testing.T, s *instance) {
	t.Helper()
	reply := ask(t, s.Addr, c.qname(), c.qtype())
	if len(reply.Answer) != 1 || reply.Rcode != dns.RcodeSuccess {
		t.Errorf("%s: %q of type %d: expected %.200q, got %.200s", c.fact, c.qname(), c.qtype(), c.answers, client.Short(reply))
		return
	}
	rr := reply.Answer[0]
	seconds := c.seconds
	switch seconds {
	case 0:
		seconds = 300
	case zeroTTL:
		seconds = 0
	}
	rdata := strings.TrimSpace(strings.SplitN(rr.String(), "\t", 5)[4])
	if rdata != c.answers || rr.Header().Ttl != seconds || !strings.EqualFold(rr.Header().Name, c.qname()) {
		t.Errorf("%s: expected %.200q with TTL %d, got %.300s", c.fact, c.answers, seconds, rr)
	}
}

// Columns of other types than text are read as the server writes them; what is then no valid value skips the row.
func TestOddColumns(t *testing.T) {
	const skip = ""
	for _, table := range []struct {
		fact    string
		columns string
		rows    map[string]string // owner -> the other columns, as SQL
		types   map[string]uint16 // to ask for, where it is not A
		want    map[string]string // owner -> RDATA, skip if the row is skipped
	}{
		{"numbers for types and classes", "id INT, name CHAR(60), type INT, class INT, ttl BIGINT, record TEXT", map[string]string{
			"a": "1, 1, 300, '192.0.2.1'", "b": "NULL, 1, 300, '192.0.2.1'", "c": "0, 1, 300, '192.0.2.1'", "d": "-1, 1, 300, '192.0.2.1'",
			"e": "65536, 1, 300, '192.0.2.1'", "f": "1, 3, 300, '192.0.2.1'", "g": "1, NULL, 300, '192.0.2.1'", "h": "1, 1, -1, '192.0.2.1'",
			"i": "1, 1, 2147483648, '192.0.2.1'", "j": "1, 1, 9223372036854775807, '192.0.2.1'", "k": "1, 1, NULL, '192.0.2.1'", "l": "65281, 1, 300, '\\\\# 1 aa'",
		}, map[string]uint16{"l": 65281}, map[string]string{"a": "192.0.2.1", "g": "192.0.2.1", "k": "192.0.2.1", "l": `\# 1 aa`}},
		{"fractions for TTLs", "id DECIMAL(9,2), name VARCHAR(60), type ENUM('A','MX','x'), class SET('IN','CH'), ttl DECIMAL(12,2), record BLOB", map[string]string{
			"a": "'A', 'IN', 300, '192.0.2.1'", "b": "'x', 'IN', NULL, '192.0.2.1'", "c": "'A', 'IN,CH', NULL, '192.0.2.1'", "d": "'A', 'IN', NULL, '192.0.2.1'", "e": "'A', '', NULL, '192.0.2.1'",
		}, nil, map[string]string{"d": "192.0.2.1", "e": "192.0.2.1"}},
		{"floats, JSON and times", "id VARCHAR(9), name VARCHAR(60), type VARCHAR(9), class BIT(8), ttl DOUBLE, record JSON", map[string]string{
			"a": "'A', NULL, 300, '\"192.0.2.1\"'", "b": "'TXT', NULL, 300, '\"text\"'", "c": "'TXT', NULL, 300, '{\"a\": [1]}'", "d": "'TXT', NULL, 0.5, '1'", "e": "'TXT', NULL, 1e300, '1'",
			"f": "'TXT', b'1', 300, '1'", "g": "'MX', NULL, NULL, '10'", "h": "'TXT', NULL, 60, NULL",
		}, map[string]uint16{"b": dns.TypeTXT, "c": dns.TypeTXT}, map[string]string{"b": `"text"`, "c": `"{\"a\": [1]}"`}},
		{"addresses and dates", "id BIGINT, name VARCHAR(60), type DATE, class YEAR, ttl TIME, record INET6", map[string]string{
			"a": "'2026-01-01', NULL, NULL, '2001:db8::1'",
		}, nil, nil},
		{"an address type", "name VARCHAR(60), type VARCHAR(9), record INET6", map[string]string{
			"a": "'AAAA', '2001:db8::1'", "b": "'AAAA', '::ffff:192.0.2.1'", "c": "'A', '::ffff:192.0.2.1'", "d": "'AAAA', NULL",
		}, map[string]uint16{"a": dns.TypeAAAA, "b": dns.TypeAAAA}, map[string]string{"a": "2001:db8::1", "b": "::ffff:192.0.2.1"}},
	} {
		t.Run(table.fact, func(t *testing.T) {
			exec(t, "DROP TABLE IF EXISTS tb_dns, tb_dns_changes", "CREATE TABLE tb_dns ("+table.columns+")")
			columns := strings.Contains(table.columns, "id ")
			for owner, rest := range table.rows {
				id := ""
				if columns {
					id = "7, "
				}
				exec(t, "INSERT INTO tb_dns VALUES ("+id+"'"+owner+".odd', "+rest+")")
			}
			exec(t, "INSERT INTO tb_dns (name, type, record) SELECT 'odd', IF(COLUMN_TYPE LIKE 'int%', '65282', IF(COLUMN_TYPE = 'date', NULL, 'A')), NULL FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'dns' AND TABLE_NAME = 'tb_dns' AND COLUMN_NAME = 'type'")
			s := start(t, dsn(), "")
			bad := 1
			for owner := range table.rows {
				qtype := dns.TypeA
				if other, ok := table.types[owner]; ok {
					qtype = other
				}
				reply := ask(t, s.Addr, owner+".odd.", qtype)
				got := ""
				for _, rr := range reply.Answer {
					got += strings.SplitN(rr.String(), "\t", 5)[4]
				}
				if want := table.want[owner]; got != want {
					t.Errorf("%s: got %q, want %q", owner, got, want)
				}
				if table.want[owner] == skip {
					bad++
				}
			}
			if got := s.metric(t, "coredns_mysqldns_skipped_rows", ""); int(got) != bad {
				t.Errorf("%g rows skipped, want %d", got, bad)
			}
		})
	}
}
