package mysqldns

import (
	"strings"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/zonedb"
)

// report says what happens to a copy: one log line for each change of state, not for each try.
type report struct {
	source *source
	table  string // for metrics
	server string // for metrics

	mu      sync.Mutex
	state   state
	host    string         // we follow, or did last
	since   time.Time      // of the state
	failure string         // that was logged last
	unsaved bool           // the last try to save the snapshot failed
	skipped map[string]int // rows, by reason
}

type state uint8

const (
	starting state = iota
	up
	suspect // the session ended; nothing is known to be wrong
	down
)

func newReport(s *source) *report {
	return &report{source: s, table: s.table.String(), server: s.servers(), since: time.Now()}
}

func (r *report) isUp() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state == up
}

// suspect notes that a session ended.
func (r *report) suspect() { r.become(suspect) }

func (r *report) become(s state) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = s
}

// up notes that a session follows the table.
func (r *report) up(s *session, interval time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	how := "by its change log"
	if !s.HasLog {
		how = "without a change log, by reading all of it when it changed (see schema.sql)"
	}
	switch {
	case r.state == down:
		log.Infof("reading %s at %s again, after %s; following it every %s %s", s.Table, s.addr, now.Sub(r.since).Round(time.Second), interval, how)
	case r.state == starting || r.host != s.addr:
		log.Infof("following %s at %s every %s, %s", s.Table, s.addr, interval, how)
	}
	r.state, r.host, r.since, r.failure = up, s.addr, now, ""
}

// down notes that a try failed, and logs it unless the last one failed in the same way.
func (r *report) down(err error, loaded bool, records int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state != down {
		r.state, r.since = down, time.Now()
	}
	failure := oneLine(err)
	if failure == r.failure {
		return
	}
	r.failure = failure
	if loaded {
		log.Errorf("cannot read %s: %s. Answering from the copy (%d records); trying again", r.source.table, failure, records)
	} else {
		log.Errorf("cannot read %s: %s. Answering SERVFAIL until it can be read; trying again", r.source.table, failure)
	}
}

// listed notes a list that was published.
func (r *report) listed(records int, skipped map[string]int, took time.Duration) {
	listCount.WithLabelValues(r.table, r.server, "published").Inc()
	r.skips(skipped)
	log.Debugf("listed %s: %d records in %s", r.table, records, took)
}

// refused notes a list that max_shrink does not allow.
func (r *report) refused() { listCount.WithLabelValues(r.table, r.server, "refused").Inc() }

// unlisted notes a list that failed.
func (r *report) unlisted() { listCount.WithLabelValues(r.table, r.server, "failed").Inc() }

// followed notes changes that were published, and how long before they were written.
func (r *report) followed(skipped map[string]int, lag time.Duration) {
	r.skips(skipped)
	changeLag.WithLabelValues(r.table, r.server).Observe(lag.Seconds())
	log.Debugf("followed %s: %s after the change", r.table, lag)
}

// skips notes how many rows are skipped.
func (r *report) skips(counts map[string]int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.skipped = map[string]int{}
	for _, reason := range record.Reasons {
		r.skipped[reason] = counts[reason]
	}
}

// labels are those of the metrics.
func (r *report) labels() [2]string { return [2]string{r.table, r.server} }

// now is whether the table can be read, and how many rows are skipped. The map is not changed any more.
func (r *report) now() (up float64, skipped map[string]int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state != down && r.state != starting {
		up = 1
	}
	return up, r.skipped
}

// saved notes a try to save the snapshot, and logs it when that fails after it went well, or the other way round.
func (r *report) saved(path string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil && !r.unsaved:
		log.Errorf("cannot save the snapshot %s: %v. Answers are not affected; a restart while the database is down would be. Trying again", path, err)
	case err == nil && r.unsaved:
		log.Infof("the snapshot %s is saved again", path)
	}
	r.unsaved = err != nil
	if err != nil {
		snapshotErrors.WithLabelValues(r.table, r.server).Inc()
	}
}

// drift notes what came past the change log.
func (r *report) drift(c zonedb.Changed) {
	driftCount.WithLabelValues(r.table, r.server).Add(float64(c.Added + c.Removed + c.Modified))
	log.Warningf("%s and its copy differed at %d names, which the change log had not named; the copy is right again. "+
		"Are the triggers of schema.sql there, and is nothing written past them?", r.table, c.Added+c.Removed+c.Modified)
}

// oneLine is the text of an error, or of several joined, on one line.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
