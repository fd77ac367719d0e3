package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mysqldns/mysqldns/internal/master"
	"github.com/mysqldns/mysqldns/internal/order"
	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/internal/zone"
	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/spf13/cobra"
)

func newImport(t *terminal) *cobra.Command {
	i := &importer{terminal: t}
	command := &cobra.Command{
		Use:   "import FILE...",
		Short: "Bring master files into the table",
		Long: `Bring the records of master files into the table; - is the standard input. A file is one transaction, so the plugin answers either its
old records or its new ones. When anything is wrong with a file, each bad line is named and nothing is written, of the other files neither.

Records that the table has already are not inserted again. With --replace, the rows of the zone that the file does not have are deleted:
at the apex and below, but not those of child zones for which the table has a SOA of their own. NS records and glue of such child
zones are not imported either, since the child zone has them.

A file with a SOA is a zone and all of its records must be in it. A file without one is a set of records, each of which is added where it
is; with --replace it needs --origin, and all at and below that is replaced.

A record without a TTL takes, of these, the first that there is: $TTL, the last TTL that was stated before it, the minimum of the SOA before
it, --ttl. A file that dig or kdig wrote and that does not end with the SOA that it begins with is a transfer that broke off: --replace
refuses it.`,
		Example: `  mysqldns import example.org.zone
  mysqldns import --origin example.org --replace --dry-run example.org.zone
  mysqldns import --replace --max-shrink 20 zones/*.zone
  dig @192.0.2.53 example.org AXFR | mysqldns import -`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("expected at least one FILE; see %s --help", c.CommandPath())
			}
			return nil
		},
		RunE: func(command *cobra.Command, args []string) error { return i.run(command.Context(), args) },
	}
	i.connection.flags(command)
	f := command.Flags()
	f.StringVar(&i.originName, "origin", "", "what relative names in the file are relative to, `NAME`, until it says $ORIGIN")
	f.BoolVar(&i.replace, "replace", false, "delete the rows of the zone that the file does not have")
	f.IntVar(&i.maxShrink, "max-shrink", 100, "with --replace, write nothing if the zone would lose more than `PERCENT` of its rows")
	f.BoolVar(&i.dryRun, "dry-run", false, "write nothing, say what would be written")
	return command
}

// announceAfter is how long a transaction may write without telling those who follow the change log to read the whole table: well below the
// time that they wait for entries.
const announceAfter = 10 * time.Second

// importer brings files into the table, one after the other.
type importer struct {
	*terminal
	connection      connection
	originName      string
	replace, dryRun bool
	maxShrink       int // percent

	files []*masterFile
	index *zoneIndex // nil for one file
	done  int        // files

	file  *masterFile // that is being imported
	rows  *order.Sorter
	count [zone.Leave + 1]int64
}

func (i *importer) run(ctx context.Context, paths []string) error {
	if i.maxShrink < 0 || i.maxShrink > 100 {
		return errors.New("--max-shrink: expected a percentage, from 0 to 100")
	}
	s, err := i.connection.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	defer func() {
		for _, f := range i.files {
			f.close()
		}
	}()
	work := i.terminal
	overall := &progress{}
	if len(paths) > 1 {
		overall = i.progress("importing", 2*int64(len(paths)), false)
		i.terminal = i.silent()
	}
	defer overall.done()
	if err := i.read(ctx, paths, s.ttl, overall); err != nil {
		return err
	}
	if len(i.files) > 1 && i.replace {
		if i.index, err = indexZones(ctx, s, i.files); err != nil {
			return fmt.Errorf("reading %s: %w", s.Table, s.explain(err))
		}
	}
	for _, f := range i.files {
		if err := i.importFile(ctx, s, f); err != nil {
			return i.soFar(err)
		}
		i.done++
		overall.step(1)
		f.close()
	}
	i.terminal = work
	return nil
}

