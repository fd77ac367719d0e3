package transfers

import (
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
		text := ".:{$PORT} {\n transfer {\n to *\n }\n mysqldns {\n" + tb.dsn(i == 0) + "snapshot " + filepath.Join(t.TempDir(), "snapshot") + "\n catalog catalog.example\n}\n}\n"
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
		var err error
		switch rng.IntN(5) {
		case 0:
			err = p.Restart()
		case 1, 2:
			if err = p.Kill(); err == nil {
				err = p.Restart()
			}
		case 3: // to another ttl, so that the table is read anew, and back
			p.corefile = otherTTL(p.corefile)
			if err = p.Reload(p.corefile); err != nil && down {
				err = nil // CoreDNS says later that it reloaded than the test waits
			}
		case 4:
			if down = !down; down {
				err = server.Kill()
			} else {
				err = server.Restart()
			}
		}
		if err != nil {
			t.Fatalf("round %d: %v", n, err)
		}
		for _, zone := range zones {
			for _, p := range all {
				see(t, zone, p.Addr)
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

// see notes what a server transfers of a zone. One that has just started without the database may refuse for a moment.
func see(t *testing.T, zone *contents, addr string) {
	t.Helper()
	var err error
	if !eventually(15*time.Second, func() bool {
		if err = zone.see(addr); err == nil {
			return true
		}
		return !strings.Contains(err.Error(), "REFUSED") && !strings.Contains(err.Error(), "connect")
	}) || err != nil {
		t.Errorf("%s: %v", zone.zone, err)
	}
}

// otherTTL is a Corefile whose directive says another ttl, which no row needs.
func otherTTL(corefile string) string {
	if strings.Contains(corefile, " ttl 61\n") {
		return strings.Replace(corefile, " ttl 61\n", "", 1)
	}
	return strings.Replace(corefile, " mysqldns {\n", " mysqldns {\n ttl 61\n", 1)
}
