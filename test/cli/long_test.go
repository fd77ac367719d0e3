package cli

import (
	"fmt"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/instance"

	"github.com/miekg/dns"
)

// lateness is how long the plugin waits for entries of the change log with lower numbers than it has seen.
const lateness = 30 * time.Second

// An import that stays open for longer than that, while others write, shows at once and as a whole after its commit.
func TestLongImportShowsAtOnceAndAsAWhole(t *testing.T) {
	if testing.Short() {
		t.Skip("takes more than half a minute")
	}
	onReal(t, func(t *testing.T, db *database) {
		server, err := instance.Start(".:0 {\n mysqldns {\n dsn " + db.dsn + "\n resync 0\n}\n}\n")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Stop)
		answered := func(name string) bool {
			q := new(dns.Msg).SetQuestion(name, dns.TypeA)
			client := &dns.Client{Timeout: 5 * time.Second}
			reply, _, err := client.Exchange(q, server.UDP)
			if err != nil {
				t.Fatal(err)
			}
			return reply.Rcode == dns.RcodeSuccess
		}

		h := hold(t, db)
		begun := time.Now()
		for n := 0; time.Since(begun) < lateness+5*time.Second; n++ { // others write, and their numbers pass those of the import
			db.insert(t, fmt.Sprintf("n%d.others A 192.0.2.1", n))
			if !eventually(10*time.Second, func() bool { return answered(fmt.Sprintf("n%d.others.", n)) }) {
				t.Fatal("what others write is not answered")
			}
			if answered("h1.lan.") {
				t.Fatal("the import is answered before its commit")
			}
			time.Sleep(200 * time.Millisecond) // a pace, no waiting for anything
		}
		h.blocker.Rollback()
		for !answered("h999.lan.") { // the last in canonical order, which is written only now
			if time.Since(begun) > 2*lateness {
				t.Fatal("the import is not answered")
			}
		}
		if !answered("h1.lan.") {
			t.Error("the import shows by halves")
		}
		if o := <-h.done; o.status != 0 {
			t.Errorf("%+v", o)
		}
		if answered("zzz.lan.") {
			t.Error("what the import deleted is still answered")
		}
	})
}
