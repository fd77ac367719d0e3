package follow

import (
	"slices"

	"github.com/mysqldns/mysqldns/plugin/record"

	"github.com/miekg/dns"
)

// reread reads the rows of some owner names again.
type reread struct {
	reading
	spellings []string            // to ask for
	folded    map[string]bool     // of the names that are asked for
	changes   map[string][]dns.RR // by owner name; a name without records has none any more
}

// reread prepares to read the rows with these names, as a change log has them, and all rows of the same owner names.
func (r *rowReader) reread(names []string) *reread {
	a := &reread{
		reading: reading{r, newSkippedRows(), r.spellings.Load()},
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
		for _, spelling := range r.spellings.Load().all(owner) {
			a.ask(spelling)
		}
	}
	slices.Sort(a.spellings)
	a.spellings = slices.Compact(a.spellings)
	return a
}

func (a *reread) ask(name string) {
	a.spellings = append(a.spellings, name)
	a.folded[fold(name)] = true
}

// take reads a row, if it is of a name that was asked for: SQL also finds names that DNS tells apart.
func (a *reread) take(row *record.Row) {
	rr := a.read(row)
	if rr == nil {
		return
	}
	owner := rr.Header().Name
	if rrs, ok := a.changes[owner]; ok {
		a.changes[owner] = append(rrs, rr)
	}
}

// emptied reports whether a name has no records any more.
func (a *reread) emptied() bool {
	for _, rrs := range a.changes {
		if len(rrs) == 0 {
			return true
		}
	}
	return false
}

// done makes what was found what is known of these names.
func (a *reread) done() {
	a.report()
	a.reader.mu.Lock()
	defer a.reader.mu.Unlock()
	for name := range a.folded {
		a.reader.skipped.forget(name)
	}
	for name, rows := range a.skipped.byName {
		a.reader.skipped.forget(name) // SQL also found what was not asked for
		for row, n := range rows {
			a.reader.skipped.add(name, row, n)
		}
	}
}

// rereadNames are names that were read again while the table is listed beside.
type rereadNames struct {
	owners map[string]bool
	folded map[string]bool // by what skipped rows would be known of them
}

func newRereadNames() *rereadNames { return &rereadNames{map[string]bool{}, map[string]bool{}} }

func (n *rereadNames) add(a *reread) {
	for name := range a.changes {
		n.owners[name] = true
	}
	for name := range a.folded {
		n.folded[name] = true
	}
}
