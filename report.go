package mysqldns

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/internal/version"
	"github.com/mysqldns/mysqldns/plugin/follow"
	"github.com/mysqldns/mysqldns/plugin/record"

	"github.com/prometheus/client_golang/prometheus"
)

// report says in log lines and metrics what happens to a copy: one line for each change of state, not for each try. It implements follow.Observer.
type report struct {
	source *source
	labels [2]string // of metrics

	mu           sync.Mutex
	sessions     int           // opened so far
	server       follow.Server // that is or was followed
	hosts        hosts
	byLog        bool
	failingSince time.Time
	failure      string               // of the connection, the last
	failures     map[string]time.Time // of the connection since it was lost, and when each was logged
	resync       string               // failure of a resync, that was logged last
	unsaved      bool                 // the last try to save the snapshot failed
	skipped      map[string]int       // rows, by reason; replaced and never changed
	changed      time.Time            // the copy, last
	stored       time.Time            // when the database confirmed what the snapshot on disk has; zero without one
	lag          time.Duration        // of the last change that the log named
	recent       recentChanges
	replication  follow.Replication // of the server that is followed
}

var _ follow.Observer = (*report)(nil)

func newReport(s *source) *report {
	r := &report{source: s, labels: s.labels(), hosts: newHosts(s)}
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
	for _, counter := range []*prometheus.CounterVec{reconnectCount, driftCount, snapshotErrors, stallCount} {
		counter.WithLabelValues(r.labels[:]...)
	}
	for _, host := range r.hosts.all {
		hostFailures.WithLabelValues(r.labels[0], r.labels[1], host.addr)
	}
	for _, histogram := range []*prometheus.HistogramVec{listDuration, changeLag} {
		histogram.WithLabelValues(r.labels[:]...)
	}
}

// Observe implements follow.Observer.
func (r *report) Observe(event follow.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e := event.(type) {
	case follow.SessionOpened:
		if r.sessions++; r.sessions > 1 {
			reconnectCount.WithLabelValues(r.labels[:]...).Inc()
		}
	case follow.Followed:
		r.followed(e)
	case follow.Stalled:
		stallCount.WithLabelValues(r.labels[:]...).Inc()
		log.Warningf("%s stands still or lags: for %s, %s has had changes of %s that it has not. Answers were as old as that; following %s, until %s has caught up",
			e.Server.Addr, e.For.Round(time.Second), e.Ahead.Addr, r.source.table, e.Ahead.Addr, e.Server.Addr)
	case follow.Parted:
		log.Errorf("%s and %s have each changes of %s that the other has not: both take writes and do not replicate them. Answering from %s alone. "+
			"Make one of them the replica of the other, or take one out of dsn", e.Server.Addr, e.Other.Addr, r.source.table, e.Server.Addr)
	case follow.Replicating:
		r.replicating(e)
	case follow.HostTried:
		r.hosts.tried(e)
	case follow.TryFailed:
		r.hosts.follow(noHost)
		r.failed(e)
	case follow.Polled:
		r.polled(e)
	case follow.ListProgress:
		log.Infof("listing %s: %d rows so far", r.source.table, e.Rows)
	case follow.Listed:
		r.listed(e)
	case follow.ListRefused:
		r.refused(e)
	case follow.ListFailed:
		r.count(listCount, "failed")
	case follow.ResyncFailed:
		r.resyncFailed(e)
	case follow.Drifted:
		r.drifted(e)
	case follow.Reread:
		changeLag.WithLabelValues(r.labels[:]...).Observe(e.Lag.Seconds())
		r.holds(e.Skipped, true)
		r.lag = e.Lag
		r.recent.add(r.changed, e.Names...)
		log.Debugf("followed %s: %s after the change", r.source.table, e.Lag)
	case follow.RowsSkipped:
		logSkipped(e.Rows)
	case follow.Relisting:
		r.relisting(e)
	default:
		r.snapshot(event)
	}
}

// snapshot is Observe for the events of the snapshot.
func (r *report) snapshot(event follow.Event) {
	path := r.source.snapshot
	switch e := event.(type) {
	case follow.SnapshotMissing:
		log.Infof("there is no snapshot %s yet", path)
	case follow.SnapshotRejected:
		log.Errorf("not using the snapshot %s: %v. Answering SERVFAIL until %s can be read", path, e.Err, r.source.table)
	case follow.Restored:
		r.changed, r.stored = e.Confirmed, e.Confirmed
		log.Warningf("%s cannot be read; answering from the snapshot of %s (%d records) until it can", r.source.table,
			e.Confirmed.Format(time.RFC3339), e.Records)
	case follow.SnapshotSaved:
		r.saved(e)
	}
}

