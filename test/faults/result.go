package faults

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/test/client"
)

// Result is what a fault did to the answers.
type Result struct {
	Fault    string
	Steady   client.Tally  // of the server that runs all the time
	Stalls   int           // of its late answers, those with the whole machine standing still
	Recovery time.Duration // from healing to the answer that has a change committed after it
	Kept     string        // the restart with snapshot
	Bare     string        // the restart without
}

// Late is how many answers were late for another reason than the machine.
func (r Result) Late() int { return r.Steady.Late - r.Stalls }

// Results collects results. Its methods are safe for concurrent use.
type Results struct {
	mu   sync.Mutex
	rows []numbered
}

type numbered struct {
	number int
	Result
}

// Add adds the result of the fault with that number.
func (r *Results) Add(number int, result Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows = append(r.rows, numbered{number, result})
}

// Markdown is the table of all, in the order of their numbers; "" without any.
func (r *Results) Markdown() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.rows) == 0 {
		return ""
	}
	slices.SortStableFunc(r.rows, func(a, b numbered) int { return cmp.Compare(a.number, b.number) })
	var b strings.Builder
	b.WriteString("| Fault | Asked | Wrong | SERVFAIL | Late | Lost | Changes flow after | Restart with snapshot | Restart without |\n" +
		"|---|---|---|---|---|---|---|---|---|\n")
	for _, row := range r.rows {
		t := row.Steady
		late := fmt.Sprint(row.Late())
		if row.Stalls > 0 {
			late += fmt.Sprintf(" (and %d as the machine stood still)", row.Stalls)
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %s | %d | %s | %s | %s |\n", row.Fault, t.Asked, t.Wrong, t.ServFail, late, t.Lost,
			seconds(row.Recovery), cmp.Or(row.Kept, "-"), cmp.Or(row.Bare, "-"))
	}
	return b.String()
}

// seconds is a duration as the table shows it.
func seconds(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f s", max(d.Seconds(), 0.1))
}
