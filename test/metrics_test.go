package test

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// scrape reads what the prometheus plugin tells at an address: values by the metric's name with the labels of ours that tell it apart.
// The database's address is left out of it.
func scrape(t *testing.T, addr string) map[string]float64 {
	t.Helper()
	response, err := http.Get("http://" + addr + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for name, family := range families {
		name, ours := strings.CutPrefix(name, "coredns_mysqldns_")
		if !ours {
			continue
		}
		for _, m := range family.Metric {
			key := name
			for _, label := range m.Label {
				switch label.GetName() {
				case "result", "reason", "table", "version", "host":
					key += " " + label.GetValue()
				}
			}
			value := m.GetGauge().GetValue() + m.GetCounter().GetValue()
			if h := m.GetHistogram(); h != nil {
				value = float64(h.GetSampleCount())
			}
			values[key] += value
		}
	}
	return values
}

// The metrics say what the copy holds and what becomes of questions. Each test uses a table of its own, since counters are the process's.
func TestMetrics(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		table := "metrics_" + strings.ToLower(db.name)
		db.exec(t, "DROP TABLE IF EXISTS "+table, "CREATE TABLE "+table+" (name VARCHAR(255), type VARCHAR(20), ttl INT, record TEXT)",
			"INSERT INTO "+table+" VALUES ('example.org','SOA',60,'ns.example.org host.example.org 1 2 3 4 5'), ('www.lan','A',60,'192.0.2.1'),"+
				"('alias.lan','CNAME',60,'gone.example.net'), ('sub.example.org','NS',60,'ns.example.com'), ('bad.lan','A',60,'1.2.3'), ('bad..lan','A',60,'192.0.2.1')")
		path := t.TempDir() + "/copy"
		metrics := "127.0.0.1:" + freePort(t)
		started := time.Now()
		s := serve(t, db.corefile("table "+table+"\nresync 1s\nsnapshot "+path, "prometheus "+metrics+"\nforward example.net 127.0.0.1:1"))
		before := scrape(t, metrics)
		for _, q := range []struct{ name, qtype, answer string }{
			{"www.lan", "A", "NOERROR; A 192.0.2.1"},                // positive
			{"www.lan", "AAAA", "NOERROR"},                          // nodata
			{"none.example.org", "A", "NXDOMAIN"},                   // nxdomain
			{"x.sub.example.org", "A", "NOERROR"},                   // referral
			{"elsewhere.net", "A", "SERVFAIL"},                      // next: there is none
			{"example.org", "AXFR", "REFUSED"},                      // refused
			{"alias.lan", "A", "SERVFAIL; CNAME gone.example.net."}, // servfail: no server knows the target
		} {
			s.expect(t, q.name, q.qtype, q.answer)
		}
		if !eventually(10*second, func() bool { // a list by resync; the snapshot
			now := scrape(t, metrics)
			return now["list_duration_seconds "+table] > 1 && now["follows_total unchanged "+table] > 0 && now["snapshot_timestamp_seconds "+table] > 0
		}) {
			t.Error("no second list or no snapshot in 10s")
		}
		now := scrape(t, metrics)
		for key, expected := range map[string]float64{
			"records " + table: 4, "zones " + table: 1, "skipped_rows record " + table: 1, "skipped_rows name " + table: 1, "skipped_rows ttl " + table: 0,
			"database_up " + table: 1, "drift_names_total " + table: 0, "reconnects_total " + table: 0, "snapshot_errors_total " + table: 0,
			"build_info devel": 1,
		} {
			if got, there := now[key]; got != expected || !there && expected != 0 {
				t.Errorf("%s is %v, expected %v", key, got, expected)
			}
		}
		for result, expected := range map[string]float64{"positive": 1, "nodata": 1, "nxdomain": 1, "referral": 1, "yxdomain": 0, "next": 2, "refused": 1, "servfail": 1} {
			if got := now["answers_total "+result] - before["answers_total "+result]; got != expected {
				t.Errorf("%v answers %s, expected %v", got, result, expected)
			}
		}
		if now["copy_bytes "+table] < 100 {
			t.Errorf("the copy takes %v octets", now["copy_bytes "+table])
		}
		if age := now["copy_age_seconds "+table]; age < 0 || age > 5 {
			t.Errorf("the copy is %v seconds old", age)
		}
		for _, stamp := range []string{"last_change_timestamp_seconds ", "snapshot_timestamp_seconds "} {
			if at := now[stamp+table]; math.Abs(at-float64(started.Unix())) > 60 {
				t.Errorf("%s is %v, now it is %v", stamp, at, started.Unix())
			}
		}
		if now["lists_total published "+table] < 2 {
			t.Errorf("%v lists", now["lists_total published "+table])
		}
		db.exec(t, "DROP TABLE "+table)
		if !eventually(10*second, func() bool { return scrape(t, metrics)["database_up "+table] == 0 }) {
			t.Error("the database is up without its table")
		}
		if s.expect(t, "www.lan", "A", "NOERROR; A 192.0.2.1"); scrape(t, metrics)["follows_total failed "+table]+scrape(t, metrics)["lists_total failed "+table] < 1 {
			t.Error("no failure was counted")
		}
	})
}

// A change is counted with the time that it took, and so is a connection that had to be made anew.
func TestMetricsOfFollowing(t *testing.T) {
	onPrivate(t, func(t *testing.T, db *database) {
		metrics := "127.0.0.1:" + freePort(t)
		s := serve(t, db.corefile("", "prometheus "+metrics+"\nforward example.net 127.0.0.1:1"))
		before := scrape(t, metrics)
		db.insert(t, "www.lan A 192.0.2.1")
		s.within(t, 10*second, "www.lan", "A", "NOERROR; A 192.0.2.1")
		grew := func(key string) func() bool {
			return func() bool { return scrape(t, metrics)[key] > before[key] }
		}
		for _, key := range []string{"change_lag_seconds tb_dns", "follows_total changed tb_dns"} {
			if !eventually(5*second, grew(key)) {
				t.Errorf("%s did not grow", key)
			}
		}
		if err := db.server.Restart(); err != nil {
			t.Fatal(err)
		}
		if !eventually(10*second, grew("reconnects_total tb_dns")) {
			t.Error("reconnects_total did not grow")
		}
	})
}
