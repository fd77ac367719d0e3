package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/mysqldns/mysqldns/internal/check"
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
duplicates, TTLs that differ, CNAMEs beside other data, delegations without glue, targets that do not exist, records that a delegation
or a DNAME hides.

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
