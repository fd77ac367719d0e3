package main

import (
	"math"

	"gonum.org/v1/plot/vg"

	"github.com/mysqldns/mysqldns/deploy/monitoring"
)

// drawTimeline draws a bar for each line, in the colours of its values one after the other.
func drawTimeline(c *canvas, where box, panel monitoring.Panel, lines []line, answers answers) {
	const axis = 16
	left := vg.Length(0)
	for _, l := range lines {
		left = max(left, axisLetters.width(l.legend)+8)
	}
	area := where.inset(left, 0, 0, axis)
	drawTime(c, area, answers)
	if len(lines) == 0 {
		return
	}
	height := area.h / vg.Length(len(lines))
	for i, l := range lines {
		bar := box{area.x, area.y + vg.Length(i)*height + height*.12, area.w, height * .76}
		c.write(axisLetters, toTheLeft, area.x-6, bar.y+bar.h/2, l.legend)
		drawStates(c, bar, panel.FieldConfig.Defaults, l)
	}
}

func drawStates(c *canvas, bar box, field monitoring.Field, l line) {
	width := bar.w / vg.Length(len(l.values))
	for from := 0; from < len(l.values); {
		to := from + 1
		for to < len(l.values) && l.values[to] == l.values[from] {
			to++
		}
		v := float64(l.values[from])
		if !math.IsNaN(v) {
			part := box{bar.x + vg.Length(from)*width, bar.y, vg.Length(to-from) * width, bar.h}
			c.fill(part, pale(shadeOf(v, field), 80))
			if words := mapping(v, field); part.w > legendLetters.width(words)+8 {
				c.write(lettering{size: 9.5, bold: true, shade: card}, toTheRight, part.x+5, part.y+part.h/2, words)
			}
		}
		from = to
	}
}
