package deploy

import (
	"fmt"
	"log/slog"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/mysqldns/mysqldns/deploy/monitoring"
)

// scraped are the metrics of a running server that was asked a question: the labels of each, with those that Prometheus adds.
var scraped = sync.OnceValue(func() map[string]map[string]bool { return map[string]map[string]bool{} })

var scrapeOnce sync.Once

func metricsOf(t *testing.T) map[string]map[string]bool {
	t.Helper()
	needDatabase(t)
	scrapeOnce.Do(func() {
		c := configMapCorefile(t)
		r := c.run(t)
		ask(t, "udp", r.Addr, "www.example.org.")
		body := r.awaitSnapshot(t, c.portOf(t, "prometheus"))
		text := expfmt.NewTextParser(model.LegacyValidation)
		families, err := text.TextToMetricFamilies(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for name, family := range families {
			add(scraped(), name, family)
		}
	})
	return scraped()
}

func add(all map[string]map[string]bool, name string, family *dto.MetricFamily) {
	names := []string{name}
	if family.GetType() == dto.MetricType_HISTOGRAM {
		names = []string{name + "_bucket", name + "_sum", name + "_count"}
	}
	for _, n := range names {
		all[n] = map[string]bool{"job": true, "instance": true, "le": strings.HasSuffix(n, "_bucket")}
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				all[n][label.GetName()] = true
			}
		}
	}
}

// expression checks a PromQL expression: it parses, every metric in it exists, and has every label that is named. It returns the labels
// of its metrics.
func expression(t *testing.T, where, text string) map[string]bool {
	t.Helper()
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		t.Errorf("%s: %v in %s", where, err, text)
		return nil
	}
	known := metricsOf(t)
	has := map[string]bool{} // the labels of all metrics in the expression
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		selector, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		if known[selector.Name] == nil {
			t.Errorf("%s: a running server has no metric %s", where, selector.Name)
		}
		for label := range known[selector.Name] {
			has[label] = true
		}
		for _, matcher := range selector.LabelMatchers {
			if matcher.Name != model.MetricNameLabel && !known[selector.Name][matcher.Name] {
				t.Errorf("%s: %s has no label %s", where, selector.Name, matcher.Name)
			}
		}
		return nil
	})
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		var named []string
		switch n := node.(type) {
		case *parser.AggregateExpr:
			named = n.Grouping
		case *parser.BinaryExpr:
			if n.VectorMatching != nil {
				named = n.VectorMatching.MatchingLabels
			}
		}
		for _, label := range named {
			if !has[label] {
				t.Errorf("%s: no metric has the label %s that %s groups by", where, label, node)
			}
		}
		return nil
	})
	return has
}

// resultLabels are those that the result of an expression has, or nil if it keeps all of its metrics'.
func resultLabels(t *testing.T, text string) []string {
	t.Helper()
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		t.Fatal(err)
	}
	for {
		switch e := expr.(type) {
		case *parser.AggregateExpr:
			if e.Without {
				return nil
			}
			return append([]string{}, e.Grouping...)
		case *parser.BinaryExpr:
			expr = e.LHS
		case *parser.ParenExpr:
			expr = e.Expr
		case *parser.Call:
			if e.Func.Name == "absent" {
				return []string{}
			}
			expr = e.Args[len(e.Args)-1]
			if e.Func.Name == "clamp_min" {
				expr = e.Args[0]
			}
		default:
			return nil
		}
	}
}

