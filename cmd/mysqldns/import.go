package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mysqldns/mysqldns/internal/order"
	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/internal/zone"
	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
	"github.com/spf13/cobra"
)

func newImport(t *terminal) *cobra.Command {
	i := &importer{terminal: t}
	command := &cobra.Command{
		Use:   "import FILE",
		Short: "Bring a master file into the table",
		Long: `Bring the records of a master file into the table; - is the standard input. All of it happens in one transaction, so the plugin answers
either the old records or the new ones. When anything is wrong with the file, nothing is written.

Records that the table has already are not inserted again. With --replace, the rows of the zone that the file does not have are deleted:
at the apex and below, but not those of child zones for which the table has a SOA of their own. NS records and glue of such child
zones are not imported either, since the child zone has them.

A file with a SOA is a zone and all of its records must be in it. A file without one is a set of records, each of which is added where it
is; with --replace it needs --origin, and all at and below that is replaced.`,
		Example: `  mysqldns import example.org.zone
  mysqldns import --origin example.org --replace --dry-run example.org.zone
  mysqldns import --origin example.org --replace example.org.zone
  dig @192.0.2.53 example.org AXFR | mysqldns import -`,
		Args: oneArgument("FILE"),
		RunE: func(command *cobra.Command, args []string) error { return i.run(command.Context(), args[0]) },
	}
	i.connection.flags(command)
	f := command.Flags()
	f.StringVar(&i.originName, "origin", "", "what relative names in the file are relative to, `NAME`, until it says $ORIGIN")
	f.BoolVar(&i.replace, "replace", false, "delete the rows of the zone that the file does not have")
	f.BoolVar(&i.dryRun, "dry-run", false, "write nothing, say what would be written")
	return command
}

// announceAfter is how long a transaction may write without telling those who follow the change log to read the whole table: well below the
// time that they wait for entries.
const announceAfter = 10 * time.Second

// importer brings one file into the table.
type importer struct {
	*terminal
	connection      connection
	originName      string
	replace, dryRun bool

	file  masterFile
	rows  *order.Sorter
	count [zone.Leave + 1]int64
}

func (i *importer) run(ctx context.Context, path string) error {
	i.file = masterFile{path: path}
	if i.originName != "" {
		var err error
		if i.file.origin, i.file.originKey, err = zoneName(i.originName); err != nil {
			return fmt.Errorf("--origin: %w", err)
		}
	}
	s, err := i.connection.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	i.rows = order.NewSorter(order.Memory)
	defer i.rows.Close()
	defer i.file.close()
	if err := i.file.read(ctx, i.terminal); ctx.Err() != nil {
		return errInterrupted
	} else if err != nil {
		return err
	}
	if err := i.file.check(i.replace); err != nil {
		return err
	}
	if i.dryRun {
		err = s.Snapshot(ctx, func() error { return i.compare(ctx, s) })
	} else {
		err = s.Transaction(ctx, func() error { return i.change(ctx, s) })
	}
	switch {
	case errors.Is(err, table.ErrUnknownOutcome):
		return fmt.Errorf("%w. Import the file again: what is there is not inserted twice", err)
	case err != nil && ctx.Err() != nil:
		return errInterrupted
	case errors.Is(err, table.ErrChanged):
		return fmt.Errorf("%w; nothing was written. Import the file again", err)
	case err != nil:
		return fmt.Errorf("%s: %w; nothing was written", s.Table, s.explain(err))
	}
	i.report(s.Table)
	return nil
}

// merger compares the file with the table.
func (i *importer) merger() *zone.Merger {
	m := &zone.Merger{Origin: i.file.originKey, Replace: i.replace}
	switch {
	case i.file.apex != "":
		m.Origin, m.Apex = i.file.apexKey, true
	case !i.replace:
		m.Anywhere = true
	}
	return m
}

// compare reads the rows and counts what would change. For a dry run it shows that.
func (i *importer) compare(ctx context.Context, s *source) error {
	if err := i.readRows(ctx, s); err != nil {
		return err
	}
	i.count = [zone.Leave + 1]int64{}
	shown := int64(0)
	err := i.merger().Merge(i.file.sorter.Read(), i.rows.Read(), func(change zone.Change, item *order.Item) error {
		i.count[change]++
		if i.dryRun && (change == zone.Add || change == zone.Remove) {
			if shown++; shown <= mostNamed {
				return i.show(change, item)
			}
		}
		return ctx.Err()
	})
	var conflict *zone.Conflict
	if errors.As(err, &conflict) {
		return i.explainConflict(conflict)
	}
	if more := shown - mostNamed; more > 0 {
		fmt.Fprintf(i.stdout, "... and %d more\n", more)
	}
	if err == nil && i.count[zone.Remove] > 0 && !s.Columns.HasID() {
		err = errors.New("--replace deletes rows by their id, and the table has no such column that holds numbers")
	}
	return err
}

