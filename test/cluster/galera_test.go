package cluster

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/mariadb"
)

// galera is a cluster with nameservers that each follow another node, and one behind a proxy. All the time, each node is written to and each
// nameserver is asked.
type galera struct {
	*Galera
	pools   []*sql.DB
	servers []*nameserver // the first three follow the node of the same number as long as they can
	pulses  []*pulse      // by node
}

func startGalera(t *testing.T) *galera {
	dir := folder(t)
	started, err := StartGalera(dir, script)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := started.Stop(); err != nil {
			t.Error(err)
		}
	})
	g := &galera{Galera: started}
	g.pools, g.servers = serveEach(t, g.Nodes[:])
	proxy, err := StartHAProxy(dir, g.Nodes...)
	switch {
	case missing(err):
		t.Logf("NOT TESTED behind a proxy: %v", err)
	case err != nil:
		t.Fatal(err)
	default:
		t.Cleanup(func() { proxy.Stop() })
		g.servers = append(g.servers, serve(t, "nameserver behind a proxy", "reader:secret@tcp("+proxy.Addr+")/"+mariadb.Database))
	}
	for n, node := range g.Nodes {
		g.pulses = append(g.pulses, beat(t, fmt.Sprintf("pulse%d.example.org", n+1), node, g.servers...))
	}
	return g
}

func TestGalera(t *testing.T) {
	t.Parallel()
	g := startGalera(t)
	t.Run("writes on any node reach every nameserver", g.testWrites)
	t.Run("changes on all nodes at once are all followed", g.testChurn)
	t.Run("a node that is cut off is left", g.testPartition)
	t.Run("a node that hangs is left", g.testHang)
	t.Run("a node that stands still is left, and what it wrote then is not lost", g.testStandstill)
	t.Run("the first host is returned to, and its death leads to one that has all", g.testDeath)
}

func (g *galera) testWrites(t *testing.T) {
	var increment int
	if err := g.pools[0].QueryRow("SELECT @@auto_increment_increment").Scan(&increment); err != nil || increment != nodes {
		t.Errorf("auto_increment_increment is %d (%v), expected %d", increment, err, nodes)
	}
	for n := range 10 * nodes {
		name, address := fmt.Sprintf("write%d.example.org", n), fmt.Sprintf("203.0.113.%d", n)
		execute(t, g.pools[n%nodes], "INSERT INTO tb_dns (name, type, record) VALUES (?, 'A', ?)", name, address)
		for _, server := range g.servers {
			server.expect(t, name, "NOERROR; A "+address)
		}
	}
}

func (g *galera) testChurn(t *testing.T) {
	const changes = 1500
	c := newChurn("churn", 60)
	before := g.lists()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var writers sync.WaitGroup
	for n := range 3 * nodes {
		writers.Go(func() {
			if err := c.run(ctx, g.pools[n%nodes], rand.New(rand.NewPCG(uint64(n), 1)), changes); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	t.Logf("%d statements committed; %d transactions rolled back, %d refused", c.committed.Load(), c.rolled.Load(), c.refused.Load())
	if c.refused.Load() == 0 {
		t.Error("no transaction was refused; the nodes did not get into each other's way")
	}
	c.compare(t, g.pools[0], g.servers...)
	if after := g.lists(); after != before {
		t.Errorf("%d lists hid what the change log would have shown", after-before)
	}
}

// lists is how often all nameservers have read the whole table.
func (g *galera) lists() (lists int) {
	for _, server := range g.servers {
		lists += server.lists()
	}
	return lists
}

func (g *galera) testPartition(t *testing.T) {
	const node = 1
	if err := Isolate(g.Nodes[node]); err != nil {
		t.Fatal(err)
	}
	// Reads there go on, of what is old, until the node has noticed.
	if err := awaitStatus(g.Nodes[node], "wsrep_cluster_status", "non-Primary"); err != nil {
		t.Fatal(err)
	}
	g.expectWrite(t, "partition.example.org", 0)
	if err := Rejoin(g.Nodes[node]); err != nil {
		t.Fatal(err)
	}
	g.expectReturn(t, node)
}

func (g *galera) testHang(t *testing.T) {
	const node = 2
	if err := g.Nodes[node].Pause(); err != nil {
		t.Fatal(err)
	}
	g.expectWrite(t, "hang.example.org", 0)
	if err := g.Nodes[node].Resume(); err != nil {
		t.Fatal(err)
	}
	g.expectReturn(t, node)
}

// A node that stands still hands out numbers for its change log that the others have long passed. They show when it goes on.
func (g *galera) testStandstill(t *testing.T) {
	const node = 0
	goOn := g.standStill(t, node)
	defer goOn()
	var writing sync.WaitGroup
	writing.Go(func() { g.write(t, "standstill.example.org", node) })
	time.Sleep(longerThanLateness)
	goOn()
	writing.Wait()
	g.expect(t, "standstill.example.org")
}

// longerThanLateness is longer than the plugin waits for a number between others.
const longerThanLateness = 35 * time.Second

// standStill has a node neither write nor take what the others wrote, as for a backup, until goOn.
func (g *galera) standStill(t *testing.T, node int) (goOn func()) {
	t.Helper()
	conn, err := g.pools[node].Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	run := func(statement string) {
		if _, err := conn.ExecContext(context.Background(), statement); err != nil {
			t.Fatal(err)
		}
	}
	run("FLUSH TABLES WITH READ LOCK")
	return sync.OnceFunc(func() {
		run("UNLOCK TABLES")
		conn.Close()
	})
}

func (g *galera) testDeath(t *testing.T) {
	const dies, behind, writes = 2, 0, 1
	server := g.servers[dies]
	server.follows(t, g.Nodes[dies].Addr, 2, 75*time.Second) // it had left

	goOn := g.standStill(t, behind) // the server's second host
	defer goOn()
	time.Sleep(time.Second) // in which its third host is written to
	if err := g.Nodes[dies].Kill(); err != nil {
		t.Fatal(err)
	}
	server.follows(t, g.Nodes[writes].Addr, 1, soon)
	goOn()
	g.expectWrite(t, "death.example.org", writes)
	if err := g.Nodes[dies].Restart(); err != nil { // and takes all data from another
		t.Fatal(err)
	}
	g.expectReturn(t, dies)
}

// write writes an address for a name on a node, as soon as that takes it.
func (g *galera) write(t *testing.T, name string, node int) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(joinsWithin); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if _, err = g.pools[node].Exec("INSERT INTO tb_dns (name, type, record) VALUES (?, 'A', '203.0.113.1')", name); err == nil {
			return
		}
	}
	t.Errorf("%s: %v", name, err)
}

// expect waits until every nameserver answers the address for a name.
func (g *galera) expect(t *testing.T, name string) {
	t.Helper()
	for _, server := range g.servers {
		server.expect(t, name, "NOERROR; A 203.0.113.1")
	}
}

func (g *galera) expectWrite(t *testing.T, name string, node int) {
	t.Helper()
	g.write(t, name, node)
	g.expect(t, name)
}

// expectReturn waits until a node has what the others have, and is written to again.
func (g *galera) expectReturn(t *testing.T, node int) {
	t.Helper()
	if err := AwaitSynced(g.Nodes[node]); err != nil {
		t.Fatal(err)
	}
	if err := g.AwaitMembers(nodes); err != nil {
		t.Fatal(err)
	}
	g.expectWrite(t, fmt.Sprintf("return%d.example.org", node), node)
}
