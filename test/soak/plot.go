package main

import (
	"image/color"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/mysqldns/mysqldns/test/lab"
)

const panelHeight = 4.2 * vg.Centimeter

// plot draws a run: panels above one another with one axis of time.
func (r *results) plot(path string) error {
	panels := []*plot.Plot{
		r.panel("answers/s", curve{"", lab.Blue, r.perSecond(func(s second) float64 { return float64(s.Answered) })}),
		r.panel("latency, ms",
			curve{"p99", lab.Blue, r.perSecond(func(s second) float64 { return s.P99 })},
			curve{"p50", lab.Orange, r.perSecond(func(s second) float64 { return s.P50 })}),
		r.delayPanel(),
		r.panel("memory, MB",
			curve{"resident", lab.Blue, r.perSample(func(s sample) float64 { return s.Resident / 1e6 })},
			curve{"heap, live", lab.Orange, r.perSample(func(s sample) float64 { return s.Live / 1e6 })}),
		r.panel("goroutines", curve{"", lab.Blue, r.perSample(func(s sample) float64 { return s.Goroutines })}),
	}
	r.addMarks(panels)
	panels[0].Title.Text = "Answers while rows change, with lists and reloads"
	panels[0].Title.Padding = vg.Points(6)
	for _, p := range panels[:len(panels)-1] {
		p.X.Tick.Marker = withoutLabels{p.X.Tick.Marker} // the last panel has them for all
	}
	panels[len(panels)-1].X.Label.Text = "minutes"
	return savePanels(path, panels)
}

