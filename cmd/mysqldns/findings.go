package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/mysqldns/mysqldns/internal/check"
)

// findingsText writes findings for people: those of one kind below a heading, in columns. There may be millions: text/tabwriter would hold all of them
// in memory, and has no bound for the width of a column.
type findingsText struct {
	w      io.Writer
	colour bool
	kind   check.Kind
	widths map[check.Kind]*[3]int // of the columns
}

// Sequences of ECMA-48 for terminals.
const (
	bold   = "\x1b[1m"
	yellow = "\x1b[33m"
	green  = "\x1b[32m"
	plain  = "\x1b[0m"
)

// mostWidth bounds the width of a column; what is longer stands out.
const mostWidth = 40

func writeText(w io.Writer, table string, c *check.Checker, colour bool) error {
	t := &findingsText{w: w, colour: colour, widths: map[check.Kind]*[3]int{}}
	if err := c.Each(t.measure); err != nil {
		return err
	}
	if err := c.Each(t.write); err != nil {
		return err
	}
	if c.Found() > 0 {
		fmt.Fprintln(w)
	}
	_, err := fmt.Fprintf(w, "%s: %s, %s, %s\n", table, number(c.Rows, "row", "rows"), number(c.Zones, "zone", "zones"), t.summary(c))
	return err
}

// number is a count with its noun.
func number(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func (t *findingsText) summary(c *check.Checker) string {
	if c.Found() == 0 {
		return t.paint(green, "nothing wrong")
	}
	var kinds []string
	for _, k := range check.Kinds {
		if n := c.Count(k.Kind); n > 0 {
			kinds = append(kinds, fmt.Sprintf("%d %s", n, k.Kind))
		}
	}
	return t.paint(yellow, number(c.Found(), "finding", "findings")) + ": " + strings.Join(kinds, ", ")
}

func (t *findingsText) paint(colour, text string) string {
	if !t.colour {
		return text
	}
	return colour + text + plain
}

// cells are the columns of a finding but the last.
func cells(f *check.Finding) [3]string {
	ids := make([]string, len(f.Rows))
	for i, id := range f.Rows {
		ids[i] = strconv.FormatUint(id, 10)
	}
	const most = 4
	if len(ids) > most {
		ids = append(ids[:most-1], fmt.Sprintf("and %d more", f.Count-most+1))
	}
	switch {
	case f.Count == 0: // it is about the table
		return [3]string{}
	case len(ids) == 0:
		ids = []string{"-"} // the table has no ids
	}
	return [3]string{printable(f.Owner), printable(f.Type), "row " + strings.Join(ids, ", ")}
}

// printable is text that a terminal shows as it is.
func printable(s string) string {
	const most = 100
	if s == "" {
		return ""
	}
	quoted := strconv.QuoteToASCII(s)
	if inner := quoted[1 : len(quoted)-1]; strings.ReplaceAll(inner, `\\`, `\`) == s && len(s) <= most {
		return s
	}
	if len(quoted) > most {
		return quoted[:most] + "..."
	}
	return quoted
}

func (t *findingsText) measure(f *check.Finding) error {
	widths := t.widths[f.Kind]
	if widths == nil {
		widths = new([3]int)
		t.widths[f.Kind] = widths
	}
	for i, cell := range cells(f) {
		widths[i] = max(widths[i], min(len(cell), mostWidth))
	}
	return nil
}

func (t *findingsText) write(f *check.Finding) error {
	if f.Kind != t.kind {
		if t.kind != "" {
			fmt.Fprintln(t.w)
		}
		t.kind = f.Kind
		for _, k := range check.Kinds {
			if k.Kind == f.Kind {
				fmt.Fprintln(t.w, t.paint(bold, k.Heading+":"))
			}
		}
	}
	var line strings.Builder
	widths := t.widths[f.Kind]
	for i, cell := range cells(f) {
		if widths[i] > 0 {
			fmt.Fprintf(&line, "  %-*s", widths[i], cell)
		}
	}
	_, err := fmt.Fprintf(t.w, "%s  %s: %s\n", line.String(), harmless(f.Problem), harmless(f.Advice))
	return err
}
