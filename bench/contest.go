package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/test/lab"
)

// contest is queries/s of servers that are asked the same, by turns.
type contest struct {
	What  string
	Names int    // or zones
	Unit  string // which of both
	Order []string
	By    map[string][]lab.Perf // by the server's name, for each round
}

// questions are what the servers of a contest are asked.
type questions struct {
	what      string
	file      string
	transport string  // dnsperf's word for it
	rcode     string  // that is expected …
	share     float64 // … of so many of the answers, but for whoami's, which knows no other than NOERROR
	sides     []string
}

// The further servers.
const (
	whoamiHere  = "whoami of this program" // with the stacks that cmd/coredns gives goroutines
	chained     = "mysqldns in the chain"
	chainedHere = "whoami of this program in the chain"
	chainedElse = "whoami in the chain"
	nsd         = "NSD"
	knot        = "Knot"
)

// usual is the chain that most servers have.
const usual = "errors\n prometheus 127.0.0.1:0\n cache\n ready 127.0.0.1:0\n "

// measureChains asks servers with the usual plugins, over other transports, and NSD and Knot as the limit of the machine.
func (b *bench) measureChains(names int) error {
	zone, hits, misses := filepath.Join(b.Dir, "zone"), filepath.Join(b.Dir, "hits"), filepath.Join(b.Dir, "misses")
	if err := lab.WriteZoneFile(zone, names); err != nil {
		return err
	}
	if err := lab.WriteQueries(hits, b.queries, names, lab.AppendHost); err != nil {
		return err
	}
	if err := lab.WriteQueries(misses, b.queries, names, lab.AppendMiss); err != nil {
		return err
	}
	started, err := b.startAll([]starter{
		{mysqlDNS, func() (*process, error) { return b.startWithTLS(b.CoreDNS, mysqldnsBlock(b.DB.DSN()), lab.HostName(0)) }},
		{whoami, func() (*process, error) { return b.startWithTLS(b.stock, "whoami", lab.Origin) }},
		{whoamiHere, func() (*process, error) { return b.startWithTLS(b.CoreDNS, "whoami", lab.Origin) }},
		{chained, func() (*process, error) {
			return b.startCoreDNS(b.CoreDNS, usual+mysqldnsBlock(b.DB.DSN()), lab.HostName(0))
		}},
		{chainedElse, func() (*process, error) { return b.startCoreDNS(b.stock, usual+"whoami", lab.Origin) }},
		{chainedHere, func() (*process, error) { return b.startCoreDNS(b.CoreDNS, usual+"whoami", lab.Origin) }},
		{nsd, func() (*process, error) { return b.startNSD(zone) }},
		{knot, func() (*process, error) { return b.startKnot(zone) }},
	})
	defer started.stop()
	if err != nil {
		return err
	}
	inChain, bare := []string{chained, chainedElse, chainedHere}, []string{mysqlDNS, whoami, whoamiHere}
	return b.compete(started, names, "names", []questions{
		{"usual chain, hits", hits, "udp", "NOERROR", 1, inChain},
		{"usual chain, misses", misses, "udp", "NXDOMAIN", 1, inChain},
		{"TCP, hits", hits, "tcp", "NOERROR", 1, bare},
		{"TLS, hits", hits, "dot", "NOERROR", 1, bare},
		{"limit of the machine, hits", hits, "udp", "NOERROR", 1, []string{mysqlDNS, nsd, knot}},
		{"limit of the machine, misses", misses, "udp", "NXDOMAIN", 1, []string{mysqlDNS, nsd, knot}},
	})
}

