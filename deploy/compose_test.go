package deploy

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/go-sql-driver/mysql"
)

// composeProject is what "docker compose config" makes of the file; it refuses what the Compose specification does not have.
func composeProject(t *testing.T) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{"compose/compose.yaml"}, cli.WithEnv(nil))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func service(t *testing.T, name string) types.ServiceConfig {
	t.Helper()
	s, err := composeProject(t).GetService(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestComposeMountsFilesThatExist(t *testing.T) {
	for name, s := range composeProject(t).Services {
		for _, volume := range s.Volumes {
			if volume.Type != types.VolumeTypeBind {
				continue
			}
			if info, err := os.Stat(volume.Source); err != nil || !info.Mode().IsRegular() {
				t.Errorf("%s: %s is no file: %v", name, volume.Source, err)
			}
			if !volume.ReadOnly {
				t.Errorf("%s: %s can be written", name, volume.Target)
			}
		}
	}
	schema := slices.IndexFunc(service(t, "database").Volumes, func(v types.ServiceVolumeConfig) bool {
		return filepath.Base(v.Source) == "schema.sql" && strings.HasPrefix(v.Target, "/docker-entrypoint-initdb.d/1-")
	})
	reader := slices.IndexFunc(service(t, "database").Volumes, func(v types.ServiceVolumeConfig) bool {
		return filepath.Base(v.Source) == "reader.sh" && strings.HasPrefix(v.Target, "/docker-entrypoint-initdb.d/2-")
	})
	if schema < 0 || reader < 0 {
		t.Error("the database does not run schema.sql and then reader.sh")
	}
	if info, err := os.Stat("compose/reader.sh"); err != nil || info.Mode()&0o111 != 0 {
		t.Errorf("reader.sh is executable, so MariaDB's image would not run it inside its own script: %v", err)
	}
}

func TestComposeGivesCoreDNSNoMoreThanItNeeds(t *testing.T) {
	s := service(t, "coredns")
	if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Equal(s.CapAdd, []string{"NET_BIND_SERVICE"}) || s.Privileged || s.User != "" {
		t.Errorf("read_only %v, cap_drop %v, cap_add %v, user %q", s.ReadOnly, s.CapDrop, s.CapAdd, s.User)
	}
	if s.Build.Context != abs(t, root) || filepath.Join(s.Build.Context, s.Build.Dockerfile) != abs(t, dockerfile) {
		t.Errorf("it builds %s from %s", s.Build.Dockerfile, s.Build.Context)
	}
	db := service(t, "database")
	if _, outside := db.Networks["outside"]; outside || len(db.Ports) > 0 || !composeProject(t).Networks["database"].Internal {
		t.Error("the database can be reached from outside")
	}
	if !slices.Equal(db.CapDrop, []string{"ALL"}) || len(db.CapAdd) > 0 || !db.ReadOnly || db.User != "mysql" {
		t.Errorf("database: read_only %v, cap_drop %v, cap_add %v, user %q", db.ReadOnly, db.CapDrop, db.CapAdd, db.User)
	}
}

func TestComposeAgreesWithItsCorefile(t *testing.T) {
	c := parseCorefile(t, read(t, "compose/Corefile"))
	s := service(t, "coredns")
	targets := map[string]bool{}
	for _, volume := range s.Volumes {
		targets[volume.Target] = true
	}
	if !targets["/etc/coredns/Corefile"] || !targets[filepath.Dir(c.after(t, "mysqldns", "snapshot"))] {
		t.Errorf("no volume for the Corefile or the snapshot: %v", targets)
	}
	if len(s.Secrets) != 1 || "/run/secrets/"+s.Secrets[0].Source != c.after(t, "mysqldns", "password_file") {
		t.Errorf("its secrets are %+v", s.Secrets)
	}
	published := map[string]bool{}
	for _, port := range s.Ports {
		published[port.Protocol+" "+port.HostIP+" "+port.Published] = true
		if want := map[bool]string{true: c.port, false: c.portOf(t, "prometheus")}[port.Published == "1053"]; want != itoa(port.Target) {
			t.Errorf("%s is published to %d, want %s", port.Published, port.Target, want)
		}
	}
	if !published["udp 127.0.0.1 1053"] || !published["tcp 127.0.0.1 1053"] {
		t.Errorf("published are %v", published)
	}
	if want := "http://127.0.0.1:" + c.portOf(t, "ready") + "/ready"; !slices.Equal(s.HealthCheck.Test, []string{"CMD", "/probe", want}) {
		t.Errorf("the health check is %q, want /probe %s", s.HealthCheck.Test, want)
	}
	if time.Duration(*s.StopGracePeriod) < c.lameduck(t)+5*time.Second {
		t.Errorf("it is killed after %s, with a lameduck of %s", *s.StopGracePeriod, c.lameduck(t))
	}
	cfg, err := mysql.ParseDSN(c.after(t, "mysqldns", "dsn"))
	if err != nil {
		t.Fatal(err)
	}
	database := service(t, "database")
	if cfg.Addr != "database:3306" || cfg.DBName != *database.Environment["MARIADB_DATABASE"] {
		t.Errorf("the Corefile's database is %s at %s", cfg.DBName, cfg.Addr)
	}
}

func TestComposesReaderMayOnlyRead(t *testing.T) {
	addr, _ := needDatabase(t)
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.Net, cfg.Addr, cfg.DBName = "mysqldns", password, "tcp", addr, "dns"
	pool, err := sql.Open("mysql", cfg.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for _, allowed := range []string{"SELECT * FROM tb_dns", "SELECT * FROM tb_dns_changes"} {
		if _, err := pool.Exec(allowed); err != nil {
			t.Errorf("%s: %v", allowed, err)
		}
	}
	for _, forbidden := range []string{
		"INSERT INTO tb_dns (name, type, record) VALUES ('x', 'A', '192.0.2.1')", "DELETE FROM tb_dns_changes",
		"CREATE TABLE other (id INT)", "SELECT * FROM mysql.global_priv",
	} {
		if _, err := pool.Exec(forbidden); err == nil {
			t.Errorf("it may: %s", forbidden)
		}
	}
}

func abs(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
