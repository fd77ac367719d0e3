// Command manual writes the manual pages out of the READMEs: coredns-mysqldns(7) for the plugin and mysqldns(1) for the
// command-line tool. It leaves out what belongs to a web page: pictures, tables as wide as a screen, how to try and to build it.
//
// It is not go-md2man since that squeezes the sentences of our tables into the columns of a terminal, and not cobra's since that knows the flags alone.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// source is a README that becomes a manual page.
type source struct {
	path   string // below the root of the repository
	name   string // the page's, as in man NAME
	number int    // of the section of the manual
	manual string // what stands in the middle of the page's first line
}

var sources = []source{
	{"README.md", "coredns-mysqldns", 7, "CoreDNS Plugins"},
	{"cmd/mysqldns/README.md", "mysqldns", 1, "User Commands"},
}

func main() {
	root := flag.String("root", "..", "folder of the repository")
	out := flag.String("out", "../bin/man", "folder for the pages")
	version := flag.String("version", "devel", "version that the pages are for")
	date := flag.String("date", time.Now().Format(time.RFC3339), "date on the pages, as in RFC 3339")
	flag.Parse()
	if err := run(*root, *out, *version, *date); err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(1)
	}
}

func run(root, out, version, date string) error {
	day, err := time.Parse(time.RFC3339, date)
	if err != nil {
		return fmt.Errorf("-date: %w", err)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for _, s := range sources {
		readme, err := os.ReadFile(filepath.Join(root, s.path))
		if errors.Is(err, fs.ErrNotExist) {
			fmt.Printf("no %s, so no %s(%d)\n", s.path, s.name, s.number)
			continue
		}
		if err != nil {
			return err
		}
		page, err := s.page(readme, version, day)
		if err != nil {
			return fmt.Errorf("%s: %w", s.path, err)
		}
		if err := os.WriteFile(filepath.Join(out, s.file()), page, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// file is the name of the page's file.
func (s source) file() string { return fmt.Sprintf("%s.%d", s.name, s.number) }
