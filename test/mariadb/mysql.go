package mariadb

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrNoMySQL is returned by FindMySQL and StartMySQL where there is no MySQL server; its text says what to do.
var ErrNoMySQL = errors.New("no MySQL server: its mysqld is not on PATH, and MYSQLDNS_MYSQLD does not name it (Debian: test/install-mysql)")

var mySQL = kind{"mysql", FindMySQL, mySQLOptions, installMySQL, new(template), false}

// StartMySQL is Start for a MySQL. Its new data directory has root and Database already, so of several servers none begins with changes of its own.
func StartMySQL(dir string, args ...string) (*Server, error) {
	return startNew(&Server{dir: dir, args: args, kind: mySQL})
}

// FindMySQL returns the path of MySQL's mysqld: what MYSQLDNS_MYSQLD names, or what is on PATH. MariaDB has a program of that name, too.
func FindMySQL() (string, error) {
	program := os.Getenv("MYSQLDNS_MYSQLD")
	if program == "" {
		var err error
		if program, err = exec.LookPath("mysqld"); err != nil {
			return "", ErrNoMySQL
		}
	}
	version, err := exec.Command(program, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("%s --version: %w", program, err)
	}
	if strings.Contains(string(version), "MariaDB") {
		return "", fmt.Errorf("%w: %s is MariaDB's", ErrNoMySQL, program)
	}
	return filepath.Abs(program)
}

// mySQLOptions are to MySQL what common are to MariaDB.
func mySQLOptions(data string) []string {
	args := []string{
		"--no-defaults",
		"--datadir=" + data,
		"--innodb-buffer-pool-size=64M",
		"--innodb-redo-log-capacity=32M",
		"--innodb-flush-log-at-trx-commit=2",
		"--sync-binlog=0",
		"--mysqlx=OFF",
		"--secure-file-priv=NULL",              // the default may be a folder that is not there
		"--log-bin-trust-function-creators=ON", // so that schema.sql may make its triggers
	}
	if os.Getuid() == 0 {
		args = append(args, "--user=root")
	}
	return args
}

// installMySQL makes a new data directory.
func installMySQL(data string) error {
	program, err := FindMySQL()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(data), 0o700); err != nil {
		return err
	}
	script := data + ".sql"
	if err := os.WriteFile(script, []byte(initial), 0o600); err != nil {
		return err
	}
	defer os.Remove(script)
	args := append(mySQLOptions(data), "--initialize-insecure", "--init-file="+script)
	if output, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, output)
	}
	return nil
}
