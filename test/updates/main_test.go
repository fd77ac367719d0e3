// Package updates shows that real programs change rows with DNS UPDATE (RFC 2136), through one CoreDNS or several.
package updates

import (
	"os"
	"testing"

	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/suite"
)

var program string // CoreDNS

func TestMain(m *testing.M) {
	if dsn := os.Getenv("MYSQLDNS_TEST_DSN"); dsn != "" {
		suite.MainWithoutDatabase(m, func(p string) { program, database = p, server{root: dsn} })
	}
	suite.Main(m, func(p string, d *mariadb.Server) {
		program, database = p, server{d.DSN("root", "", mariadb.Database), d}
	})
}
