package mysqldns

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/catalog"
)

// property is a line of the directive.
//
// To add one: add it to properties, in the order of README.md's syntax; add that line and an item on it to README.md; add a sample to samples in
// property_test.go. Tests then ask for the rest: a test that it does what it says, one of the error that misuse gets, and a place in the
// key, or an excuse, for what it adds to source.
type property struct {
	name  string
	form  string // of its arguments, as README.md has it; it says how many there may be. [A] may be missing, A... is any number
	often bool   // it may be given more than once

	// parse takes the arguments, in a number that form allows. Paths are relative to root. Its errors quote no argument that may hold a password.
	parse func(m *MySQLDNS, args []string, root string) error

	// key returns the values by which sources differ in this property. It is nil where a block has it for itself, whatever copy it shares.
	key func(s *source) []any
}

// properties are all that a block may have.
var properties = []property{
	{
		name: "dsn", form: "DSN [DSN...]",
		parse: func(m *MySQLDNS, args []string, _ string) (err error) {
			m.source.dsns = args
			m.source.hosts, err = parseDSNs(args)
			return err
		},
		key: func(s *source) []any { return []any{s.dsns} },
	},
	{
		name: "password_file", form: "PATH",
		parse: func(m *MySQLDNS, args []string, root string) error {
			m.source.passwordFile = absolute(args[0], root)
			_, err := table.ReadPassword(m.source.passwordFile)
			return err
		},
		key: func(s *source) []any { return []any{s.passwordFile} },
	},
	{
		name: "tls", form: "[CERT KEY] [CA] [servername NAME]",
		parse: func(m *MySQLDNS, args []string, root string) error { return m.source.parseTLS(args, root) },
		key:   func(s *source) []any { return []any{s.tls != nil, s.tlsArgs, s.tlsSums} },
	},
	{
		name: "tls_servername", form: "NAME",
		parse: func(m *MySQLDNS, args []string, _ string) (err error) {
			m.source.tlsServerName, err = parseServerName(args[0])
			return err
		},
		key: func(s *source) []any { return []any{s.tlsServerName} },
	},
	{
		name: "tls_verify_ca", form: "",
		parse: func(m *MySQLDNS, _ []string, _ string) error {
			m.source.tlsVerifyCA = true
			return nil
		},
		key: func(s *source) []any { return []any{s.tlsVerifyCA} },
	},
	{
		name: "table", form: "NAME",
		parse: func(m *MySQLDNS, args []string, _ string) (err error) {
			m.source.table, err = table.ParseName(args[0])
			return err
		},
		key: func(s *source) []any { return []any{s.table} },
	},
	{
		name: "ttl", form: "SECONDS",
		parse: func(m *MySQLDNS, args []string, _ string) (err error) {
			m.source.ttl, err = parseTTL(args[0])
			return err
		},
		key: func(s *source) []any { return []any{s.ttl} },
	},
	{
		name: "refresh", form: "DURATION",
		parse: func(m *MySQLDNS, args []string, _ string) (err error) {
			m.source.refresh, err = parseDuration(args[0], 10*time.Millisecond)
			return err
		},
		key: func(s *source) []any { return []any{s.refresh} },
	},
	{
		name: "resync", form: "DURATION",
		parse: func(m *MySQLDNS, args []string, _ string) (err error) {
			if args[0] == "0" {
				m.source.resync = 0
				return nil
			}
			m.source.resync, err = parseDuration(args[0], time.Second)
			return err
		},
		key: func(s *source) []any { return []any{s.resync} },
	},
	{
		name: "snapshot", form: "PATH",
		parse: func(m *MySQLDNS, args []string, root string) error {
			m.source.snapshot = absolute(args[0], root)
			return checkFolder(m.source.snapshot)
		},
		key: func(s *source) []any { return []any{s.snapshot} },
	},
	{
		name: "max_shrink", form: "PERCENT",
		parse: func(m *MySQLDNS, args []string, _ string) (err error) {
			m.source.maxShrink, err = parsePercent(args[0])
			return err
		},
		key: func(s *source) []any { return []any{s.maxShrink} },
	},
	{
		name: "fallthrough", form: "[nodata] [ZONES...]",
		parse: func(m *MySQLDNS, args []string, _ string) error { return m.parseFallthrough(args) },
	},
	{
		name: "http", form: "ADDRESS",
		parse: func(m *MySQLDNS, args []string, _ string) (err error) {
			m.web.addr, err = parseAddress(args[0])
			return err
		},
	},
	{
		name: "write_dsn", form: "DSN [DSN...]",
		parse: func(m *MySQLDNS, args []string, _ string) (err error) {
			m.source.writeDSNs = args
			m.source.writeHosts, err = parseDSNs(args)
			return err
		},
		key: func(s *source) []any { return []any{s.writeDSNs} },
	},
	{
		name: "write_password_file", form: "PATH",
		parse: func(m *MySQLDNS, args []string, root string) error {
			m.source.writePasswordFile = absolute(args[0], root)
			_, err := table.ReadPassword(m.source.writePasswordFile)
			return err
		},
		key: func(s *source) []any { return []any{s.writePasswordFile} },
	},
	{
		name: "catalog", form: "NAME",
		parse: func(m *MySQLDNS, args []string, _ string) (err error) {
			m.catalogName, err = catalog.ParseName(args[0])
			return err
		},
	},
	{
		name: "update", form: "KEY NAME [TYPE...]", often: true,
		parse: func(m *MySQLDNS, args []string, _ string) error {
			rule, err := parseRule(args)
			m.rules = append(m.rules, rule)
			return err
		},
	},
}

