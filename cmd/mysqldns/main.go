// Command mysqldns is for those who keep the rows that the plugin of the same name answers from: it prints the schema, checks the table,
// and brings zones into it and out of it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"

	"github.com/mysqldns/mysqldns/internal/master"
	"github.com/mysqldns/mysqldns/internal/version"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// Exit statuses.
const (
	exitFine    = 0
	exitFound   = 1 // the command did its work, and found something that is wrong
	exitNothing = 2 // it could not do its work
)

// Errors that end a command.
var (
	// errFound is returned when a command found something wrong in what it looked at. It said so itself.
	errFound = errors.New("something is wrong")

	// errInterrupted is returned when an import ends early, before it changed anything.
	errInterrupted = errors.New("interrupted; nothing was written")
)

// Run executes a command line and returns the exit status. When ctx ends, so does the command, and writes nothing to the table.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	t := &terminal{stdin: stdin, stdout: stdout, stderr: stderr}
	root := newRoot(t)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitFine
	case errors.Is(err, errFound):
		return exitFound
	case errors.Is(err, context.Canceled):
		err = errors.New("interrupted")
	}
	var bad master.Errors
	if errors.As(err, &bad) { // a line for each
		for line := range strings.Lines(bad.Error()) {
			t.say("%s", strings.TrimSuffix(line, "\n"))
		}
		return exitNothing
	}
	t.say("%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	return exitNothing
}

// newRoot makes the command and all below it.
func newRoot(t *terminal) *cobra.Command {
	root := &cobra.Command{
		Use:   "mysqldns",
		Short: "Keep the DNS records of a MySQL or MariaDB table",
		Long: `mysqldns keeps the DNS records of a MySQL or MariaDB table, from which the CoreDNS plugin of the same name answers.

Exit status: 0 all is fine, 1 something is wrong with the records, 2 the command could not do its work.`,
		Example: `  mysqldns schema | mysql dns
  mysqldns import --origin example.org example.org.zone
  mysqldns check
  mysqldns zones
  mysqldns export example.org > example.org.zone`,
		Args:          noArguments,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		Version:       version.Line("mysqldns"),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(t.stdin)
	root.SetOut(t.stdout)
	root.SetErr(t.stderr)
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return withoutValue(err) })
	root.SetHelpCommand(&cobra.Command{Hidden: true})
	root.AddCommand(newSchema(t), newCheck(t), newZones(t), newImport(t), newExport(t))
	return root
}

// isHarmless reports whether an argument can be shown. Others might be a DSN in the wrong place, with a password in it.
var isHarmless = regexp.MustCompile(`^[a-z0-9_.-]{1,40}$`).MatchString

// withoutValue is an error about an option, without its value.
func withoutValue(err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return fmt.Errorf("--%s: its value is not one of kind %s", invalid.GetFlag().Name, invalid.GetFlag().Value.Type())
	}
	text, _, _ := strings.Cut(err.Error(), "=")
	return errors.New(text)
}

// noArguments is cobra's NoArgs, but tells no secrets.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	what := "an argument"
	if isHarmless(args[0]) {
		what = fmt.Sprintf("%q", args[0])
	}
	if c.HasSubCommands() {
		return fmt.Errorf("%s is no command; expected schema, check, zones, import or export", what)
	}
	return fmt.Errorf("%s takes no arguments, and there is %s; a DSN stands behind --dsn", c.Name(), what)
}
