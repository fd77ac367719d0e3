package mysqldns

import (
	"errors"
	"slices"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/record"

	"github.com/miekg/dns"
)

// maxSkipLines bounds the log lines about bad rows of one read.
const maxSkipLines = 20

// rowReader turns rows into records and remembers two things about the table that the copy does not hold: which rows were
// skipped, and which owner names are spelled in ways that SQL does not take for the same.
type rowReader struct {
	ttl           uint32
	caseSensitive bool
	bad           badRows
	spellings     spellings
}

func newRowReader(ttl uint32) *rowReader {
	return &rowReader{ttl: ttl, bad: newBadRows(), spellings: newSpellings()}
}

// spellings are unusual ways in which owner names are spelled. There may be very many of one name.
type spellings struct {
	of    map[string][]string // owner name -> its spellings
	known map[string]bool     // all of them
}

func newSpellings() spellings { return spellings{map[string][]string{}, map[string]bool{}} }

func (s spellings) note(owner, spelling string) {
	if !s.known[spelling] {
		s.known[spelling] = true
		s.of[owner] = append(s.of[owner], spelling)
	}
}

// badRows are rows that are skipped, by their folded names.
type badRows struct {
	byName  map[string]map[badRow]int // how many rows say the same, where the table has no id
	reasons map[string]int            // how many, by reason
}

type badRow struct{ message, reason string }

func newBadRows() badRows { return badRows{map[string]map[badRow]int{}, map[string]int{}} }

func (b badRows) add(name string, row badRow, n int) {
	if b.byName[name] == nil {
		b.byName[name] = map[badRow]int{}
	}
	b.byName[name][row] += n
	b.reasons[row.reason] += n
}

func (b badRows) forget(name string) {
	for row, n := range b.byName[name] {
		b.reasons[row.reason] -= n
	}
	delete(b.byName, name)
}

// skipped counts the rows that are skipped now, by reason. The caller does not change it.
func (r *rowReader) skipped() map[string]int { return r.bad.reasons }

// reading is what one read of rows found.
type reading struct {
	reader    *rowReader
	bad       badRows
	spellings spellings
}

// read parses a row. It returns nil for one that is to be skipped.
func (r *reading) read(row *record.Row) dns.RR {
	rr, err := record.Parse(*row, r.reader.ttl)
	if err != nil {
		r.skip(row, err)
		return nil
	}
	r.noteSpelling(row.Name, rr.Header().Name)
	return rr
}

func (r *reading) skip(row *record.Row, err error) {
	reason := record.ReasonRecord // the copy refuses what has no wire form
	var wrong *record.Error
	if errors.As(err, &wrong) {
		reason = wrong.Reason
	}
	r.bad.add(fold(row.Name), badRow{err.Error(), reason}, 1)
}

// noteSpelling remembers a name that a search for the owner name, with or without the final dot, would not find.
func (r *reading) noteSpelling(raw, owner string) {
	spelling := raw
	if !r.reader.caseSensitive {
		spelling = strings.ToLower(raw)
	}
	if spelling == owner || spelling == strings.TrimSuffix(owner, ".") {
		return
	}
	r.spellings.note(owner, spelling)
}

// report logs the bad rows that were not known before.
func (r *reading) report() {
	lines := 0
	for name, rows := range r.bad.byName {
		for row := range rows {
			if r.reader.bad.byName[name][row] > 0 {
				continue
			}
			if lines++; lines <= maxSkipLines {
				log.Warningf("skipping a row: %s", row.message)
			}
		}
	}
	if lines > maxSkipLines {
		log.Warningf("skipping %d more rows", lines-maxSkipLines)
	}
}

// listing reads the rows of a whole table.
type listing struct{ reading }

func (r *rowReader) listing(caseSensitive bool) *listing {
	r.caseSensitive = caseSensitive
	return &listing{reading{r, newBadRows(), newSpellings()}}
}

// keep makes what the list found of these names, and of bad rows with these folded names, what is known already.
func (l *listing) keep(names, folded map[string]bool) {
	known := l.reader
	for name := range folded {
		l.bad.forget(name)
		for row, n := range known.bad.byName[name] {
			l.bad.add(name, row, n)
		}
	}
	for owner := range names {
		for _, spelling := range known.spellings.of[owner] {
			l.spellings.note(owner, spelling)
		}
	}
}

// done makes what the list found what is known.
func (l *listing) done() {
	l.report()
	l.reader.bad, l.reader.spellings = l.bad, l.spellings
}

// again reads anew the rows of some owner names.
type again struct {
	reading
	spellings []string            // to ask for
	folded    map[string]bool     // of the names that are asked for
	changes   map[string][]dns.RR // by owner name; a name without records has none any more
}

// again prepares to read the rows with these names, as a change log has them, and all rows of the same owner names.
func (r *rowReader) again(names []string) *again {
	a := &again{
		reading: reading{r, newBadRows(), r.spellings},
		folded:  map[string]bool{},
		changes: map[string][]dns.RR{},
	}
	for _, name := range names {
		a.ask(name)
		owner, err := record.Owner(name)
		if err != nil {
			continue // its rows are all skipped
		}
		if _, ok := a.changes[owner]; ok {
			continue
		}
		a.changes[owner] = nil
		a.ask(owner)
		a.ask(strings.TrimSuffix(owner, "."))
		for _, spelling := range r.spellings.of[owner] {
			a.ask(spelling)
		}
	}
	slices.Sort(a.spellings)
	a.spellings = slices.Compact(a.spellings)
	return a
}

func (a *again) ask(name string) {
	a.spellings = append(a.spellings, name)
	a.folded[fold(name)] = true
}

// read is reading's, for the names that were asked for: SQL also finds names that DNS tells apart.
func (a *again) read(row *record.Row) dns.RR {
	rr := a.reading.read(row)
	if rr == nil {
		return nil
	}
	if _, ok := a.changes[rr.Header().Name]; !ok {
		return nil
	}
	return rr
}

// done makes what was found what is known of these names.
func (a *again) done() {
	a.report()
	for name := range a.folded {
		a.reader.bad.forget(name)
	}
	for name, rows := range a.bad.byName {
		a.reader.bad.forget(name) // SQL also found what was not asked for
		for row, n := range rows {
			a.reader.bad.add(name, row, n)
		}
	}
}

// fold is a name without what differs between spellings of the same, as far as bad rows' names can be compared at all.
func fold(name string) string {
	return strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), "."))
}
