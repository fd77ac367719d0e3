package cluster

import (
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/faults"
	"github.com/mysqldns/mysqldns/test/mariadb"
)

// A virtual address, or a proxy, leads to another server at times: for new connections while older ones stay, or for all at once. All of what a nameserver
// knows of its server is then of another.
func TestAddressThatLeadsElsewhere(t *testing.T) {
	r := startReplicated(t)
	address, err := faults.NewProxy(r.Primary.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(address.Close)
	server := serve(t, "nameserver of the address", "reader:secret@tcp("+address.Addr+")/"+mariadb.Database)
	resyncing := serveWith(t, "nameserver that resyncs", "resync 1s", "reader:secret@tcp("+address.Addr+")/"+mariadb.Database)
	p := judge(t, "Virtual address or proxy leads to another server", "`another server answers at …`; `… is behind the copy` while that server lags",
		execOn(t, r.Primary), server, resyncing)
	time.Sleep(time.Second)

	execute(t, r.replica, "STOP SLAVE SQL_THREAD")
	address.LeadTo(r.Replica.Addr)
	time.Sleep(3 * time.Second) // new connections, such as for a resync, lead to a server that is behind; changes come over the old ones
	logged := []int{len(server.Log()), len(resyncing.Log())}
	address.Reset()
	for n, s := range []*nameserver{server, resyncing} {
		s.says(t, logged[n], "it is behind the copy", 2*soon)
	}
	for _, w := range p.watchers {
		p.excuse(w.server) // there is no other way to what is written now
	}
	execute(t, r.replica, "START SLAVE SQL_THREAD")
	for n, s := range []*nameserver{server, resyncing} {
		s.goesTo(t, logged[n], address.Addr, 2*soon)
		logged[n] = len(s.Log())
	}
	p.expect(t, p.tries(), server, resyncing)

	address.LeadTo(r.Primary.Addr)
	address.Reset()
	for n, s := range []*nameserver{server, resyncing} {
		s.says(t, logged[n], "another server answers at "+address.Addr, 2*soon)
	}
	p.expect(t, p.pause(), server, resyncing)
}
