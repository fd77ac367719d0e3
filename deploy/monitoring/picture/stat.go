package main

import (
	"image/color"
	"math"
	"strconv"
	"time"

	"github.com/mysqldns/mysqldns/deploy/monitoring"
)

// drawStat writes the last value of the first line.
func drawStat(c *canvas, where box, panel monitoring.Panel, lines []line, answers answers) {
	field := panel.FieldConfig.Defaults
	words, shade := "No data", color.RGBA(faint)
	if field.NoValue != "" {
		words = field.NoValue
	}
	if len(lines) > 0 {
		if v := float64(lines[0].values[len(lines[0].values)-1]); !math.IsNaN(v) {
			words, shade = figure(v, field, answers), shadeOf(v, field)
		}
	}
	letters := lettering{size: 25, bold: true, shade: shade}
	for letters.width(words) > where.w-20 {
		letters.size--
	}
	c.write(letters, centred, where.x+where.w/2, where.y+where.h/2+8, words)
}

// figure is a value in words.
func figure(v float64, field monitoring.Field, answers answers) string {
	if mapped := mapping(v, field); mapped != "" {
		return mapped
	}
	if field.Unit == "dateTimeFromNow" {
		return ago(time.UnixMilli(int64(v)), answers.To)
	}
	decimals := 1
	if field.Decimals != nil {
		decimals = *field.Decimals
	}
	return show(v, field.Unit, decimals)
}

// mapping is what the field says in place of a value, or "".
func mapping(v float64, field monitoring.Field) string {
	for _, m := range field.Mappings {
		if option, ok := m.Options[strconv.FormatFloat(v, 'f', -1, 64)]; ok {
			return option.Text
		}
	}
	return ""
}

// shadeOf is the colour of the highest threshold that a value has reached.
func shadeOf(v float64, field monitoring.Field) (shade color.RGBA) {
	for _, step := range field.Thresholds.Steps {
		if step.Value == nil || v >= *step.Value {
			shade = named[step.Color]
		}
	}
	return shade
}
