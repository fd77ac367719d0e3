package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/test/mariadb"
)

const secret = "hunter2"

// What is wrong is said in one line, without the password.
func TestConnectionErrors(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		db.exec(t, "DROP USER IF EXISTS nobody@'%'", "CREATE USER nobody@'%' IDENTIFIED BY '"+secret+"'")
		addr := db.server.Addr
		tests := []struct {
			name, dsn string
			args      []string
			expected  string
		}{
			{"no DSN", "", []string{"check"}, "where is the table? Give --dsn user:password@tcp(host:3306)/database, or set $MYSQLDNS_DSN"},
			{"DSN that does not parse", "", []string{"check", "--dsn", "root:" + secret}, "--dsn does not parse"},
			{"DSN that does not parse in the environment", "root:" + secret, []string{"check"}, "$MYSQLDNS_DSN does not parse"},
			{"DSN without a database", "", []string{"check", "--dsn", "root:" + secret + "@tcp(" + addr + ")/"}, "--dsn names no database after the slash"},
			{"DSN in the wrong place", "", []string{"check", "root:" + secret + "@tcp(" + addr + ")/dns"}, "check takes no arguments, and there is an argument; a DSN stands behind --dsn"},
			{"DSN where the command should be", "", []string{"root:" + secret + "@tcp(" + addr + ")/dns"}, "an argument is no command; expected schema, check, zones, import or export"},
			{"nobody there", "root:" + secret + "@tcp(127.0.0.1:1)/dns", []string{"check"}, "127.0.0.1:1: dial tcp 127.0.0.1:1: connect: connection refused"},
			{"wrong password", "root:" + secret + "@tcp(" + addr + ")/dns", []string{"check"}, "check the user and the password in the DSN or in the password file"},
			{"no rights", "nobody:" + secret + "@tcp(" + addr + ")/dns", []string{"check"}, "there is no such database, or this user has no right in it: create it, and the table with schema.sql; if it is there, GRANT SELECT ON dns.tb_dns TO 'nobody'@'%'"},
			{"no such database", "root@tcp(" + addr + ")/none", []string{"check"}, "create the database, or correct its name in the DSN"},
			{"no such table", db.dsn, []string{"check", "--table", "none"}, "create the table with schema.sql, or correct its name"},
			{"table without the columns", db.dsn, []string{"export", "a", "--table", "mysql.db"}, `mysql.db has no column "name"`},
			{"table name that is none", db.dsn, []string{"check", "--table", "a.b.c"}, `--table: "a.b.c" is not the name of a table`},
			{"password file that is not there", db.dsn, []string{"check", "--password-file", "/nonexistent/password"}, "--password-file: cannot read the password"},
			{"TTL that is none", db.dsn, []string{"check", "--ttl", "-1"}, "--ttl: expected seconds"},
			{"CA that is not there", db.dsn, []string{"check", "--tls-ca", "/nonexistent/ca"}, "--tls-ca: open /nonexistent/ca"},
			{"CA that is none", db.dsn, []string{"check", "--tls-ca", "connection_test.go"}, "--tls-ca: connection_test.go holds no certificate in PEM form"},
			{"certificate without its key", db.dsn, []string{"check", "--tls-cert", "x"}, "--tls-cert and --tls-key go together"},
			{"TLS that the server has not got", db.dsn, []string{"check", "--tls"}, "TLS"},
			{"DSN behind another option", db.dsn, []string{"check", "--ttl", "root:" + secret}, "--ttl: its value is not one of kind int64"},
			{"DSN behind one dash", db.dsn, []string{"check", "-dsn=root:" + secret}, "unknown shorthand flag: 'd' in -dsn"},
			{"DSN behind a misspelt option", db.dsn, []string{"check", "--dns=root:" + secret}, "unknown flag: --dns"},
			{"unknown option", db.dsn, []string{"check", "--frobnicate"}, "unknown flag: --frobnicate"},
			{"unknown command", db.dsn, []string{"frobnicate"}, `"frobnicate" is no command`},
			{"no zone", db.dsn, []string{"export"}, "expected one ZONE, got 0 arguments; see mysqldns export --help"},
			{"no file", db.dsn, []string{"import"}, "expected at least one FILE"},
		}
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				other := *db
				other.dsn = test.dsn
				o := other.run(t, test.args...)
				if o.status != 2 || o.stdout != "" || !strings.Contains(o.stderr, test.expected) {
					t.Errorf("status %d, %q %q\nexpected %q", o.status, o.stdout, o.stderr, test.expected)
				}
				if strings.Contains(o.stderr, secret) {
					t.Error("the password is told")
				}
				if !strings.HasPrefix(o.stderr, "mysqldns: ") || strings.Count(o.stderr, "\n") != 1 {
					t.Errorf("not one line: %q", o.stderr)
				}
			})
		}
	})
}

