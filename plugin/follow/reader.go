package follow

import (
	"sync"
	"sync/atomic"

	"github.com/mysqldns/mysqldns/plugin/record"

	"github.com/miekg/dns"
)

// rowReader turns rows into records and remembers two things about the table that the copy does not hold: which rows were
// skipped, and which owner names are spelled in ways that SQL does not take for the same. One goroutine at a time uses it, but for spellings
// and firstSkipped.
type rowReader struct {
	ttl           uint32 // seconds, of rows without one
	caseSensitive bool
	mu            sync.Mutex // held while skipped changes, and by those who read it from elsewhere
	skipped       skippedRows
	spellings     atomic.Pointer[spellings]
	tell          func(fresh []SkippedRow) // is told of rows that were not known before
}

func newRowReader(ttl uint32, tell func([]SkippedRow)) *rowReader {
	r := &rowReader{ttl: ttl, skipped: newSkippedRows(), tell: tell}
	r.spellings.Store(newSpellings())
	return r
}

// reading is what one read of rows found.
type reading struct {
	reader    *rowReader
	skipped   skippedRows
	spellings *spellings
}

// read parses a row. It returns nil for one that is to be skipped.
func (r *reading) read(row *record.Row) dns.RR {
	r.spellings.noteForm(row.Name)
	rr, err := record.Parse(*row, r.reader.ttl)
	if err != nil {
		r.skip(row.Name, err)
		return nil
	}
	owner := rr.Header().Name
	if spelling, ok := unusual(row.Name, owner, r.reader.caseSensitive); ok {
		r.spellings.note(owner, spelling)
	}
	return rr
}

func (r *reading) skip(name string, err error) { r.skipped.add(fold(name), skippedFor(err), 1) }

// report tells of the skipped rows that were not known before.
func (r *reading) report() {
	if fresh := r.skipped.unknownTo(r.reader.skipped); len(fresh) > 0 {
		r.reader.tell(fresh)
	}
}

// listing reads the rows of a whole table.
type listing struct{ reading }

func (r *rowReader) listing(caseSensitive bool) *listing {
	r.caseSensitive = caseSensitive
	return &listing{reading{r, newSkippedRows(), newSpellings()}}
}

// keep makes what the list found of names that were read again meanwhile what is known already.
func (l *listing) keep(meanwhile *rereadNames) {
	known := l.reader
	l.spellings.forms.Or(known.spellings.Load().forms.Load())
	for name := range meanwhile.folded {
		l.skipped.forget(name)
		for row, n := range known.skipped.byName[name] {
			l.skipped.add(name, row, n)
		}
	}
	for owner := range meanwhile.owners {
		for _, spelling := range known.spellings.Load().unusual(owner) {
			l.spellings.note(owner, spelling)
		}
	}
}

// done makes what the list found what is known.
func (l *listing) done() {
	l.report()
	l.reader.mu.Lock()
	l.reader.skipped = l.skipped
	l.reader.mu.Unlock()
	l.reader.spellings.Store(l.spellings)
}

// firstSkipped returns the first of the rows that are skipped now. It is safe for concurrent use.
func (r *rowReader) firstSkipped(most int) []SkippedRow {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.skipped.first(most)
}
