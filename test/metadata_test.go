package test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// What became of a question can be logged, by way of metadata.
func TestMetadataInTheLog(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		logged := captureLog(t)
		db.insert(t, "example.org SOA ns.example.org host.example.org 1 2 3 4 5", "*.example.org A 192.0.2.1", "www.lan A 192.0.2.2")
		s := serve(t, db.corefile("", `metadata
			log . "{name} zone={/mysqldns/zone} result={/mysqldns/result} wildcard={/mysqldns/wildcard};"
		whoami`))
		for _, test := range []struct{ name, qtype, line string }{
			{"a.example.org", "A", "a.example.org. zone=example.org. result=positive wildcard=*.example.org.;"},
			{"a.example.org", "MX", "a.example.org. zone=example.org. result=nodata wildcard=*.example.org.;"},
			{"www.lan", "A", "www.lan. zone=- result=positive wildcard=-;"},
			{"elsewhere.net", "A", "elsewhere.net. zone=- result=next wildcard=-;"},
		} {
			s.ask(t, test.name, test.qtype)
			logged.waitFor(t, test.line)
		}
	})
}

// collector takes spans as a Zipkin server does.
type collector struct {
	mu    sync.Mutex
	spans []span
}

type span struct {
	Name string            `json:"name"`
	Tags map[string]string `json:"tags"`
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	var spans []span
	if err == nil {
		err = json.Unmarshal(text, &spans)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spans = append(c.spans, spans...)
	w.WriteHeader(http.StatusAccepted)
}

func (c *collector) has(name string, tags map[string]string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, span := range c.spans {
		fits := span.Name == name
		for tag, value := range tags {
			fits = fits && span.Tags["coredns.io/mysqldns/"+tag] == value
		}
		if fits {
			return true
		}
	}
	return false
}

func TestTrace(t *testing.T) {
	needPlugin(t, "trace")
	onEach(t, func(t *testing.T, db *database) {
		zipkin := new(collector)
		server := httptest.NewServer(zipkin)
		defer server.Close()
		db.insert(t, "out.lan CNAME www.baidu.com", "example.org SOA ns.example.org host.example.org 1 2 3 4 5", "*.example.org A 192.0.2.1")
		up := upstream(t, "www.baidu.com. 946 IN A 220.181.38.150\n")
		corefile := db.corefile("", "trace zipkin "+strings.TrimPrefix(server.URL, "http://")+"\nforward . "+up)
		s := clientOf(startProcess(t, strings.Replace(corefile, ".:0", ".:{$PORT}", 1)))
		s.expect(t, "a.example.org", "A", "NOERROR; A 192.0.2.1")
		s.expect(t, "out.lan", "A", "NOERROR; CNAME www.baidu.com.; A 220.181.38.150")
		for name, tags := range map[string]map[string]string{
			"mysqldns": {"zone": "example.org.", "wildcard": "*.example.org.", "result": "positive"},
			"chase":    {"target": "www.baidu.com."},
		} {
			if !eventually(10*second, func() bool { return zipkin.has(name, tags) }) {
				t.Errorf("no span %s with %v among %v", name, tags, zipkin.spans)
			}
		}
	})
}