func dashboard(t *testing.T) *monitoring.Dashboard {
	t.Helper()
	d, err := monitoring.Load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDashboardQueriesWhatAServerHas(t *testing.T) {
	d := dashboard(t)
	legend := regexp.MustCompile(`\{\{(\w+)\}\}`)
	for _, panel := range d.Panels {
		for _, target := range panel.Targets {
			where := panel.Title + " " + target.RefID
			query := d.Query(target.Expr, "1m")
			if strings.Contains(query, "$") {
				t.Errorf("%s: unknown variable in %s", where, query)
				continue
			}
			has := expression(t, where, query)
			kept := resultLabels(t, query)
			for _, match := range legend.FindAllStringSubmatch(target.LegendFormat, -1) {
				if !has[match[1]] || kept != nil && !slices.Contains(kept, match[1]) {
					t.Errorf("%s: the legend has %s, which the result has not", where, match[1])
				}
			}
		}
	}
	definition := regexp.MustCompile(`^label_values\((.*), (\w+)\)$`)
	for _, v := range d.Templating.List {
		if v.Type == "datasource" {
			continue
		}
		parts := definition.FindStringSubmatch(v.Values())
		if parts == nil {
			t.Errorf("variable %s is %v", v.Name, v.Query)
			continue
		}
		expression(t, "variable "+v.Name, "count by ("+parts[2]+") ("+d.Query(parts[1], "1m")+")")
	}
}

func TestDashboardShowsEveryMetricOfThePlugin(t *testing.T) {
	var queries strings.Builder
	for _, panel := range dashboard(t).Panels {
		for _, target := range panel.Targets {
			fmt.Fprintln(&queries, target.Expr)
		}
	}
	for name := range metricsOf(t) {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		if strings.HasPrefix(name, "coredns_mysqldns_") && !strings.Contains(queries.String(), base) {
			t.Errorf("no panel shows %s", name)
		}
	}
}

func TestDashboardIsWhole(t *testing.T) {
	d := dashboard(t)
	if d.UID == "" || d.Title == "" || d.Description == "" || d.SchemaVersion < 36 {
		t.Errorf("uid %q, title %q, schema version %d", d.UID, d.Title, d.SchemaVersion)
	}
	if first := d.Templating.List[0]; first.Name != "datasource" || first.Type != "datasource" {
		t.Errorf("the first variable is %+v, want the data source", first)
	}
	ids, taken := map[int]string{}, map[[2]int]string{}
	for _, panel := range d.Panels {
		if other, ok := ids[panel.ID]; ok {
			t.Errorf("%s and %s have the same id", panel.Title, other)
		}
		ids[panel.ID] = panel.Title
		for x := panel.GridPos.X; x < panel.GridPos.X+panel.GridPos.W; x++ {
			for y := panel.GridPos.Y; y < panel.GridPos.Y+panel.GridPos.H; y++ {
				if other, ok := taken[[2]int{x, y}]; ok || x >= 24 {
					t.Fatalf("%s lies over %q or beyond the edge", panel.Title, other)
				}
				taken[[2]int{x, y}] = panel.Title
			}
		}
		if panel.Type == "row" {
			continue
		}
		if panel.Title == "" || panel.Description == "" || panel.FieldConfig.Defaults.Unit == "" || len(panel.Targets) == 0 {
			t.Errorf("%q has no title, description, unit or query", panel.Title)
		}
		refs := map[string]bool{}
		for _, target := range panel.Targets {
			if refs[target.RefID] || target.Datasource.UID != "${datasource}" || panel.Datasource.UID != "${datasource}" {
				t.Errorf("%s %s: its data source is not the one that is chosen, or its letter is there twice", panel.Title, target.RefID)
			}
			refs[target.RefID] = true
		}
	}
}

func rules(t *testing.T) []rulefmt.Rule {
	t.Helper()
	groups, errs := rulefmt.ParseFile("monitoring/rules.yaml", false, model.LegacyValidation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var all []rulefmt.Rule
	for _, group := range groups.Groups {
		all = append(all, group.Rules...)
	}
	return all
}

func TestRulesAreAboutWhatAServerHas(t *testing.T) {
	used := regexp.MustCompile(`\$labels\.(\w+)`)
	for _, rule := range rules(t) {
		has := expression(t, rule.Alert, rule.Expr)
		kept := resultLabels(t, rule.Expr)
		for _, annotation := range []string{"summary", "description"} {
			text := rule.Annotations[annotation]
			if text == "" {
				t.Errorf("%s has no %s", rule.Alert, annotation)
			}
			for _, match := range used.FindAllStringSubmatch(text, -1) {
				if !has[match[1]] || kept != nil && !slices.Contains(kept, match[1]) {
					t.Errorf("%s: the %s names the label %s, which the alert has not", rule.Alert, annotation, match[1])
				}
			}
		}
		if severity := rule.Labels["severity"]; severity != "critical" && severity != "warning" {
			t.Errorf("%s has the severity %q", rule.Alert, severity)
		}
	}
}

// Whoever is woken by an alert finds in docs/operations.md what to do.
func TestEachAlertLeadsToItsSection(t *testing.T) {
	_, section, _ := strings.Cut(read(t, "../docs/operations.md"), "\n## Alerts\n")
	described := map[string]bool{}
	for _, heading := range regexp.MustCompile(`(?m)^### (\w+)$`).FindAllStringSubmatch(section, -1) {
		described[heading[1]] = true
	}
	for _, rule := range rules(t) {
		if !described[rule.Alert] {
			t.Errorf("docs/operations.md has no section %s", rule.Alert)
		}
		delete(described, rule.Alert)
		want := "https://github.com/mysqldns/mysqldns/blob/main/docs/operations.md#" + strings.ToLower(rule.Alert)
		if got := rule.Annotations["runbook_url"]; got != want {
			t.Errorf("the runbook_url of %s is %q, want %q", rule.Alert, got, want)
		}
	}
	for name := range described {
		t.Errorf("docs/operations.md has a section for %s, which no rule fires", name)
	}
}

func TestRulesFireWhenTheyShould(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		missing(t, "promtool is not installed (Debian: apt-get install prometheus, or ./install-tools)")
	}
	for _, args := range [][]string{{"check", "rules", "rules.yaml"}, {"test", "rules", "rules_test.yaml"}} {
		cmd := exec.Command(promtool, args...)
		cmd.Dir = "monitoring"
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, output)
		}
	}
	tests := read(t, "monitoring/rules_test.yaml")
	for _, rule := range rules(t) {
		if !strings.Contains(tests, "alertname: "+rule.Alert+"\n        exp_alerts:") {
			t.Errorf("no test has %s fire", rule.Alert)
		}
	}
}
