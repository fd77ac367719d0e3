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
	bad           map[string]badRow   // by message
	spellings     map[string][]string // owner name -> its unusual spellings
}

// badRow is a row, or several alike in a table without id, that has been skipped.
type badRow struct {
	name   string // folded
	reason string
	rows   int
}

func newRowReader(ttl uint32) *rowReader {
	return &rowReader{ttl: ttl, bad: map[string]badRow{}, spellings: map[string][]string{}}
}

// skipped counts the rows that are skipped now, by reason.
func (r *rowReader) skipped() map[string]int {
	counts := map[string]int{}
	for _, bad := range r.bad {
		counts[bad.reason] += bad.rows
	}
	return counts
}

// reading is what one read of rows found.
type reading struct {
	reader    *rowReader
	bad       map[string]badRow
	spellings map[string][]string
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
	bad := r.bad[err.Error()]
	r.bad[err.Error()] = badRow{fold(row.Name), reason, bad.rows + 1}
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
	if known := r.spellings[owner]; !slices.Contains(known, spelling) {
		r.spellings[owner] = append(known, spelling)
	}
}

// report logs the bad rows that were not known before.
func (r *reading) report(known map[string]badRow) {
	more := 0
	for message := range r.bad {
		if _, ok := known[message]; ok {
			continue
		}
		if more++; more <= maxSkipLines {
			log.Warningf("skipping a row: %s", message)
		}
	}
	if more > maxSkipLines {
		log.Warningf("skipping %d more rows", more-maxSkipLines)
	}
}

// listing reads the rows of a whole table.
type listing struct{ reading }

func (r *rowReader) listing(caseSensitive bool) *listing {
	r.caseSensitive = caseSensitive
	return &listing{reading{r, map[string]badRow{}, map[string][]string{}}}
}

// done makes what the list found what is known.
func (l *listing) done() {
	l.report(l.reader.bad)
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
		reading: reading{r, map[string]badRow{}, r.spellings},
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
		for _, spelling := range r.spellings[owner] {
			a.ask(spelling)
		}
	}
	slices.Sort(a.spellings)
	a.spellings = slices.Compact(a.spellings)
	return a
}

func (a *again) ask(name string) {
	if name != "" {
		a.spellings = append(a.spellings, name)
	}
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
	a.report(a.reader.bad)
	for message, bad := range a.reader.bad {
		if a.folded[bad.name] {
			delete(a.reader.bad, message)
		}
	}
	for message, bad := range a.bad {
		a.reader.bad[message] = bad
	}
}

// fold is a name without what differs between spellings of the same, as far as bad rows' names can be compared at all.
func fold(name string) string {
	return strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), "."))
}
