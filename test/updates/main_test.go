// Package updates shows that real programs change rows with DNS UPDATE (RFC 2136), through one CoreDNS or several.
package updates

import (
	"flag"
	"testing"

	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/suite"
)

var program string // CoreDNS

func TestMain(m *testing.M) {
	flag.Parse()
	if *otherDatabase != "" {
		suite.MainWithoutDatabase(m, func(p string) { program, database = p, server{root: *otherDatabase} })
	}
	suite.Main(m, func(p string, d *mariadb.Server) {
		program, database = p, server{d.DSN("root", "", mariadb.Database), d}
	})
}
