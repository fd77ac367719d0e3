package main

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/plot/vg"
	plotdraw "gonum.org/v1/plot/vg/draw"

	"github.com/mysqldns/mysqldns/deploy/monitoring"
)

// drawSeries draws lines over time, with axes and a legend.
func drawSeries(c *canvas, where box, panel monitoring.Panel, lines []line, answers answers) {
	const axis, legend = 16, 18
	field := panel.FieldConfig.Defaults
	shown := lines
	if field.Custom.Stacking.Mode == "normal" {
		shown = stack(lines)
	}
	marks, decimals := ticks(largest(shown), field.Unit)
	if field.Decimals != nil && *field.Decimals < decimals {
		marks, decimals = wholeTicks(marks), *field.Decimals
	}
	left := vg.Length(0)
	for _, mark := range marks {
		left = max(left, axisLetters.width(show(mark, field.Unit, decimals))+7)
	}
	area := where.inset(left, 2, 0, axis+legend)
	g := graph{c: c, area: area, top: marks[len(marks)-1], field: field}
	for _, mark := range marks {
		y := g.y(mark)
		c.line(plotdraw.LineStyle{Color: grid, Width: .75}, c.at(area.x, y), c.at(area.x+area.w, y))
		c.write(axisLetters, toTheLeft, area.x-6, y, show(mark, field.Unit, decimals))
	}
	drawTime(c, area, answers)
	for i := len(shown) - 1; i >= 0; i-- { // those stacked below last, so that they cover what is above
		below := line{}
		if field.Custom.Stacking.Mode == "normal" && i > 0 {
			below = shown[i-1]
		}
		g.draw(shown[i], below)
	}
	drawLegend(c, box{where.x, where.y + where.h - legend, where.w, legend}, lines)
	if len(lines) == 0 {
		words := "No data"
		if field.NoValue != "" {
			words = field.NoValue
		}
		c.write(axisLetters, centred, area.x+area.w/2, area.y+area.h/2, words)
	}
}

// wholeTicks leaves out the ticks between whole numbers.
func wholeTicks(marks []float64) []float64 {
	var whole []float64
	for v := 0.0; v <= math.Ceil(marks[len(marks)-1]); v++ {
		whole = append(whole, v)
	}
	return whole
}

// drawTime draws the axis of time: minutes.
func drawTime(c *canvas, area box, answers answers) {
	whole := answers.To.Sub(answers.From)
	for at := time.Duration(0); at <= whole; at += time.Minute {
		x := area.x + area.w*vg.Length(at)/vg.Length(whole)
		c.line(plotdraw.LineStyle{Color: grid, Width: .75}, c.at(x, area.y), c.at(x, area.y+area.h))
		c.write(axisLetters, centred, x, area.y+area.h+9, fmt.Sprintf("%d:00", int(at.Minutes())))
	}
}

func drawLegend(c *canvas, where box, lines []line) {
	x := where.x
	for _, l := range lines {
		c.fill(box{x, where.y + where.h/2 + 1, 12, 3}, l.shade)
		c.write(legendLetters, toTheRight, x+16, where.y+where.h/2+2, l.legend)
		x += 16 + legendLetters.width(l.legend) + 9
	}
}

// stack adds to each line those before it.
func stack(lines []line) []line {
	var stacked []line
	for i, l := range lines {
		sum := line{legend: l.legend, shade: l.shade, values: make([]value, len(l.values))}
		for j, v := range l.values {
			if math.IsNaN(float64(v)) {
				v = 0
			}
			if i > 0 {
				v += stacked[i-1].values[j]
			}
			sum.values[j] = v
		}
		stacked = append(stacked, sum)
	}
	return stacked
}

func largest(lines []line) (most float64) {
	for _, l := range lines {
		for _, v := range l.values {
			if !math.IsNaN(float64(v)) {
				most = max(most, float64(v))
			}
		}
	}
	return most
}

// graph is where values go.
type graph struct {
	c     *canvas
	area  box
	top   float64
	field monitoring.Field
}

func (g graph) y(v float64) vg.Length { return g.area.y + g.area.h*vg.Length(1-v/g.top) }

func (g graph) x(i, n int) vg.Length { return g.area.x + g.area.w*vg.Length(i)/vg.Length(n-1) }

// draw draws a line and what is under it, down to the line below it.
func (g graph) draw(l, below line) {
	if g.field.Custom.DrawStyle == "bars" {
		g.bars(l, below)
		return
	}
	for from := 0; from < len(l.values); from++ {
		var upper, lower []vg.Point
		for ; from < len(l.values) && !math.IsNaN(float64(l.values[from])); from++ {
			x, floor := g.x(from, len(l.values)), 0.0
			if below.values != nil {
				floor = float64(below.values[from])
			}
			upper = append(upper, g.c.at(x, g.y(float64(l.values[from]))))
			lower = append(lower, g.c.at(x, g.y(floor)))
		}
		if len(upper) == 0 {
			continue
		}
		if opacity := g.field.Custom.FillOpacity; opacity > 0 {
			outline := append([]vg.Point{}, upper...)
			for i := len(lower) - 1; i >= 0; i-- {
				outline = append(outline, lower[i])
			}
			g.c.FillPolygon(pale(l.shade, opacity), outline)
		}
		g.c.StrokeLines(plotdraw.LineStyle{Color: l.shade, Width: 1.6}, upper)
		if g.field.Custom.ShowPoints == "always" {
			middle := upper[len(upper)/2]
			g.c.DrawGlyph(plotdraw.GlyphStyle{Color: l.shade, Radius: 2.5, Shape: plotdraw.CircleGlyph{}}, middle)
		}
	}
}

// bars draws a bar for each step that has a value.
func (g graph) bars(l, below line) {
	width := g.area.w / vg.Length(len(l.values))
	for i, v := range l.values {
		floor := 0.0
		if below.values != nil {
			floor = float64(below.values[i])
		}
		if float64(v) > floor {
			top, bottom := g.y(float64(v)), g.y(floor)
			g.c.fill(box{g.x(i, len(l.values)) - width/2, top, width, bottom - top}, pale(l.shade, g.field.Custom.FillOpacity))
		}
	}
}
