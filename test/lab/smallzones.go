package lab

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// ZoneName is the apex of the i-th zone.
func ZoneName(i int) string { return fmt.Sprintf("zone%06d.example", i) }

// ZoneRows are the rows of a zone: owner below the apex ("" for the apex itself), type and record. @ is the apex.
var ZoneRows = [][3]string{
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

// SmallZones are the rows of so many zones.
func SmallZones(number int) Rows { return Rows{number, chunk / len(ZoneRows), writeZoneRows} }

// writeZoneRows writes the rows of zones from first to last-1, with a tab between columns: name, type, ttl, record.
func writeZoneRows(w io.Writer, first, last int) error {
	out := bufio.NewWriterSize(w, 1<<20)
	for i := first; i < last; i++ {
		apex := ZoneName(i)
		for _, row := range ZoneRows {
			fmt.Fprintf(out, "%s%s\t%s\t%d\t%s\n", row[0], apex, row[1], TTL, strings.ReplaceAll(row[2], "@", apex))
		}
	}
	return out.Flush()
}
