// Package deploy has no code of its own: its tests check that the files for containers, Kubernetes, Helm and monitoring are
// valid, agree with each other, and work.
package deploy

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mysqldns/mysqldns/test/coredns"
	"github.com/mysqldns/mysqldns/test/mariadb"
)

// root is the folder of the repository, from here.
const root = ".."

// work is a folder for what the tests share.
var work string

func TestMain(m *testing.M) {
	var err error
	if work, err = os.MkdirTemp("", "mysqldns-deploy-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	if started.database != nil {
		started.database.Stop()
	}
	os.RemoveAll(work)
	os.Exit(status)
}

var started struct {
	database *mariadb.Server
}

// program is CoreDNS with mysqldns.
var program = sync.OnceValues(func() (string, error) { return coredns.Build(work) })

// password has what needs care in SQL and in a shell.
const password = `it's "50 \ $HOME` + "`"

// database is a MariaDB that was set up by the same steps as in compose.yaml: schema.sql, then reader.sh.
var database = sync.OnceValues(func() (*mariadb.Server, error) {
	dir := filepath.Join(work, "mariadb")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	server, err := mariadb.Start(dir)
	if err != nil {
		return nil, err
	}
	started.database = server
	secret := filepath.Join(work, "password")
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o600); err != nil {
		return nil, err
	}
	reader, err := os.ReadFile("compose/reader.sh")
	if err != nil {
		return nil, err
	}
	script := strings.ReplaceAll(string(reader), "/run/secrets/password", secret)
	return server, initialize(server, script)
})

// initialize does what MariaDB's image does with the files in its docker-entrypoint-initdb.d.
func initialize(server *mariadb.Server, reader string) error {
	host, port, _ := strings.Cut(server.Addr, ":")
	sql := fmt.Sprintf("docker_process_sql() { mariadb --host=%s --port=%s --user=root --database=%s \"$@\"; }\n", host, port, mariadb.Database)
	script := "set -eo pipefail\n" + sql + "docker_process_sql <" + filepath.Join(root, "schema.sql") + "\n" + reader + rows
	if output, err := exec.Command("bash", "-c", script).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	return nil
}

// The rows that the tests ask for.
const rows = `
docker_process_sql <<SQL
INSERT INTO tb_dns (name, type, ttl, record) VALUES
  ('example.org', 'SOA', 3600, 'ns1.example.org. hostmaster.example.org. 1 7200 3600 1209600 300'),
  ('example.org', 'NS', 3600, 'ns1.example.org.'),
  ('ns1.example.org', 'A', 3600, '192.0.2.1'),
  ('www.example.org', 'A', 60, '192.0.2.2'),
  ('sub.example.org', 'NS', 3600, 'ns1.example.net.'),
  ('loose.lan', 'A', 60, '192.0.2.3'),
  ('bad.example.org', 'A', 60, 'not an address');
SQL
`

// needDatabase returns the MariaDB and the path of the file with the reader's password. Without MariaDB the test is skipped, unless the
// environment says that it must not be.
func needDatabase(t *testing.T) (addr, passwordFile string) {
	t.Helper()
	server, err := database()
	if errors.Is(err, mariadb.ErrNotInstalled) {
		missing(t, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	return server.Addr, filepath.Join(work, "password")
}

// missing skips a test for something that is not installed, or fails it where all must be tested.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("MYSQLDNS_REQUIRE_SERVERS") != "" {
		t.Fatal(what)
	}
	t.Skip("NOT TESTED: " + what)
}

// read returns the text of a file.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
