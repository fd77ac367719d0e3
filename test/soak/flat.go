package main

import (
	"math"
	"slices"
)

// point is a figure at a time, in seconds.
type point struct{ At, Figure float64 }

const (
	flatParts = 5    // of a run: each has two reloads, one of them with another source
	flatMost  = 0.10 // growth over the whole run
)

// growth is by which share of its mean a series grows over a run: the line through the levels of the run's parts. Parts are whole periods of what
// happens again and again, so that memory which a list takes and gives back does not count. The first one, in which
// caches and pools fill, is left out. What stands for a part is for level to say.
func growth(series []point, length float64, level func([]float64) float64) float64 {
	var at, levels []float64
	for part := 1; part < flatParts; part++ {
		from, to := length*float64(part)/flatParts, length*float64(part+1)/flatParts
		var figures []float64
		for _, p := range series {
			if p.At >= from && p.At < to {
				figures = append(figures, p.Figure)
			}
		}
		if len(figures) == 0 {
			return math.NaN()
		}
		at, levels = append(at, (from+to)/2), append(levels, level(figures))
	}
	return slope(at, levels) * length / mean(levels)
}

// lowest is a figure that a tenth of all do not reach: that of goroutines is how many there are beside those which answer.
func lowest(figures []float64) float64 {
	sorted := slices.Sorted(slices.Values(figures))
	return sorted[len(sorted)/10]
}

// isFlat reports whether a growth is none to speak of. That of too few figures is not known to be.
func isFlat(growth float64) bool { return growth <= flatMost }

// slope is that of the line with the least squares.
func slope(x, y []float64) float64 {
	meanX, meanY := mean(x), mean(y)
	over, under := 0.0, 0.0
	for i := range x {
		over += (x[i] - meanX) * (y[i] - meanY)
		under += (x[i] - meanX) * (x[i] - meanX)
	}
	return over / under
}

func mean(all []float64) float64 {
	sum := 0.0
	for _, figure := range all {
		sum += figure
	}
	return sum / float64(len(all))
}
