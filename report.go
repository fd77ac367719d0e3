package mysqldns

import (
	"strings"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/record"
	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/prometheus/client_golang/prometheus"
)

// report says what happens to a copy: one log line for each change of state, not for each try.
type report struct {
	source *source
	labels [2]string // of metrics

	sessions     int       // opened so far; only the follower's goroutine reads and writes these three
	change       time.Time // the last that looked has seen
	incomparable string    // why the copy could not be compared with the table, as it was logged last

	mu      sync.Mutex
	state   state
	host    string         // we follow, or did last
	byLog   bool           // how
	since   time.Time      // of the state
	failure string         // that was logged last
	unsaved bool           // the last try to save the snapshot failed
	skipped map[string]int // rows, by reason
	changed time.Time      // the copy, last
	stored  time.Time      // when the database confirmed what the snapshot on disk has; zero without one
}

type state uint8

const (
	starting state = iota
	up
	suspect // the session ended; nothing is known to be wrong
	down
)

func newReport(s *source) *report {
	r := &report{source: s, labels: [2]string{s.table.String(), s.servers()}, since: time.Now()}
	r.beginCounting()
	return r
}

// beginCounting makes the counters, with 0: a query for their increase does not see the first step of one that was not there before.
func (r *report) beginCounting() {
	for _, result := range []string{"published", "refused", "failed"} {
		listCount.WithLabelValues(r.labels[0], r.labels[1], result)
	}
	for _, result := range []string{"changed", "unchanged", "failed"} {
		followCount.WithLabelValues(r.labels[0], r.labels[1], result)
	}
	for _, counter := range []*prometheus.CounterVec{reconnectCount, driftCount, snapshotErrors} {
		counter.WithLabelValues(r.labels[:]...)
	}
	for _, histogram := range []*prometheus.HistogramVec{listDuration, changeLag} {
		histogram.WithLabelValues(r.labels[:]...)
	}
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
		how = "without a change log, by reading all of it again when it may have changed (a change log is quicker: see schema.sql, for a view docs/tables.md)"
	}
	switch {
	case r.state == down:
		log.Infof("reading %s at %s again, after %s; following it every %s %s", s.Table, s.addr, now.Sub(r.since).Round(time.Second), interval, how)
	case r.state == starting || r.host != s.addr || r.byLog != s.HasLog:
		log.Infof("following %s at %s every %s, %s", s.Table, s.addr, interval, how)
	}
	r.state, r.host, r.byLog, r.since, r.failure = up, s.addr, s.HasLog, now, ""
	r.change = r.changed
}

// down notes that a try failed, and logs it unless the last one failed in the same way. What is answered from meanwhile may be nil.
func (r *report) down(err error, answers *zonedb.View) {
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
	if answers != nil {
		log.Errorf("cannot read %s: %s. Answering from the copy (%d records); trying again", r.source.table, failure, answers.Len())
	} else {
		log.Errorf("cannot read %s: %s. Answering SERVFAIL until it can be read; trying again", r.source.table, failure)
	}
}

// connected notes that a session was opened.
func (r *report) connected() {
	if r.sessions++; r.sessions > 1 {
		reconnectCount.WithLabelValues(r.labels[:]...).Inc()
	}
}

// listed notes a list that was published, and whether the copy is another one now.
func (r *report) listed(records int, skipped map[string]int, took time.Duration, changed bool) {
	r.incomparable = ""
	r.count(listCount, "published")
	listDuration.WithLabelValues(r.labels[:]...).Observe(took.Seconds())
	r.holds(skipped, changed)
	log.Debugf("listed %s: %d records in %s", r.source.table, records, took)
}

// replaced notes that another table has taken the place of the one that was listed.
func (r *report) replaced() {
	log.Infof("%s was replaced or emptied; listing the whole table again", r.source.table)
}

// refused notes a list that max_shrink does not allow.
func (r *report) refused() { r.count(listCount, "refused") }

// unlisted notes a list that failed.
func (r *report) unlisted() { r.count(listCount, "failed") }

// uncompared notes that the copy could not be compared with the table, and logs it unless the last try failed in the same way.
func (r *report) uncompared(err error) {
	r.unlisted()
	err = table.Explain(err, r.source.table)
	if failure := oneLine(err); failure != r.incomparable {
		r.incomparable = failure
		log.Warningf("cannot read all of %s to compare it with the copy: %s. Its changes are followed; trying again", r.source.table, failure)
	}
}

// followed notes changes that were published, and how long before they were written.
func (r *report) followed(skipped map[string]int, lag time.Duration) {
	changeLag.WithLabelValues(r.labels[:]...).Observe(lag.Seconds())
	r.holds(skipped, true)
	log.Debugf("followed %s: %s after the change", r.source.table, lag)
}

// looked notes a look for changes, by which the copy changed or not.
func (r *report) looked(err error) {
	r.mu.Lock()
	changed := r.changed
	r.mu.Unlock()
	switch {
	case err != nil:
		r.count(followCount, "failed")
	case changed.After(r.change):
		r.count(followCount, "changed")
	default:
		r.count(followCount, "unchanged")
	}
	r.change = changed
}

// count adds one to a counter with our labels and a result.
func (r *report) count(counter *prometheus.CounterVec, result string) {
	counter.WithLabelValues(r.labels[0], r.labels[1], result).Inc()
}

// holds notes what the copy holds now: how many rows it skips, and whether it changed.
func (r *report) holds(skipped map[string]int, changed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.skipped = map[string]int{}
	for _, reason := range record.Reasons {
		r.skipped[reason] = skipped[reason]
	}
	if changed {
		r.changed = time.Now()
	}
}

// standing is how things are with a copy, for metrics.
type standing struct {
	up      float64        // 1 if the table can be read
	skipped map[string]int // rows by reason; not changed any more
	changed time.Time      // the copy, last
	saved   time.Time      // of what the snapshot on disk has; zero without one
}

func (r *report) now() standing {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := standing{skipped: r.skipped, changed: r.changed, saved: r.stored}
	if r.state != down && r.state != starting {
		s.up = 1
	}
	return s
}

// restored notes that the copy came from the snapshot on disk, which the database had confirmed at a time.
func (r *report) restored(taken time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changed, r.stored = taken, taken
}

// saved notes a try to save the snapshot of what the database confirmed at a time, and logs it when that fails after it went
// well, or the other way round.
func (r *report) saved(path string, confirmed time.Time, err error) {
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
		snapshotErrors.WithLabelValues(r.labels[:]...).Inc()
		return
	}
	r.stored = confirmed
}

// drift notes what came past the change log.
func (r *report) drift(c zonedb.Changed) {
	driftCount.WithLabelValues(r.labels[:]...).Add(float64(c.Added + c.Removed + c.Modified))
	log.Warningf("%s and its copy differed at %d names, which the change log had not named; the copy is right again. "+
		"Are the triggers of schema.sql there, and is nothing written past them?", r.source.table, c.Added+c.Removed+c.Modified)
}

// oneLine is the text of an error, or of several joined, on one line.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
