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
	var withPTR bool
	command := &cobra.Command{
		Use:   "schema",
		Short: "Print the SQL that makes the table",
		Long: `Print the SQL that makes the table, its change log and the triggers that keep it, for MariaDB 10.11 and later and MySQL 8 and later.
It connects to nothing. With --with-ptr, a view comes with it that has a PTR record for each address: name that in the directive's table.`,
		Example: `  mysqldns schema | mysql dns
  mysqldns schema --with-ptr | mysql dns
  mysqldns schema --table inventory.names | mysql`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			name, err := c.name()
			if err != nil {
				return err
			}
			text, err := schemaOf(name, withPTR)
			if err != nil {
				return fmt.Errorf("--table: %w", err)
			}
			_, err = io.WriteString(t.stdout, text)
			return err
		},
	}
	c.tableFlag(command)
	command.Flags().BoolVar(&withPTR, "with-ptr", false, "also print the SQL of a view with a PTR record for each address")
	return command
}

// named finds the names in schema.sql that come from the table's: those of the table, its change log, the triggers and the event.
var named = regexp.MustCompile(`(?:dns\.)?\btb_dns(_[a-z_]+)?\b`)

// longestName is how many characters an identifier may have; the others are what schema.sql and ptr.sql put behind the table's at the most.
const (
	longestName      = 64
	longestSuffix    = "_changes_prune"
	longestPTRSuffix = "_with_ptr_changes"
)

// schemaOf is schema.sql for a table of another name, and behind it ptr.sql if it is wanted.
func schemaOf(name table.Name, withPTR bool) (string, error) {
	text, longestSuffix := mysqldns.Schema, longestSuffix
	if withPTR {
		text, longestSuffix = text+"\n"+mysqldns.SchemaWithPTR, longestPTRSuffix
	}
	if name.String() == "tb_dns" {
		return text, nil
	}
	if most := longestName - len(longestSuffix); len([]rune(name.Table)) > most {
		return "", fmt.Errorf("the name has more than %d characters, which leaves no room for %s behind it", most, longestSuffix)
	}
	if strings.ContainsFunc(name.String(), unicode.IsControl) {
		return "", fmt.Errorf("%q holds a control character", name.String())
	}
	if withPTR && strings.ContainsAny(name.String(), `'\`) {
		return "", fmt.Errorf("%q holds a quote or a backslash, which --with-ptr does not take", name.String())
	}
	text = ofTable(text, name)
	text = named.ReplaceAllStringFunc(text, func(found string) string {
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

// ofTable names a table where ptr.sql has its name as text and no identifier.
func ofTable(text string, name table.Name) string {
	schema := "DATABASE()"
	if name.Database != "" {
		schema = "'" + name.Database + "'"
	}
	return strings.ReplaceAll(text, "TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'tb_dns'", "TABLE_SCHEMA = "+schema+" AND TABLE_NAME = '"+name.Table+"'")
}
