package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	var output string
	command := &cobra.Command{
		Use:   "export ZONE",
		Short: "Write a zone as a master file",
		Long: `Write a zone of the table as a master file that NSD, Knot DNS and BIND load: the SOA first, then all records in canonical order
(RFC 4034, 6), with absolute names. The same records always make the same file.

All is read from one state of the table. Child zones that the table holds as well are left out, but for the delegation: NS, DS and glue.
What no server would load is left out and named: rows that are no valid records, a second SOA, CNAME or DNAME at one name, and a
CNAME beside other data.`,
		Example: `  mysqldns export example.org > example.org.zone
  mysqldns export example.org --output example.org.zone
  mysqldns export example.org --table inventory.names --password-file /run/secrets/mysql`,
		Args: oneArgument("ZONE"),
		RunE: func(command *cobra.Command, args []string) error {
			e := &export{terminal: t}
			return e.run(command.Context(), &c, args[0], output)
		},
	}
	c.flags(command)
	command.Flags().StringVarP(&output, "output", "o", "", "write to `FILE`, all of it or nothing, rather than to the standard output")
	return command
}

// export writes one zone.
type export struct {
	*terminal
	apex    string // fully qualified, in lower case
	origin  wire.Key
	sorter  *order.Sorter
	skipped skipped

	zones     []string // some that the table holds, for a message
	more      int      // that are not among them
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
	if err := e.read(ctx, s); err != nil {
		return fmt.Errorf("reading %s: %w", s.Table, s.explain(err))
	}
	if !e.hasSOA() {
		return e.noZone(s)
	}
	if err := e.output(output); err != nil {
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
	progress := e.progress("reading "+s.Table.String(), s.Estimate(ctx), false)
	defer progress.done()
	return s.Rows(ctx, func(row *record.Row) error {
		progress.step(1)
		owner, err := record.Owner(row.Name)
		if err != nil {
			if _, err := record.Parse(*row, s.ttl); e.looksInside(row.Name) {
				e.skipped.add("left out: %v", err) // with its number
			}
			return nil
		}
		key, err := wire.ParseKey(owner)
		if err != nil {
			return err
		}
		if !e.origin.Holds(key) {
			e.noteZone(row, owner, key)
			return nil
		}
		rr, err := record.Parse(*row, s.ttl)
		if err != nil {
			e.skipped.add("left out: %v", err)
			return nil
		}
		return e.sorter.Add(rr, row.ID)
	})
}

// looksInside reports whether a name that is none is meant to be in the zone.
func (e *export) looksInside(name string) bool {
	name = "." + strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), ".")) + "."
	return strings.HasSuffix(name, "."+strings.TrimPrefix(e.apex, "."))
}

// noteZone remembers some zones of the table.
func (e *export) noteZone(row *record.Row, owner string, key wire.Key) {
	if !looksLikeSOA(row) {
		return
	}
	e.hasParent = e.hasParent || key.Holds(e.origin)
	const most = 10
	switch {
	case slices.Contains(e.zones, owner):
	case len(e.zones) < most:
		e.zones = append(e.zones, owner)
	default:
		e.more++
	}
}

// looksLikeSOA reports whether a row may be the SOA of a zone.
func looksLikeSOA(row *record.Row) bool {
	switch strings.ToUpper(strings.TrimSpace(row.Type)) {
	case "SOA", "6", "TYPE6":
		return true
	}
	return false
}

// hasSOA reports whether there is such a zone. Its SOA comes first.
func (e *export) hasSOA() bool {
	r := e.sorter.Read()
	return r.Next() && r.Item().Type == dns.TypeSOA && r.Item().Owner.Equal(e.origin)
}

func (e *export) noZone(s *source) error {
	what := "no row of type SOA has that name"
	if len(e.zones) == 0 {
		return fmt.Errorf("%s holds no zone %s: %s", s.Table, e.apex, what)
	}
	slices.Sort(e.zones)
	list := strings.Join(e.zones, ", ")
	if e.more > 0 {
		list += fmt.Sprintf(" and %d more", e.more)
	}
	return fmt.Errorf("%s holds no zone %s: %s; others have %s", s.Table, e.apex, what, list)
}

// output writes the zone to a file, all or nothing, or to the standard output.
func (e *export) output(path string) error {
	if path == "" {
		return e.write(e.stdout)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".mysqldns-*")
	if err != nil {
		return fmt.Errorf("--output: %w", err)
	}
	defer os.Remove(file.Name()) // unless it was renamed
	err = errors.Join(e.write(file), file.Chmod(0o644), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("--output: %w", err)
	}
	return nil
}

func (e *export) write(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	fmt.Fprintf(out, "$ORIGIN %s\n", e.apex)
	z := &zoneWriter{export: e, scope: zone.NewScope(e.origin, true), out: out}
	if err := z.scope.Foresee(e.sorter.Read()); err != nil {
		return err
	}
	progress := &progress{}
	if w != e.stdout || !isTerminal(e.stdout) {
		progress = e.progress("writing "+e.apex, int64(e.sorter.Len()), false)
	}
	defer progress.done()
	r := e.sorter.Read()
	more := r.Next()
	for more {
		owner := r.Item().Clone()
		z.items = z.items[:0]
		for more && r.Item().Owner.Equal(owner.Owner) {
			z.items = append(z.items, r.Item().Clone())
			more = r.Next()
		}
		progress.step(int64(len(z.items)))
		if err := z.writeName(owner.Owner); err != nil {
			return err
		}
	}
	if err := r.Err(); err != nil {
		return err
	}
	if !z.hasNS {
		e.skipped.add("%s has no NS record at its apex, so servers refuse it: add one", e.apex)
	}
	return out.Flush()
}
