package cluster

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/mariadb"

	"github.com/miekg/dns"
)

const (
	beatEvery  = 150 * time.Millisecond
	watchEvery = 25 * time.Millisecond
	soon       = 10 * time.Second // the longest that a change may take to a nameserver
)

// pulse is a row whose record is a number. One server of the database writes one number after another; every nameserver is
// watched: it must answer each number soon, and never an older one than before.
type pulse struct {
	name     string
	watchers []*watcher

	stopWriting, stopWatching context.CancelFunc
	writing, watching         sync.WaitGroup

	mu      sync.Mutex
	tried   int               // the highest number
	written map[int]time.Time // when each was committed that surely was

	had *majority // what most servers have had; nil unless that is what answers are compared with

	stale time.Duration // the longest that a number took to a nameserver that may not lag; known when the pulse has ended
	back  int           // answers that went back, or were never written
}

// executor executes a statement somewhere.
type executor func(ctx context.Context, statement string, args ...any) error

// watcher is what one nameserver answered. The pulse's mu guards it.
type watcher struct {
	server *nameserver
	mayLag bool // it follows a replica, or is away
	last   int
	seen   map[int]time.Time // when each number, or a later one, was answered first
	faults []string
}

// beat starts a pulse that one server writes. It lasts until the test ends.
func beat(t *testing.T, name string, writer *mariadb.Server, servers ...*nameserver) *pulse {
	t.Helper()
	db, err := sql.Open("mysql", writer.DSN("root", "", mariadb.Database)+"?timeout=1s&readTimeout=20s&interpolateParams=true")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return beatBy(t, name, func(ctx context.Context, statement string, args ...any) error {
		_, err := db.ExecContext(ctx, statement, args...)
		return err
	}, servers...)
}

// beatBy is beat with another way to write.
func beatBy(t *testing.T, name string, write executor, servers ...*nameserver) *pulse {
	t.Helper()
	if err := write(t.Context(), "INSERT INTO tb_dns (name, type, ttl, record) VALUES (?, 'TXT', 0, '0')", name); err != nil {
		t.Fatal(err)
	}
	return resume(t, name, write, nil, servers...)
}

// resume is beatBy for a row that there is.
func resume(t *testing.T, name string, write executor, had *majority, servers ...*nameserver) *pulse {
	t.Helper()
	p := &pulse{name: name, had: had, written: map[int]time.Time{}}
	var writing, watching context.Context
	writing, p.stopWriting = context.WithCancel(context.Background())
	p.writing.Go(func() { p.write(writing, write) })
	watching, p.stopWatching = context.WithCancel(context.Background())
	for _, server := range servers {
		w := &watcher{server: server, last: -1, seen: map[int]time.Time{}}
		p.watchers = append(p.watchers, w)
		p.watching.Go(func() { p.watch(watching, w) })
	}
	t.Cleanup(func() { p.end(t) })
	return p
}

// write writes. What fails may have been committed all the same, so each try has a number of its own. It may also be committed later, as where the server waited
// for its cluster and no client for the server any more: then it must not set the row back.
func (p *pulse) write(ctx context.Context, write executor) {
	for every(ctx, beatEvery) {
		p.mu.Lock()
		p.tried++
		n := p.tried
		p.mu.Unlock()
		if write(ctx, "UPDATE tb_dns SET record = ? WHERE name = ? AND CAST(record AS UNSIGNED) < ?", strconv.Itoa(n), p.name, n) == nil {
			p.mu.Lock()
			p.written[n] = time.Now()
			p.mu.Unlock()
		}
	}
}

func (p *pulse) watch(ctx context.Context, w *watcher) {
	for every(ctx, watchEvery) {
		least := 0
		if p.had != nil {
			least = p.had.before(time.Now(), soon)
		}
		answer, err := w.server.ask(p.name, dns.TypeTXT)
		if err != nil {
			continue // the nameserver's client counts these
		}
		p.mu.Lock()
		w.note(answer, least, p.tried)
		p.mu.Unlock()
	}
}

