package follow

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/record"
)

// SkippedRow is what is wrong with a row that is no valid record.
type SkippedRow struct {
	Message string // names the row and says what to change
	Reason  string // one of record.Reasons

	// What Message is made of, as in record.Error; empty for what the copy refused.
	ID              uint64
	Name, Type      string
	Problem, Advice string
}

// skippedRows are rows that are skipped, by their folded names.
type skippedRows struct {
	byName  map[string]map[SkippedRow]int // how many rows say the same, where the table has no id
	reasons map[string]int                // how many, by reason
}

func newSkippedRows() skippedRows {
	return skippedRows{map[string]map[SkippedRow]int{}, map[string]int{}}
}

func (s skippedRows) add(name string, row SkippedRow, n int) {
	if s.byName[name] == nil {
		s.byName[name] = map[SkippedRow]int{}
	}
	s.byName[name][row] += n
	s.reasons[row.Reason] += n
}

func (s skippedRows) forget(name string) {
	for row, n := range s.byName[name] {
		s.reasons[row.Reason] -= n
	}
	delete(s.byName, name)
}

// unknownTo returns the rows that others do not have.
func (s skippedRows) unknownTo(others skippedRows) (fresh []SkippedRow) {
	for name, rows := range s.byName {
		for row := range rows {
			if others.byName[name][row] == 0 {
				fresh = append(fresh, row)
			}
		}
	}
	return fresh
}

// skippedFor is what to say of a row that an error is for.
func skippedFor(err error) SkippedRow {
	reason := record.ReasonRecord // the copy refuses what has no wire form
	var wrong *record.Error
	if errors.As(err, &wrong) {
		reason = wrong.Reason
	}
	row := SkippedRow{Message: err.Error(), Reason: reason}
	if wrong != nil {
		row.ID, row.Name, row.Type, row.Problem, row.Advice = wrong.ID, wrong.Name, wrong.Type, wrong.Problem, wrong.Advice
	}
	return row
}

// maxSorted bounds how many rows are sorted, so that looking at them delays no change.
const maxSorted = 10_000

// first returns the first of the rows, by id and name, no more than most.
func (s skippedRows) first(most int) []SkippedRow {
	rows := make([]SkippedRow, 0, min(len(s.byName), maxSorted))
collect:
	for _, ofName := range s.byName {
		for row := range ofName {
			if len(rows) == maxSorted {
				break collect
			}
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b SkippedRow) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Message, b.Message))
	})
	return rows[:min(len(rows), most)]
}

// fold is a name without what differs between spellings of the same, as far as the names of bad rows can be compared at all.
func fold(name string) string {
	return strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), "."))
}
