package transfers

import (
	"errors"
	"flag"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/coredns"
)

var restarts = flag.Int("restarts", 20, "how often CoreDNS is started anew, killed or reloaded, with serials and contents compared")

// However often instances are stopped, killed, started anew and reloaded, with the database there or not, while rows change: no serial goes back, and none
// has two contents, whichever instance it is had from.
func TestNoSerialGoesBack(t *testing.T) {
	tb := newTable(t)
	for _, zone := range []string{"example.org", "example.net"} {
		tb.zone(zone, 0)
	}
	type primary struct {
		*coredns.Server
		corefile string
	}
	var all []*primary
	for i := range 2 {
		text := corefile("*", tb.dsn(i == 0)+"snapshot "+filepath.Join(t.TempDir(), "snapshot")+"\n catalog catalog.example\n", "")
		s, err := coredns.Start(program, t.TempDir(), text)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Stop()
		all = append(all, &primary{s, text})
	}
	zones := []*contents{newContents("example.org"), newContents("example.net"), newContents("catalog.example")}
	stops := []func(){tb.writer("example.org", 1), tb.writer("example.net", 2)}
	rng := rand.New(rand.NewPCG(8, 8))
	down := false
	for n := range *restarts {
		p := all[rng.IntN(len(all))]
		var what string
		var err error
		switch i := rng.IntN(10); {
		case down: // for one round, as a start without the database takes some seconds
			what, err, down = "the database came", server.Restart(), false
		case i == 0:
			what, err, down = "the database was killed", server.Kill(), true
			if err == nil {
				err = errors.Join(p.Kill(), p.Restart())
			}
		case i < 3:
			what, err = "was stopped", p.Restart()
		case i < 7:
			what, err = "was killed", errors.Join(p.Kill(), p.Restart())
		default: // to another ttl, so that the table is read anew, and back
			p.corefile = otherTTL(p.corefile)
			what, err = "was reloaded", p.Reload(p.corefile)
		}
		if err != nil {
			t.Fatalf("round %d, %s %s: %v", n, p.Addr, what, err)
		}
		for _, zone := range zones {
			for _, p := range all {
				if err := see(zone, p.Addr, down); err != nil {
					t.Errorf("round %d, %s %s: %v", n, p.Addr, what, err)
				}
			}
		}
	}
	for _, stop := range stops {
		stop()
	}
	if down {
		if err := server.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	for _, zone := range []string{"example.org", "example.net"} {
		for _, p := range all {
			tb.equalsTable(p.Addr, zone)
		}
	}
	for _, zone := range zones {
		t.Logf("%s had %d serials", zone.zone, zone.serials())
	}
}

// see notes what a server shows and transfers of a zone. One that was killed and cannot ask the database need not know the content of the version that it
// shows; with the database it does, or has an older one, within some seconds.
func see(zone *contents, addr string, down bool) error {
	zone.show(addr, serialOf(addr, zone.zone))
	var err error
	eventually(15*time.Second, func() bool {
		err = zone.see(addr)
		return err == nil || down || !strings.Contains(err.Error(), "REFUSED")
	})
	if err != nil && down && strings.Contains(err.Error(), "REFUSED") {
		err = nil
	}
	return errors.Join(err, zone.wentBack())
}

// otherTTL is a Corefile whose directive says another ttl, which no row needs.
func otherTTL(corefile string) string {
	if strings.Contains(corefile, " ttl 61\n") {
		return strings.Replace(corefile, " ttl 61\n", "", 1)
	}
	return strings.Replace(corefile, " mysqldns {\n", " mysqldns {\n ttl 61\n", 1)
}
