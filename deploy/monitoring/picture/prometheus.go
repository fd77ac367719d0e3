package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/mysqldns/mysqldns/deploy/monitoring"
)

// prometheus is a running one, with its own data in a folder.
type prometheus struct {
	addr string
	cmd  *exec.Cmd
}

// startPrometheus has targets, by the name of each, scraped every second.
func startPrometheus(ctx context.Context, dir, rules string, targets map[string]string) (*prometheus, error) {
	program, err := exec.LookPath("prometheus")
	if err != nil {
		return nil, fmt.Errorf("%w (Debian: apt-get install prometheus, or deploy/install-tools)", err)
	}
	config := "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [" + strconv.Quote(rules) + "]\n" +
		"scrape_configs:\n  - job_name: mysqldns\n    static_configs:\n"
	for name, target := range targets {
		config += fmt.Sprintf("      - {targets: [%q], labels: {instance: %q}}\n", target, name)
	}
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "prometheus.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p := &prometheus{addr: freeAddr()}
	p.cmd = exec.CommandContext(ctx, program, "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "tsdb"),
		"--web.listen-address="+p.addr, "--log.level=warn")
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		reply, err := http.Get("http://" + p.addr + "/-/ready")
		if err == nil {
			reply.Body.Close()
			if reply.StatusCode == http.StatusOK {
				return p, nil
			}
		}
		if time.Now().After(deadline) {
			p.stop()
			text, _ := os.ReadFile(log.Name())
			return nil, fmt.Errorf("prometheus is not ready: %v\n%s", err, text)
		}
	}
}

func (p *prometheus) stop() {
	p.cmd.Process.Signal(os.Interrupt)
	p.cmd.Wait()
}

// answers are what Prometheus said to each query of the dashboard, by the id of the panel and the letter of the query.
type answers struct {
	From, To time.Time
	Series   map[string][]series
}

// series are the values of one set of labels, from the beginning on in equal steps; NaN where there is none.
type series struct {
	Labels map[string]string
	Values []value
}

// value is a float64 that JSON can hold.
type value float64

func (v value) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(v)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(v))
}

func (v *value) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*v = value(math.NaN())
		return nil
	}
	return json.Unmarshal(text, (*float64)(v))
}

const step = time.Second

// ask sends every query of the dashboard.
func (p *prometheus) ask(dashboard *monitoring.Dashboard, from, to time.Time) (answers, error) {
	all := answers{From: from, To: to, Series: map[string][]series{}}
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			begin := from
			if target.Instant {
				begin = to
			}
			found, err := p.query(dashboard.Query(target.Expr, rateInterval), begin, to)
			if err != nil {
				return all, fmt.Errorf("%s: %w", panel.Title, err)
			}
			all.Series[fmt.Sprint(panel.ID, target.RefID)] = found
		}
	}
	return all, nil
}

func (p *prometheus) query(text string, from, to time.Time) ([]series, error) {
	form := url.Values{"query": {text}, "start": {unix(from)}, "end": {unix(to)}, "step": {step.String()}}
	reply, err := http.PostForm("http://"+p.addr+"/api/v1/query_range", form)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		return nil, err
	}
	var result struct {
		Status, Error string
		Data          struct {
			Result []struct {
				Metric map[string]string
				Values [][2]any
			}
		}
	}
	if err := json.Unmarshal(body, &result); err != nil || result.Status != "success" {
		return nil, fmt.Errorf("%v %s", err, body)
	}
	steps := int(to.Sub(from)/step) + 1
	var all []series
	for _, r := range result.Data.Result {
		s := series{Labels: r.Metric, Values: make([]value, steps)}
		for i := range s.Values {
			s.Values[i] = value(math.NaN())
		}
		for _, pair := range r.Values {
			at := time.UnixMilli(int64(pair[0].(float64) * 1000))
			number, err := strconv.ParseFloat(pair[1].(string), 64)
			if err != nil {
				return nil, err
			}
			if i := int((at.Sub(from) + step/2) / step); i >= 0 && i < steps {
				s.Values[i] = value(number)
			}
		}
		all = append(all, s)
	}
	return all, nil
}

func unix(t time.Time) string { return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', 3, 64) }
