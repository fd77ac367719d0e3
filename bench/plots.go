package main

import (
	"fmt"
	"image/color"
	"math"
	"path/filepath"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/mysqldns/mysqldns/test/lab"
)

var colors = map[string]color.Color{whoami: lab.Grey, file: lab.Orange, mysqlDNS: lab.Blue, powerDNS: lab.Pink}

const plotHeight = 9 * vg.Centimeter

// plot writes the plots that BENCHMARKS.md shows.
func (r *results) plot(dir string) error {
	for name, draw := range map[string]func() (*plot.Plot, error){
		"hits":    func() (*plot.Plot, error) { return r.qpsPlot("Names that exist", (*qpsOf).hits) },
		"misses":  func() (*plot.Plot, error) { return r.qpsPlot("Names that do not exist", (*qpsOf).misses) },
		"serve":   r.servePlot,
		"latency": r.latencyPlot,
	} {
		p, err := draw()
		if err != nil {
			return err
		}
		if err := p.Save(lab.PlotWidth, plotHeight, filepath.Join(dir, name+".svg")); err != nil {
			return err
		}
	}
	return nil
}

// groups adds bars side by side, those of one name in one colour, and their figures above them. A figure of 0 is none.
func groups(p *plot.Plot, names []string, figures map[string][]float64, nominal []string) error {
	width := lab.PlotWidth * 0.75 / vg.Length(max(len(nominal), 3)*len(names)) // a quarter is for gaps and the axis
	most := 0.0
	for i, name := range names {
		offset := width * vg.Length(float64(i)-float64(len(names)-1)/2)
		bars, err := plotter.NewBarChart(plotter.Values(figures[name]), width)
		if err != nil {
			return err
		}
		bars.Color, bars.Offset, bars.LineStyle.Width = colors[name], offset, 0
		p.Add(bars)
		p.Legend.Add(name, bars)
		labels := plotter.XYLabels{}
		for x, figure := range figures[name] {
			most = max(most, figure)
			if figure > 0 {
				labels.XYs = append(labels.XYs, plotter.XY{X: float64(x), Y: figure})
				labels.Labels = append(labels.Labels, short(figure))
			}
		}
		above, err := plotter.NewLabels(labels)
		if err != nil {
			return err
		}
		above.Offset = vg.Point{X: offset, Y: vg.Points(2)}
		for j := range above.TextStyle {
			above.TextStyle[j].XAlign = text.XCenter
			above.TextStyle[j].Font.Size = vg.Points(8)
		}
		p.Add(above)
	}
	p.Y.Max = most * 1.6 // room for the legend
	p.Legend.YOffs = -vg.Points(2)
	p.NominalX(nominal...)
	p.X.Min, p.X.Max = -0.6, float64(len(nominal))-0.4
	return nil
}

// short is a figure with two or three digits.
func short(figure float64) string {
	switch {
	case figure >= 9950:
		return fmt.Sprintf("%.0fk", figure/1000)
	case figure >= 1000:
		return fmt.Sprintf("%.1fk", figure/1000)
	}
	return fmt.Sprintf("%.0f", figure)
}

func (r *results) qpsPlot(title string, of func(*qpsOf) []float64) (*plot.Plot, error) {
	p := lab.NewPlot(title, "queries/s over UDP")
	figures := map[string][]float64{}
	var nominal []string
	for _, q := range r.QPS {
		nominal = append(nominal, lab.Count(q.Names)+" names")
		for _, name := range servers {
			figure := 0.0
			if q.By[name] != nil {
				figure = lab.Median(of(q.By[name]))
			}
			figures[name] = append(figures[name], figure)
		}
	}
	return p, groups(p, servers, figures, nominal)
}

func (r *results) servePlot() (*plot.Plot, error) {
	p := lab.NewPlot("ServeDNS in process", "nanoseconds")
	figures := map[string][]float64{}
	var nominal []string
	names := []string{file, mysqlDNS}
	for _, s := range r.Serve {
		nominal = append(nominal, lab.Count(s.Names)+" names")
		for _, name := range names {
			figures[name] = append(figures[name], lab.Median(lab.Pick(s.By[name], hitTime)))
		}
	}
	return p, groups(p, names, figures, nominal)
}

// latencyPlot shows which share of the changes was in the answers after how long.
func (r *results) latencyPlot() (*plot.Plot, error) {
	p := lab.NewPlot("From commit to answer", "percent of changes")
	p.X.Label.Text = "milliseconds"
	p.Legend.Top = false
	for _, l := range r.Latency {
		if err := addShares(p, "nobody asks", l.Idle, colors[file]); err != nil {
			return nil, err
		}
		if err := addShares(p, lab.Count(l.Load)+" queries/s", l.Loaded, colors[mysqlDNS]); err != nil {
			return nil, err
		}
	}
	p.X.Min, p.Y.Max = 0, 100
	p.X.Max = math.Ceil(p.X.Max/10) * 10
	return p, nil
}

func addShares(p *plot.Plot, name string, all []float64, c color.Color) error {
	points := plotter.XYs{}
	for i, ms := range slices.Sorted(slices.Values(all)) {
		points = append(points, plotter.XY{X: ms, Y: 100 * float64(i+1) / float64(len(all))})
	}
	line, err := plotter.NewLine(points)
	if err != nil {
		return err
	}
	line.StepStyle = plotter.PreStep
	line.LineStyle = draw.LineStyle{Color: c, Width: vg.Points(2)}
	p.Add(line)
	p.Legend.Add(name, line)
	return nil
}
