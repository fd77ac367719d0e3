package mysqldns

import (
	"time"

	"github.com/mysqldns/mysqldns/internal/version"
	"github.com/mysqldns/mysqldns/plugin/follow"

	"github.com/coredns/coredns/plugin"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// labels tell the copies apart: the table as the Corefile names it, and the hosts and databases that it is read from. (The label
// server is CoreDNS's word for the address that a question came to.)
var labels = []string{"table", "database"}

var (
	listCount = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "lists_total",
		Help: "Counter of reads of the whole table, by result: published, refused by max_shrink, or failed.",
	}, append(labels, "result"))
	listDuration = promauto.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "list_duration_seconds",
		Help:                        "Time that reading the whole table took.",
		Buckets:                     []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		NativeHistogramBucketFactor: plugin.NativeHistogramBucketFactor,
	}, labels)
	followCount = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "follows_total",
		Help: "Counter of looks for changes, by result: changed, unchanged or failed.",
	}, append(labels, "result"))
	reconnectCount = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "reconnects_total",
		Help: "Counter of connections to the database after the first.",
	}, labels)
	driftCount = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "drift_names_total",
		Help: "Counter of names that resync found different from the copy. Should stay 0.",
	}, labels)
	stallCount = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "stalled_servers_total",
		Help: "Counter of servers that were left since another host of the directive had changes that they did not get.",
	}, labels)
	hostFailures = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "host_failures_total",
		Help: "Counter of times that a host of the directive could not be followed, also while another was.",
	}, append(labels, "host"))
	changeLag = promauto.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "change_lag_seconds",
		Help:                        "Time from the statement that made a change to its answer; a transaction that stays open adds to it.",
		Buckets:                     []float64{.01, .025, .05, .1, .15, .25, .5, 1, 2.5, 5, 10, 30},
		NativeHistogramBucketFactor: plugin.NativeHistogramBucketFactor,
	}, labels)
	versionCount = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "versions_total",
		Help: "Counter of tries to take a version of a zone, by result: taken, lost to another instance, behind it, or failed.",
	}, append(labels, "result"))
	transferCount = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "transfers_total",
		Help: "Counter of zone transfers that were asked for, by kind (whole, incremental, or current) and result (done, broken off, or refused).",
	}, []string{"kind", "result"})
	notifyCount = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "notifies_total",
		Help: "Counter of times that all secondaries of a zone were told of a version, by result: accepted by all, or failed.",
	}, []string{"result"})
	snapshotErrors = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "snapshot_errors_total",
		Help: "Counter of snapshots that could not be saved.",
	}, labels)
	_ = promauto.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "build_info",
		Help:        "Always 1: its label is the version of the plugin. That of CoreDNS is in coredns_build_info.",
		ConstLabels: prometheus.Labels{"version": version.Number()},
	}, func() float64 { return 1 })
	answerCount = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "answers_total",
		Help: "Counter of questions that came to the plugin, by how they came out.",
	}, []string{"server", "view", "result"})
	updateCount = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "updates_total",
		Help: "Counter of UPDATE messages (RFC 2136), by the RCODE that they were answered with; unknown ones were not answered.",
	}, []string{"server", "view", "result"})
	updateDuration = promauto.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "update_duration_seconds",
		Help:                        "Time from an UPDATE message to its answer, when this server answers from what it changed.",
		Buckets:                     []float64{.0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		NativeHistogramBucketFactor: plugin.NativeHistogramBucketFactor,
	}, []string{"server", "view"})
)

// copiesCollector reads what the copies of the process hold at the moment when somebody asks. Released copies vanish from the metrics.
type copiesCollector struct {
	records, zones, bytes, skipped, up, age, changed, snapshot, lag, host, logAge, unversioned, journal *prometheus.Desc
}

func init() {
	desc := func(metric, help string, more ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(plugin.Namespace, name, metric), help, append(labels, more...), nil)
	}
	prometheus.MustRegister(&copiesCollector{
		records: desc("records", "Number of records in the copy of the table."),
		zones:   desc("zones", "Number of zones in the copy of the table."),
		bytes:   desc("copy_bytes", "Memory that the copy of the table takes, in octets."),
		skipped: desc("skipped_rows", "Number of rows that are no valid records and are skipped, by the column at fault.", "reason"),
		up:      desc("database_up", "Whether the table can be read (1) or the copy answers alone (0)."),
		age:     desc("copy_age_seconds", "Time since the database last confirmed the copy."),
		lag:     desc("replication_lag_seconds", "How far the server is behind its source, as it says; 0 if the user may not see that."),
		host:    desc("host_followed", "Whether a host of the directive is the one that is followed (1) or not (0).", "host"),
		logAge:  desc("change_log_age_seconds", "How old the oldest entry of the change log is, but for the one that followers go on from; 0 without one."),
		changed: desc("last_change_timestamp_seconds", "When the copy changed last, as Unix time."),
		unversioned: desc("zones_unversioned",
			"Number of zones whose content changed under one serial, or whose serial 0 asks for one that nobody gives."),
		journal: desc("journal_bytes", "Memory that differences between versions of zones take, in octets."),
		snapshot: desc("snapshot_timestamp_seconds",
			"When the database last confirmed what the snapshot on disk holds, as Unix time; missing without one."),
	})
}

// Describe implements prometheus.Collector.
func (c *copiesCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{c.records, c.zones, c.bytes, c.skipped, c.up, c.age, c.changed, c.snapshot, c.lag, c.host, c.logAge, c.unversioned, c.journal} {
		descs <- desc
	}
}

// Collect implements prometheus.Collector. Of copies with the same labels, as there are for the time of a reload, it takes the latest. What is answered
// from meanwhile may be the one before it.
func (c *copiesCollector) Collect(metrics chan<- prometheus.Metric) {
	copiesMu.Lock()
	latest := map[[2]string]*tableCopy{}
	for _, held := range copies {
		labels := held.report.labels
		if other := latest[labels]; len(held.holders) > 0 && (other == nil || other.number < held.number) {
			latest[labels] = held
		}
	}
	copiesMu.Unlock()
	for l, held := range latest {
		gauge := func(desc *prometheus.Desc, value float64, more ...string) {
			metrics <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, append(l[:], more...)...)
		}
		now := held.report.now()
		gauge(c.up, upOf(held.follower.State()))
		gauge(c.lag, now.lag.Seconds())
		for host, followed := range now.hosts {
			gauge(c.host, oneIf(followed), host)
		}
		for reason, rows := range now.skipped {
			gauge(c.skipped, float64(rows), reason)
		}
		if !now.saved.IsZero() {
			gauge(c.snapshot, unix(now.saved))
		}
		answering := held.answering()
		view := answering.follower.Latest()
		gauge(c.records, float64(view.Len()))
		gauge(c.zones, float64(len(view.Zones())))
		gauge(c.bytes, float64(view.Bytes()))
		gauge(c.logAge, time.Duration(held.pruner.age.Load()).Seconds())
		unversioned, journal := answering.versions.counts()
		gauge(c.unversioned, float64(unversioned))
		gauge(c.journal, float64(journal))
		if answering.follower.View() != nil {
			gauge(c.age, time.Since(answering.follower.ConfirmedAt()).Seconds())
			gauge(c.changed, unix(answering.report.now().changed))
		}
	}
}

// upOf is 1 while the table can be read, as far as is known.
func upOf(s follow.State) float64 { return oneIf(s == follow.Following || s == follow.Reconnecting) }

func oneIf(condition bool) float64 {
	if condition {
		return 1
	}
	return 0
}

// unix is a time as Prometheus has it: seconds since 1970.
func unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
