package main

import (
	"fmt"
	"image/color"
	"regexp"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"github.com/mysqldns/mysqldns/deploy/monitoring"
)

// Colours of Grafana's light theme.
var (
	page  = color.RGBA{0xf4, 0xf5, 0xf5, 0xff}
	card  = color.RGBA{0xff, 0xff, 0xff, 0xff}
	edge  = color.RGBA{0xdd, 0xde, 0xe0, 0xff}
	grid  = color.RGBA{0xe9, 0xea, 0xec, 0xff}
	ink   = color.RGBA{0x24, 0x29, 0x2e, 0xff}
	faint = color.RGBA{0x6e, 0x75, 0x7c, 0xff}
)

var named = map[string]color.RGBA{
	"green": {0x56, 0xa6, 0x4b, 0xff}, "yellow": {0xe0, 0xb4, 0x00, 0xff}, "blue": {0x32, 0x74, 0xd9, 0xff}, "orange": {0xff, 0x78, 0x0a, 0xff},
	"red": {0xe0, 0x2f, 0x44, 0xff}, "purple": {0xa3, 0x52, 0xcc, 0xff}, "super-light-blue": {0x8a, 0xb8, 0xff, 0xff},
	"super-light-purple": {0xca, 0x95, 0xe5, 0xff}, "text": ink,
}

// palette is for series without a colour of their own.
var palette = []string{"green", "yellow", "blue", "orange", "red", "purple"}

// Sizes, as Grafana has them: a dashboard has 24 columns.
const (
	column  = 44
	row     = 27
	gap     = 7
	columns = 24
	heading = 46 // of the whole
)

var (
	titleLetters  = lettering{size: 11, bold: true, shade: ink}
	rowLetters    = lettering{size: 12, bold: true, shade: ink}
	axisLetters   = lettering{size: 9, shade: faint}
	legendLetters = lettering{size: 9.5, shade: ink}
)

// draw writes a picture of the dashboard with what Prometheus answered.
func draw(dashboard *monitoring.Dashboard, answers answers, path string) error {
	rows := 0
	for _, panel := range dashboard.Panels {
		rows = max(rows, panel.GridPos.Y+panel.GridPos.H)
	}
	c := newCanvas(columns*column+gap, vg.Length(rows*row)+heading+gap)
	c.fill(box{0, 0, c.width, c.height}, page)
	c.write(lettering{size: 17, bold: true, shade: ink}, toTheRight, 2*gap, heading/2+2, dashboard.Title)
	c.write(lettering{size: 10, shade: faint}, toTheLeft, c.width-2*gap, heading/2+2,
		fmt.Sprintf("%d minutes of two servers, with the database down in the middle", int(answers.To.Sub(answers.From).Minutes())))
	for _, panel := range dashboard.Panels {
		where := box{vg.Length(panel.GridPos.X*column) + gap, vg.Length(panel.GridPos.Y*row) + heading, vg.Length(panel.GridPos.W*column) - gap, vg.Length(panel.GridPos.H*row) - gap}
		if panel.Type == "row" {
			c.write(rowLetters, toTheRight, where.x+2, where.y+where.h/2+2, panel.Title)
			continue
		}
		c.fill(where, card)
		c.border(where, edge)
		c.write(titleLetters, toTheRight, where.x+9, where.y+14, panel.Title)
		inner := where.inset(10, 28, 12, 8)
		lines := linesOf(panel, answers)
		switch panel.Type {
		case "stat":
			drawStat(c, where, panel, lines, answers)
		case "state-timeline":
			drawTimeline(c, inner, panel, lines, answers)
		case "timeseries":
			drawSeries(c, inner, panel, lines, answers)
		default:
			return fmt.Errorf("panels of type %s cannot be drawn", panel.Type)
		}
	}
	return c.save(path)
}

// line is a series with its legend and colour.
type line struct {
	legend string
	shade  color.RGBA
	values []value
}

var label = regexp.MustCompile(`\{\{(\w+)\}\}`)

// linesOf are those that a panel shows, in the order of its queries.
func linesOf(panel monitoring.Panel, answers answers) []line {
	var lines []line
	for _, target := range panel.Targets {
		var some []line
		for _, s := range answers.Series[fmt.Sprint(panel.ID, target.RefID)] {
			legend := label.ReplaceAllStringFunc(target.LegendFormat, func(name string) string { return s.Labels[strings.Trim(name, "{}")] })
			some = append(some, line{legend: legend, values: s.Values})
		}
		slices.SortFunc(some, func(a, b line) int { return strings.Compare(a.legend, b.legend) })
		lines = append(lines, some...)
	}
	for i := range lines {
		lines[i].shade = named[palette[i%len(palette)]]
		for _, override := range panel.FieldConfig.Overrides {
			if override.Matcher.Options == lines[i].legend {
				lines[i].shade = named[override.Properties[0].Value.FixedColor]
			}
		}
	}
	return lines
}

func pale(shade color.RGBA, opacity int) color.Color {
	return color.NRGBA{shade.R, shade.G, shade.B, uint8(255 * opacity / 100)}
}