// read reads all files, and names what is wrong with any of them.
func (i *importer) read(ctx context.Context, paths []string, ttl uint32, overall *progress) error {
	var origin string
	var originKey wire.Key
	if i.originName != "" {
		var err error
		if origin, originKey, err = zoneName(i.originName); err != nil {
			return fmt.Errorf("--origin: %w", err)
		}
	}
	var bad master.Errors
	apexes := map[string]string{}
	for _, path := range paths {
		const least = 1 << 16
		f := &masterFile{path: path, origin: origin, originKey: originKey, ttl: ttl, memory: max(least, order.Memory/len(paths))}
		i.files = append(i.files, f)
		err := f.read(ctx, i.terminal)
		overall.step(1)
		var wrong master.Errors
		switch {
		case ctx.Err() != nil:
			return errInterrupted
		case errors.As(err, &wrong):
			bad = append(bad, wrong...)
			continue
		case err != nil:
			return err
		}
		if err := f.check(i.replace); err != nil {
			return err
		}
		if other, ok := apexes[f.apex]; ok && f.apex != "" {
			return fmt.Errorf("%s and %s are both the zone %s: name one of them", other, f.name, f.apex)
		}
		apexes[f.apex] = f.name
	}
	if len(bad) > 0 {
		return bad[:min(len(bad), master.MostErrors)]
	}
	return nil
}

// soFar says which files are in the table already.
func (i *importer) soFar(err error) error {
	if len(i.files) == 1 || i.dryRun {
		return err
	}
	return fmt.Errorf("%s: %w; %s of %d before it were imported", i.file.name, err, number(i.done, "file", "files"), len(i.files))
}

// importFile brings one file into the table.
func (i *importer) importFile(ctx context.Context, s *source, f *masterFile) (err error) {
	i.file = f
	i.rows = order.NewSorter(order.Memory)
	defer func() { i.rows.Close() }()
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
	if err == nil {
		err = i.checkShrink()
	}
	return err
}

// checkShrink refuses to take away more than --max-shrink.
func (i *importer) checkShrink() error {
	before := i.count[zone.Keep] + i.count[zone.KeepTTL] + i.count[zone.Remove]
	after := before - i.count[zone.Remove] + i.count[zone.Add]
	if !i.replace || (before-after)*100 <= before*int64(i.maxShrink) {
		return nil
	}
	return fmt.Errorf("%s would go from %d rows to %d, which is more than the %d percent of --max-shrink; if that is right, import it with a larger one",
		i.file.name, before, after, i.maxShrink)
}

// show prints one change of a dry run.
func (i *importer) show(change zone.Change, item *order.Item) error {
	if item.Type == zone.Bad {
		_, err := fmt.Fprintf(i.stdout, "- row %d at %s, which is no valid record\n", item.ID, item.Owner.Name())
		return err
	}
	sign := map[zone.Change]string{zone.Add: "+", zone.Remove: "-"}[change]
	_, err := fmt.Fprintf(i.stdout, "%s %s\t%d\tIN\t%s\t%s\n", sign, item.Name(), item.TTL, record.TypeName(item.Type),
		record.AppendText(nil, item.Type, item.Rdata))
	return err
}

// explainConflict says where in the file a record is that does not go together with another.
func (i *importer) explainConflict(c *zone.Conflict) error {
	at := i.file.place(c.Record.ID)
	if c.InTable {
		return fmt.Errorf("%s: %s, and row %d is the other: delete that, or import with --replace", at, c.Problem, c.Beside.ID)
	}
	file, line := i.file.at(c.Beside.ID)
	if here, _ := i.file.at(c.Record.ID); here == file {
		return fmt.Errorf("%s: %s, and line %d is the other", at, c.Problem, line)
	}
	return fmt.Errorf("%s: %s, and %s is the other", at, c.Problem, i.file.place(c.Beside.ID))
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
	row, err := record.Format(item.RR())
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
	of := ""
	if len(i.files) > 1 {
		of = i.file.name + ": "
	}
	fmt.Fprintf(i.stdout, "%s%s: %d %sadded, %d %sremoved, %d unchanged\n", of, name, i.count[zone.Add], would, i.count[zone.Remove], would,
		i.count[zone.Keep]+i.count[zone.KeepTTL])
	if n := i.count[zone.KeepTTL]; n > 0 {
		i.say("%s%d of the unchanged have another TTL in the file, which only --replace takes over", of, n)
	}
	if n := i.count[zone.Leave]; n > 0 {
		i.say("%s%d records of the file are part of child zones that the table holds, or a DS at the apex, and were left out", of, n)
	}
	if i.file.broken {
		i.say("%sthe file is a transfer that broke off: it does not end with the SOA that it begins with, so records are missing", of)
	}
}