// note judges an answer, which must be between two numbers.
func (w *watcher) note(answer string, least, tried int) {
	number, found := strings.CutPrefix(answer, `NOERROR; TXT "`)
	n, err := strconv.Atoi(strings.TrimSuffix(number, `"`))
	switch {
	case !found && w.last < 0:
		return // the row is too new
	case !found || err != nil || n > tried:
		w.fault("answered %s, which nobody wrote", answer)
		return
	case n < w.last:
		w.fault("went back from %d to %d", w.last, n)
	case n < least:
		w.fault("answered %d, and %s before a majority had %d", n, soon, least)
	}
	for number := w.last + 1; number <= n; number++ {
		w.seen[number] = time.Now()
	}
	w.last = n
}

func (w *watcher) fault(format string, args ...any) {
	w.faults = append(w.faults, time.Now().Format("15:04:05.000 ")+w.server.name+" "+fmt.Sprintf(format, args...))
}

// excuse lets a nameserver be late from now on.
func (p *pulse) excuse(server *nameserver) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.watchers {
		w.mayLag = w.mayLag || w.server == server
	}
}

// pause stops the writing for good and returns the last number that surely was written.
func (p *pulse) pause() (last int) {
	p.stopWriting()
	p.writing.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	for n := range p.written {
		last = max(last, n)
	}
	return last
}

// tries is the highest number that was tried so far.
func (p *pulse) tries() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tried
}

// expect waits until nameservers have answered that number or a later one.
func (p *pulse) expect(t *testing.T, n int, servers ...*nameserver) {
	t.Helper()
	eventually(t, soon, fmt.Sprintf("%s %d is answered", p.name, n), func() bool { return p.at(n, servers) })
}

func (p *pulse) at(n int, servers []*nameserver) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !slices.ContainsFunc(p.watchers, func(w *watcher) bool { return slices.Contains(servers, w.server) && w.last < n })
}

// end stops, waits until all that was written has been answered, and reports.
func (p *pulse) end(t *testing.T) {
	last := p.pause()
	var servers []*nameserver
	for _, w := range p.watchers {
		servers = append(servers, w.server)
	}
	for deadline := time.Now().Add(soon); !p.at(last, servers) && time.Now().Before(deadline); {
		time.Sleep(watchEvery)
	}
	p.stopWatching()
	p.watching.Wait()
	for _, w := range p.watchers {
		p.judge(t, w, last)
	}
}

// judge says what was wrong with the answers of one nameserver, the last number being that which surely was written last.
func (p *pulse) judge(t *testing.T, w *watcher, last int) {
	p.back += len(w.faults)
	for _, fault := range w.faults[:min(len(w.faults), 5)] {
		t.Errorf("%s: %s (%d such)", p.name, fault, len(w.faults))
	}
	if w.last < last {
		t.Errorf("%s: %s answers %d for %s after %d was written", p.name, w.server.name, w.last, soon, last)
	}
	var lags []time.Duration
	for n, at := range p.written {
		if n <= w.last {
			lags = append(lags, max(w.seen[n].Sub(at), 0))
		}
	}
	switch {
	case len(lags) > 0:
	case p.had != nil:
		return // its server is a secondary
	default:
		t.Errorf("%s: %s answered no number that was written", p.name, w.server.name)
		return
	}
	slices.Sort(lags)
	median, most := lags[len(lags)/2], lags[len(lags)-1]
	t.Logf("%s: %d numbers written; %s answered after %s (median), %s (most)", p.name, len(p.written), w.server.name,
		median.Round(time.Millisecond), most.Round(time.Millisecond))
	if w.mayLag {
		return
	}
	p.stale = max(p.stale, most)
	if most > soon && p.had == nil { // else what a majority had is what counts
		t.Errorf("%s: %s answered a number only %s after it was written", p.name, w.server.name, most)
	}
}

// every waits for an interval, and reports whether ctx goes on.
func every(ctx context.Context, interval time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(interval):
		return true
	}
}