// parseProperty takes a line of the directive; seen has the names of those before it.
func (m *MySQLDNS) parseProperty(word string, args []string, root string, seen map[string]bool) error {
	i := slices.IndexFunc(properties, func(p property) bool { return p.name == word })
	switch {
	case i < 0 && looksLikeProperty(word):
		return fmt.Errorf("%s: unknown property; expected one of %s", word, propertyNames())
	case i < 0:
		return fmt.Errorf("a line begins with no property; expected one of %s. DSNs all go on the line of dsn", propertyNames())
	}
	p := &properties[i]
	if seen[word] && !p.often {
		return fmt.Errorf("%s is given twice; give it once", word)
	}
	seen[word] = true
	err := p.checkNumber(len(args))
	if err == nil {
		err = p.parse(m, args, root)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", word, err)
	}
	return nil
}

// looksLikeProperty reports whether a word can be shown: it might be a DSN on the wrong line.
var looksLikeProperty = regexp.MustCompile(`^[a-z_]{1,20}$`).MatchString

// propertyNames is for messages.
func propertyNames() string {
	names := make([]string, len(properties))
	for i, p := range properties {
		names[i] = p.name
	}
	return strings.Join(names, ", ")
}

// checkNumber refuses too few and too many arguments.
func (p *property) checkNumber(n int) error {
	least, most := p.arguments()
	switch {
	case n >= least && n <= most:
		return nil
	case most == 0:
		return fmt.Errorf("expected no argument, got %d", n)
	case n == 0:
		return errors.New("expected " + p.form + ", got no argument")
	case n == 1:
		return errors.New("expected " + p.form + ", got one argument")
	}
	return fmt.Errorf("expected %s, got %d arguments", p.form, n)
}

// manyArguments is more than a line can have.
const manyArguments = 1 << 20

// arguments is how many arguments there may be, by the form.
func (p *property) arguments() (least, most int) {
	optional := false
	for _, word := range strings.Fields(p.form) {
		optional = optional || strings.HasPrefix(word, "[")
		if most++; !optional {
			least++
		}
		if strings.Contains(word, "...") {
			most = manyArguments
		}
		optional = optional && !strings.HasSuffix(word, "]")
	}
	return least, most
}

// key is equal for sources that read the same rows in the same way. It holds secrets and is never printed.
func (s *source) key() string {
	var key strings.Builder
	for _, p := range properties {
		if p.key != nil {
			fmt.Fprintf(&key, "%s %#v\n", p.name, p.key(s))
		}
	}
	return key.String()
}
