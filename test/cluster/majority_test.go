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

// majority knows which number of a pulse most servers have had, and since when. Its methods are safe for concurrent use.
type majority struct {
	mu    sync.Mutex
	had   []int // by server, the highest
	since []reached
}

// reached is when a majority was first seen to have a number.
type reached struct {
	number int
	at     time.Time
}

func newMajority(servers int) *majority { return &majority{had: make([]int, servers)} }

// note notes that a server has a number.
func (m *majority) note(server, number int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.had[server] = max(m.had[server], number)
	all := slices.Sorted(slices.Values(m.had))
	most := all[(len(all)-1)/2] // at least this, more than half of them have
	if n := len(m.since); n == 0 || m.since[n-1].number < most {
		m.since = append(m.since, reached{most, time.Now()})
	}
}

// by is the number that a majority had by a time; 0 before any.
func (m *majority) by(when time.Time) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	index, _ := slices.BinarySearchFunc(m.since, when, func(r reached, when time.Time) int { return cmp.Compare(r.at.UnixNano(), when.UnixNano()+1) })
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
				m.note(server, number)
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
