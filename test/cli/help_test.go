package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// examples are the commands in the help of every command, and in the README.
func examples(t *testing.T) (all []string) {
	t.Helper()
	for _, command := range []string{"", "schema", "check", "zones", "import", "export"} {
		help := databases[0].must(t, append(strings.Fields(command), "--help")...)
		_, after, found := strings.Cut(help, "\nExamples:\n")
		if !found {
			t.Errorf("%s has no examples", command)
		}
		for line := range strings.Lines(after) {
			if !strings.HasPrefix(line, "  ") {
				break
			}
			all = append(all, strings.TrimSpace(line))
		}
	}
	readme, err := os.ReadFile("../../cmd/mysqldns/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile(`(?m)^    \$ (.*)$`).FindAllStringSubmatch(string(readme), -1) {
		all = append(all, found[1])
	}
	return all
}

// What they need is there: the client of the server, a zone in a file, zones in the tables. Of dig and jq only what matters.
func TestExamplesWork(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		client, err := exec.LookPath("mariadb")
		if err != nil {
			t.Fatal(err)
		}
		host, port, _ := strings.Cut(db.server.Addr, ":")
		dir := t.TempDir()
		script := func(name, text string) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		script("mysql", "exec "+client+" --no-defaults --protocol=tcp --host="+host+" --port="+port+" --user=root \"$@\"")
		script("mysqldns", "exec "+program+` "$@"`)
		script("dig", "cat example.org.zone")
		script("jq", "cat")
		zone := strings.Replace(zoneText, "x    TYPE65280", "y    TYPE65280", 1)
		if err := os.Mkdir(filepath.Join(dir, "zones"), 0o700); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"example.org.zone": zone, "zones/example.net.zone": strings.ReplaceAll(zone, "example.org", "example.net"), "password": "pw\n", "ca.pem": ""} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		db.exec(t, "CREATE DATABASE IF NOT EXISTS inventory", "DROP TABLE IF EXISTS inventory.names, inventory.names_changes, inventory.names_zones, inventory.names_journal, inventory.names_updates",
			"DROP USER IF EXISTS writer@'%'", "CREATE USER writer@'%' IDENTIFIED BY 'pw'", "GRANT ALL ON *.* TO writer@'%'")
		t.Cleanup(func() { db.exec(t, "DROP DATABASE inventory") })
		db.load(t, db.must(t, "schema", "--table", "inventory.names"))
		db.must(t, "import", file(t, zone))
		db.must(t, "import", "--table", "inventory.names", file(t, zone))

		all := examples(t)
		if len(all) < 12 {
			t.Errorf("only %d examples", len(all))
		}
		for _, example := range all {
			command := strings.ReplaceAll(example, "/run/secrets/mysql", "password")
			command = strings.ReplaceAll(command, "db.example.org:3306", db.server.Addr)
			shell := exec.Command("/bin/sh", "-e", "-c", command)
			shell.Dir = dir
			shell.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "MYSQLDNS_DSN="+db.server.DSN("writer", "pw", "dns"))
			if output, err := shell.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", example, err, output)
			}
		}
	})
}

func TestVersion(t *testing.T) {
	if got := databases[0].must(t, "--version"); !regexp.MustCompile(`^mysqldns \S+ \(.*\)\n$`).MatchString(got) {
		t.Errorf("got %q", got)
	}
}

func TestHelpOfAllIsThereWithoutACommand(t *testing.T) {
	got := databases[0].must(t)
	for _, command := range []string{"schema", "check", "zones", "import", "export"} {
		if !strings.Contains(got, "\n  "+command+" ") {
			t.Errorf("%s is not in\n%s", command, got)
		}
	}
}