// followed says how the table is followed, if that is new.
func (r *report) followed(e follow.Followed) {
	how, say := "by its change log", log.Infof
	switch {
	case !e.ByLog && e.LogGrant != "":
		say = log.Warningf
		how = "without a change log, by reading all of it again when it may have changed: this user may not read one, or there is none. " + e.LogGrant + "; if there is none, load schema.sql before"
	case !e.ByLog:
		how = "without a change log, by reading all of it again when it may have changed (a change log is quicker: see schema.sql, for a view docs/tables.md)"
	}
	switch {
	case e.Before == follow.Failing:
		say("reading %s at %s again, after %s; following it every %s %s", r.source.table, e.Server.Addr,
			time.Since(r.failingSince).Round(time.Second), e.Interval, how)
	case e.Before == follow.Starting || r.server.Addr != e.Server.Addr || r.byLog != e.ByLog:
		say("following %s at %s every %s, %s; mysqldns %s holds %d records, %d zones", r.source.table, e.Server.Addr, e.Interval, how,
			version.Number(), e.Copy.Len(), len(e.Copy.Zones()))
	case r.server.ID != e.Server.ID: // behind a proxy or a virtual address
		say("another server answers at %s now; following %s there every %s, %s", e.Server.Addr, r.source.table, e.Interval, how)
	}
	if r.server.ID != e.Server.ID {
		r.replication = follow.Replication{}
	}
	r.server, r.byLog, r.failure, r.failures, r.failingSince = e.Server, e.ByLog, "", nil, time.Time{}
	r.hosts.follow(e.Server.Host)
}

// sayAgain is how long a failure is not logged again that takes turns with others: a proxy without a server behind it may now refuse a connection, now
// end it.
const sayAgain = time.Minute

// mostFailures is how many are remembered: most have a few that take turns.
const mostFailures = 16

// failed logs that a try failed, unless the last one failed in the same way, or one did so a moment ago.
func (r *report) failed(e follow.TryFailed) {
	if r.failingSince.IsZero() {
		r.failingSince = time.Now()
	}
	failure := oneLine(e.Err)
	if failure == r.failure {
		return
	}
	r.failure = failure
	if said, ok := r.failures[failure]; ok && time.Since(said) < sayAgain {
		return
	}
	if len(r.failures) >= mostFailures || r.failures == nil {
		r.failures = map[string]time.Time{}
	}
	r.failures[failure] = time.Now()
	meanwhile := "Answering SERVFAIL until it can be read"
	if e.Answering != nil {
		meanwhile = fmt.Sprintf("Answering from the copy (%d records)", e.Answering.Len())
	}
	log.Errorf("cannot read %s: %s. %s; trying again", r.source.table, failure, meanwhile)
}

// replicating says that the replication of the server has stopped, for another reason than before, or goes on.
func (r *report) replicating(e follow.Replicating) {
	before := r.replication
	r.replication = e.Replication
	switch {
	case e.Stopped == before.Stopped:
	case e.Stopped != "":
		log.Warningf("%s gets no changes any more: %s. Answers are as of then, unless another host of dsn is ahead; mend its replication", e.Server.Addr, e.Stopped)
	default:
		log.Infof("%s gets changes again", e.Server.Addr)
	}
}

func (r *report) polled(e follow.Polled) {
	switch {
	case e.Err != nil:
		r.count(followCount, "failed")
	case e.Published:
		r.count(followCount, "changed")
	default:
		r.count(followCount, "unchanged")
	}
}

func (r *report) listed(e follow.Listed) {
	r.resync = ""
	r.count(listCount, "published")
	listDuration.WithLabelValues(r.labels[:]...).Observe(e.Took.Seconds())
	r.holds(e.Skipped, e.Changed)
	if e.Changed {
		r.recent.add(r.changed, "")
	}
	log.Debugf("listed %s: %d records in %s", r.source.table, e.Records, e.Took)
}

func (r *report) refused(e follow.ListRefused) {
	r.count(listCount, "refused")
	if !e.Again {
		log.Errorf("refusing a list of %s: it has %d records, the copy %d, and max_shrink is %d percent. Answering from the copy. "+
			"To accept it, reload with another max_shrink or without, or restart CoreDNS", r.source.table, e.Records, e.Had, r.source.maxShrink)
	}
}