// measureZones asks for all kinds of answers, in many small zones.
func (b *bench) measureZones(zones int) error {
	if err := b.DB.Refill(lab.SmallZones(zones)); err != nil {
		return err
	}
	mixed := filepath.Join(b.Dir, "mixed")
	if err := writeMixedQueries(mixed, b.queries, zones); err != nil {
		return err
	}
	started, err := b.startAll([]starter{
		{mysqlDNS, func() (*process, error) {
			return b.startCoreDNS(b.CoreDNS, mysqldnsBlock(b.DB.DSN()), "www."+lab.ZoneName(0))
		}},
		{whoami, func() (*process, error) { return b.startCoreDNS(b.stock, "whoami", lab.Origin) }},
		{chained, func() (*process, error) {
			return b.startCoreDNS(b.CoreDNS, usual+mysqldnsBlock(b.DB.DSN()), "www."+lab.ZoneName(0))
		}},
		{chainedElse, func() (*process, error) { return b.startCoreDNS(b.stock, usual+"whoami", lab.Origin) }},
		{chainedHere, func() (*process, error) { return b.startCoreDNS(b.CoreDNS, usual+"whoami", lab.Origin) }},
	})
	defer started.stop()
	if err != nil {
		return err
	}
	return b.compete(started, zones, "zones", []questions{
		{"all kinds of answers", mixed, "udp", "NOERROR", 1 - missShare, []string{mysqlDNS, whoami}},
		{"usual chain, all kinds of answers", mixed, "udp", "NOERROR", 1 - missShare, []string{chained, chainedElse, chainedHere}},
	})
}

// starter starts a server.
type starter struct {
	name  string
	start func() (*process, error)
}

// processes are servers that run, by their names.
type processes map[string]*process

func (p processes) stop() {
	for _, one := range p {
		one.stop()
	}
}

// startAll starts servers, but for those that are not installed. What it returns is to be stopped after an error, too.
func (b *bench) startAll(starters []starter) (processes, error) {
	all := processes{}
	for _, s := range starters {
		p, err := s.start()
		if err != nil {
			return all, fmt.Errorf("%s: %w", s.name, err)
		}
		if p == nil {
			b.Progress.Note("%s is left out: it is not installed", s.name)
			continue
		}
		all[s.name] = p
	}
	return all, nil
}

// compete asks servers by turns, several rounds, each round in another order.
func (b *bench) compete(started processes, names int, unit string, all []questions) error {
	for _, q := range all {
		c := contest{What: q.what, Names: names, Unit: unit, By: map[string][]lab.Perf{}}
		for _, name := range q.sides {
			if started[name] != nil {
				c.Order = append(c.Order, name)
			}
		}
		for round := range b.rounds {
			for i := range c.Order {
				name := c.Order[(i+round)%len(c.Order)]
				p, err := b.askFor(q, name, started[name])
				if err != nil {
					return fmt.Errorf("%s: %s: %w", q.what, name, err)
				}
				c.By[name] = append(c.By[name], p)
			}
		}
		b.results.Contests = append(b.results.Contests, c)
		for _, name := range c.Order {
			b.Progress.Note("%-34s %-36s %s", q.what, name, lab.Count(lab.Median(rates(c.By[name]))))
		}
	}
	return nil
}

// askFor puts load on a server once.
func (b *bench) askFor(q questions, name string, server *process) (lab.Perf, error) {
	rcode, share, port := q.rcode, q.share, server.port
	switch name {
	case whoami, whoamiHere, chainedElse, chainedHere:
		rcode, share = "NOERROR", 1
	}
	if q.transport == "dot" {
		port = server.tlsPort
	}
	p, err := lab.Load(b.Ctx, port, q.file, b.seconds, rcode, "-m", q.transport)
	if err != nil {
		return p, err
	}
	if off := share - p.Expected + p.Lost; off > 0.02 || off < -0.02 {
		return p, fmt.Errorf("%.1f %% of the answers were %s, expected %.1f %%; %.1f %% were lost", 100*p.Expected, rcode, 100*share, 100*p.Lost)
	}
	return p, nil
}

// about is how long a contest should take.
func (s scale) about(runs int) time.Duration {
	return time.Duration(s.rounds*runs*s.seconds) * time.Second
}

// rows are a contest's, one for each other server.
func (c contest) rows(t *strings.Builder) {
	ours := rates(c.By[c.Order[0]])
	for _, name := range c.Order[1:] {
		theirs := rates(c.By[name])
		row(t, "Queries/s, "+c.What, 0, fmt.Sprintf("%s (%s %s)", lab.Count(lab.Median(ours)), lab.Count(c.Names), c.Unit), fmt.Sprintf("%s %s", name, lab.Count(lab.Median(theirs))),
			times(lab.Ratios(ours, theirs)), targets[name])
	}
}

// targets are what the ratio to a server should be.
var targets = map[string]string{whoami: "≥ 1.1", chainedHere: "≥ 1.0"}
