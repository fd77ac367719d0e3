package main

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/mysqldns/mysqldns/test/lab"
)

// run10 is a series of ten minutes, one figure a second.
func run10(figure func(second float64) float64) (series []point) {
	for second := range 600 {
		series = append(series, point{float64(second), figure(float64(second))})
	}
	return series
}

func TestFlat(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // the same in every run
	sinceReload := func(second float64) float64 { return math.Mod(second, 120) }
	for _, test := range []struct {
		fact   string
		figure func(second float64) float64
		flat   bool
	}{
		{"constant", func(float64) float64 { return 100 }, true},
		{"noise of a tenth", func(float64) float64 { return 100 + 20*random.Float64() }, true},
		{"twice as much while two copies are there", func(s float64) float64 {
			if sinceReload(s) < 50 {
				return 200
			}
			return 100
		}, true},
		{"memory that is given back slowly", func(s float64) float64 { return 200 - sinceReload(s)/2 }, true},
		{"filling up in the first two minutes", func(s float64) float64 { return min(100, 30+0.65*s) }, true},
		{"falling", func(s float64) float64 { return 200 - s/6 }, true},
		{"a few peaks at the end", func(s float64) float64 {
			if s > 500 && math.Mod(s, 10) == 0 {
				return 500
			}
			return 100
		}, true},
		{"a fifth more in ten minutes", func(s float64) float64 { return 100 + s/30 }, false},
		{"a copy of 12 MB kept at each reload", func(s float64) float64 { return 90 + 12*math.Floor(s/120) }, false},
		{"one goroutine kept at each reload, of 30 that come and go", func(s float64) float64 {
			return math.Floor(20+20*random.Float64()) + math.Floor(s/60)
		}, false},
		{"a leak below the teeth of a saw", func(s float64) float64 { return 100 + sinceReload(s)/2 + s/20 }, false},
	} {
		g := growth(run10(test.figure), 600, lab.Median)
		if isFlat(g) != test.flat {
			t.Errorf("%s: grows by %.1f %%, flat: %t", test.fact, 100*g, isFlat(g))
		}
	}
}

func TestTooFewFiguresAreNotFlat(t *testing.T) {
	if isFlat(growth(run10(func(float64) float64 { return 1 })[:300], 600, lab.Median)) {
		t.Error("the second half is missing and it passes")
	}
}

// Goroutines that answer come and go by chance; one that stays each second does not.
func TestLowestOfManyThatComeAndGo(t *testing.T) {
	busy := func(second float64) float64 { return 17 + float64(int(second*second)%41) }
	if g := growth(run10(busy), 600, lowest); !isFlat(g) {
		t.Errorf("flat goroutines grow by %.2f", g)
	}
	if g := growth(run10(func(second float64) float64 { return busy(second) + second/100 }), 600, lowest); isFlat(g) {
		t.Errorf("a leak grows by %.2f", g)
	}
}
