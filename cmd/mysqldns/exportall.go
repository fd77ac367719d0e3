package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/mysqldns/mysqldns/internal/order"
	"github.com/mysqldns/mysqldns/internal/zone"
	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// exportAll writes every zone of the table to a file of its own. The table is read once; a walk over its records in canonical order writes zones
// within each other at the same time.
type exportAll struct {
	*terminal
	directory string
	skipped   skipped
	scopes    map[string]*zone.Scope // by the key of the apex, each with the glue of its zone
	open      []*zoneFile            // zones that hold the name where we are, the outermost first
	written   int
}

// zoneFile is the file of a zone that is being written.
type zoneFile struct {
	*zoneWriter
	file *os.File
	path string // that it gets when it is whole
}

func (e *exportAll) run(ctx context.Context, c *connection) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	if err := os.MkdirAll(e.directory, 0o755); err != nil {
		return fmt.Errorf("--all: %w", err)
	}
	sorter := order.NewSorter(order.Memory)
	defer sorter.Close()
	if err := s.Snapshot(ctx, func() error { return e.read(ctx, s, sorter) }); err != nil {
		return fmt.Errorf("reading %s: %w", s.Table, s.explain(err))
	}
	if err := e.foresee(sorter); err != nil {
		return err
	}
	progress := e.progress("writing", int64(sorter.Len()), false)
	defer progress.done()
	defer e.abandon()
	err = eachOwner(sorter, func(items []order.Item) error {
		progress.step(int64(len(items)))
		if err := e.writeName(items); err != nil {
			return fmt.Errorf("--all: %w", err)
		}
		return ctx.Err()
	})
	if err == nil {
		err = e.leave(nil)
	}
	if err != nil {
		return err
	}
	progress.done()
	e.say("%s: %s written to %s", s.Table, number(e.written, "zone", "zones"), e.directory)
	return e.skipped.tell(e.terminal)
}

// read sorts the rows of all zones.
func (e *exportAll) read(ctx context.Context, s *source, sorter *order.Sorter) error {
	apexes, err := s.zones(ctx)
	if err != nil {
		return err
	}
	zones := map[string]bool{}
	for _, apex := range apexes {
		if key, err := wire.ParseKey(apex); err == nil {
			zones[string(key)] = true
		}
	}
	serials, err := s.Serials(ctx)
	if err != nil {
		return err
	}
	progress := e.progress("reading "+s.Table.String(), s.Estimate(ctx), false)
	defer progress.done()
	return s.Rows(ctx, func(row *record.Row) error {
		progress.step(1)
		key, rr, err := parseRow(row, s.ttl)
		switch {
		case key != nil && !isInside(key, zones):
			return nil
		case err != nil:
			e.skipped.add("left out: %v", err)
			return nil
		}
		showSerial(rr, serials)
		return sorter.Add(rr, row.ID)
	})
}

// foresee makes the scopes of all zones, and finds their glue: a walk over the SOA and NS records.
func (e *exportAll) foresee(sorter *order.Sorter) error {
	e.scopes = map[string]*zone.Scope{}
	type open struct {
		apex  wire.Key
		ahead *zone.Scope
	}
	var path []open
	r := sorter.Read()
	for r.Next() {
		i := r.Item()
		if i.Type != dns.TypeSOA && i.Type != dns.TypeNS {
			continue
		}
		for len(path) > 0 && !path[len(path)-1].apex.Holds(i.Owner) {
			path = path[:len(path)-1]
		}
		if i.Type == dns.TypeSOA && e.scopes[string(i.Owner)] == nil {
			apex := bytes.Clone(i.Owner)
			scope := zone.NewScope(apex, true)
			e.scopes[string(apex)] = scope
			path = append(path, open{apex, scope.Ahead()})
		}
		for _, zone := range path {
			zone.ahead.Enter(i.Owner, i.Type == dns.TypeSOA)
			zone.ahead.Part(i)
		}
	}
	return r.Err()
}

// isInside reports whether a name is at or below one of the zones.
func isInside(name wire.Key, zones map[string]bool) bool {
	for ; !zones[string(name)]; name = name.Parent() {
		if len(name) == 0 {
			return false
		}
	}
	return true
}

// writeName writes the records of a name to the files of all zones that may have them.
func (e *exportAll) writeName(items []order.Item) error {
	owner := items[0].Owner
	if err := e.leave(owner); err != nil {
		return err
	}
	if items[0].Type == dns.TypeSOA {
		if err := e.begin(owner); err != nil {
			return err
		}
	}
	for _, z := range e.open {
		if err := z.writeName(items); err != nil {
			return err
		}
	}
	return nil
}

// begin begins the file of a zone.
func (e *exportAll) begin(apex wire.Key) error {
	file, err := os.CreateTemp(e.directory, ".mysqldns-*")
	if err != nil {
		return err
	}
	z := newZoneWriter(file, apex, e.scopes[string(apex)], len(e.open) > 0, &e.skipped)
	e.open = append(e.open, &zoneFile{z, file, filepath.Join(e.directory, fileName(z.apex))})
	return nil
}

// leave ends the files of zones that do not hold a name; all, if it is nil.
func (e *exportAll) leave(name wire.Key) error {
	for n := len(e.open); n > 0 && (name == nil || !e.open[n-1].origin.Holds(name)); n = len(e.open) {
		z := e.open[n-1]
		if err := errors.Join(z.end(), finish(z.file, z.path)); err != nil {
			return err
		}
		e.open = e.open[:n-1]
		e.written++
	}
	return nil
}

// abandon removes files that are not whole.
func (e *exportAll) abandon() {
	for _, z := range e.open {
		z.file.Close()
		os.Remove(z.file.Name())
	}
}

// fileName is the name of a zone's file.
func fileName(apex string) string {
	if apex == "." {
		return "root.zone"
	}
	name := strings.NewReplacer("%", "%25", "/", "%2F", `\`, "%5C").Replace(strings.TrimSuffix(apex, "."))
	const most = 255 - len(".zone") // octets of a name in a folder
	if len(name) > most {
		name = fmt.Sprintf("%s~%08x", name[:most-9], crc32.ChecksumIEEE([]byte(apex)))
	}
	return name + ".zone"
}

// writeFile writes a file, all of it or nothing.
func writeFile(path string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".mysqldns-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // unless it was renamed
	if err := write(file); err != nil {
		file.Close()
		return err
	}
	return finish(file, path)
}

// finish gives a file that is whole the name that it is to have.
func finish(file *os.File, path string) error {
	if err := errors.Join(file.Chmod(0o644), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
