package cluster

import (
	"errors"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/test/mariadb"
)

// TestRouter has nameservers reach a group by MySQL Router alone: one by the address that leads to the primary, one by that of the secondaries.
func TestRouter(t *testing.T) {
	g := &group{Group: startMembers(t, SinglePrimary)}
	router, err := StartRouter(t.TempDir(), g.Group)
	if errors.Is(err, ErrNotInstalled) {
		t.Skipf("NOT TESTED behind MySQL Router: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := router.Stop(); err != nil {
			t.Error(err)
		}
	})
	for _, member := range g.Members {
		g.pools = append(g.pools, open(t, member))
	}
	for _, addr := range []string{router.Addr, router.Secondaries} {
		g.servers = append(g.servers, serve(t, "nameserver that asks a Router at "+addr, "watcher:secret@tcp("+addr+")/"+mariadb.Database))
	}
	for _, fault := range []struct {
		name       string
		harm, heal func(*mariadb.Server) error
	}{
		{"primary killed, joins again", (*mariadb.Server).Kill, func(m *mariadb.Server) error { return errors.Join(m.Restart(), g.Join(m)) }},
		{"primary hung, expelled, joins again", (*mariadb.Server).Pause, func(m *mariadb.Server) error { return errors.Join(m.Resume(), g.Return(m)) }},
		{"primary leaves its group, answers on", func(m *mariadb.Server) error { return execAlone(m, "STOP GROUP_REPLICATION") }, g.Join},
	} {
		if t.Failed() {
			break // a member is harmed still
		}
		t.Run(fault.name, func(t *testing.T) {
			p := judge(t, "Group Replication behind MySQL Router: "+fault.name, "`reading … again`, or `another server answers at …`", g.toPrimary(), g.servers...)
			n, logged := g.primaryNumber(t), len(g.servers[0].Log())
			if err := fault.harm(g.Members[n]); err != nil {
				t.Fatal(err)
			}
			g.elects(t, n)
			g.flows(t, p)
			eventually(t, soon, "the nameserver says that the Router leads on", func() bool {
				log := g.servers[0].Log()[logged:]
				return strings.Contains(log, "another server answers at "+router.Addr) || strings.Contains(log, "reading tb_dns at "+router.Addr+" again")
			})
			if err := errors.Join(fault.heal(g.Members[n]), g.AwaitWhole()); err != nil {
				t.Fatal(err)
			}
			g.flows(t, p)
		})
	}
}
