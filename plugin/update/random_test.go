package update

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// Random messages, one after the other, do to rows what the pseudocode of RFC 2136 does to records.
func TestRandomMessagesAgreeWithThePseudocode(t *testing.T) {
	random := rand.New(rand.NewPCG(2136, 1))
	for range 100 {
		rows := parseTable(t, soa, ns, "example.org - NS NS.example.org.", "A.example.org. 60 A 192.0.2.1", "a.example.org 70 A 192.0.2.1")
		for range 30 {
			sendRandom(t, random, rows)
			if t.Failed() {
				return
			}
		}
	}
}

func sendRandom(t *testing.T, random *rand.Rand, rows table) {
	t.Helper()
	zone := &naive{apex: "example.org."}
	for _, id := range rows.ids() {
		if rr := dns.Copy(rows[id].rr); !slices.ContainsFunc(zone.rrs, func(other dns.RR) bool { return equal(rr, other) }) {
			zone.rrs = append(zone.rrs, rr)
		}
	}
	lines := randomLines(random)
	m := parseMessage(t, "example.org", lines...)
	before := strings.Join(rows.lines(), "\n")
	c, rcode, err := carryOut(m, everything, rows)
	if err != nil {
		t.Fatal(err)
	}
	if expected := zone.prerequisites(m.Answer); rcode != expected {
		t.Fatalf("%s\n%q: got %s, expected %s", before, lines, dns.RcodeToString[rcode], dns.RcodeToString[expected])
	}
	if rcode != dns.RcodeSuccess {
		return
	}
	untouched := zone.lines()
	for _, rr := range m.Ns {
		zone.update(rr)
	}
	got := &naive{}
	for _, id := range rows.ids() {
		got.rrs = append(got.rrs, rows[id].rr)
	}
	if got, expected := got.lines(), zone.lines(); !sameButTTLs(got, expected) {
		t.Errorf("%s\n%q: got\n  %s\nexpected\n  %s", before, lines, strings.Join(got, "\n  "), strings.Join(expected, "\n  "))
	}
	if slices.Equal(untouched, zone.lines()) && c.Serial != 0 && zone.at("example.org.", dns.TypeSOA)[0].(*dns.SOA).Serial == 7 && !c.Any() {
		t.Errorf("%q changes nothing and has serial %d", lines, c.Serial)
	}
}

// sameButTTLs compares records; where rows of one record have different TTLs, as they had before, a TTL of the RRset is among them.
func sameButTTLs(got, expected []string) bool {
	bare := func(lines []string) (all []string) {
		for _, line := range lines {
			f := strings.Fields(line)
			all = append(all, strings.Join(append(f[:1], f[2:]...), " "))
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	for _, line := range expected {
		if !slices.Contains(got, line) {
			return false
		}
	}
	return slices.Equal(bare(got), bare(expected))
}

// randomLines is a message of few names, so that its parts meet.
func randomLines(random *rand.Rand) (lines []string) {
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	name := func() string {
		return pick("example.org", "a.example.org", "b.example.org", "*.example.org", "a.b.example.org")
	}
	data := func() string {
		return pick("A 192.0.2.1", "A 192.0.2.2", "TXT one", "TXT two", "CNAME a.example.org.", "CNAME A.example.org.", "CNAME b.example.org.",
			"NS ns.example.org.", "NS ns2.example.org.", fmt.Sprintf("SOA ns.example.org. hostmaster.example.org. %d 1 1 1 60", random.IntN(60)))
	}
	for range random.IntN(2) {
		switch random.IntN(4) {
		case 0:
			lines = append(lines, "prereq "+pick("yxdomain", "nxdomain")+" "+name())
		case 1:
			lines = append(lines, "prereq "+pick("yxrrset", "nxrrset")+" "+name()+" "+pick("A", "TXT", "CNAME", "NS", "SOA"))
		default:
			lines = append(lines, "prereq yxrrset "+name()+" "+data())
		}
	}
	for range 1 + random.IntN(5) {
		switch random.IntN(5) {
		case 0:
			lines = append(lines, "delete "+name())
		case 1:
			lines = append(lines, "delete "+name()+" "+pick("A", "TXT", "CNAME", "NS", "SOA"))
		case 2:
			lines = append(lines, "delete "+name()+" "+data())
		default:
			lines = append(lines, "add "+name()+" "+pick("60", "300")+" "+data())
		}
	}
	return lines
}
