package lab

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// Colours that can be told apart by most people who do not see all (Okabe and Ito).
var (
	Grey   = color.RGBA{0x99, 0x99, 0x99, 0xff}
	Orange = color.RGBA{0xe6, 0x9f, 0x00, 0xff}
	Blue   = color.RGBA{0x00, 0x72, 0xb2, 0xff}
	Pink   = color.RGBA{0xcc, 0x79, 0xa7, 0xff}
)

// PlotWidth is that of all plots.
const PlotWidth = 18 * vg.Centimeter

// NewPlot is an empty plot on white, which stands out from a dark page too.
func NewPlot(title, y string) *plot.Plot {
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	plotter.DefaultFont = plot.DefaultFont
	plot.DefaultTextHandler = text.Plain{Fonts: font.DefaultCache}
	p := plot.New()
	p.Title.Text, p.Y.Label.Text = title, y
	p.Title.Padding = vg.Points(8)
	p.Y.Min = 0
	p.Y.Tick.Marker = Ticks{}
	p.Legend.Top = true
	p.Legend.Padding, p.Legend.XOffs = vg.Points(2), -vg.Points(4)
	grid := plotter.NewGrid()
	grid.Vertical.Width = 0
	p.Add(grid)
	return p
}

// Ticks have commas in their numbers.
type Ticks struct{}

// Ticks implements plot.Ticker: four to ten of them, at round numbers.
func (Ticks) Ticks(_, most float64) []plot.Tick {
	step := math.Pow(10, math.Floor(math.Log10(most)))
	for _, part := range []float64{1, 2, 2.5} {
		if most/step >= 4 {
			break
		}
		step /= part
	}
	var all []plot.Tick
	for at := 0.0; at <= most; at += step {
		all = append(all, plot.Tick{Value: at, Label: Count(at)})
	}
	return all
}
