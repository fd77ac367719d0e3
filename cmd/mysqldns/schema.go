package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"

	"github.com/mysqldns/mysqldns"
	"github.com/mysqldns/mysqldns/internal/table"

	"github.com/spf13/cobra"
)

func newSchema(t *terminal) *cobra.Command {
	var c connection
	command := &cobra.Command{
		Use:   "schema",
		Short: "Print the SQL that makes the table",
		Long: `Print the SQL that makes the table, its change log and the triggers that keep it, for MariaDB 10.11 and later and MySQL 8 and later.
It connects to nothing.`,
		Example: `  mysqldns schema | mysql dns
  mysqldns schema --table inventory.names | mysql`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			name, err := c.name()
			if err != nil {
				return err
			}
			text, err := schemaOf(name)
			if err != nil {
				return fmt.Errorf("--table: %w", err)
			}
			_, err = io.WriteString(t.stdout, text)
			return err
		},
	}
	c.tableFlag(command)
	return command
}

// named finds the names in schema.sql that come from the table's: those of the table, its change log, the triggers and the event.
var named = regexp.MustCompile(`(?:dns\.)?\btb_dns(_[a-z_]+)?\b`)

// longestName is how many characters an identifier may have, and longestSuffix what schema.sql puts behind the table's.
const (
	longestName   = 64
	longestSuffix = "_changes_prune"
)

// schemaOf is schema.sql for a table of another name.
func schemaOf(name table.Name) (string, error) {
	if name.String() == "tb_dns" {
		return mysqldns.Schema, nil
	}
	if most := longestName - len(longestSuffix); len([]rune(name.Table)) > most {
		return "", fmt.Errorf("the name has more than %d characters, which leaves no room for %s behind it", most, longestSuffix)
	}
	if strings.ContainsFunc(name.String(), unicode.IsControl) {
		return "", fmt.Errorf("%q holds a control character", name.String())
	}
	text := named.ReplaceAllStringFunc(mysqldns.Schema, func(found string) string {
		suffix := strings.TrimPrefix(strings.TrimPrefix(found, "dns."), "tb_dns")
		quoted := table.Name{Database: name.Database, Table: name.Table + suffix}.Quoted()
		if strings.HasPrefix(found, "dns.") && name.Database == "" {
			return "dns." + quoted
		}
		return quoted
	})
	if name.Database == "" {
		return text, nil
	}
	return strings.NewReplacer(
		"mysql dns < schema.sql", "mysql < schema.sql",
		"loads it into the database dns.", "loads it into the database "+table.Quote(name.Database)+".",
	).Replace(text), nil
}
