package hostile

import (
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/mariadb"

	"github.com/miekg/dns"
)

// greeting is the first packet of a MySQL server that has no TLS: protocol 10, a version, connection 1, a salt, capabilities without
// CLIENT_SSL, mysql_native_password.
var greeting = func() []byte {
	payload := "\x0a8.0.0\x00\x01\x00\x00\x00saltsalt\x00\x05\xa2\x2d\x02\x00\x08\x00\x15" + strings.Repeat("\x00", 10) + "saltsaltsalt\x00mysql_native_password\x00"
	return append([]byte{byte(len(payload)), 0, 0, 0}, payload...)
}()

// A server without TLS, or somebody who plays one, is told nothing, not even the user's name, whatever the DSN says about TLS.
func TestNothingIsSaidWithoutTLS(t *testing.T) {
	certs, err := mariadb.NewTLS(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, options := range []string{"", "?tls=preferred", "?tls=false", "?allowFallbackToPlaintext=true", "?tls=skip-verify&allowFallbackToPlaintext=true", "?allowCleartextPasswords=true"} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		connections, heard := 0, ""
		var server sync.WaitGroup
		server.Go(func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				conn.Write(greeting)
				buf := make([]byte, 4096)
				conn.SetReadDeadline(time.Now().Add(time.Second))
				n, _ := conn.Read(buf)
				connections++
				heard += string(buf[:n])
				conn.Close()
			}
		})
		s := start(t, "dsn keeper:secret@tcp("+listener.Addr().String()+")/dns"+options+"\ntls "+certs.CA, "")
		within(t, limit, s.Addr, "www.test.", dns.TypeA, "SERVFAIL")
		logged(t, s.Log, "TLS requested but server does not support TLS")
		listener.Close()
		server.Wait() // the connection whose end was logged is counted when its read has ended, too
		if connections == 0 || heard != "" {
			t.Errorf("%q: %d connections, on which the server was told %q", options, connections, heard)
		}
	}
}

// With the property tls, the server must show a certificate of our CA for the host in the DSN; an option of the DSN does not loosen that.
func TestCertificateIsVerified(t *testing.T) {
	certs, err := mariadb.NewTLS(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	others, err := mariadb.NewTLS(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	secure, err := mariadb.Start(t.TempDir(), append(certs.Args(), "--bind-address=127.0.0.1,127.0.0.2")...)
	if err != nil {
		t.Fatal(err)
	}
	defer secure.Stop()
	if err := secure.Exec("CREATE TABLE tb_dns (name TEXT, type TEXT, record TEXT)", "INSERT INTO tb_dns VALUES ('www.test', 'A', '192.0.2.1')",
		"CREATE USER secure@'%' REQUIRE SSL", "GRANT SELECT ON dns.* TO secure@'%'"); err != nil {
		t.Fatal(err)
	}
	dsn := "dsn " + secure.DSN("secure", "", mariadb.Database)
	for _, test := range []struct{ fact, properties, refused string }{
		{"our CA and host", dsn + "\ntls " + certs.CA, ""},
		{"our CA and host, and an option that wants none", dsn + "?tls=false\ntls " + certs.CA, ""},
		{"without TLS", dsn, "Access denied"},
		{"another CA", dsn + "\ntls " + others.CA, "unknown authority"},
		{"another CA, and an option that would not mind", dsn + "?tls=skip-verify\ntls " + others.CA, "unknown authority"},
		{"the system's CAs", dsn + "\ntls", "unknown authority"},
		{"another host", strings.Replace(dsn, "127.0.0.1", "127.0.0.2", 1) + "\ntls " + certs.CA, "not 127.0.0.2"},
		{"another host, and an option that would not mind", strings.Replace(dsn, "127.0.0.1", "127.0.0.2", 1) + "?tls=preferred\ntls " + certs.CA, "not 127.0.0.2"},
		{"another CA, and any name", dsn + "\ntls " + others.CA + "\ntls_verify_ca", "unknown authority"},
	} {
		t.Run(test.fact, func(t *testing.T) {
			s := start(t, test.properties, "")
			if test.refused == "" {
				within(t, limit, s.Addr, "www.test.", dns.TypeA, "NOERROR; A 192.0.2.1")
				return
			}
			logged(t, s.Log, test.refused)
			within(t, limit, s.Addr, "www.test.", dns.TypeA, "SERVFAIL")
		})
	}
}
