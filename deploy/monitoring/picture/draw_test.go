package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/deploy/monitoring"
)

// made are answers to every query of the dashboard: a line that goes up, with a gap in it.
func made(d *monitoring.Dashboard) answers {
	a := answers{To: time.Unix(1_800_000_120, 0), From: time.Unix(1_800_000_000, 0), Series: map[string][]series{}}
	for _, panel := range d.Panels {
		for _, target := range panel.Targets {
			s := series{Labels: map[string]string{"instance": "dns-1", "table": "tb_dns", "result": "positive", "reason": "type"}}
			for i := range 121 {
				s.Values = append(s.Values, value(i%2))
			}
			s.Values[60] = value(math.NaN())
			a.Series[fmt.Sprint(panel.ID, target.RefID)] = []series{s}
		}
	}
	return a
}

func TestEveryPanelIsDrawn(t *testing.T) {
	d, err := monitoring.Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		answers answers
		words   []string
	}{
		"with answers":    {made(d), []string{"dns-1 tb_dns", "positive", "records", "2:00", "down"}},
		"without answers": {answers{From: time.Unix(0, 0), To: time.Unix(120, 0)}, []string{"No data", "no copy"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "dashboard.svg")
			if err := draw(d, test.answers, path); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			words := test.words
			for _, panel := range d.Panels {
				words = append(words, panel.Title)
			}
			for _, word := range words {
				if !strings.Contains(strings.ToLower(string(text)), strings.ToLower(word)) {
					t.Errorf("it has no %q", word)
				}
			}
			if strings.Contains(string(text), "NaN") {
				t.Error("something is drawn at NaN")
			}
		})
	}
}

func TestTicksAreRoundNumbersPastTheLargestValue(t *testing.T) {
	for most, want := range map[float64]string{0: "[0 0.2 0.4 0.6 0.8 1 1.2] 1", 7: "[0 2 4 6 8] 0", 24007: "[0 5000 10000 15000 20000 25000] 0"} {
		all, decimals := ticks(most, "short")
		if got := fmt.Sprintf("%.5g %d", all, decimals); got != want {
			t.Errorf("up to %v: %s, want %s", most, got, want)
		}
	}
}

func TestValuesAreShownWithTheirUnit(t *testing.T) {
	for _, test := range []struct {
		v        float64
		unit     string
		decimals int
		want     string
	}{
		{.0194, "s", 1, "19 ms"}, {62, "s", 0, "62 s"}, {24007, "locale", 0, "24,007"}, {1234567.25, "short", 2, "1,234,567.25"},
		{100 << 20, "bytes", 0, "100 MiB"}, {12.34, "reqps", 1, "12.3 req/s"}, {-1234, "short", 0, "-1,234"},
	} {
		if got := show(test.v, test.unit, test.decimals); got != test.want {
			t.Errorf("%v %s: %q, want %q", test.v, test.unit, got, test.want)
		}
	}
}

func TestAnswersSurviveBeingKept(t *testing.T) {
	text, err := value(math.NaN()).MarshalJSON()
	if err != nil || string(text) != "null" {
		t.Fatalf("%s, %v", text, err)
	}
	var v value
	if err := v.UnmarshalJSON(text); err != nil || !math.IsNaN(float64(v)) {
		t.Errorf("%v, %v", v, err)
	}
}
