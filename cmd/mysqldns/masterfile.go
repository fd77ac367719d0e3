package main

import (
	"bytes"
	"context"
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
	ttl       uint32 // of --ttl
	memory    int    // octets that the sorter may hold
	apex      string // owner name of the SOA, "" without
	apexKey   wire.Key
	sorter    *order.Sorter   // its IDs are places, for at
	owners    map[string]bool // the keys of all owner names; nil if there are many
	unchecked bool            // records came before the SOA

	at          func(place uint64) (file string, line uint64)
	broken      bool   // it is part of a transfer, and not all
	first, last []byte // RDATA of a SOA that is the first record, and of one that is the last
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
	f.sorter = order.NewSorter(f.memory)
	f.owners = map[string]bool{}
	options := master.Options{Origin: f.origin, TTL: f.ttl}
	if f.path != "-" {
		options.Path = f.path
	}
	r := master.NewReader(&patientReader{ctx, progress.reader(file)}, f.name, options)
	defer r.Close()
	f.at = r.At
	for n := 0; r.Next(); n++ {
		if err := f.add(r, n == 0); err != nil {
			return err
		}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case r.Err() != nil:
		return r.Err()
	case f.sorter.Len() == 0:
		return fmt.Errorf("%s holds no records", f.name)
	}
	f.broken = r.IsTransfer() && (r.IsBroken() || f.last == nil || f.first == nil || !bytes.Equal(f.first, f.last) || f.sorter.Len() < 2)
	return nil
}

// add takes a record, if it is in the zone.
func (f *masterFile) add(r *master.Reader, first bool) error {
	rr := r.RR()
	key, err := wire.ParseKey(rr.Header().Name)
	if err != nil {
		r.Refuse(err.Error())
		return nil
	}
	f.last = nil
	if soa, ok := rr.(*dns.SOA); ok {
		f.last = []byte(record.Text(soa))
		if first {
			f.first = f.last
		}
		if f.apex != "" && !key.Equal(f.apexKey) {
			r.Refuse(fmt.Sprintf("a second zone, %s, begins in the file of %s: import each from a file of its own", key.Name(), f.apex))
			return nil
		}
		f.unchecked = f.unchecked || f.apex == "" && f.sorter.Len() > 0
		f.apex, f.apexKey = key.Name(), key
	}
	if f.apex != "" && !f.apexKey.Holds(key) {
		r.Refuse(notIn(key, f.apex))
		return nil
	}
	if f.owners != nil {
		f.owners[string(key)] = true
	}
	if len(f.owners) > fewOwners {
		f.owners = nil
	}
	return f.sorter.Add(rr, r.Place())
}

// scope is what --replace is about: the zone of the file, or its origin.
func (f *masterFile) scope() wire.Key {
	if f.apex != "" {
		return f.apexKey
	}
	return f.originKey
}

// place is FILE:LINE of a record.
func (f *masterFile) place(id uint64) string {
	file, line := f.at(id)
	return fmt.Sprintf("%s:%d", file, line)
}

func notIn(owner wire.Key, zone string) string {
	return fmt.Sprintf("%s is not in %s", owner.Name(), zone)
}

// check looks at what could not be known before all of the file was read.
func (f *masterFile) check(replace bool) error {
	scope, name := f.apexKey, f.apex
	switch {
	case replace && f.broken:
		return fmt.Errorf("%s is a transfer that broke off: it does not end with the SOA that it begins with (RFC 5936, 2.2), so --replace might delete what is missing in it: transfer the zone again", f.name)
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
			return fmt.Errorf("%s: %s", f.place(i.ID), notIn(i.Owner, name))
		}
	}
	return items.Err()
}

// open opens the file; its size is -1 if unknown.
func (f *masterFile) open(stdin io.Reader) (io.ReadCloser, int64, error) {
	if f.path == "-" {
		f.name = "standard input"
		return io.NopCloser(stdin), -1, nil
	}
	f.name = master.PrintablePath(f.path)
	file, err := os.Open(f.path)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder", f.name)
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
	own := make([]byte, len(b)) // that has no other user when we have left
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
