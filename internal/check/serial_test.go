package check

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/plugin/record"
)

func TestSerialGoesBack(t *testing.T) {
	const clock = 1_800_000_000
	none, some := map[string]uint32{}, map[string]uint32{"example.": 2026112801, "other.": 5}
	for _, test := range []struct {
		name     string
		apex     string
		row      uint32
		serials  map[string]uint32
		expected string
	}{
		{"the owner's, without versions", "example", 2026112801, none, ""},
		{"the owner's as it was", "example", 2026112801, some, ""},
		{"the owner's, newer", "Example", 2026112802, some, ""},
		{"automatic, from the owner's", "example", 0, some, ""},
		{"automatic, from nothing", "third", 0, some, ""},
		{"owner's, from a newer automatic one", "example", 1, some, "the zone had serial 2026112801, which is newer than 1: its secondaries take no change"},
		{"newer beyond the end", "other", 4294967290, some, "the zone had serial 5, which is newer than 4294967290: its secondaries take no change"},
		{"from beyond the end", "example", 4173596450, some, "the zone had serial 2026112801, which is newer than 4173596450: its secondaries take no change"},
		{"a date of which there is no version", "third", 2026112801, some, "serials that move by themselves would begin at the time, 1800000000, which is older than " +
			"2026112801: with serial 0 here, secondaries would take no change"},
		{"a small one of which there is no version", "third", 7, some, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := New(3600, false)
			defer c.Close()
			for i, r := range []struct{ Name, Type, Record string }{
				{Name: test.apex, Type: "SOA", Record: fmt.Sprintf("ns.%s host.%s %d 2 3 4 5", test.apex, test.apex, test.row)},
				{Name: test.apex, Type: "NS", Record: "ns." + test.apex},
				{Name: "ns." + test.apex, Type: "A", Record: "192.0.2.1"},
			} {
				row := record.Row{ID: uint64(i + 1)}
				row.Name, row.Type, row.Record = r.Name, r.Type, r.Record
				if err := c.Row(&row); err != nil {
					t.Fatal(err)
				}
			}
			c.Versions(test.serials, time.Unix(clock, 0))
			if err := c.Finish(t.Context(), func(int64) {}); err != nil {
				t.Fatal(err)
			}
			var found []string
			if err := c.Each(func(f *Finding) error {
				if f.Kind != SerialGoesBack || f.Advice == "" || !slices.Equal(f.Rows, []uint64{1}) {
					t.Errorf("found %+v", f)
				}
				found = append(found, f.Problem)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if (len(found) > 0) != (test.expected != "") || len(found) > 0 && found[0] != test.expected {
				t.Errorf("found %q, expected %q", found, test.expected)
			}
		})
	}
}
