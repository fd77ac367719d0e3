package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// metrics are what CoreDNS exports at one moment: values by the name of the series, with its labels.
type metrics map[string]float64

// scrape reads the metrics. While CoreDNS reloads, the port may be closed for a moment.
func scrape(ctx context.Context, address string) (m metrics, err error) {
	for range 10 {
		if m, err = scrapeOnce(ctx, address); err == nil || ctx.Err() != nil {
			return m, err
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, err
}

func scrapeOnce(ctx context.Context, address string) (metrics, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("metrics: %s", response.Status)
	}
	return parseMetrics(response.Body)
}

// parseMetrics reads Prometheus's text format, as CoreDNS writes it: a series, a blank, a value.
func parseMetrics(r io.Reader) (metrics, error) {
	m := metrics{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		blank := strings.LastIndexByte(line, ' ')
		value, err := strconv.ParseFloat(line[blank+1:], 64)
		if blank < 0 || err != nil {
			return nil, fmt.Errorf("metrics: %q is no series with its value", line)
		}
		m[line[:blank]] = value
	}
	return m, lines.Err()
}

// sum adds up the series of a metric that have a label.
func (m metrics) sum(name, label string) (total float64) {
	for series, value := range m {
		if has, labels, _ := strings.Cut(series, "{"); has == name && strings.Contains(labels, label) {
			total += value
		}
	}
	return total
}

// sample is what CoreDNS is like at one moment.
type sample struct {
	At         float64 // seconds since the load began
	Resident   float64 // octets
	Heap       float64 // allocated, with what waits for the collector
	Live       float64 // what the last collection left
	Goroutines float64
	Pauses     float64 // collections so far
	Longest    float64 // milliseconds of the longest of the last ones
	Lists      float64 // of the table, so far
	ListsTook  float64 // seconds, all so far
	Drift      float64 // names, so far
	Copy       float64 // octets
}

func (m metrics) sample(at time.Duration) sample {
	return sample{
		At:         at.Seconds(),
		Resident:   m["process_resident_memory_bytes"],
		Heap:       m["go_memstats_heap_alloc_bytes"],
		Live:       m["go_gc_heap_live_bytes"],
		Goroutines: m["go_goroutines"],
		Pauses:     m["go_gc_duration_seconds_count"],
		Longest:    m[`go_gc_duration_seconds{quantile="1"}`] * 1000,
		Lists:      m.sum("coredns_mysqldns_lists_total", `result="published"`),
		ListsTook:  m.sum("coredns_mysqldns_list_duration_seconds_sum", ""),
		Drift:      m.sum("coredns_mysqldns_drift_names_total", ""),
		Copy:       m.sum("coredns_mysqldns_copy_bytes", ""),
	}
}
