package master

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/record"
)

// Error says what is wrong with a master file, and where.
type Error struct {
	File    string // as given to NewReader, or as $INCLUDE names it
	Line    int    // from 1; where the record or directive begins
	Problem string // what is wrong, and what to write: one printable line
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Problem) }

// MostErrors is how many bad lines a Reader names before it gives up.
const MostErrors = 20

// Errors are all bad lines of a file, in their order: at least one, at most MostErrors.
type Errors []*Error

// Error is one line for each.
func (e Errors) Error() string {
	lines := make([]string, len(e), len(e)+1)
	for i := range e {
		lines[i] = e[i].Error()
	}
	if len(e) == MostErrors {
		lines = append(lines, fmt.Sprintf("these are the first %d errors; what is behind them was not read", MostErrors))
	}
	return strings.Join(lines, "\n")
}

// problem is what an error says, without the row that it does not have.
func problem(err error) string {
	var wrong *record.Error
	if errors.As(err, &wrong) {
		return wrong.Problem + ": " + wrong.Advice
	}
	return err.Error()
}

// quoted is foreign text for a message.
func quoted(s string) string {
	if text := record.Printable(s); text != s {
		return text
	}
	return `"` + s + `"`
}
