package cluster

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// churn makes random changes to a few names, so that writers on several servers get into each other's way.
type churn struct {
	names     []string
	committed atomic.Int64 // statements whose transactions were
	rolled    atomic.Int64 // transactions that gave up themselves
	refused   atomic.Int64 // transactions that the database ended: deadlocks, and changes on another node
}

func newChurn(prefix string, names int) *churn {
	c := new(churn)
	for n := range names {
		c.names = append(c.names, fmt.Sprintf("%s%d.example.org", prefix, n))
	}
	return c
}

// run makes changes until so many statements are committed.
func (c *churn) run(ctx context.Context, db *sql.DB, random *rand.Rand, until int64) error {
	for c.committed.Load() < until {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%w: %d of %d committed", err, c.committed.Load(), until)
		}
		c.once(ctx, db, random)
	}
	return nil
}

// once makes one transaction, and counts what became of it.
func (c *churn) once(ctx context.Context, db *sql.DB, random *rand.Rand) {
	statements := 1 + random.IntN(4)
	switch err := c.transaction(ctx, db, random, statements); {
	case err == nil:
		c.committed.Add(int64(statements))
	case errors.Is(err, errRolledBack):
		c.rolled.Add(1)
	default:
		c.refused.Add(1)
	}
}

var errRolledBack = errors.New("rolled back on purpose")

func (c *churn) transaction(ctx context.Context, db *sql.DB, random *rand.Rand, statements int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for range statements {
		statement, args := c.statement(random)
		if _, err := tx.ExecContext(ctx, statement, args...); err != nil {
			return err
		}
		time.Sleep(time.Duration(random.IntN(10)) * time.Millisecond) // others get numbers of the change log in between
	}
	if random.IntN(8) == 0 {
		return errRolledBack
	}
	return tx.Commit()
}

func (c *churn) statement(random *rand.Rand) (string, []any) {
	name, other := c.names[random.IntN(len(c.names))], c.names[random.IntN(len(c.names))]
	address := fmt.Sprintf("198.51.100.%d", random.IntN(256))
	switch random.IntN(6) {
	case 0:
		return "UPDATE tb_dns SET record = ? WHERE name = ?", []any{address, name}
	case 1:
		return "UPDATE tb_dns SET name = ? WHERE name = ?", []any{other, name}
	case 2:
		return "DELETE FROM tb_dns WHERE name = ?", []any{name}
	}
	return "INSERT INTO tb_dns (name, type, ttl, record) VALUES (?, 'A', 60, ?)", []any{name, address}
}

// compare waits until every nameserver answers all names as the table has them.
func (c *churn) compare(t *testing.T, db *sql.DB, servers ...*nameserver) {
	t.Helper()
	for _, server := range servers {
		var expected map[string]string
		var wrong []string
		deadline := time.Now().Add(soon)
		for {
			expected, wrong = c.expected(t, db), nil // the table, too, may be about to have what was committed on another node
			for name, want := range expected {
				if got, err := server.ask(name, dns.TypeA); err != nil || got != want {
					wrong = append(wrong, fmt.Sprintf("%s: got %q, expected %q (%v)", name, got, want, err))
				}
			}
			if len(wrong) == 0 || time.Now().After(deadline) {
				break
			}
		}
		if len(wrong) > 0 {
			t.Errorf("%s answers %d of %d names otherwise than the table has them: %v", server.name, len(wrong), len(expected), wrong[:min(len(wrong), 5)])
		}
	}
}

// expected is the answer for each name.
func (c *churn) expected(t *testing.T, db *sql.DB) map[string]string {
	t.Helper()
	rows, err := db.Query("SELECT name, record FROM tb_dns WHERE type = 'A'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	records := map[string][]string{}
	for rows.Next() {
		var name, record string
		if err := rows.Scan(&name, &record); err != nil {
			t.Fatal(err)
		}
		records[name] = append(records[name], "A "+record)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	answers := map[string]string{}
	for _, name := range c.names {
		answers[name] = "NXDOMAIN"
		if all := records[name]; len(all) > 0 {
			slices.Sort(all)
			answers[name] = "NOERROR; " + strings.Join(slices.Compact(all), "; ") // duplicates are answered once
		}
	}
	return answers
}
