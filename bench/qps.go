package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/mysqldns/mysqldns/test/lab"
	"github.com/mysqldns/mysqldns/test/port"
)

// qps is the queries/s of all servers at one number of names.
type qps struct {
	Names int
	By    map[string]*qpsOf // by the server's name
}

// qpsOf has one figure for each round.
type qpsOf struct{ Hits, Misses []lab.Perf }

// The servers, in the order of the tables.
const (
	whoami   = "whoami"
	file     = "file"
	mysqlDNS = "mysqldns"
	powerDNS = "PowerDNS"
)

var servers = []string{whoami, file, mysqlDNS, powerDNS}

// measureQPS starts all servers and asks one after the other, several rounds, each round in another order. Those that are not
// asked have nothing to do.
func (b *bench) measureQPS(names int) error {
	hits, misses := filepath.Join(b.Dir, "hits"), filepath.Join(b.Dir, "misses")
	if err := lab.WriteQueries(hits, b.queries, names, lab.AppendHost); err != nil {
		return err
	}
	if err := lab.WriteQueries(misses, b.queries, names, lab.AppendMiss); err != nil {
		return err
	}
	running := map[string]*process{}
	defer func() {
		for _, p := range running {
			p.stop()
		}
	}()
	q := qps{Names: names, By: map[string]*qpsOf{}}
	var order []string
	for _, name := range servers {
		p, err := b.startServer(name, names)
		if err != nil {
			return err
		}
		if p == nil {
			continue
		}
		running[name], q.By[name] = p, new(qpsOf)
		order = append(order, name)
		if _, err := lab.Load(b.Ctx, p.port, hits, 1, "NOERROR"); err != nil { // to warm up
			return err
		}
	}
	for round := range b.rounds {
		for i := range order {
			name := order[(i+round)%len(order)]
			if err := b.ask(q.By[name], name, running[name].port, hits, misses); err != nil {
				return err
			}
		}
	}
	b.results.QPS = append(b.results.QPS, q)
	for _, name := range order {
		b.Progress.Note("%-10s hits %s, misses %s", name, lab.Count(lab.Median(q.By[name].hits())), lab.Count(lab.Median(q.By[name].misses())))
	}
	return nil
}

// ask measures one server once. All names are misses to whoami, which answers them all alike.
func (b *bench) ask(of *qpsOf, name string, port int, hits, misses string) error {
	p, err := lab.Load(b.Ctx, port, hits, b.seconds, "NOERROR")
	if err != nil {
		return err
	}
	of.Hits = append(of.Hits, p)
	if name == whoami {
		of.Misses = append(of.Misses, p)
		return nil
	}
	m, err := lab.Load(b.Ctx, port, misses, b.seconds, "NXDOMAIN")
	if err != nil {
		return err
	}
	of.Misses = append(of.Misses, m)
	if right := min(p.Expected, m.Expected) - max(p.Lost, m.Lost); right < 0.99 {
		return fmt.Errorf("%s: of the answers only %.1f %% came and were right", name, 100*right)
	}
	return nil
}

// startServer starts one of the servers; nil if it is left out.
func (b *bench) startServer(name string, names int) (*process, error) {
	switch name {
	case whoami:
		return b.startCoreDNS(b.stock, "whoami", lab.Origin)
	case file:
		if names > most {
			b.Progress.Note("file is left out: it would take about 5 GB and minutes to start")
			return nil, nil
		}
		path := filepath.Join(b.Dir, "zone")
		if err := lab.WriteZoneFile(path, names); err != nil {
			return nil, err
		}
		return b.startCoreDNS(b.CoreDNS, fileBlock(path), lab.HostName(0))
	case mysqlDNS:
		return b.startCoreDNS(b.CoreDNS, mysqldnsBlock(b.DB.DSN()), lab.HostName(0))
	}
	program, err := exec.LookPath("pdns_server")
	if err != nil {
		program = "/usr/sbin/pdns_server" // not in every user's PATH
	}
	_, missing := os.Stat(program)
	if _, err := os.Stat(powerDNSSchema); err != nil || missing != nil || names > most {
		b.Progress.Note("PowerDNS is left out: it is not installed, or its table would take too long to fill")
		return nil, nil
	}
	return b.startPowerDNS(program)
}

// powerDNSSchema is where Debian's pdns-backend-mysql has it.
const powerDNSSchema = "/usr/share/pdns-backend-mysql/schema/schema.mysql.sql"

// startPowerDNS starts PowerDNS with its backend for MySQL and its default caches, on a copy of our table in its own schema.
func (b *bench) startPowerDNS(program string) (*process, error) {
	schema, err := os.ReadFile(powerDNSSchema)
	if err != nil {
		return nil, err
	}
	err = b.DB.Exec("DROP DATABASE IF EXISTS pdns; CREATE DATABASE pdns; USE pdns; "+string(schema),
		"INSERT INTO pdns.domains (id, name, type) VALUES (1, '"+lab.Origin+"', 'NATIVE')",
		"INSERT INTO pdns.records (domain_id, name, type, content, ttl) SELECT 1, name, type, record, ttl FROM dns.tb_dns ORDER BY id",
		"ANALYZE TABLE pdns.records; USE dns")
	if err != nil {
		return nil, err
	}
	port, err := port.FreeNumber()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(b.Dir, "pdns-")
	if err != nil {
		return nil, err
	}
	_, mysqlPort, err := net.SplitHostPort(b.DB.Server.Addr)
	if err != nil {
		return nil, err
	}
	conf := fmt.Sprintf("launch=gmysql\ngmysql-host=127.0.0.1\ngmysql-port=%s\ngmysql-dbname=pdns\ngmysql-user=root\n"+
		"local-address=127.0.0.1\nlocal-port=%d\nsocket-dir=%s\nloglevel=3\nsecurity-poll-suffix=\n", mysqlPort, port, dir)
	if err := os.WriteFile(filepath.Join(dir, "pdns.conf"), []byte(conf), 0o600); err != nil {
		return nil, err
	}
	return launch(port, lab.HostName(0), program, "--config-dir="+dir, "--daemon=no", "--guardian=no", "--disable-syslog=yes")
}

func (o *qpsOf) hits() []float64   { return rates(o.Hits) }
func (o *qpsOf) misses() []float64 { return rates(o.Misses) }

func rates(all []lab.Perf) []float64 {
	var rates []float64
	for _, p := range all {
		rates = append(rates, p.QPS)
	}
	return rates
}
