// Package clients shows that the clients of docs/updates.md work that take long to compile or to run: Go packages of external-dns and cert-manager, Debian's
// lego, certbot, dnspython and dhcpd.
package clients

import (
	"fmt"
	"os"
	"testing"

	"github.com/mysqldns/mysqldns/test/coredns"
	"github.com/mysqldns/mysqldns/test/mariadb"
)

var (
	program  string // CoreDNS
	database *mariadb.Server
)

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "mysqldns-clients-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if database, err = mariadb.Start(dir); err == nil {
		defer database.Stop()
		program, err = coredns.Build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func rootDSN() string { return database.DSN("root", "", mariadb.Database) }

// transfers lets the clients that compare whole zones have them.
const transfers = " transfer {\n  to 127.0.0.1\n }\n"
