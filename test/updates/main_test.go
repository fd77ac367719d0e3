// Package updates shows that real programs change rows with DNS UPDATE (RFC 2136), through one CoreDNS or several.
package updates

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
