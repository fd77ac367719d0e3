package order

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
)

// Memory is how many octets of entries a Spool holds before it writes them to a file.
const Memory = 16 << 20

// Spool sorts entries by their keys, more of them than memory may hold: what is too much goes to temporary files. Entries with equal
// keys keep the order in which they came. It is not safe for concurrent use. It is none of the libraries for sorting on disk since import and export read what
// is sorted more than once, and at several places at a time.
type Spool struct {
	memory int
	arena  []byte   // entries, one behind the other
	starts []uint32 // where in arena they begin
	sorted bool     // starts is in order
	runs   []run
	length int
}

// run is a file of sorted entries.
type run struct {
	file *os.File
	size int64
}

// NewSpool makes a Spool that holds so many octets in memory; Memory is a good number.
func NewSpool(memory int) *Spool { return &Spool{memory: memory} }

// Len is the number of entries.
func (s *Spool) Len() int { return s.length }

// Add adds an entry. It keeps neither slice.
func (s *Spool) Add(key, value []byte) error {
	const lengths = 2 * binary.MaxVarintLen32
	if need := len(s.arena) + len(key) + len(value) + lengths; need > s.memory && len(s.starts) > 0 {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.starts = append(s.starts, uint32(len(s.arena)))
	s.sorted = false
	s.length++
	s.arena = binary.AppendUvarint(s.arena, uint64(len(key)))
	s.arena = append(s.arena, key...)
	s.arena = binary.AppendUvarint(s.arena, uint64(len(value)))
	s.arena = append(s.arena, value...)
	return nil
}

// spill writes what is in memory to a file.
func (s *Spool) spill() error {
	file, err := os.CreateTemp("", "mysqldns-")
	if err != nil {
		return err
	}
	os.Remove(file.Name()) // where a system lets it: then nothing stays behind, whatever happens to us
	r := run{file: file}
	s.runs = append(s.runs, r)
	s.sort()
	w := bufio.NewWriterSize(file, 1<<18)
	for i := range s.starts {
		n, err := w.Write(s.entry(i))
		if err != nil {
			return err
		}
		r.size += int64(n)
	}
	s.runs[len(s.runs)-1] = r
	s.arena, s.starts = s.arena[:0], s.starts[:0]
	return w.Flush()
}

// entry is all octets of the entry at place i.
func (s *Spool) entry(i int) []byte {
	from := s.arena[s.starts[i]:]
	key, n := binary.Uvarint(from)
	n += int(key)
	value, m := binary.Uvarint(from[n:])
	return from[:n+m+int(value)]
}

func (s *Spool) sort() {
	if s.sorted {
		return
	}
	key := func(start uint32) []byte {
		size, n := binary.Uvarint(s.arena[start:])
		return s.arena[int(start)+n:][:size]
	}
	slices.SortFunc(s.starts, func(a, b uint32) int {
		if c := bytes.Compare(key(a), key(b)); c != 0 {
			return c
		}
		return int(int64(a) - int64(b))
	})
	s.sorted = true
}

// Close removes the files. Cursors are of no use any more.
func (s *Spool) Close() error {
	var errs []error
	for _, r := range s.runs {
		errs = append(errs, r.file.Close())
		os.Remove(r.file.Name()) // where it could not be removed while it was open
	}
	*s = Spool{}
	return errors.Join(errs...)
}

// Cursor reads the entries of a Spool in order. There may be several at a time; nothing may be added while there are.
type Cursor struct {
	sources sources
	started bool
	err     error
}

// Read returns a Cursor before the first entry.
func (s *Spool) Read() *Cursor {
	s.sort()
	c := new(Cursor)
	for i, r := range s.runs {
		c.open(&fileSource{order: i, reader: bufio.NewReaderSize(io.NewSectionReader(r.file, 0, r.size), 1<<16)})
	}
	c.open(&memorySource{spool: s})
	heap.Init(&c.sources)
	return c
}

func (c *Cursor) open(s source) {
	more, err := s.next()
	if err != nil {
		c.err = err
	}
	if more {
		c.sources = append(c.sources, s)
	}
}

// Next goes to the next entry, the first at the first time. False is the end, or an error.
func (c *Cursor) Next() bool {
	if !c.started {
		c.started = true
		return c.err == nil && len(c.sources) > 0
	}
	if c.err != nil || len(c.sources) == 0 {
		return false
	}
	more, err := c.sources[0].next()
	switch {
	case err != nil:
		c.err = err
		return false
	case more:
		heap.Fix(&c.sources, 0)
	default:
		heap.Pop(&c.sources)
	}
	return len(c.sources) > 0
}

// Key is that of this entry, until Next.
func (c *Cursor) Key() []byte { key, _ := c.sources[0].entry(); return key }

// Value is that of this entry, until Next.
func (c *Cursor) Value() []byte { _, value := c.sources[0].entry(); return value }

// Err is why Next came to its end; nil after the last entry.
func (c *Cursor) Err() error { return c.err }

// source is one sorted sequence of entries.
type source interface {
	next() (bool, error)
	entry() (key, value []byte)
	place() int // among sources, for entries with equal keys
}

type sources []source

func (s sources) Len() int      { return len(s) }
func (s sources) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s sources) Less(i, j int) bool {
	a, _ := s[i].entry()
	b, _ := s[j].entry()
	if c := bytes.Compare(a, b); c != 0 {
		return c < 0
	}
	return s[i].place() < s[j].place()
}
func (s *sources) Push(any) {}
func (s *sources) Pop() any { *s = (*s)[:len(*s)-1]; return nil }

// memorySource reads what was never written to a file.
type memorySource struct {
	spool      *Spool
	i          int
	key, value []byte
}

func (m *memorySource) next() (bool, error) {
	if m.i == len(m.spool.starts) {
		return false, nil
	}
	entry := m.spool.entry(m.i)
	m.i++
	size, n := binary.Uvarint(entry)
	m.key, entry = entry[n:n+int(size)], entry[n+int(size):]
	_, n = binary.Uvarint(entry)
	m.value = entry[n:]
	return true, nil
}

func (m *memorySource) entry() (key, value []byte) { return m.key, m.value }
func (m *memorySource) place() int                 { return len(m.spool.runs) }

// fileSource reads a file.
type fileSource struct {
	order      int
	reader     *bufio.Reader
	key, value []byte
}

func (f *fileSource) next() (bool, error) {
	var err error
	if f.key, err = f.read(f.key); errors.Is(err, io.EOF) {
		return false, nil
	}
	if err == nil {
		f.value, err = f.read(f.value)
	}
	return err == nil, err
}

// read reads a length and so many octets. io.EOF is an end where one may be.
func (f *fileSource) read(buf []byte) ([]byte, error) {
	size, err := binary.ReadUvarint(f.reader)
	if err != nil {
		return buf, err
	}
	buf = slices.Grow(buf[:0], int(size))[:size]
	if _, err = io.ReadFull(f.reader, buf); err != nil {
		err = io.ErrUnexpectedEOF
	}
	return buf, err
}

func (f *fileSource) entry() (key, value []byte) { return f.key, f.value }
func (f *fileSource) place() int                 { return f.order }
