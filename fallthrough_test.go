package mysqldns

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/plugin/follow"
	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/pkg/upstream"

	"github.com/go-sql-driver/mysql"
	"github.com/miekg/dns"
	"github.com/prometheus/client_golang/prometheus"
)

// block is a server with one block, of the plugin over these records and of a next plugin, if any.
type block struct {
	plugin *MySQLDNS
	server *dnsserver.Server
}

func newBlock(t *testing.T, records []dns.RR, next plugin.Handler, fallthroughArgs ...string) block {
	t.Helper()
	m := &MySQLDNS{Next: next, zones: plugin.Zones{"."}, all: true, upstream: upstream.New(), copy: filledCopy(t, records)}
	if fallthroughArgs != nil {
		if err := m.parseFallthrough(fallthroughArgs); err != nil {
			t.Fatal(err)
		}
	}
	server, err := dnsserver.NewServer("127.0.0.1:0", []*dnsserver.Config{{
		Zone: ".", ListenHosts: []string{""}, Plugin: []plugin.Plugin{func(plugin.Handler) plugin.Handler { return m }},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return block{m, server}
}

// filledCopy is a copy that was filled from a snapshot, as its database cannot be reached.
func filledCopy(t *testing.T, records []dns.RR) *tableCopy {
	t.Helper()
	db := zonedb.New()
	load := db.NewLoad()
	for _, rr := range records {
		if err := load.Add(rr); err != nil {
			t.Fatal(err)
		}
	}
	load.Commit()
	path := filepath.Join(t.TempDir(), "snapshot")
	if err := db.View().SaveFile(path, t.Name(), time.Now()); err != nil {
		t.Fatal(err)
	}
	c := &tableCopy{source: new(source), report: newReport(&source{snapshot: path, hosts: []*mysql.Config{{Addr: "nowhere"}}}), versions: new(versions)}
	c.follower = follow.New(follow.Config{Snapshot: follow.Snapshot{Path: path, Source: t.Name()}}, noDatabase{}, c.report)
	ctx, cancel := context.WithCancel(context.Background())
	var following sync.WaitGroup
	following.Go(func() { c.follower.Run(ctx) })
	t.Cleanup(func() { cancel(); following.Wait() })
	<-c.follower.Tried().Done()
	if c.view() == nil {
		t.Fatal("the snapshot was not loaded")
	}
	return c
}

// noDatabase is a follow.Dialer whose only host cannot be reached.
type noDatabase struct{}

func (noDatabase) Hosts() int { return 1 }
func (noDatabase) Close()     {}
func (noDatabase) Dial(context.Context, int) (follow.Session, error) {
	return nil, errors.New("nothing listens there")
}

func (b block) ask(t *testing.T, name string, qtype uint16, recursive bool) *dns.Msg {
	t.Helper()
	q := new(dns.Msg).SetQuestion(name, qtype)
	q.RecursionDesired = recursive
	w := new(captured)
	b.server.ServeDNS(context.WithValue(context.Background(), dnsserver.Key{}, b.server), w, q)
	if w.reply == nil {
		t.Fatalf("%s %s: no reply", name, dns.Type(qtype))
	}
	return w.reply
}

// captured is a client over UDP that keeps what is written to it.
type captured struct {
	dns.ResponseWriter
	reply *dns.Msg
}

func (w *captured) WriteMsg(m *dns.Msg) error {
	w.reply = m
	return nil
}

func (*captured) LocalAddr() net.Addr  { return &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 53} }
func (*captured) RemoteAddr() net.Addr { return &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 40000} }

// world is random rows, what the next plugin knows, and what of both is to be answered, thought out once more and in the simplest way.
type world struct {
	*rand.Rand
	rows    map[string][]dns.RR
	others  map[string][]dns.RR // of the next plugin: a name without records is NODATA, a missing one NXDOMAIN
	through []string            // the zones of fallthrough
	noData  bool
}

var worldApexes = []string{"z.test.", "c.z.test.", "y.test."}

func newWorld(seed uint64) *world {
	w := &world{Rand: rand.New(rand.NewPCG(seed, 3)), rows: map[string][]dns.RR{}, others: map[string][]dns.RR{}}
	for _, apex := range worldApexes[:1+w.IntN(3)] {
		w.add(w.rows, apex, "SOA ns.test. host.test. 1 2 3 4 60")
	}
	for range 12 {
		name := w.name()
		if strings.HasPrefix(name, "*") || w.others[name] != nil {
			continue
		}
		w.others[name] = []dns.RR{}
		if w.IntN(3) > 0 {
			w.add(w.others, name, fmt.Sprintf("A 203.0.113.%d", w.IntN(250)))
		}
	}
	for range 4 + w.IntN(12) {
		name := w.name()
		switch w.IntN(8) {
		case 0, 1, 2:
			w.add(w.rows, name, fmt.Sprintf("A 192.0.2.%d", w.IntN(250)))
		case 3, 4, 5:
			w.alias(name, "CNAME")
		case 6:
			w.alias(name, "DNAME")
		default:
			w.add(w.rows, name, "NS ns.elsewhere.")
		}
	}
	if w.IntN(5) > 0 {
		w.through = [][]string{{"."}, {"z.test."}, {"c.z.test.", "y.test."}, {"a.z.test."}}[w.IntN(4)]
		w.noData = w.IntN(3) == 0
	}
	return w
}

// name is one of some hundred, so that rows and targets meet.
func (w *world) name() string {
	name := append(slices.Clone(worldApexes), "lan.", "test.")[w.IntN(5)]
	for n := w.IntN(3); n >= 0; n-- {
		label := []string{"a", "b", "*"}[w.IntN(3)]
		if strings.HasPrefix(name, "*") { // what is below a wildcard has tests elsewhere
			break
		}
		name = label + "." + name
	}
	return name
}

// oneOf is a name of some that is not a wildcard: what stands for its star is made up.
func (w *world) oneOf(rows map[string][]dns.RR) string {
	names := slices.Sorted(maps.Keys(rows))
	return strings.Replace(names[w.IntN(len(names))], "*", "x", 1)
}

func (w *world) add(to map[string][]dns.RR, name, rdata string) {
	rr, err := dns.NewRR(name + " 60 IN " + rdata)
	if err != nil {
		panic(err)
	}
	to[name] = append(to[name], rr)
}

// alias adds an alias, unless there is one: of several the first counts, but which that is the copy decides.
func (w *world) alias(name, rrtype string) {
	if has(w.rows[name], dns.StringToType[rrtype]) == nil {
		target := w.name()
		if w.IntN(2) == 0 {
			target = w.oneOf(w.others)
		}
		w.add(w.rows, name, rrtype+" "+strings.TrimPrefix(target, "*."))
	}
}

func has(rrs []dns.RR, rrtype uint16) dns.RR {
	for _, rr := range rrs {
		if rr.Header().Rrtype == rrtype {
			return rr
		}
	}
	return nil
}

func (w *world) records() (all []dns.RR) {
	for _, rrs := range w.rows {
		all = append(all, rrs...)
	}
	return all
}

// apex is that of the zone of a name; "" for a loose one.
func (w *world) apex(name string) string {
	for ; name != "."; name = above(name) {
		if has(w.rows[name], dns.TypeSOA) != nil {
			return name
		}
	}
	return ""
}

func above(name string) string { return dns.Fqdn(strings.SplitN(name, ".", 2)[1]) }

// exists reports whether there is a row at or below a name.
func (w *world) exists(name string) bool {
	for owner := range w.rows {
		if dns.IsSubDomain(name, owner) {
			return true
		}
	}
	return false
}

// model is what becomes of a question: the names of the chain after the first, and the addresses at its end.
func (w *world) model(name string, recursive bool) string {
	var said []string
	seen := map[string]bool{}
	for {
		seen[name] = true
		found, target := w.look(name)
		switch denied := found == "NXDOMAIN" || found == "NODATA"; {
		case target != "":
			said = append(said, target)
			if name = target; seen[name] || len(seen) == 16 {
				return "NOERROR " + strings.Join(said, " ")
			}
			continue
		case found == "absent" || denied && w.passes(name, found):
			if len(said) > 0 && !recursive {
				return "NOERROR " + strings.Join(said, " ")
			}
			found = w.next(name, found == "NODATA")
		}
		rcode, addresses, _ := strings.Cut(found, " ")
		if rcode == "NODATA" || rcode == "referral" {
			rcode = "NOERROR"
		}
		if addresses != "" {
			said = append(said, addresses)
		}
		return rcode + " " + strings.Join(said, " ")
	}
}

func (w *world) passes(name, found string) bool {
	return (found == "NXDOMAIN" || w.noData) && slices.ContainsFunc(w.through, func(zone string) bool { return dns.IsSubDomain(zone, name) })
}

// next is what the next plugin says.
func (w *world) next(name string, exists bool) string {
	rrs, known := w.others[name]
	if !known && !exists {
		return "NXDOMAIN"
	}
	return "NOERROR " + addressesOf(rrs)
}

// look is one step: an alias, or the end of the chain.
func (w *world) look(name string) (found, target string) {
	apex := w.apex(name)
	for at := len(name) - 1; at >= 0; at-- { // from the top down
		owner := name[at:]
		switch {
		case at > 0 && name[at-1] != '.' || !dns.IsSubDomain(apex+".", owner+".") && apex != "":
		case apex != "" && owner != apex && has(w.rows[owner], dns.TypeNS) != nil:
			return "referral", ""
		case owner != name && has(w.rows[owner], dns.TypeDNAME) != nil:
			return "", strings.TrimSuffix(name, owner) + has(w.rows[owner], dns.TypeDNAME).(*dns.DNAME).Target
		}
	}
	source := name
	if !w.exists(name) {
		for source = above(name); !w.exists(source) && source != "."; {
			source = above(source)
		}
		if source = "*." + source; source == "*.." || !w.exists(source) {
			if apex == "" {
				return "absent", ""
			}
			return "NXDOMAIN", ""
		}
	}
	rrs := w.rows[source]
	if found := addressesOf(rrs); found != "" {
		return "NOERROR " + found, ""
	}
	if cname, ok := has(rrs, dns.TypeCNAME).(*dns.CNAME); ok {
		return "", cname.Target
	}
	if apex == "" && len(rrs) == 0 {
		return "absent", ""
	}
	return "NODATA", ""
}

func addressesOf(rrs []dns.RR) string {
	var found []string
	for _, rr := range rrs {
		if a, ok := rr.(*dns.A); ok && !slices.Contains(found, a.A.String()) {
			found = append(found, a.A.String())
		}
	}
	slices.Sort(found)
	return strings.Join(found, " ")
}

// said is a reply in the form of the model.
func said(reply *dns.Msg) string {
	var parts []string
	for _, rr := range reply.Answer {
		if cname, ok := rr.(*dns.CNAME); ok {
			parts = append(parts, cname.Target)
		}
	}
	if addresses := addressesOf(reply.Answer); addresses != "" {
		parts = append(parts, addresses)
	}
	return dns.RcodeToString[reply.Rcode] + " " + strings.Join(parts, " ")
}

// Random tables with and without fallthrough, asked directly and along aliases of all kinds: what the table leaves to the next plugin is what
// that says, and nothing else is.
func TestFallthroughAgainstModel(t *testing.T) {
	const tables, questions = 1000, 30
	counts := map[string]int{}
	for seed := range uint64(tables) {
		w := newWorld(seed)
		next := plugin.HandlerFunc(func(_ context.Context, rw dns.ResponseWriter, q *dns.Msg) (int, error) {
			rrs, known := w.others[q.Question[0].Name]
			reply := new(dns.Msg).SetReply(q)
			if reply.Answer = rrs; !known {
				reply.Rcode = dns.RcodeNameError
			}
			return dns.RcodeSuccess, rw.WriteMsg(reply)
		})
		var args []string
		if w.through != nil {
			args = slices.Clone(w.through)
		}
		if w.noData {
			args = append(args, noDataToo)
		}
		b := newBlock(t, w.records(), next, args...)
		for range questions {
			name, recursive := strings.TrimPrefix(w.name(), "*."), w.IntN(4) > 0
			if w.IntN(2) == 0 {
				name = []string{"", "", "a."}[w.IntN(3)] + w.oneOf(w.rows)
			}
			got, want := said(b.ask(t, name, dns.TypeA, recursive)), w.model(name, recursive)
			if got != want {
				t.Errorf("seed %d, fallthrough %q, %s rd %t: got %q, want %q\nrows:\n%v\nothers:\n%v", seed, args, name, recursive, got, want, w.rows, w.others)
				return
			}
			counts[fmt.Sprintf("aliases %t, fallthrough %t, from next %t", strings.Contains(want, ". "), w.through != nil, strings.Contains(want, "203.0.113."))]++
		}
	}
	for _, aliases := range []bool{false, true} { // else nothing was tried
		if kind := fmt.Sprintf("aliases %t, fallthrough true, from next true", aliases); counts[kind] < 100 {
			t.Errorf("%d questions of the kind %q: %v", counts[kind], kind, counts)
		}
	}
	t.Log(counts)
}

// Each question that the next plugin would answer, where there is none.
func TestWithoutNextPlugin(t *testing.T) {
	records := []string{"z.test. SOA ns.z.test. host.z.test. 1 2 3 4 60", "loose.lan. A 192.0.2.1", "out.lan. CNAME elsewhere.test."}
	var rrs []dns.RR
	for _, text := range records {
		rr, err := dns.NewRR(text)
		if err != nil {
			t.Fatal(err)
		}
		rrs = append(rrs, rr)
	}
	b := newBlock(t, rrs, nil, "z.test")
	refusals := b.plugin.tally.of(b.server.Addr, "").counts[refused]
	before := counted(t, refusals)
	for _, q := range []struct {
		name  string
		qtype uint16
		want  string
	}{
		{"www.other.example.", dns.TypeA, "REFUSED "},
		{"www.lan.", dns.TypeA, "REFUSED "},
		{"lan.", dns.TypeA, "REFUSED "},
		{"www.z.test.", dns.TypeA, "REFUSED "}, // as it falls through
		{"www.other.example.", dns.TypeAXFR, "REFUSED "},
		{"loose.lan.", dns.TypeA, "NOERROR 192.0.2.1"},
		{"loose.lan.", dns.TypeTXT, "NOERROR "},
		{"out.lan.", dns.TypeA, "NOERROR elsewhere.test."},
		{"z.test.", dns.TypeA, "NOERROR "},
	} {
		if got := said(b.ask(t, q.name, q.qtype, true)); got != q.want {
			t.Errorf("%s %s: got %q, want %q", q.name, dns.Type(q.qtype), got, q.want)
		}
	}
	if got := counted(t, refusals) - before; got != 5 {
		t.Errorf("%v questions are counted as refused, want 5", got)
	}
	w := new(captured)
	if rcode, err := b.plugin.ServeDNS(t.Context(), w, new(dns.Msg).SetQuestion("www.other.example.", dns.TypeA)); rcode != dns.RcodeRefused || err != nil || w.reply != nil {
		t.Errorf("got %d, %v; an error would be a line in the log", rcode, err)
	}
}

func counted(t *testing.T, c prometheus.Counter) float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	if err != nil || len(families) != 1 {
		t.Fatal(families, err)
	}
	return families[0].GetMetric()[0].GetCounter().GetValue()
}
