package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMetricsAreSummedByLabel(t *testing.T) {
	m, err := parseMetrics(strings.NewReader(`# HELP x what it is
x{server="a",result="published"} 3
x{server="b",result="published"} 4
x{server="b",result="failed"} 5
xy{result="published"} 7
plain 1.5e+06
`))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.sum("x", `result="published"`); got != 7 {
		t.Errorf("%v, expected 7", got)
	}
	if m["plain"] != 1.5e6 {
		t.Error(m["plain"])
	}
	for _, bad := range []string{"x", "x y", "1"} {
		if m, err := parseMetrics(strings.NewReader(bad)); err == nil {
			t.Errorf("%q: %v", bad, m)
		}
	}
}

func TestHistogram(t *testing.T) {
	var h, more histogram
	for ms := 1; ms <= 100; ms++ {
		h.add(time.Duration(ms) * time.Millisecond)
	}
	for percent, want := range map[float64]float64{50: 50, 99: 99, 100: 100} {
		if got := h.percentile(percent); got < want-1e-9 || got > want*1.025 {
			t.Errorf("%v%%: %v ms, expected %v", percent, got, want)
		}
	}
	more.add(time.Hour)
	more.add(0)
	h.merge(&more)
	if h.total != 102 || h.most != time.Hour {
		t.Errorf("%d, at most %s", h.total, h.most)
	}
	if got := new(histogram).percentile(99); got != 0 {
		t.Error(got)
	}
}

// calm is a run as it should be.
func calm() *results {
	r := &results{Length: 600, Rate: 1000, Changes: 500, WroteFor: 600, Kinds: map[string]int{inserted: 300_000}}
	r.Total.Answered = 600_000
	for second := range 600 {
		r.Samples = append(r.Samples, sample{At: float64(second), Resident: 9e7, Live: 2e7, Goroutines: 30})
	}
	return r
}

func TestFailuresSayWhatIsNotAsItShouldBe(t *testing.T) {
	if why := calm().failures(); len(why) > 0 {
		t.Errorf("a calm run fails: %q", why)
	}
	for want, change := range map[string]func(r *results){
		"1 wrong answers":         func(r *results) { r.Total.Wrong = 1 },
		"1 answers older":         func(r *results) { r.Total.Backwards = 1 },
		"1 of 9 questions":        func(r *results) { r.Lost, r.Compared = 1, 9 },
		"2 names different":       func(r *results) { r.Drift = 2 },
		"0.20 % of the questions": func(r *results) { r.Total.Unanswered = 1200 },
		"400 changes/s":           func(r *results) { r.Kinds[inserted] = 240_000 },
		"900 questions/s":         func(r *results) { r.Total.Answered = 540_000 },
		"resident memory grew by": func(r *results) { leak(r, func(s *sample, share float64) { s.Resident *= share }) },
		"live heap grew by":       func(r *results) { leak(r, func(s *sample, share float64) { s.Live *= share }) },
		"goroutines grew by":      func(r *results) { leak(r, func(s *sample, share float64) { s.Goroutines *= share }) },
	} {
		r := calm()
		change(r)
		if why := r.failures(); len(why) != 1 || !strings.Contains(strings.ReplaceAll(why[0], "found ", ""), want) {
			t.Errorf("%q, expected %q", why, want)
		}
	}
}

func leak(r *results, grow func(s *sample, share float64)) {
	for i := range r.Samples {
		grow(&r.Samples[i], 1+r.Samples[i].At/2000)
	}
}

func TestStatementsFitTheRows(t *testing.T) {
	var guests []*guest
	for i := range 3 {
		guests = append(guests, &guest{number: i, states: []state{{row: guestRow{here, guestTypes[i], 60, 0}, done: 1}}})
	}
	w := &writers{kinds: map[string]int{}}
	guests[2].states = []state{{}}
	if got := alike(guests); len(got) != 2 {
		t.Errorf("%d guests have a row, expected 2", len(got))
	}
	for _, e := range []edit{remove(guests[:2]), w.retime(guests[:2]), w.insert(guests[2:], 0), rename(guests[0], guests[0].states[0].row)} {
		if len(e.rows) != len(e.guests) || strings.Count(e.sql, "?") != len(e.args) {
			t.Errorf("%s: %d rows for %d guests, %v", e.sql, len(e.rows), len(e.guests), e.args)
		}
	}
	if e := rename(guests[0], guests[0].states[0].row); !slices.Equal(e.args, []any{"away00000000.example.org", "here00000000.example.org"}) {
		t.Error(e.args)
	}
}

func TestTheTableAndThePlotAreOfTheRun(t *testing.T) {
	r, dir := calm(), t.TempDir()
	r.Seconds = []second{{At: 1}, {At: 2, P99: 1}}
	r.Delays = []delay{{1, 50}, {2, 60}}
	r.Reloads = []reload{{1, 2, false}, {3, 4, true}}
	if err := r.write(dir); err != nil {
		t.Fatal(err)
	}
	if err := redrawn(dir); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| Changed rows | 300,000, 500/s | 500/s |", "| Reloads, and those with another source | 2, 1 |", "| Growth of goroutines, and median, in the run | +0.0 %, 30  | ≤ +10 % |"} {
		if got := r.table(); !strings.Contains(got, want) {
			t.Errorf("no line %q in\n%s", want, got)
		}
	}
	if drawn, err := os.ReadFile(filepath.Join(dir, "churn.svg")); err != nil || !strings.Contains(string(drawn), "reload, other source") {
		t.Error(err)
	}
	r.Total.Wrong, r.Bad = 1, []string{"this one"}
	if err := r.write(dir); err == nil || !strings.Contains(err.Error(), "this one") {
		t.Errorf("%v, expected the wrong answer", err)
	}
}

func TestDropsAreOfTheServerAndOfItsClients(t *testing.T) {
	const text = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  101: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 71 2 0000000000000000 5
  102: 0100007F:9C40 0100007F:0035 01 00000000:00000000 00:00000000 00000000     0        0 72 2 0000000000000000 3
  103: 0100007F:9C41 0100007F:0035 01 00000000:00000000 00:00000000 00000000     0        0 73 2 0000000000000000 4
  104: 0100007F:9C42 0100007F:0036 01 00000000:00000000 00:00000000 00000000     0        0 74 2 0000000000000000 9
`
	if got := parseDrops(text, 53); got != (drops{client: 7, server: 5}) {
		t.Errorf("%+v", got)
	}
}
