package cli

import (
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// as is the database as another user sees it, with another name of the database behind the slash and options.
func (db *database) as(t *testing.T, user, password, name, options string) *database {
	t.Helper()
	cfg, err := mysql.ParseDSN(db.dsn)
	if err != nil {
		t.Fatal(err)
	}
	other := *db
	other.dsn = user + ":" + password + "@tcp(" + cfg.Addr + ")/" + name + options
	return &other
}

// makeUsers executes statements, and skips the test where the user of the tests has no right to make others.
func (db *database) makeUsers(t *testing.T, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := db.pool.Exec(statement); err != nil {
			t.Skipf("NOT TESTED: %s: %v", statement, err)
		}
	}
}

// What a server refuses it says in a few words, which often mean two things. The tool and the plugin name both, with a statement to copy that has the account as the
// server sees it.
func TestRefusalsNameWhatToDo(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.makeUsers(t, "DROP USER IF EXISTS none@'%', other@'%', ''@'localhost'", "CREATE USER none@'%' IDENTIFIED BY 'pw'", "CREATE USER other@'%' IDENTIFIED BY 'pw'",
			"DROP TABLE IF EXISTS dns.another", "CREATE TABLE dns.another (name INT)", "GRANT SELECT ON dns.another TO other@'%'", "GRANT INSERT ON dns.tb_dns TO other@'%'")
		t.Cleanup(func() { db.exec(t, "DROP USER none@'%', other@'%'", "DROP TABLE dns.another") })
		const other = "or this user has no right in it: create it, and the table with schema.sql; if it is there, "
		tests := []struct {
			name, user, password, database, options, table string
			expected                                       string
		}{
			{"no right to the database", "none", "pw", "dns", "", "tb_dns", "there is no such database, " + other + "GRANT SELECT ON dns.tb_dns TO 'none'@'%'"},
			{"no such database, and no right to know", "none", "pw", "nodb", "", "tb_dns", "there is no such database, " + other + "GRANT SELECT ON nodb.tb_dns TO 'none'@'%'"},
			{"no right to the database in the DSN, and a table in another", "none", "pw", "dns", "", "there.tb_dns",
				"the table is in there: leave the database out of the DSN, or make it one in which this user has a right"},
			{"no right to the table", "other", "pw", "dns", "", "tb_dns",
				"there is no table dns.tb_dns, or this user has no right to it: create it with schema.sql, or correct its name; if it is there, GRANT SELECT ON dns.tb_dns TO 'other'@'%'"},
			{"no such table, and no right to know", "other", "pw", "dns", "", "of-others",
				"there is no table `dns`.`of-others`, or this user has no right to it: create it with schema.sql, or correct its name; if it is there, GRANT SELECT ON `dns`.`of-others` TO 'other'@'%'"},
			{"no password", "none", "", "dns", "", "tb_dns", "check the user and the password in the DSN or in the password file; neither has a password"},
			{"an option that is none", "other", "pw", "dns", "?frobnicate=1", "tb_dns", "it is in your DSN, behind the question mark"},
			{"an option with a value that is none", "other", "pw", "dns", "?autocommit=maybe", "tb_dns", "it is in your DSN, behind the question mark"},
			{"an option that cannot be set", "other", "pw", "dns", "?version=1", "tb_dns", "it is in your DSN, behind the question mark"},
		}
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				o := db.as(t, test.user, test.password, test.database, test.options).run(t, "check", "--table", test.table)
				if o.status != 2 || !strings.Contains(o.stderr, test.expected) || strings.Count(o.stderr, test.expected[:20]) != 1 {
					t.Errorf("status %d, %q\nexpected %q, once", o.status, o.stderr, test.expected)
				}
			})
		}
	})
}

// A user whose account is for any host comes from localhost, for which there is an account without a name.
func TestAnonymousAccountsAreNamed(t *testing.T) {
	onReal(t, func(t *testing.T, db *database) {
		db.makeUsers(t, "DROP USER IF EXISTS owner@'%', ''@'localhost'", "CREATE USER owner@'%' IDENTIFIED BY 'pw'", "GRANT SELECT ON dns.* TO owner@'%'",
			"CREATE USER ''@'localhost' IDENTIFIED BY ''")
		t.Cleanup(func() { db.exec(t, "DROP USER IF EXISTS owner@'%', ''@'localhost'") })
		owner := db.as(t, "owner", "pw", "dns", "")
		o := owner.run(t, "check")
		if o.status == 0 || strings.Contains(o.stderr, "'owner'@'127.0.0.1'") {
			t.Skip("NOT TESTED: this server resolves no addresses, so that nobody comes from localhost")
		}
		const expected = "If they are right, an anonymous account may come before 'owner'@'%': if SELECT user, host FROM mysql.user WHERE user = '' shows one for localhost, " +
			"DROP USER ''@'localhost', or make 'owner'@'localhost'"
		if o.status != 2 || !strings.Contains(o.stderr, expected) {
			t.Errorf("%+v\nexpected %q", o, expected)
		}
		const asNobody = "The server took this user for its anonymous account ''@'localhost', which fits that host better: DROP USER ''@'localhost', or make"
		if o := db.as(t, "owner", "", "dns", "").run(t, "check"); o.status != 2 || !strings.Contains(o.stderr, asNobody) {
			t.Errorf("%+v\nexpected %q", o, asNobody)
		}
		db.exec(t, "DROP USER ''@'localhost'")
		owner.must(t, "check")
	})
}