// show prints one change of a dry run.
func (i *importer) show(change zone.Change, item *order.Item) error {
	if item.Type == zone.Bad {
		_, err := fmt.Fprintf(i.stdout, "- row %d at %s, which is no valid record\n", item.ID, item.Owner.Name())
		return err
	}
	rr, err := item.RR(item.Owner.Name())
	if err != nil {
		return err
	}
	sign := map[zone.Change]string{zone.Add: "+", zone.Remove: "-"}[change]
	_, err = fmt.Fprintf(i.stdout, "%s %s\n", sign, rr)
	return err
}

// explainConflict says where in the file a record is that does not go together with another.
func (i *importer) explainConflict(c *zone.Conflict) error {
	at := fmt.Sprintf("%s:%d", i.file.name, c.Record.ID)
	if c.InTable {
		return fmt.Errorf("%s: %s, and row %d is the other: delete that, or import with --replace", at, c.Problem, c.Beside.ID)
	}
	return fmt.Errorf("%s: %s, and line %d is the other", at, c.Problem, c.Beside.ID)
}

// readRows sorts the rows of the zone, or those that have names of the file.
func (i *importer) readRows(ctx context.Context, s *source) error {
	progress := i.progress("reading "+s.Table.String(), s.Estimate(ctx), false)
	defer progress.done()
	m := i.merger()
	wanted := i.file.owners
	if i.replace {
		wanted = nil // all rows count
	}
	return s.Rows(ctx, func(row *record.Row) error {
		progress.step(1)
		owner, err := record.Owner(row.Name)
		if err != nil {
			return nil // of no zone
		}
		key, err := wire.ParseKey(owner)
		if err != nil || !m.Anywhere && !m.Origin.Holds(key) {
			return err
		}
		if wanted != nil && !wanted[string(key)] && !looksLikeSOA(row) {
			return nil
		}
		rr, err := record.Parse(*row, s.ttl)
		if err == nil && rr.Header().Rrtype == dns.TypeSOA && i.replace && i.file.apex == "" && key.Equal(m.Origin) {
			return fmt.Errorf("row %d makes %s a zone, and %s has no SOA for it: add one", row.ID, owner, i.file.name)
		}
		var wrong *record.Error
		switch {
		case errors.As(err, &wrong) && wrong.Reason == record.ReasonClass:
			return nil // another's business
		case err != nil:
			return i.rows.AddItem(&order.Item{Owner: key, Type: zone.Bad, ID: row.ID})
		}
		return i.rows.Add(rr, row.ID)
	})
}

// change compares, and writes what differs. It runs in a transaction.
func (i *importer) change(ctx context.Context, s *source) error {
	w, err := s.NewWriter(ctx)
	if err != nil {
		return err
	}
	if err := i.compare(ctx, s); err != nil {
		return err
	}
	changes := i.count[zone.Add] + i.count[zone.Remove]
	if changes == 0 {
		return nil
	}
	progress := i.progress("writing", changes, false)
	defer progress.done()
	begun := time.Now()
	err = i.merger().Merge(i.file.sorter.Read(), i.rows.Read(), func(change zone.Change, item *order.Item) error {
		switch change {
		case zone.Remove:
			progress.step(1)
			return w.Delete(ctx, item.ID)
		case zone.Add:
			progress.step(1)
			return insert(ctx, w, item)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := w.Flush(ctx); err != nil {
		return err
	}
	if s.HasLog && time.Since(begun) > announceAfter {
		return w.Announce(ctx)
	}
	return nil
}

// insert writes the row of a record.
func insert(ctx context.Context, w *table.Writer, item *order.Item) error {
	rr, err := item.RR(item.Owner.Name())
	if err != nil {
		return err
	}
	row, err := record.Format(rr)
	if err != nil {
		return err
	}
	return w.Insert(ctx, row)
}

// report says what was done, or would be.
func (i *importer) report(name table.Name) {
	would := ""
	if i.dryRun {
		would = "would be "
	}
	fmt.Fprintf(i.stdout, "%s: %d %sadded, %d %sremoved, %d unchanged\n", name, i.count[zone.Add], would, i.count[zone.Remove], would,
		i.count[zone.Keep]+i.count[zone.KeepTTL])
	if n := i.count[zone.KeepTTL]; n > 0 {
		i.say("%d of the unchanged have another TTL in the file, which only --replace takes over", n)
	}
	if n := i.count[zone.Leave]; n > 0 {
		i.say("%d records of the file are part of child zones that the table holds, or a DS at the apex, and were left out", n)
	}
}
