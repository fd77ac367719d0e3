package mysqldns

import (
	"github.com/coredns/coredns/plugin"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// The metrics of the copies, labelled by the table as the Corefile names it.
var (
	recordCount = promauto.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "records",
		Help: "Number of records in the copy of the table.",
	}, []string{"table"})
	zoneCount = promauto.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "zones",
		Help: "Number of zones in the copy of the table.",
	}, []string{"table"})
	copyBytes = promauto.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "copy_bytes",
		Help: "Memory that the copy of the table takes, in octets.",
	}, []string{"table"})
	skippedRows = promauto.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "skipped_rows",
		Help: "Number of rows that are no valid records and are skipped, by the column at fault.",
	}, []string{"table", "reason"})
	databaseUp = promauto.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "database_up",
		Help: "Whether the table can be read (1) or the copy answers alone (0).",
	}, []string{"table"})
	listCount = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "lists_total",
		Help: "Counter of reads of the whole table, by result: published, refused by max_shrink, or failed.",
	}, []string{"table", "result"})
	driftCount = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "drift_names_total",
		Help: "Counter of names that resync found different from the copy. Should stay 0.",
	}, []string{"table"})
	changeLag = promauto.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "change_lag_seconds",
		Help:                        "Time from the write of a change to its answer.",
		Buckets:                     []float64{.01, .025, .05, .1, .15, .25, .5, 1, 2.5, 5, 10, 30},
		NativeHistogramBucketFactor: plugin.NativeHistogramBucketFactor,
	}, []string{"table"})
	snapshotErrors = promauto.NewCounterVec(prometheus.CounterOpts{
		Namespace: plugin.Namespace, Subsystem: name, Name: "snapshot_errors_total",
		Help: "Counter of snapshots that could not be saved.",
	}, []string{"table"})
)
