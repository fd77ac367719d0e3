// Package cluster runs MariaDB and MySQL on several servers of this machine, for tests: as a Galera cluster, as MySQL Group Replication, as a primary with a
// replica or a chain of them, and behind a proxy or an address that leads from one to the other.
//
// Each test asks nameservers all the time: no answer may be wrong, and none may be older than one before. In the end it prints what became of the answers
// in each fault (verdict).
package cluster

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/test/mariadb"
	"github.com/mysqldns/mysqldns/test/port"
)

// ErrNotInstalled is returned where a program is missing; the error's text says what to install.
var ErrNotInstalled = errors.New("not installed")

// Galera is a cluster of three nodes. A node that was killed returns with Restart: it then takes all data from another, as after
// a crash without recovery. One that was stopped or cut off takes what it missed.
type Galera struct {
	Nodes []*mariadb.Server

	dir string
}

const (
	nodes       = 3
	joinsWithin = 90 * time.Second
)

// StartGalera starts a cluster on data in dir: an empty database, in which the script has been executed. Where root runs the tests, dir is
// given to the user mysql, who must be allowed into the folder that it is in.
func StartGalera(dir, script string) (*Galera, error) {
	provider, err := findProvider()
	if err != nil {
		return nil, err
	}
	addrs := make([]nodeAddrs, nodes)
	var members []string
	for n := range addrs {
		if addrs[n], err = freeAddrs(); err != nil {
			return nil, err
		}
		members = append(members, addrs[n].group)
	}
	g := &Galera{Nodes: make([]*mariadb.Server, nodes), dir: dir}
	options := func(n int) []string { return nodeOptions(n, provider, strings.Join(members, ","), addrs[n]) }
	if g.Nodes[0], err = g.startFirst(options(0), script); err != nil {
		return nil, err
	}
	var joining sync.WaitGroup
	errs := make([]error, nodes)
	for n := 1; n < nodes; n++ {
		joining.Go(func() { g.Nodes[n], errs[n] = g.startNext(n, options(n)) })
	}
	joining.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, errors.Join(err, g.Stop())
	}
	return g, g.AwaitMembers(nodes)
}

// findProvider finds Galera itself, and what its transfer of all data runs.
func findProvider() (string, error) {
	if _, err := mariadb.Find(); err != nil {
		return "", fmt.Errorf("%w: %w", ErrNotInstalled, err)
	}
	for _, program := range []string{"rsync", "lsof"} {
		if _, err := exec.LookPath(program); err != nil {
			return "", fmt.Errorf("%s is %w (Debian: apt-get install %s)", program, ErrNotInstalled, program)
		}
	}
	for _, path := range []string{"/usr/lib/galera/libgalera_smm.so", "/usr/lib64/galera-4/libgalera_smm.so"} {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("the library of Galera is %w (Debian: apt-get install galera-4)", ErrNotInstalled)
}

// nodeAddrs are where a node listens: to its group, and for what it missed or all data when it joins.
type nodeAddrs struct{ group, missed, all string }

func freeAddrs() (a nodeAddrs, err error) {
	for _, addr := range []*string{&a.group, &a.missed, &a.all} {
		if *addr, err = port.Free(); err != nil {
			return a, err
		}
	}
	return a, nil
}

func nodeOptions(n int, provider, members string, addrs nodeAddrs) []string {
	options := fmt.Sprintf("gmcast.listen_addr=tcp://%s;ist.recv_addr=%s;gcache.size=32M", addrs.group, addrs.missed)
	return []string{
		"--init-file=", // only a node that belongs to its cluster already could execute it
		"--binlog-format=ROW",
		"--innodb-autoinc-lock-mode=2",
		"--wsrep-on=ON",
		"--wsrep-provider=" + provider,
		"--wsrep-provider-options=" + options,
		"--wsrep-cluster-name=test",
		"--wsrep-cluster-address=gcomm://" + members,
		fmt.Sprintf("--wsrep-node-name=node%d", n+1),
		"--wsrep-node-address=" + addrs.group,
		"--wsrep-sst-method=rsync",
		"--wsrep-sst-receive-address=" + addrs.all,
	}
}

// startFirst makes data, has them become those of a cluster, keeps a copy for the other nodes, and begins the cluster.
func (g *Galera) startFirst(options []string, script string) (*mariadb.Server, error) {
	alone, err := mariadb.Start(g.node(0))
	if err != nil {
		return nil, err
	}
	if err := errors.Join(load(alone, script), alone.Stop()); err != nil {
		return nil, err
	}
	node, err := startNode(g.node(0), append(options, "--wsrep-new-cluster"))
	if err != nil {
		return nil, err
	}
	if err := node.Stop(); err != nil {
		return nil, err
	}
	if err := os.CopyFS(g.state(), state{os.DirFS(g.data(0))}); err != nil {
		return nil, err
	}
	if err := node.Restart(); err != nil {
		return nil, err
	}
	node.Reconfigure(options...)
	return node, AwaitSynced(node)
}

// load executes a script in one session.
func load(server *mariadb.Server, script string) error {
	db, err := sql.Open("mysql", server.DSN("root", "", mariadb.Database)+"?multiStatements=true")
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(script)
	return err
}

// startNext starts a node with the state that the cluster began with.
func (g *Galera) startNext(n int, options []string) (*mariadb.Server, error) {
	if err := os.CopyFS(g.data(n), os.DirFS(g.state())); err != nil {
		return nil, err
	}
	return startNode(g.node(n), options)
}

func (g *Galera) node(n int) string { return filepath.Join(g.dir, fmt.Sprintf("node%d", n+1)) }
func (g *Galera) data(n int) string { return filepath.Join(g.node(n), "data") }
func (g *Galera) state() string     { return filepath.Join(g.dir, "state") }

// state is a data directory without what belongs to one node.
type state struct{ fs.FS }

// ReadDir implements fs.ReadDirFS.
func (s state) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(s.FS, name)
	var kept []fs.DirEntry
	for _, entry := range all {
		switch entry.Name() {
		case "galera.cache", "gvwstate.dat", "pid", "sock":
		default:
			kept = append(kept, entry)
		}
	}
	return kept, err
}

