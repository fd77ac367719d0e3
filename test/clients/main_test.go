// Package clients shows that the clients of docs/updates.md work that take long to compile or to run: Go packages of external-dns, cert-manager and lego, and
// Debian's lego, certbot, dnspython and dhcpd.
package clients

import (
	"testing"

	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/suite"
)

var (
	program  string // CoreDNS
	database *mariadb.Server
)

func TestMain(m *testing.M) {
	suite.Main(m, func(p string, d *mariadb.Server) { program, database = p, d })
}

func rootDSN() string { return database.DSN("root", "", mariadb.Database) }

// transfers lets the clients that compare whole zones have them.
const transfers = " transfer {\n  to 127.0.0.1\n }\n"
