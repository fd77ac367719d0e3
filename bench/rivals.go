package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/mysqldns/mysqldns/test/lab"
	"github.com/mysqldns/mysqldns/test/port"
)

// NSD and Knot answer from a master file: in C, without a chain of plugins. They have the defaults of Debian's packages but for where their files are, and for
// NSD's limit of 200 answers/s to one network.

// installed is the path of a server's program, "" if there is none. Debian keeps it where only root looks.
func installed(program string) string {
	for _, name := range []string{program, filepath.Join("/usr/sbin", program)} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// startNSD starts NSD with a zone; nil if it is not installed.
func (b *bench) startNSD(zone string) (*process, error) {
	return b.startRival("nsd", func(dir string, port int) string {
		return fmt.Sprintf("server:\n ip-address: 127.0.0.1\n port: %d\n zonesdir: %q\n database: \"\"\n username: \"\"\n pidfile: \"\"\n rrl-ratelimit: 0\n rrl-whitelist-ratelimit: 0\n xfrdfile: %q\n zonelistfile: %q\n"+
			"remote-control:\n control-enable: no\nzone:\n name: %s\n zonefile: %q\n", port, dir, filepath.Join(dir, "xfrd.state"), filepath.Join(dir, "zone.list"), lab.Origin, zone)
	}, "-d", "-c")
}

// startKnot starts Knot DNS with a zone; nil if it is not installed.
func (b *bench) startKnot(zone string) (*process, error) {
	return b.startRival("knotd", func(dir string, port int) string {
		return fmt.Sprintf("server:\n  rundir: %q\n  listen: 127.0.0.1@%d\ncontrol:\n  listen: %q\ndatabase:\n  storage: %q\n"+
			"log:\n  - target: stderr\n    any: error\nzone:\n  - domain: %s\n    file: %q\n    zonefile-sync: -1\n    journal-content: none\n",
			dir, port, filepath.Join(dir, "knot.sock"), dir, lab.Origin, zone)
	}, "-c")
}

// startRival writes a configuration and starts a program on it, whose last arguments name the file.
func (b *bench) startRival(program string, config func(dir string, port int) string, args ...string) (*process, error) {
	path := installed(program)
	if path == "" {
		return nil, nil
	}
	dir, err := os.MkdirTemp(b.Dir, program+"-")
	if err != nil {
		return nil, err
	}
	port, err := port.FreeNumber()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, program+".conf")
	if err := os.WriteFile(file, []byte(config(dir, port)), 0o600); err != nil {
		return nil, err
	}
	return launch(port, lab.HostName(0), path, append(args, file)...)
}
