package main

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// show is a value with its unit, as Grafana writes it.
func show(v float64, unit string, decimals int) string {
	switch unit {
	case "s":
		switch {
		case v == 0:
			return "0 s"
		case v < .001:
			return number(v*1e6, 0) + " µs"
		case v < 1:
			return number(v*1000, 0) + " ms"
		case v < 120:
			return number(v, decimals) + " s"
		}
		return number(v/60, 1) + " min"
	case "bytes":
		switch {
		case v >= 1<<20:
			return number(v/(1<<20), 0) + " MiB"
		case v >= 1<<10:
			return number(v/(1<<10), 0) + " KiB"
		}
		return number(v, 0) + " B"
	case "reqps":
		return number(v, decimals) + " req/s"
	case "ops":
		return number(v, decimals) + " ops/s"
	}
	return number(v, decimals)
}

// number has commas between thousands.
func number(v float64, decimals int) string {
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction == "" {
		return whole
	}
	return whole + "." + fraction
}

// ago is how long before a moment another was, in Grafana's words.
func ago(then, now time.Time) string {
	switch d := now.Sub(then); {
	case d < 45*time.Second:
		return "a few seconds ago"
	case d < 90*time.Second:
		return "a minute ago"
	default:
		return strconv.Itoa(int(math.Round(d.Minutes()))) + " minutes ago"
	}
}

// ticks are some round numbers up to a bit more than the largest value, and how many decimals they need.
func ticks(most float64, unit string) (all []float64, decimals int) {
	if most <= 0 {
		most = 1
	}
	scale := 1.0
	if unit == "bytes" && most >= 1<<20 {
		scale = 1 << 20
	}
	step := math.Pow(10, math.Floor(math.Log10(most/scale)))
	for _, part := range []float64{.1, .2, .25, .5, 1, 2, 5} {
		if most/scale/(step*part) <= 5.2 {
			step *= part
			break
		}
	}
	for v := 0.0; ; v += step {
		all = append(all, v*scale)
		if v*scale > most*1.02 {
			break
		}
	}
	for d, s := 0, step; d < 6; d, s = d+1, s*10 {
		if math.Abs(s-math.Round(s)) < 1e-6 {
			return all, d
		}
	}
	return all, 6
}
