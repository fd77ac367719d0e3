package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/mysqldns/mysqldns/internal/master"
	"github.com/mysqldns/mysqldns/internal/order"
	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// fewOwners is up to how many owner names of a file are kept in memory, so that only the rows of these need be looked at.
const fewOwners = 10_000

// masterFile is what is imported: all of it is read and found right before anything is done with it.
type masterFile struct {
	path      string
	name      string // for messages
	origin    string // of --origin, fully qualified, or ""
	originKey wire.Key
	apex      string // owner name of the SOA, "" without
	apexKey   wire.Key
	sorter    *order.Sorter   // its IDs are lines
	owners    map[string]bool // the keys of all owner names; nil if there are many
	unchecked bool            // records came before the SOA
}

// read reads the file.
func (f *masterFile) read(ctx context.Context, t *terminal) error {
	file, size, err := f.open(t.stdin)
	if err != nil {
		return err
	}
	defer file.Close()
	progress := t.progress("reading "+f.name, size, true)
	defer progress.done()
	f.sorter = order.NewSorter(order.Memory)
	f.owners = map[string]bool{}
	r := master.NewReader(&patientReader{ctx, progress.reader(file)}, f.name, f.origin)
	for r.Next() {
		if err := f.add(r); err != nil {
			return err
		}
	}
	if r.Err() == nil && f.sorter.Len() == 0 {
		return fmt.Errorf("%s holds no records", f.name)
	}
	return r.Err()
}

// add takes a record, if a row can hold it and it is in the zone.
func (f *masterFile) add(r *master.Reader) error {
	rr := r.RR()
	if class := rr.Header().Class; class != dns.ClassINET {
		return r.Refuse(fmt.Sprintf("%s is of class %s; the plugin serves IN only", rr.Header().Name, dns.Class(class)))
	}
	_, err := record.Format(rr)
	var wrong *record.Error
	if errors.As(err, &wrong) {
		return r.Refuse(fmt.Sprintf("%s: %s", wrong.Problem, wrong.Advice))
	}
	if err != nil {
		return err
	}
	key, err := wire.ParseKey(rr.Header().Name)
	if err != nil {
		return r.Refuse(err.Error())
	}
	if rr.Header().Rrtype == dns.TypeSOA {
		if f.apex != "" && !key.Equal(f.apexKey) {
			return r.Refuse(fmt.Sprintf("a second zone, %s, begins in the file of %s: import each from a file of its own", key.Name(), f.apex))
		}
		f.unchecked = f.unchecked || f.apex == "" && f.sorter.Len() > 0
		f.apex, f.apexKey = key.Name(), key
	}
	if f.apex != "" && !f.apexKey.Holds(key) {
		return r.Refuse(notIn(key, f.apex))
	}
	if f.owners != nil {
		f.owners[string(key)] = true
	}
	if len(f.owners) > fewOwners {
		f.owners = nil
	}
	return f.sorter.Add(rr, uint64(r.Line()))
}

func notIn(owner wire.Key, zone string) string {
	return fmt.Sprintf("%s is not in %s", owner.Name(), zone)
}

// check looks at what could not be known before all of the file was read.
func (f *masterFile) check(replace bool) error {
	scope, name := f.apexKey, f.apex
	switch {
	case f.apex != "" && !f.unchecked:
		return nil
	case f.apex != "":
	case !replace:
		return nil
	case f.origin == "":
		return fmt.Errorf("%s has no SOA: say with --origin what to replace", f.name)
	default:
		scope, name = f.originKey, f.origin
	}
	items := f.sorter.Read()
	for items.Next() {
		if i := items.Item(); !scope.Holds(i.Owner) {
			return fmt.Errorf("%s:%d: %s", f.name, i.ID, notIn(i.Owner, name))
		}
	}
	return items.Err()
}

// open opens the file; its size is -1 if nobody knows.
func (f *masterFile) open(stdin io.Reader) (io.ReadCloser, int64, error) {
	if f.path == "-" {
		f.name = "standard input"
		return io.NopCloser(stdin), -1, nil
	}
	f.name = f.path
	file, err := os.Open(f.path)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder", f.path)
	}
	if err != nil {
		file.Close()
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return file, -1, nil
	}
	return file, info.Size(), nil
}

func (f *masterFile) close() {
	if f.sorter != nil {
		f.sorter.Close()
	}
}

// patientReader reads until ctx ends, also where what it reads from would let us wait.
type patientReader struct {
	ctx  context.Context
	from io.Reader
}

func (p *patientReader) Read(b []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	read := make(chan result, 1)
	own := make([]byte, len(b)) // that nobody else uses when we have left
	go func() {
		n, err := p.from.Read(own)
		read <- result{n, err}
	}()
	select {
	case r := <-read:
		return copy(b, own[:r.n]), r.err
	case <-p.ctx.Done():
		return 0, p.ctx.Err()
	}
}
