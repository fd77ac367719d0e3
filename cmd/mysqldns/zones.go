package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/mysqldns/mysqldns/internal/order"
	"github.com/mysqldns/mysqldns/internal/zone"
	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
	"github.com/spf13/cobra"
)

func newZones(t *terminal) *cobra.Command {
	var c connection
	var asJSON bool
	command := &cobra.Command{
		Use:   "zones",
		Short: "List the zones of the table",
		Long: `List the zones that the rows make, by name: the apex, how many records the zone has, the serial of its SOA, and how many rows at and below
the apex are no valid records, so that the plugin skips them: check says why. A zone within a zone counts its own records, and the zone around it does
not.

The serial is that of the row; where it is 0, which asks for automatic serials, it is the one that the plugin gave the zone last.`,
		Example: `  mysqldns zones
  mysqldns zones --json | jq -r '.zones[] | select(.skipped > 0) | .zone'`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error { return runZones(command.Context(), t, &c, asJSON) },
	}
	c.flags(command)
	command.Flags().BoolVar(&asJSON, "json", false, "write JSON, for programs")
	return command
}

// zoneSummary is a zone in a list.
type zoneSummary struct {
	Zone    string `json:"zone"` // fully qualified, in lower case, escaped as in a zone file
	Records int    `json:"records"`
	Serial  uint32 `json:"serial"`
	Skipped int    `json:"skipped"` // rows
}

// zoneList is all that the command says.
type zoneList struct {
	Table string        `json:"table"`
	Zones []zoneSummary `json:"zones"`
	Loose zoneSummary   `json:"loose"` // names that are in no zone; zone is "", serial 0
}

func runZones(ctx context.Context, t *terminal, c *connection, asJSON bool) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	sorter := order.NewSorter(order.Memory)
	defer sorter.Close()
	list := &zoneList{Table: s.Table.String(), Zones: []zoneSummary{}}
	progress := t.progress("reading "+s.Table.String(), s.Estimate(ctx), false)
	var versions map[string]uint32
	err = s.Snapshot(ctx, func() error {
		err := s.Rows(ctx, func(row *record.Row) error {
			progress.step(1)
			key, rr, err := parseRow(row, s.ttl)
			switch {
			case key == nil:
				list.Loose.Skipped++
				return nil
			case err != nil:
				return sorter.AddItem(&order.Item{Owner: key, Type: zone.Bad, ID: row.ID})
			}
			return sorter.Add(rr, row.ID)
		})
		if err == nil {
			versions, err = s.Serials(ctx)
		}
		return err
	})
	progress.done()
	if err != nil {
		return fmt.Errorf("reading %s: %w", s.Table, s.explain(err))
	}
	if err := list.count(sorter, versions); err != nil {
		return err
	}
	out := bufio.NewWriter(t.stdout)
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(list)
	} else {
		err = list.write(out)
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// count counts the records of each zone: of those that hold a name, the deepest has its records.
func (l *zoneList) count(sorter *order.Sorter, versions map[string]uint32) error {
	type open struct {
		apex wire.Key
		at   int // in l.Zones
	}
	var path []open
	return eachOwner(sorter, func(items []order.Item) error {
		owner := items[0].Owner
		for len(path) > 0 && !path[len(path)-1].apex.Holds(owner) {
			path = path[:len(path)-1]
		}
		if items[0].Type == dns.TypeSOA {
			name := owner.Name()
			path = append(path, open{owner, len(l.Zones)})
			l.Zones = append(l.Zones, zoneSummary{Zone: name, Serial: serialOf(&items[0], versions[name])})
		}
		here := &l.Loose
		if len(path) > 0 {
			here = &l.Zones[path[len(path)-1].at]
		}
		here.add(items)
		return nil
	})
}

// serialOf is the serial of a SOA, or the automatic one where that is 0.
func serialOf(soa *order.Item, automatic uint32) uint32 {
	if rr, ok := soa.RR().(*dns.SOA); ok && rr.Serial != 0 {
		return rr.Serial
	}
	return automatic
}

// add counts the records of a name, each once.
func (z *zoneSummary) add(items []order.Item) {
	for i := range items {
		switch {
		case items[i].Type == zone.Bad:
			z.Skipped++
		case i == 0 || items[i].Compare(&items[i-1]) != 0:
			z.Records++
		}
	}
}

// write writes a table for people.
func (l *zoneList) write(w io.Writer) error {
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(columns, "RECORDS\tSERIAL\tSKIPPED\t  ZONE\n")
	records, skipped := l.Loose.Records, l.Loose.Skipped
	for _, z := range l.Zones {
		fmt.Fprintf(columns, "%d\t%d\t%d\t  %s\n", z.Records, z.Serial, z.Skipped, z.Zone)
		records, skipped = records+z.Records, skipped+z.Skipped
	}
	if err := columns.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s: %s, %s, of which %d in no zone; %s skipped\n", l.Table, number(len(l.Zones), "zone", "zones"),
		number(records, "record", "records"), l.Loose.Records, number(skipped, "row", "rows"))
	return err
}

// completeWithin is how long a shell waits for names of zones.
const completeWithin = 2 * time.Second

// completeZones offers the zones of the table to a shell.
func (c *connection) completeZones(command *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := context.WithTimeout(command.Context(), completeWithin)
	defer cancel()
	s, err := c.open(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp // a shell has no place for what went wrong
	}
	defer s.close()
	zones, err := s.zones(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return zones, cobra.ShellCompDirectiveNoFileComp
}
