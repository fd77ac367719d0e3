package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mysqldns/mysqldns/internal/order"
	"github.com/mysqldns/mysqldns/internal/zone"
	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
	"github.com/spf13/cobra"
)

func newExport(t *terminal) *cobra.Command {
	var c connection
	var output, directory string
	command := &cobra.Command{
		Use:   "export ZONE | --all DIRECTORY",
		Short: "Write a zone, or all of them, as master files",
		Long: `Write a zone of the table as a master file that NSD, Knot DNS and BIND load: the SOA first, then all records in canonical order
(RFC 4034, 6), with absolute names. The same records always make the same file.

All is read from one state of the table. Child zones that the table holds as well are left out, but for the delegation: NS, DS and glue.
What no server would load is left out and named: rows that are no valid records, a second SOA, CNAME or DNAME at one name, and a
CNAME beside other data.

With --all, each zone of the table becomes a file ZONE.zone in a directory, which is made if it is missing: root.zone is the root, and a / in a
name is written as %2F. Files that are there are replaced, each as a whole; files of zones that are gone stay.`,
		Example: `  mysqldns export example.org > example.org.zone
  mysqldns export example.org --output example.org.zone
  mysqldns export --all zones/
  mysqldns export example.org --table inventory.names --password-file /run/secrets/mysql`,
		Args: func(command *cobra.Command, args []string) error {
			switch {
			case directory != "" && (len(args) > 0 || output != ""):
				return errors.New("--all takes a DIRECTORY, and neither a ZONE nor --output")
			case directory == "" && len(args) != 1:
				return fmt.Errorf("expected one ZONE, got %d arguments; see %s --help", len(args), command.CommandPath())
			}
			return nil
		},
		ValidArgsFunction: c.completeZones,
		RunE: func(command *cobra.Command, args []string) error {
			if directory != "" {
				e := &exportAll{terminal: t, directory: directory}
				return e.run(command.Context(), &c)
			}
			e := &export{terminal: t}
			return e.run(command.Context(), &c, args[0], output)
		},
	}
	c.flags(command)
	command.Flags().StringVarP(&output, "output", "o", "", "write to `FILE`, all of it or nothing, rather than to the standard output")
	command.Flags().StringVar(&directory, "all", "", "write all zones of the table to files in `DIRECTORY`")
	return command
}

// export writes one zone.
type export struct {
	*terminal
	apex    string // fully qualified, in lower case
	origin  wire.Key
	sorter  *order.Sorter
	skipped skipped

	others    []string // zones of the table but this one
	hasParent bool     // one of them is above this one
}

func (e *export) run(ctx context.Context, c *connection, name, output string) (err error) {
	if e.apex, e.origin, err = zoneName(name); err != nil {
		return err
	}
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	e.sorter = order.NewSorter(order.Memory)
	defer e.sorter.Close()
	if err := s.Snapshot(ctx, func() error { return e.read(ctx, s) }); err != nil {
		return fmt.Errorf("reading %s: %w", s.Table, s.explain(err))
	}
	if !e.hasSOA() {
		return e.noZone(s)
	}
	if output == "" {
		err = e.write(e.stdout)
	} else if err = writeFile(output, e.write); err != nil {
		err = fmt.Errorf("--output: %w", err)
	}
	if err != nil {
		return err
	}
	return e.skipped.tell(e.terminal)
}

// zoneName reads the name of a zone from the command line.
func zoneName(name string) (string, wire.Key, error) {
	apex, err := record.Owner(name)
	if err != nil {
		var wrong *record.Error
		if errors.As(err, &wrong) {
			return "", nil, fmt.Errorf("%s: %s", wrong.Problem, wrong.Advice)
		}
		return "", nil, err
	}
	key, err := wire.ParseKey(apex)
	return apex, key, err
}

