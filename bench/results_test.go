package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/lab"
)

func TestPercentile(t *testing.T) {
	all := []float64{5, 1, 4, 2, 3}
	for percent, want := range map[int]float64{0: 1, 50: 3, 99: 5, 100: 5, 20: 1, 21: 2} {
		if got := lab.Percentile(all, percent); got != want {
			t.Errorf("%d%% of %v: %v, expected %v", percent, all, got, want)
		}
	}
}

func TestRatiosAreRoundByRound(t *testing.T) {
	if got := lab.Ratios([]float64{10, 30, 5}, []float64{5, 10}); !slices.Equal(got, []float64{2, 3}) {
		t.Error(got)
	}
}

func TestCountAndClock(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 10_000_000: "10,000,000"} {
		if got := lab.Count(n); got != want {
			t.Errorf("%d: %s, expected %s", n, got, want)
		}
	}
	if got := lab.Clock(61500 * time.Millisecond); got != "1:02" {
		t.Error(got)
	}
}

func TestServersLeftOutAreDashes(t *testing.T) {
	of := func(rate float64) *qpsOf { return &qpsOf{[]lab.Perf{{QPS: rate}}, []lab.Perf{{QPS: rate / 2}}} }
	r := results{QPS: []qps{{Names: 1000, By: map[string]*qpsOf{whoami: of(100), mysqlDNS: of(150)}}}}
	want := "| 1,000 names, hits | 100 | – | 150 | – | **1.50** (1.50–1.50) | – | – |"
	if got := r.table(); !strings.Contains(got, want) {
		t.Errorf("no line %q in\n%s", want, got)
	}
}

func TestTicks(t *testing.T) {
	for most, want := range map[float64]int{1: 6, 9: 10, 12: 7, 100_000: 6, 45_000: 5} {
		if got := len(lab.Ticks{}.Ticks(0, most)); got != want {
			t.Errorf("up to %v: %d ticks, expected %d", most, got, want)
		}
	}
}

func TestNamesHaveEqualLengths(t *testing.T) {
	for _, i := range []int{0, 9, 10, 1234567, 9_999_999} {
		if got := lab.HostName(i); len(got) != len("host00000000.example.org") {
			t.Error(got)
		}
	}
}
