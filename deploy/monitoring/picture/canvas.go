package main

import (
	"bytes"
	"image/color"
	"os"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	plotdraw "gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// canvas draws with the origin at the top left, as dashboards count.
type canvas struct {
	plotdraw.Canvas
	svg           *vgsvg.Canvas
	width, height vg.Length
}

func newCanvas(width, height vg.Length) *canvas {
	svg := vgsvg.New(width, height)
	return &canvas{Canvas: plotdraw.New(svg), svg: svg, width: width, height: height}
}

func (c *canvas) save(path string) error {
	var text bytes.Buffer
	if _, err := c.svg.WriteTo(&text); err != nil {
		return err
	}
	// Not everybody has Liberation Sans. The letters of Arial are as wide.
	svg := bytes.ReplaceAll(text.Bytes(), []byte("font-family:Liberation Sans"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif"))
	return os.WriteFile(path, svg, 0o644)
}

// box is a rectangle, from its top left corner.
type box struct{ x, y, w, h vg.Length }

// inset is the box within a margin.
func (b box) inset(left, top, right, bottom vg.Length) box {
	return box{b.x + left, b.y + top, b.w - left - right, b.h - top - bottom}
}

func (c *canvas) at(x, y vg.Length) vg.Point { return vg.Point{X: x, Y: c.height - y} }

func (c *canvas) fill(b box, shade color.Color) {
	c.FillPolygon(shade, []vg.Point{c.at(b.x, b.y), c.at(b.x+b.w, b.y), c.at(b.x+b.w, b.y+b.h), c.at(b.x, b.y+b.h)})
}

func (c *canvas) border(b box, shade color.Color) {
	c.StrokeLines(plotdraw.LineStyle{Color: shade, Width: .75}, []vg.Point{
		c.at(b.x, b.y), c.at(b.x+b.w, b.y), c.at(b.x+b.w, b.y+b.h), c.at(b.x, b.y+b.h), c.at(b.x, b.y),
	})
}

func (c *canvas) line(style plotdraw.LineStyle, points ...vg.Point) { c.StrokeLines(style, points) }

var fonts = font.NewCache(liberation.Collection())

// Where text stands, of the point that it is given.
const (
	toTheRight = text.XLeft
	centred    = text.XCenter
	toTheLeft  = text.XRight
)

// lettering is a size and colour of text.
type lettering struct {
	size  vg.Length
	bold  bool
	shade color.Color
}

func (l lettering) style(align text.XAlignment) plotdraw.TextStyle {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: l.size}
	if l.bold {
		f.Weight = 2 // golang.org/x/image/font.WeightBold
	}
	return plotdraw.TextStyle{Color: l.shade, Font: f, XAlign: align, YAlign: text.YCenter, Handler: text.Plain{Fonts: fonts}}
}

// write puts text at a point, which is at half of its height.
func (c *canvas) write(l lettering, align text.XAlignment, x, y vg.Length, words string) {
	c.FillText(l.style(align), c.at(x, y), words)
}

// width is how wide text is.
func (l lettering) width(words string) vg.Length { return l.style(toTheRight).Width(words) }
