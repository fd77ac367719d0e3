// Package updates shows that real programs change rows with DNS UPDATE (RFC 2136), through one CoreDNS or several.
package updates

import (
	"errors"
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
	dir, err := os.MkdirTemp("", "mysqldns-updates-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	database, err = mariadb.Start(dir)
	if errors.Is(err, mariadb.ErrNotInstalled) && os.Getenv("MYSQLDNS_REQUIRE_SERVERS") == "" {
		fmt.Fprintf(os.Stderr, "\nNOT TESTED: %v\n\n", err)
		return 0
	}
	if err == nil {
		defer database.Stop()
		program, err = coredns.Build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}
