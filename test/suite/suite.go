// Package suite starts what the tests of a package share: a MariaDB and a compiled CoreDNS.
package suite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/mysqldns/mysqldns/test/coredns"
	"github.com/mysqldns/mysqldns/test/mariadb"
)

// Require names a variable that is set where all servers must be installed: their lack then fails the tests, which otherwise are left out.
const Require = "MYSQLDNS_REQUIRE_SERVERS"

// Main runs the tests and ends the process. Before that it hands over the path of CoreDNS and a MariaDB that runs until then, which was started with
// some more options.
func Main(m *testing.M, use func(program string, database *mariadb.Server), options ...string) {
	end(inFolder(func(dir string) (int, error) { return run(m, dir, use, options) }))
}

// MainWithoutDatabase is Main for tests that have a database already.
func MainWithoutDatabase(m *testing.M, use func(program string)) {
	end(inFolder(func(dir string) (int, error) {
		program, err := coredns.Build(dir)
		if err != nil {
			return 1, err
		}
		use(program)
		return m.Run(), nil
	}))
}

func end(status int, err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

// inFolder calls run with a folder that is removed afterwards.
func inFolder(run func(dir string) (int, error)) (int, error) {
	dir, err := os.MkdirTemp("", "mysqldns-suite-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	return run(dir)
}

func run(m *testing.M, dir string, use func(string, *mariadb.Server), options []string) (int, error) {
	database, err := mariadb.Start(filepath.Join(dir, "mariadb"), options...)
	if errors.Is(err, mariadb.ErrNotInstalled) && os.Getenv(Require) == "" {
		fmt.Fprintf(os.Stderr, "\nNOT TESTED: %v\n\n", err)
		return 0, nil
	}
	if err != nil {
		return 1, err
	}
	defer database.Stop()
	program, err := coredns.Build(dir)
	if err != nil {
		return 1, err
	}
	use(program, database)
	return m.Run(), nil
}
