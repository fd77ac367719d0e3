package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
)

// Some things are measured within a CoreDNS. Each time that is a process of its own, this program once more, so that nothing
// of what was measured before is in its memory.

// insideCommand is the argument that makes it such a process.
const insideCommand = "inside"

// task is what such a process is to do.
type task struct {
	what   string // serve, start or snapshot
	plugin string
	dsn    string
	dir    string
	names  int
	rounds int
}

// child runs a task in a process of its own and decodes what it found.
func (b *bench) child(t task, found any) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(b.Ctx, program, insideCommand, "-what", t.what, "-plugin", t.plugin, "-dsn", b.DB.DSN(), "-dir", b.Dir,
		"-names", strconv.Itoa(t.names), "-rounds", strconv.Itoa(t.rounds))
	var output, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &log
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", t.what, t.plugin, err, log.String())
	}
	return json.Unmarshal(output.Bytes(), found)
}

// inside is what the child does: it writes what it found to standard output.
func inside(args []string) error {
	var t task
	flags := flag.NewFlagSet(insideCommand, flag.ExitOnError)
	flags.StringVar(&t.what, "what", "", "")
	flags.StringVar(&t.plugin, "plugin", "", "")
	flags.StringVar(&t.dsn, "dsn", "", "")
	flags.StringVar(&t.dir, "dir", "", "")
	flags.IntVar(&t.names, "names", 0, "")
	flags.IntVar(&t.rounds, "rounds", 0, "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var found any
	var err error
	switch t.what {
	case "serve":
		found, err = t.serve()
	case "counted":
		found, err = counted(t.names)
	case "start":
		found, err = t.start()
	case "snapshot":
		found, err = t.startFromSnapshot()
	default:
		err = fmt.Errorf("%s is not known", t.what)
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(found)
}
