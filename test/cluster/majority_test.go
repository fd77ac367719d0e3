package cluster

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strconv"
	"sync"
	"time"
)

// majority knows which number of a pulse most servers have had, and for how long. Its methods are safe for concurrent use.
type majority struct {
	mu       sync.Mutex
	had      []int       // by server, the highest
	answered []time.Time // by server, last
	seen     time.Time   // when a server was noted last
	open     time.Duration
	since    []reached
}

// reached is when a majority was first seen to have a number.
type reached struct {
	number int
	open   time.Duration // how long a majority had answered until then
}

// answersOn is for how long a server that answered counts as one that does. While fewer than a majority do, as in a cluster that has none, nobody can read what
// they have, and no time passes for who follows it.
const answersOn = time.Second

func newMajority(servers int) *majority {
	return &majority{had: make([]int, servers), answered: make([]time.Time, servers)}
}

// note notes that a server answers a number.
func (m *majority) note(server, number int, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pass(now)
	m.answered[server] = now
	m.had[server] = max(m.had[server], number)
	all := slices.Sorted(slices.Values(m.had))
	most := all[(len(all)-1)/2] // at least this, more than half of them have
	if n := len(m.since); n == 0 || m.since[n-1].number < most {
		m.since = append(m.since, reached{most, m.open})
	}
}

// pass lets time pass, if a majority answers.
func (m *majority) pass(now time.Time) {
	answer := 0
	for _, last := range m.answered {
		if now.Sub(last) < answersOn {
			answer++
		}
	}
	if 2*answer > len(m.answered) {
		m.open += now.Sub(m.seen)
	}
	m.seen = now
}

// before is the number that a majority had at a time, so long ago while a majority answered; 0 before any.
func (m *majority) before(now time.Time, ago time.Duration) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pass(now)
	index, _ := slices.BinarySearchFunc(m.since, m.open-ago, func(r reached, open time.Duration) int { return cmp.Compare(r.open, open+1) })
	if index == 0 {
		return 0
	}
	return m.since[index-1].number
}

// watchServer reads all the time which numbers a server has, until ctx ends.
func watchServer(ctx context.Context, db *sql.DB, server int, pulses map[string]*majority) {
	for every(ctx, 100*time.Millisecond) {
		rows, err := readPulses(ctx, db)
		if err != nil {
			continue // it is away
		}
		for name, number := range rows {
			if m := pulses[name]; m != nil {
				m.note(server, number, time.Now())
			}
		}
	}
}

func readPulses(ctx context.Context, db *sql.DB) (map[string]int, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	rows, err := db.QueryContext(ctx, "SELECT name, record FROM tb_dns WHERE name LIKE 'random%' AND type = 'TXT'")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	numbers := map[string]int{}
	for rows.Next() {
		var name, record string
		if err := rows.Scan(&name, &record); err != nil {
			return nil, err
		}
		if numbers[name], err = strconv.Atoi(record); err != nil {
			return nil, err
		}
	}
	return numbers, rows.Err()
}