func startNode(dir string, args []string) (*mariadb.Server, error) {
	user := ""
	if os.Getuid() == 0 {
		user = "mysql" // the transfer of all data by rsync fails as root, whose rights it drops
	}
	node, err := mariadb.StartAs(user, dir, args...)
	if err != nil {
		return nil, err
	}
	return node, AwaitSynced(node)
}

// AwaitSynced waits until a node has what its cluster has.
func AwaitSynced(node *mariadb.Server) error {
	return awaitStatus(node, "wsrep_local_state_comment", "Synced")
}

// AwaitMembers waits until all nodes see a cluster of that size.
func (g *Galera) AwaitMembers(members int) error {
	var errs []error
	for _, node := range g.Nodes {
		errs = append(errs, awaitStatus(node, "wsrep_cluster_size", fmt.Sprint(members)))
	}
	return errors.Join(errs...)
}

func awaitStatus(node *mariadb.Server, variable, value string) error {
	db, err := sql.Open("mysql", node.DSN("root", "", "")+"?timeout=1s&readTimeout=5s&interpolateParams=true")
	if err != nil {
		return err
	}
	defer db.Close()
	var got string
	for deadline := time.Now().Add(joinsWithin); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		err = db.QueryRow("SHOW STATUS LIKE ?", variable).Scan(new(string), &got)
		if err == nil && got == value {
			return nil
		}
	}
	return fmt.Errorf("node on %s: %s is %q after %s, expected %s (%w)", node.Addr, variable, got, joinsWithin, value, err)
}

// Isolate cuts a node off from the others, and Rejoin ends that.
func Isolate(node *mariadb.Server) error { return isolate(node, "1") }

// Rejoin ends Isolate.
func Rejoin(node *mariadb.Server) error { return isolate(node, "0") }

func isolate(node *mariadb.Server, value string) error {
	return execAlone(node, "SET GLOBAL wsrep_provider_options = 'gmcast.isolate="+value+"'")
}

// execAlone executes a statement without a database, which a node that is cut off does not allow.
func execAlone(node *mariadb.Server, statement string) error {
	db, err := sql.Open("mysql", node.DSN("root", "", "")+"?timeout=5s")
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), joinsWithin) // joining takes as long as that
	defer cancel()
	_, err = db.ExecContext(ctx, statement)
	return err
}

// Stop ends all nodes.
func (g *Galera) Stop() error {
	var errs []error
	for _, node := range g.Nodes {
		if node != nil {
			errs = append(errs, node.Stop())
		}
	}
	return errors.Join(errs...)
}
