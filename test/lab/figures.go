package lab

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// Median is the figure in the middle.
func Median(all []float64) float64 { return Percentile(all, 50) }

// Percentile is the least figure that so many percent of all are not above.
func Percentile(all []float64, percent int) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[max((len(sorted)*percent+99)/100, 1)-1]
}

// Ratios divides round by round.
func Ratios(over, under []float64) []float64 {
	var all []float64
	for i := range min(len(over), len(under)) {
		all = append(all, over[i]/under[i])
	}
	return all
}

// Pick is a figure of each.
func Pick[T any](all []T, figure func(T) float64) []float64 {
	var figures []float64
	for _, one := range all {
		figures = append(figures, figure(one))
	}
	return figures
}

// Triple is the median, the 99th percentile and the greatest of milliseconds.
func Triple(all []float64) string {
	return fmt.Sprintf("%.0f / %.0f / %.0f ms", Percentile(all, 50), Percentile(all, 99), Percentile(all, 100))
}

// Milliseconds is a duration in them.
func Milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// Clock is minutes and seconds.
func Clock(d time.Duration) string {
	seconds := int(d.Round(time.Second).Seconds())
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}

// Count is a number with commas.
func Count[T int | int64 | float64](n T) string {
	digits := strconv.FormatInt(int64(n), 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
