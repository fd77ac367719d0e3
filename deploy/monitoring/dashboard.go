// Package monitoring reads the Grafana dashboard beside it: for its tests, and for the program that draws a picture of it.
package monitoring

import (
	_ "embed" // dashboard.json
	"encoding/json"
	"strings"
)

//go:embed dashboard.json
var dashboard []byte

// Dashboard is what we look at of a Grafana dashboard.
type Dashboard struct {
	UID, Title, Description string
	SchemaVersion           int
	Panels                  []Panel
	Templating              struct{ List []Variable }
}

// Variable is one that users choose the value of at the top of the dashboard.
type Variable struct {
	Name, Label, Description, Type, AllValue string
	Query                                    any // what type it has depends on the type of the variable
}

// Values is the query for the values that a variable can have, "" if it is not one of those.
func (v Variable) Values() string {
	query, _ := v.Query.(map[string]any)
	text, _ := query["query"].(string)
	return text
}

// Panel is one graph or figure. A panel of type row is the heading of those below it.
type Panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               struct{ Type, UID string }
	GridPos                  struct{ X, Y, W, H int }
	FieldConfig              struct {
		Defaults  Field
		Overrides []Override
	}
	Targets []Target
}

// Target is one query of a panel.
type Target struct {
	Datasource                struct{ Type, UID string }
	RefID, Expr, LegendFormat string
	Instant                   bool
}

// Field says how values are shown.
type Field struct {
	Unit, NoValue string
	Decimals      *int
	Min           *float64
	Mappings      []struct {
		Type    string
		Options map[string]struct{ Text, Color string }
	}
	Thresholds struct {
		Steps []struct {
			Color string
			Value *float64
		}
	}
	Custom struct {
		DrawStyle   string
		FillOpacity int
		ShowPoints  string
		Stacking    struct{ Mode string }
	}
}

// Override sets the properties of one series, by its legend.
type Override struct {
	Matcher    struct{ ID, Options string }
	Properties []struct {
		ID    string
		Value struct{ Mode, FixedColor string }
	}
}

// Load returns the dashboard.
func Load() (*Dashboard, error) {
	d := &Dashboard{}
	return d, json.Unmarshal(dashboard, d)
}

// Query is an expression as Grafana sends it, with all values of the variables, and with the interval that rates are taken over.
func (d *Dashboard) Query(expr, rateInterval string) string {
	pairs := []string{"$__rate_interval", rateInterval}
	for _, v := range d.Templating.List {
		pairs = append(pairs, "$"+v.Name, v.AllValue)
	}
	return strings.NewReplacer(pairs...).Replace(expr)
}
