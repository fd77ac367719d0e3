package updates

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/coredns"

	"github.com/mysqldns/mysqldns/test/updates/stage"
)

// What could not work ends CoreDNS at the start, with a line that says what to change.
func TestMistakesEndTheStart(t *testing.T) {
	s := stage.New(t, program, rootDSN())
	s.Exec("CREATE OR REPLACE VIEW dns_view AS SELECT * FROM tb_dns")
	s.Exec("DROP TABLE IF EXISTS numberless")
	s.Exec("CREATE TABLE numberless (name VARCHAR(255), type VARCHAR(16), ttl INT, record TEXT)")
	s.Exec("GRANT ALL ON dns_view TO writer@'%'")
	s.Exec("GRANT ALL ON numberless TO writer@'%'")
	t.Cleanup(func() { s.Exec("DROP VIEW dns_view"); s.Exec("DROP TABLE numberless") })
	good := s.Corefile(stage.Anything, stage.Keys)
	of := func(table string) string {
		return strings.NewReplacer("dsn "+s.Read, "dsn "+s.Full, "write_dsn", "table "+table+"\n  write_dsn").Replace(good)
	}
	tests := []struct{ name, corefile, expected string }{
		{"no write_dsn", strings.ReplaceAll(good, "write_dsn "+s.Full, ""), "write_dsn is missing"},
		{"no tsig", s.Corefile(stage.Anything, ""), "there is no tsig in this server block"},
		{"a key that tsig does not have", s.Corefile(stage.Anything+"  update nobody.example *.example.org\n", stage.Keys), "no secret of the key nobody.example."},
		{"dynupdate beside", s.Corefile(stage.Anything, stage.Keys+" dynupdate example.net {\n  file zone\n  allow key.example. * *\n }\n"), "dynupdate is in the same server block"},
		{"an unknown type", s.Corefile("  update key.example a.example.org FOO\n", stage.Keys), `"FOO" is not a record type`},
		{"a type for questions", s.Corefile("  update key.example a.example.org AXFR\n", stage.Keys), `"AXFR" is not a record type`},
		{"no name", s.Corefile("  update key.example\n", stage.Keys), "expected KEY NAME [TYPE...], got one argument"},
		{"no domain name", s.Corefile("  update key.example a..b\n", stage.Keys), `"a..b" is not a name`},
		{"a view", of("dns_view"), "is a view"},
		{"a table without numbers", of("numberless"), "no column id that is a number"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			zone := "example.net. 60 IN SOA a. b. 1 1 1 1 1\nexample.net. 60 IN NS a.\n"
			if err := os.WriteFile(dir+"/zone", []byte(zone), 0o600); err != nil {
				t.Fatal(err)
			}
			server, err := coredns.Start(program, dir, test.corefile)
			if err == nil {
				server.Stop()
				t.Fatal("it started")
			}
			if !strings.Contains(err.Error(), test.expected) || strings.Contains(err.Error(), "secret@") {
				t.Errorf("got %v, expected %q in it", err, test.expected)
			}
		})
	}
}

// While the database is away, CoreDNS starts.
func TestStartWithoutDatabase(t *testing.T) {
	database := needPrivate(t)
	s := stage.New(t, program, rootDSN())
	if err := database.Stop(); err != nil {
		t.Fatal(err)
	}
	started := make(chan error, 1)
	go func() {
		time.Sleep(time.Second)
		started <- database.Restart()
	}()
	n := s.Serve(s.Corefile(stage.Anything, stage.Keys))
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	stage.WaitFor(t, "an update that is carried out", 20*time.Second, func() bool {
		reply, err := n.Exchange(stage.Message(t, "example.org", "add a.example.org 60 A 192.0.2.1"), stage.KeyName, "udp")
		return err == nil && reply.Rcode == 0
	})
}

// Without the property, UPDATE is what it is without the plugin.
func TestNoRules(t *testing.T) {
	s := stage.New(t, program, rootDSN())
	n := s.Serve(s.Corefile("", stage.Keys))
	n.UpdateAs(4, "", stage.Message(t, "example.org", "add a.example.org 60 A 192.0.2.1")) // NOTIMP
	if _, err := exec.LookPath("nsupdate"); err == nil {
		if output, err := nsupdate(t, n, "zone example.org\nupdate add a.example.org 60 A 192.0.2.1\nsend\n"); err == nil || !strings.Contains(output, "NOTIMP") {
			t.Errorf("%v\n%s", err, output)
		}
	}
}