func TestPasswordComesFromAFile(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		db.exec(t, "DROP USER IF EXISTS reader@'%'", "CREATE USER reader@'%' IDENTIFIED BY '"+secret+"'", "GRANT SELECT ON dns.tb_dns TO reader@'%'")
		path := filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		other := *db
		other.dsn = ""
		other.must(t, "check", "--dsn", db.server.DSN("reader", "", "dns"), "--password-file", path)
	})
}

// The server must show a certificate of our CA, and takes ours where the user must have one.
func TestTLS(t *testing.T) {
	onPrivate(t, func(t *testing.T, _ *database) {
		dir := t.TempDir()
		keys, err := mariadb.NewTLS(dir)
		if err != nil {
			t.Fatal(err)
		}
		server, err := mariadb.Start(filepath.Join(dir, "db"), keys.Args()...)
		if err != nil {
			t.Fatal(err)
		}
		defer server.Stop()
		if err := server.Exec("CREATE USER client@'%' REQUIRE X509", "GRANT ALL ON dns.* TO client@'%'",
			"CREATE TABLE dns.tb_dns (name VARCHAR(255), type VARCHAR(9), record TEXT)"); err != nil {
			t.Fatal(err)
		}
		db := &database{dsn: server.DSN("client", "", "dns")}
		db.must(t, "check", "--tls-ca", keys.CA, "--tls-cert", keys.ClientCert, "--tls-key", keys.ClientKey)
		for expected, args := range map[string][]string{
			"certificate signed by unknown authority":                {"--tls", "--tls-cert", keys.ClientCert, "--tls-key", keys.ClientKey},
			"check the user and the password in the DSN":             {"--tls-ca", keys.CA},
			"--tls-cert: tls: private key does not match public key": {"--tls-cert", keys.Cert, "--tls-key", keys.ClientKey},
		} {
			if o := db.run(t, append([]string{"check"}, args...)...); o.status != 2 || !strings.Contains(o.stderr, expected) {
				t.Errorf("%q: %+v, expected %q", args, o, expected)
			}
		}
	})
}

// A server that falls silent in the middle of the rows is not waited for without end, and no half of the rows is printed as all of them.
func TestServerThatFallsSilent(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		db.exec(t, "INSERT INTO tb_dns (name, type, record) SELECT CONCAT('h', seq, '.lan'), 'A', '192.0.2.1' FROM seq_1_to_3000",
			"CREATE OR REPLACE VIEW silent AS SELECT id, name, type, class, ttl, IF(name = 'h2500.lan' AND SLEEP(8), '', record) AS record FROM tb_dns")
		defer db.exec(t, "DROP VIEW silent")
		o := db.run(t, "check", "--table", "silent")
		if o.status != 2 || o.stdout != "" || !strings.Contains(o.stderr, "reading silent: the server fell silent: no row for 5s") {
			t.Errorf("status %d, %q %q", o.status, o.stdout, o.stderr)
		}
	})
}
