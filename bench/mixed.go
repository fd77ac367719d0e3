package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

// Many small zones, with all kinds of answers.

// zoneName is the apex of the i-th zone.
func zoneName(i int) string { return fmt.Sprintf("zone%06d.example", i) }

// zoneRows are the rows of a zone: owner below the apex ("" for the apex itself), type and record. @ is the apex.
var zoneRows = [][3]string{
	{"", "SOA", "ns1.@. hostmaster.@. 1 7200 3600 1209600 300"},
	{"", "NS", "ns1.@."},
	{"", "MX", "10 mail.@."},
	{"ns1.", "A", "192.0.2.1"},
	{"www.", "A", "192.0.2.2"},
	{"www.", "AAAA", "2001:db8::2"},
	{"mail.", "A", "192.0.2.3"},
	{"shop.", "CNAME", "site.@."},
	{"site.", "CNAME", "www.@."},
	{"*.user.", "A", "192.0.2.4"},
	{"sub.", "NS", "ns.sub.@."},
	{"ns.sub.", "A", "192.0.2.5"},
}

// missShare is how many of the mixed questions are for names that do not exist.
const missShare = 0.15

// mixture is what is asked about zones, with the weight of each.
var mixture = []struct {
	weight       int // percent
	owner, qtype string
}{
	{35, "www.", "A"}, {20, "www.", "AAAA"}, {10, "shop.", "A"}, {5, "", "MX"}, {5, "any.user.", "A"}, {5, "host.sub.", "A"}, {5, "mail.", "AAAA"},
	{100 * missShare, "none.", "A"},
}

// writeMixedQueries writes what dnsperf asks: zones and kinds chosen at random, always the same ones.
func writeMixedQueries(path string, queries, zones int) error {
	random := rand.New(rand.NewPCG(3, uint64(zones))) //nolint:gosec // the same in every run
	return writeFile(path, func(out *bufio.Writer) {
		for range queries {
			draw, kind := random.IntN(100), 0
			for ; draw >= mixture[kind].weight; kind++ {
				draw -= mixture[kind].weight
			}
			fmt.Fprintf(out, "%s%s %s\n", mixture[kind].owner, zoneName(random.IntN(zones)), mixture[kind].qtype)
		}
	})
}

// smallZones are the rows of so many zones.
func smallZones(number int) rows { return rows{number, chunk / len(zoneRows), writeZoneRows} }

// writeZoneRows writes the rows of zones from first to last-1, with a tab between columns: name, type, ttl, record.
func writeZoneRows(w io.Writer, first, last int) error {
	out := bufio.NewWriterSize(w, 1<<20)
	for i := first; i < last; i++ {
		apex := zoneName(i)
		for _, row := range zoneRows {
			fmt.Fprintf(out, "%s%s\t%s\t%d\t%s\n", row[0], apex, row[1], ttl, strings.ReplaceAll(row[2], "@", apex))
		}
	}
	return out.Flush()
}
