package test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/test/mariadb"
)

// What does not stop the server: it serves SERVFAIL for its zones, says once what is wrong and what to do, and heals without a
// restart when that is mended.
func TestHealsWithoutARestart(t *testing.T) {
	const grant = "GRANT SELECT ON dns.tb_dns TO reader@'%'"
	password := filepath.Join(t.TempDir(), "password")
	tests := []struct {
		name    string
		spoil   []string
		wrong   string // password
		logged  string
		healing []string
	}{
		{"wrong password", []string{grant}, "wrong", "check the user and the password", nil},
		{"missing table", []string{grant, "RENAME TABLE tb_dns TO tb_gone"}, "", "create the table with schema.sql",
			[]string{"RENAME TABLE tb_gone TO tb_dns"}},
		{"missing column", []string{grant, "ALTER TABLE tb_dns CHANGE record rdata TEXT"}, "", `no column "record"`,
			[]string{"ALTER TABLE tb_dns CHANGE rdata record TEXT"}},
		{"missing right", []string{"GRANT INSERT ON dns.tb_dns TO reader@'%'"}, "", "GRANT SELECT ON dns.tb_dns TO 'reader'@'%'", []string{grant}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			onPrivate(t, func(t *testing.T, db *database) {
				log := captureLog(t)
				db.exec(t, "DROP USER IF EXISTS reader@'%'", "DROP TABLE IF EXISTS tb_gone", "CREATE USER reader@'%' IDENTIFIED BY 'right-secret'")
				db.insert(t, "www.lan A 192.0.2.1")
				db.exec(t, test.spoil...)
				write(t, password, "right-secret")
				if test.wrong != "" {
					write(t, password, test.wrong+"-secret")
				}
				s := serve(t, ".:0 {\nmysqldns {\ndsn reader@tcp("+db.server.Addr+")/dns\npassword_file "+password+"\n}\n}")
				s.expect(t, "www.lan", "A", "SERVFAIL")
				log.waitFor(t, test.logged)
				s.expect(t, "anything.example.org", "A", "SERVFAIL") // might be ours, and private

				db.exec(t, test.healing...)
				write(t, password, "right-secret\n")
				s.within(t, 10*second, "www.lan", "A", "NOERROR; A 192.0.2.1")
				if n := strings.Count(log.String(), "Answering SERVFAIL until it can be read"); n != 1 {
					t.Errorf("said %d times, expected once:\n%s", n, log)
				}
				log.waitFor(t, "again, after")
				if strings.Contains(log.String(), "-secret") {
					t.Errorf("the log tells the password:\n%s", log)
				}
			})
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A password that changed is used for the next connection, without a reload.
func TestRotatedPassword(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		password := filepath.Join(t.TempDir(), "password")
		write(t, password, "first")
		db.exec(t, "DROP USER IF EXISTS rotating@'%'", "CREATE USER rotating@'%' IDENTIFIED BY 'first'", "GRANT SELECT ON dns.* TO rotating@'%'")
		db.insert(t, "www.lan A 192.0.2.1")
		s := serve(t, ".:0 {\nmysqldns {\ndsn rotating:ignored@tcp("+db.server.Addr+")/dns\npassword_file "+password+"\n}\n}")
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
		db.exec(t, "ALTER USER rotating@'%' IDENTIFIED BY 'second'")
		write(t, password, "second")
		db.killConnectionsOf(t, "rotating")
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.2'")
		s.within(t, 10*second, "www.lan", "A", "NOERROR; A 192.0.2.2")
	})
}

// killConnectionsOf ends all connections of a user.
func (db *database) killConnectionsOf(t *testing.T, user string) {
	t.Helper()
	rows, err := db.pool.Query("SELECT ID FROM information_schema.PROCESSLIST WHERE USER = ?", user)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		db.exec(t, "KILL "+id)
	}
	if len(ids) == 0 {
		t.Fatalf("%s has no connection", user)
	}
}

func TestDatabaseRestart(t *testing.T) {
	forwardTo := upstream(t, "www.other. 60 IN A 203.0.113.1")
	onPrivate(t, func(t *testing.T, db *database) {
		log := captureLog(t)
		db.insert(t, "www.lan A 192.0.2.1")
		s := serve(t, db.corefile("", "forward . "+forwardTo))
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
		if err := db.server.Stop(); err != nil {
			t.Fatal(err)
		}
		log.waitFor(t, "Answering from the copy (1 records)")
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
		s.expect(t, "www.other", "A", "NOERROR; A 203.0.113.1")
		if err := db.server.Restart(); err != nil {
			t.Fatal(err)
		}
		db.insert(t, "new.lan A 192.0.2.2")
		s.within(t, 10*second, "new.lan", "A", "NOERROR; A 192.0.2.2")
		log.waitFor(t, "again, after")
	})
}