// read sorts the rows at and below the apex.
func (e *export) read(ctx context.Context, s *source) error {
	zones, err := s.zones(ctx)
	if err != nil {
		return err
	}
	for _, apex := range zones {
		key, err := wire.ParseKey(apex)
		if err == nil && !key.Equal(e.origin) {
			e.others = append(e.others, apex)
			e.hasParent = e.hasParent || key.Holds(e.origin)
		}
	}
	serials, err := s.Serials(ctx)
	if err != nil {
		return err
	}
	progress := e.progress("reading "+s.Table.String(), -1, false)
	defer progress.done()
	return s.RowsBelow(ctx, e.apex, func(row *record.Row) error {
		progress.step(1)
		key, rr, err := parseRow(row, s.ttl)
		switch {
		case key == nil && e.looksInside(row.Name), err != nil && e.origin.Holds(key):
			e.skipped.add("left out: %v", err) // with its number
			return nil
		case key == nil || !e.origin.Holds(key):
			return nil
		}
		showSerial(rr, serials)
		return e.sorter.Add(rr, row.ID)
	})
}

// showSerial puts the serial that the plugin gave a zone last into a SOA whose row has 0.
func showSerial(rr dns.RR, serials map[string]uint32) {
	if soa, ok := rr.(*dns.SOA); ok && soa.Serial == 0 {
		soa.Serial = serials[dns.CanonicalName(soa.Hdr.Name)]
	}
}

// parseRow makes a record of a row, its owner name in the case that it has there. The key is nil if even the owner name is wrong.
func parseRow(row *record.Row, ttl uint32) (wire.Key, dns.RR, error) {
	rr, err := record.Parse(*row, ttl)
	spelled, nameErr := record.Spelling(row.Name)
	if nameErr != nil {
		return nil, nil, err
	}
	key, keyErr := wire.ParseKey(spelled)
	if err == nil {
		rr.Header().Name, err = spelled, keyErr
	}
	return key, rr, err
}

// looksInside reports whether a name that is none is meant to be in the zone.
func (e *export) looksInside(name string) bool {
	name = "." + strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), ".")) + "."
	return strings.HasSuffix(name, "."+strings.TrimPrefix(e.apex, "."))
}

// looksLikeSOA reports whether a row may be the SOA of a zone.
func looksLikeSOA(row *record.Row) bool {
	t, err := record.Type(row.Type)
	return err == nil && t == dns.TypeSOA
}

// hasSOA reports whether there is such a zone. Its SOA comes first.
func (e *export) hasSOA() bool {
	r := e.sorter.Read()
	return r.Next() && r.Item().Type == dns.TypeSOA && r.Item().Owner.Equal(e.origin)
}

func (e *export) noZone(s *source) error {
	const what = "no row of type SOA has that name"
	if len(e.others) == 0 {
		return fmt.Errorf("%s holds no zone %s: %s", s.Table, e.apex, what)
	}
	const most = 10
	list := strings.Join(e.others[:min(most, len(e.others))], ", ")
	if more := len(e.others) - most; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Errorf("%s holds no zone %s: %s; others have %s", s.Table, e.apex, what, list)
}

// write writes the zone.
func (e *export) write(w io.Writer) error {
	scope := zone.NewScope(e.origin, true)
	if err := scope.Foresee(e.sorter.Read()); err != nil {
		return err
	}
	z := newZoneWriter(w, e.origin, scope, e.hasParent, &e.skipped)
	progress := &progress{}
	if w != e.stdout || !isTerminal(e.stdout) {
		progress = e.progress("writing "+e.apex, int64(e.sorter.Len()), false)
	}
	defer progress.done()
	err := eachOwner(e.sorter, func(items []order.Item) error {
		progress.step(int64(len(items)))
		return z.writeName(items)
	})
	if err != nil {
		return err
	}
	return z.end()
}

// eachOwner calls visit with all records of one owner name after the other, in canonical order. The slice is valid until visit returns.
func eachOwner(sorter *order.Sorter, visit func([]order.Item) error) error {
	r := sorter.Read()
	var items []order.Item
	for more := r.Next(); more; {
		items = append(items[:0], r.Item().Clone())
		for more = r.Next(); more && r.Item().Owner.Equal(items[0].Owner); more = r.Next() {
			items = append(items, r.Item().Clone())
		}
		if err := visit(items); err != nil {
			return err
		}
	}
	return r.Err()
}

// zones are the apexes of the table, in the order of their names as text.
func (s *source) zones(ctx context.Context) ([]string, error) {
	var apexes []string
	err := s.Apexes(ctx, func(row *record.Row) error {
		owner, err := record.Owner(row.Name)
		if err == nil && looksLikeSOA(row) {
			apexes = append(apexes, owner)
		}
		return nil
	})
	slices.Sort(apexes)
	return slices.Compact(apexes), err
}