// resyncFailed logs that a resync failed, unless the last one failed in the same way.
func (r *report) resyncFailed(e follow.ResyncFailed) {
	r.count(listCount, "failed")
	if failure := oneLine(e.Err); failure != r.resync {
		r.resync = failure
		log.Warningf("cannot read all of %s to compare it with the copy: %s. Its changes are followed; trying again", r.source.table, failure)
	}
}

func (r *report) drifted(e follow.Drifted) {
	names := e.Changed.Added + e.Changed.Removed + e.Changed.Modified
	driftCount.WithLabelValues(r.labels[:]...).Add(float64(names))
	log.Warningf("%s and its copy differed at %d names, which the change log had not named; the copy is right again. "+
		"Are the triggers of schema.sql there, and is nothing written past them?", r.source.table, names)
}

// relisting says why the whole table is read again.
func (r *report) relisting(e follow.Relisting) {
	t := r.source.table
	switch e.Why {
	case follow.Replaced:
		log.Infof("%s was replaced or emptied; listing the whole table again", t)
	case follow.Unlogged:
		log.Warningf("%s changed and its change log does not say where; listing the whole table again. Are the triggers of schema.sql there?", t)
	case follow.Logged:
		log.Infof("%s: log entries appear again; re-reading the table for changes that were not logged", t)
	case follow.LogCut:
		log.Infof("%s: %v; listing the whole table again", t, e.Err)
	case follow.LateEntries:
		log.Infof("%s: entries of its change log were committed long after others with higher numbers; listing the whole table again", t)
	}
}

// maxSkipLines bounds the log lines about bad rows of one read.
const maxSkipLines = 20

func logSkipped(rows []follow.SkippedRow) {
	for _, row := range rows[:min(len(rows), maxSkipLines)] {
		log.Warningf("skipping a row: %s", row.Message)
	}
	if more := len(rows) - maxSkipLines; more > 0 {
		log.Warningf("skipping %d more rows", more)
	}
}

// saved logs that saving the snapshot failed after it went well, or the other way round.
func (r *report) saved(e follow.SnapshotSaved) {
	path := r.source.snapshot
	switch {
	case e.Err != nil && !r.unsaved:
		log.Errorf("cannot save the snapshot %s: %v. Answers are not affected; a restart while the database is down would be. Trying again", path, e.Err)
	case e.Err == nil && r.unsaved:
		log.Infof("the snapshot %s is saved again", path)
	}
	r.unsaved = e.Err != nil
	if e.Err != nil {
		snapshotErrors.WithLabelValues(r.labels[:]...).Inc()
		return
	}
	r.stored = e.Confirmed
}

// count adds one to a counter with our labels and a result.
func (r *report) count(counter *prometheus.CounterVec, result string) {
	counter.WithLabelValues(r.labels[0], r.labels[1], result).Inc()
}

// holds notes what the copy holds now: how many rows it skips, and whether it changed.
func (r *report) holds(skipped map[string]int, changed bool) {
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
	skipped map[string]int  // rows by reason; not changed any more
	changed time.Time       // the copy, last
	saved   time.Time       // of what the snapshot on disk has; zero without one
	lag     time.Duration   // of the replication of the server, as far as it can be seen
	hosts   map[string]bool // whether each is followed
}

func (r *report) now() standing {
	r.mu.Lock()
	defer r.mu.Unlock()
	return standing{skipped: r.skipped, changed: r.changed, saved: r.stored, lag: r.replication.Lag, hosts: r.hosts.byAddr()}
}

// state is what the log lines so far say of the copy, for the page.
func (r *report) state() copyState {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := copyState{Table: r.labels[0], Servers: r.labels[1], Host: r.server.Addr, Failure: r.failure, Changed: r.changed, Lag: r.lag.Round(time.Millisecond)}
	switch {
	case r.server.Addr == "":
	case r.byLog:
		s.How = "by its change log"
	default:
		s.How = "without a change log"
	}
	return s
}

// changes are the last changes of the copy, the newest first.
func (r *report) changes() []recentChange {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.recent.list()
}

// skippedRows is how many rows are skipped.
func (r *report) skippedRows() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rows := range r.skipped {
		n += rows
	}
	return n
}

// oneLine is the text of an error, or of several joined, on one line.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
