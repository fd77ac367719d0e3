package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/internal/check"
	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/record"

	"github.com/spf13/cobra"
)

func newCheck(t *terminal) *cobra.Command {
	var c connection
	var asJSON bool
	command := &cobra.Command{
		Use:   "check",
		Short: "Find what is wrong with the rows",
		Long: `Read the table as the plugin does and name every row that is no valid record, with what to change in it; then what is wrong between rows:
duplicates, TTLs that differ, CNAMEs beside other data, delegations without glue, targets that do not exist or are no names, aliases in a circle, PTR
records whose names have other addresses, records that a delegation or a DNAME hides, serials that went back. Last, whether the change log is written and pruned.

It only reads. The exit status is 1 if anything was found.`,
		Example: `  mysqldns check
  mysqldns check --table inventory.names
  mysqldns check --json | jq -r '.findings[] | select(.kind == "bad-row") | .rows[]'`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			return runCheck(command.Context(), t, &c, asJSON)
		},
	}
	c.flags(command)
	command.Flags().BoolVar(&asJSON, "json", false, "write JSON, for programs")
	return command
}

func runCheck(ctx context.Context, t *terminal, c *connection, asJSON bool) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	checker := check.New(s.ttl, s.Columns.CaseSensitive)
	defer checker.Close()
	progress := t.progress("reading "+s.Table.String(), s.Estimate(ctx), false)
	err = s.Rows(ctx, func(row *record.Row) error {
		progress.step(1)
		return checker.Row(row)
	})
	progress.done()
	if err != nil {
		return fmt.Errorf("reading %s: %w", s.Table, s.explain(err))
	}
	if err := checkLog(ctx, s, checker); err != nil {
		return fmt.Errorf("looking at the change log of %s: %w", s.Table, s.explain(err))
	}
	serials, err := s.Serials(ctx)
	if err != nil {
		return fmt.Errorf("reading the versions of the zones of %s: %w", s.Table, s.explain(err))
	}
	checker.Versions(serials, time.Now())
	progress = t.progress("checking", checker.Work(), false)
	err = checker.Finish(ctx, progress.step)
	progress.done()
	if err != nil {
		return err
	}
	out := bufio.NewWriter(t.stdout)
	if asJSON {
		err = writeJSON(out, s.Table.String(), checker)
	} else {
		err = writeText(out, s.Table.String(), checker, t.coloured())
	}
	if err == nil {
		err = out.Flush()
	}
	if err == nil && checker.Found() > 0 {
		err = errFound
	}
	return err
}

// checkLog looks whether the change log is written and pruned. Where the server cannot tell, it is not asked again.
func checkLog(ctx context.Context, s *source, checker *check.Checker) error {
	missing, err := s.MissingTriggers(ctx)
	if err != nil && !table.IsRefusal(err) {
		return err
	}
	if len(missing) > 0 {
		err := checker.About(check.NoTrigger, "there is no trigger for "+strings.Join(missing, ", ")+
			", so these changes are not in the change log, and show only when all of the table is read again", "load the schema again: mysqldns schema | mysql")
		if err != nil {
			return err
		}
	}
	age, err := s.OldestEntry(ctx)
	if err != nil && !table.IsRefusal(err) {
		return err
	}
	if age < table.LogOverdue {
		return nil
	}
	return checker.About(check.LogNotPruned, fmt.Sprintf("its oldest entry is %d days old, so nothing prunes it", int(age/(24*time.Hour))),
		"turn on the server's event scheduler (SET GLOBAL event_scheduler = ON) and look whether the event of the schema is enabled, or give the plugin write_dsn")
}

// writeJSON writes one object: table, rows, records and zones, which say what was looked at, and findings, each a check.Finding. It is written
// finding by finding, as there may be many.
func writeJSON(w io.Writer, table string, c *check.Checker) error {
	name, err := json.Marshal(table)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "{\n  \"table\": %s,\n  \"rows\": %d,\n  \"records\": %d,\n  \"zones\": %d,\n  \"findings\": [", name, c.Rows, c.Records, c.Zones)
	separator := "\n    "
	err = c.Each(func(f *check.Finding) error {
		line, err := json.Marshal(f)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s%s", separator, line)
		separator = ",\n    "
		return err
	})
	if err != nil {
		return err
	}
	end := "]\n}\n"
	if c.Found() > 0 {
		end = "\n  ]\n}\n"
	}
	_, err = io.WriteString(w, end)
	return err
}