// savePanels draws plots below one another, with their axes of time in one place.
func savePanels(path string, panels []*plot.Plot) error {
	canvas := vgsvg.New(lab.PlotWidth, panelHeight*vg.Length(len(panels)))
	all := draw.New(canvas)
	all.FillPolygon(color.White, []vg.Point{all.Min, {X: all.Max.X, Y: all.Min.Y}, all.Max, {X: all.Min.X, Y: all.Max.Y}})
	var rows [][]*plot.Plot
	for _, p := range panels {
		rows = append(rows, []*plot.Plot{p})
	}
	tiles := draw.Tiles{Rows: len(panels), Cols: 1, PadY: vg.Points(4), PadTop: vg.Points(6), PadBottom: vg.Points(4), PadRight: vg.Points(8)}
	for i, canvases := range plot.Align(rows, tiles, all) {
		panels[i].Draw(canvases[0])
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := canvas.WriteTo(f); err != nil {
		return err
	}
	return f.Close()
}

// curve is a series in a panel; its times are minutes.
type curve struct {
	name   string
	color  color.Color
	points plotter.XYs
}

func (r *results) perSecond(figure func(second) float64) (points plotter.XYs) {
	for i, s := range r.Seconds {
		if i > 0 { // the first is not a whole one
			points = append(points, plotter.XY{X: s.At / 60, Y: figure(s)})
		}
	}
	return points
}

func (r *results) perSample(figure func(sample) float64) (points plotter.XYs) {
	for _, s := range r.Samples {
		if s.At <= r.Length+1 {
			points = append(points, plotter.XY{X: s.At / 60, Y: figure(s)})
		}
	}
	return points
}

// panel is a plot of curves over the time of the run.
func (r *results) panel(y string, curves ...curve) *plot.Plot {
	p := lab.NewPlot("", y)
	p.Title.Padding = 0
	p.X.Tick.Marker = lab.Ticks{}
	if r.Length < 240 {
		p.X.Tick.Marker = plot.DefaultTicks{}
	}
	p.Legend.Top, p.Legend.YOffs = true, vg.Points(4)
	for _, style := range []*text.Style{&p.Legend.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.X.Label.TextStyle, &p.Y.Label.TextStyle} {
		style.Font.Size = vg.Points(9)
	}
	most := 0.0
	for _, c := range curves {
		line := &plotter.Line{XYs: c.points, LineStyle: draw.LineStyle{Color: c.color, Width: vg.Points(1)}}
		p.Add(line)
		if c.name != "" {
			p.Legend.Add(c.name, line)
		}
		for _, point := range c.points {
			most = max(most, point.Y)
		}
	}
	return withRoom(p, most, r.Length)
}

// markedPart is how far up the marks of a panel go; its legend is above them.
const markedPart = 0.77

// withRoom gives a panel room for its legend above what it shows.
func withRoom(p *plot.Plot, most, length float64) *plot.Plot {
	most = max(most, 1)
	p.X.Min, p.X.Max = 0, length/60
	p.Y.Min, p.Y.Max = 0, most/markedPart
	p.Y.Tick.Marker = fewTicks{most}
	return p
}

// withoutLabels are ticks that say nothing.
type withoutLabels struct{ plot.Ticker }

// Ticks implements plot.Ticker.
func (w withoutLabels) Ticks(least, most float64) []plot.Tick {
	all := w.Ticker.Ticks(least, most)
	for i := range all {
		all[i].Label = ""
	}
	return all
}

// fewTicks are those of a small panel, up to the most that it shows.
type fewTicks struct{ most float64 }

// Ticks implements plot.Ticker.
func (f fewTicks) Ticks(least, _ float64) []plot.Tick {
	all := lab.Ticks{}.Ticks(least, f.most)
	every := (len(all) + 4) / 5
	var few []plot.Tick
	for i, tick := range all {
		if i%every == 0 {
			few = append(few, tick)
		}
	}
	return few
}

// delayPanel has a dot for each change that was waited for.
func (r *results) delayPanel() *plot.Plot {
	var points plotter.XYs
	most := 0.0
	for _, d := range r.Delays {
		points = append(points, plotter.XY{X: d.At / 60, Y: d.Milliseconds})
		most = max(most, d.Milliseconds)
	}
	p := r.panel("commit → answer, ms")
	dots := &plotter.Scatter{XYs: points, GlyphStyle: draw.GlyphStyle{Color: lab.Blue, Radius: vg.Points(0.8), Shape: draw.CircleGlyph{}}}
	p.Add(dots)
	return withRoom(p, most, r.Length)
}

// addMarks shows in every panel when the table was listed and the Corefile loaded.
func (r *results) addMarks(panels []*plot.Plot) {
	lists := &marks{style: draw.LineStyle{Color: lab.Grey, Width: vg.Points(0.6), Dashes: []vg.Length{vg.Points(2), vg.Points(2)}}}
	for i, s := range r.Samples[1:] {
		if s.Lists > r.Samples[i].Lists && s.At <= r.Length {
			lists.at = append(lists.at, s.At/60)
		}
	}
	same := &marks{style: draw.LineStyle{Color: lab.Orange, Width: vg.Points(0.8)}}
	other := &marks{style: draw.LineStyle{Color: lab.Pink, Width: vg.Points(0.8)}}
	for _, reload := range r.Reloads {
		of := same
		if reload.Source {
			of = other
		}
		of.at = append(of.at, reload.From/60)
	}
	for _, p := range panels {
		p.Add(lists, same, other)
	}
	panels[0].Legend.Left, panels[2].Legend.Left = true, true
	panels[0].Legend.Add("reload", same)
	panels[0].Legend.Add("reload, other source", other)
	panels[2].Legend.Add("list", lists) // it holds changes up
}

// marks are upright lines at times, in minutes.
type marks struct {
	at    []float64
	style draw.LineStyle
}

// Plot implements plot.Plotter.
func (m *marks) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	for _, at := range m.at {
		c.StrokeLine2(m.style, x(at), c.Min.Y, x(at), c.Min.Y+markedPart*(c.Max.Y-c.Min.Y))
	}
}

// Thumbnail implements plot.Thumbnailer.
func (m *marks) Thumbnail(c *draw.Canvas) {
	y := c.Center().Y
	c.StrokeLine2(m.style, c.Min.X, y, c.Max.X, y)
}