func TestSecondHostTakesOver(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "www.lan A 192.0.2.1")
		s := serve(t, ".:0 {\nmysqldns {\ndsn dns:x@tcp(127.0.0.1:1)/dns "+db.dsn+"\n}\n}")
		s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
	})
}

func TestReload(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "www.lan A 192.0.2.1")
		s := serve(t, db.corefile("", ""))
		for range 3 {
			s.reload(t, db.corefile("", ""))
			s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
		}
		// One that fails after our start leaves all as it was.
		broken := db.corefile("", "") + "example.org:5399 {\nbind 192.0.2.254\nwhoami\n}\n"
		if err := s.Reload(broken); err == nil {
			t.Fatal("a reload to an address that is not ours succeeded")
		}
		db.exec(t, "UPDATE tb_dns SET record = '192.0.2.2'")
		s.within(t, 10*second, "www.lan", "A", "NOERROR; A 192.0.2.2")
	})
}

// The server must show a certificate of our CA for the host in the DSN; where TLS is asked for there is no way around it.
func TestTLSToTheDatabase(t *testing.T) {
	dir := t.TempDir()
	certs, err := mariadb.NewTLS(dir)
	if err != nil {
		t.Fatal(err)
	}
	otherCerts, err := mariadb.NewTLS(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	secure, err := mariadb.Start(t.TempDir(), append(certs.Args(), "--bind-address=127.0.0.1,127.0.0.2")...)
	if errors.Is(err, mariadb.ErrNotInstalled) {
		t.Skip("NOT TESTED: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer secure.Stop()
	if err := secure.Exec("CREATE TABLE tb_dns (name TEXT, type TEXT, record TEXT)",
		"INSERT INTO tb_dns VALUES ('www.lan', 'A', '192.0.2.1')",
		"CREATE USER secure@'%' REQUIRE X509", "GRANT SELECT ON dns.* TO secure@'%'"); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(secure.Addr)
	tests := []struct {
		name, user, host, tls string
		ok                    bool
		logged                string
	}{
		{"our CA and host", "root", "127.0.0.1", certs.CA, true, ""},
		{"a client certificate where the user needs one", "secure", "127.0.0.1", certs.ClientCert + " " + certs.ClientKey + " " + certs.CA, true, ""},
		{"no client certificate where the user needs one", "secure", "127.0.0.1", certs.CA, false, "Access denied"},
		{"another CA", "root", "127.0.0.1", otherCerts.CA, false, "unknown authority"},
		{"another host", "root", "127.0.0.2", certs.CA, false, "name in tls_servername what the certificate bears"},
		{"another host, whose name is said", "root", "127.0.0.2", certs.CA + "\ntls_servername localhost", true, ""},
		{"another name is said", "root", "127.0.0.1", certs.CA + "\ntls_servername db.example.org", false, "db.example.org"},
		{"another host, and any will do", "root", "127.0.0.2", certs.CA + "\ntls_verify_ca", true, ""},
		{"another CA, and any host will do", "root", "127.0.0.2", otherCerts.CA + "\ntls_verify_ca", false, "name in tls the file with the CA"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			log := captureLog(t)
			dsn := test.user + "@tcp(" + net.JoinHostPort(test.host, port) + ")/dns"
			s := serve(t, ".:0 {\nmysqldns {\ndsn "+dsn+"\ntls "+test.tls+"\n}\n}")
			if test.ok {
				s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
				return
			}
			s.expect(t, "www.lan", "A", "SERVFAIL")
			log.waitFor(t, test.logged)
		})
	}
	t.Run("a certificate without a host name", func(t *testing.T) {
		log := captureLog(t)
		bare, err := mariadb.Start(t.TempDir(), certs.BareArgs()...)
		if err != nil {
			t.Fatal(err)
		}
		defer bare.Stop()
		if err := bare.Exec("CREATE TABLE tb_dns (name TEXT, type TEXT, record TEXT)", "INSERT INTO tb_dns VALUES ('www.lan', 'A', '192.0.2.1')"); err != nil {
			t.Fatal(err)
		}
		corefile := ".:0 {\nmysqldns {\ndsn root@tcp(" + bare.Addr + ")/dns\ntls " + certs.CA
		serve(t, corefile+"\n}\n}").expect(t, "www.lan", "A", "SERVFAIL")
		log.waitFor(t, "say tls_verify_ca")
		serve(t, corefile+"\ntls_verify_ca\n}\n}").expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1")
	})
	t.Run("a server without TLS", func(t *testing.T) {
		onPrivate(t, func(t *testing.T, db *database) {
			log := captureLog(t)
			s := serve(t, db.corefile("tls "+certs.CA, ""))
			s.expect(t, "www.lan", "A", "SERVFAIL")
			log.waitFor(t, "TLS")
		})
	})
}
