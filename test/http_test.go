package test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// get asks over HTTP, on a connection of its own.
func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	status, body, err := tryGet(url)
	if err != nil {
		t.Fatal(err)
	}
	return status, body
}

func tryGet(url string) (status int, body string, err error) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, strings.TrimSpace(string(text)), err
}

// What a GET answers is what the whole block does: the table, other plugins, and upstream.
func TestHTTPAnswersAsTheBlockDoes(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.exec(t, "INSERT INTO tb_dns (name, type, class, ttl, record) VALUES ('mydns', '1', '1', 60, '111.112.113.114')")
		db.insert(t, "out.lan CNAME www.baidu.com", "example.org SOA ns.example.org host.example.org 1 2 3 4 5", "text.lan TXT two words")
		up := upstream(t, "www.baidu.com. 946 IN CNAME www.a.shifen.com.\nwww.a.shifen.com. 50 IN A 220.181.38.150\n")
		addr := "127.0.0.1:" + freePort(t)
		serve(t, db.corefile("http "+addr, "rewrite name exact old.lan mydns\nforward www.baidu.com "+up))
		const shifen = `{"name":"www.baidu.com","type":5,"class":1,"ttl":946,"record":"www.a.shifen.com."},` +
			`{"name":"www.a.shifen.com","type":1,"class":1,"ttl":50,"record":"220.181.38.150"}]`
		tests := []struct {
			name, query string
			status      int
			body        string
		}{
			{"the table's row", "domain=mydns", 200, `[{"name":"mydns","type":1,"class":1,"ttl":60,"record":"111.112.113.114"}]`},
			{"a type", "domain=text.lan&type=TXT", 200, `[{"name":"text.lan","type":16,"class":1,"ttl":300,"record":"\"two words\""}]`},
			{"no such type", "domain=mydns&type=AAAA", 200, `[]`},
			{"no such name", "domain=none.example.org", 404, `[]`},
			{"upstream", "domain=www.baidu.com", 200, `[` + shifen},
			{"an alias out of the table", "domain=out.lan", 200, `[{"name":"out.lan","type":5,"class":1,"ttl":300,"record":"www.baidu.com."},` + shifen},
			{"a plugin in front", "domain=old.lan", 200, `[{"name":"old.lan","type":1,"class":1,"ttl":60,"record":"111.112.113.114"}]`},
			{"nobody knows", "domain=elsewhere.net", 502, `[]`},
			{"a bad domain", "domain=a..b", 400, `domain: name "a..b" has an empty label`},
		}
		for _, test := range tests {
			if status, body := get(t, "http://"+addr+"/dns?"+test.query); status != test.status || body != test.body {
				t.Errorf("%s: got %d %s, expected %d %s", test.name, status, body, test.status, test.body)
			}
		}
		response, err := http.Post("http://"+addr+"/dns?domain=mydns", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusMethodNotAllowed || !strings.Contains(response.Header.Get("Allow"), "GET") {
			t.Errorf("POST: %d, allowed is %q", response.StatusCode, response.Header.Get("Allow"))
		}
		if status, _ := get(t, "http://"+addr+"/other"); status != http.StatusNotFound {
			t.Errorf("another path: %d", status)
		}
	})
}

// Each zone of a block with several is answered, and what lies outside of them is not.
func TestHTTPAnswersForEveryZoneOfTheBlock(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "www.one A 192.0.2.1", "www.two A 192.0.2.2", "www.three A 192.0.2.3")
		addr, port := "127.0.0.1:"+freePort(t), freePort(t)
		serve(t, strings.Replace(db.corefile("http "+addr, ""), ".:0", "one:"+port+" two:"+port, 1))
		for query, expected := range map[string]int{"www.one": 200, "www.two": 200, "www.three": 403} {
			if status, body := get(t, "http://"+addr+"/dns?domain="+query); status != expected {
				t.Errorf("%s: %d %s, expected %d", query, status, body, expected)
			}
		}
	})
}

// A reload loses no request: not those that come while it goes on, and not one that is on its way.
func TestHTTPThroughReloads(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		db.insert(t, "www.lan A 192.0.2.1")
		slow := slowUpstream(t, time.Second)
		addr := "127.0.0.1:" + freePort(t)
		corefile := strings.Replace(db.corefile("http "+addr, "forward . "+slow), ".:0", ".:"+freePort(t), 1)
		s := serve(t, corefile)
		stop := make(chan struct{})
		var asking sync.WaitGroup
		asked := 0
		asking.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if status, _, err := tryGet("http://" + addr + "/dns?domain=www.lan"); err != nil || status != 200 {
					t.Errorf("request %d: %d %v", asked, status, err)
				}
				asked++
			}
		})
		asking.Go(func() {
			if status, _, err := tryGet("http://" + addr + "/dns?domain=slow.net"); err != nil || status != 404 {
				t.Errorf("the request on its way: %d %v", status, err)
			}
		})
		for range 10 {
			if err := s.Reload(corefile); err != nil {
				t.Error(err)
			}
		}
		if s.Reload(corefile+"example.org:5399 {\nbind 192.0.2.254\nwhoami\n}\n") == nil {
			t.Error("a reload to an address that is not ours succeeded")
		}
		close(stop)
		asking.Wait()
		t.Logf("%d requests", asked)
		if status, _ := get(t, "http://"+addr+"/dns?domain=www.lan"); status != 200 {
			t.Errorf("after a failed reload: %d", status)
		}
		if err := s.Reload(strings.Replace(corefile, "http "+addr, "", 1)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := tryGet("http://" + addr + "/dns?domain=www.lan"); err == nil {
			t.Error("it answers without the property")
		}
	})
}

func TestHTTPAddressThatCannotBeHad(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		taken, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer taken.Close()
		free := "127.0.0.1:" + freePort(t)
		tests := []struct{ name, corefile, expected string }{
			{"in use", db.corefile("http "+taken.Addr().String(), ""), "address already in use"},
			{"of another block", db.corefile("http "+free, "") + strings.Replace(db.corefile("http "+free, ""), ".:0", "lan:0", 1), "another server block"},
		}
		for _, test := range tests {
			s, err := tryServe(test.corefile)
			if err == nil {
				s.Stop()
				t.Errorf("%s: accepted", test.name)
			} else if !strings.Contains(err.Error(), test.expected) || !strings.Contains(err.Error(), "http: ") {
				t.Errorf("%s: %v", test.name, err)
			}
		}
		serve(t, db.corefile("http "+free, "")) // what failed has let go
	})
}

func TestHTTPDoesNotWaitForEver(t *testing.T) {
	onEach(t, func(t *testing.T, db *database) {
		addr := "127.0.0.1:" + freePort(t)
		serve(t, db.corefile("http "+addr, "forward . "+slowUpstream(t, 20*time.Second)))
		start := time.Now()
		status, body := get(t, "http://"+addr+"/dns?domain=slow.net")
		if took := time.Since(start); status != http.StatusServiceUnavailable && status != http.StatusBadGateway || took > 8*time.Second {
			t.Errorf("%d %s after %s", status, body, took)
		}
	})
}

// slowUpstream answers NXDOMAIN, in its time.
func slowUpstream(t *testing.T, after time.Duration) (addr string) {
	t.Helper()
	ended := make(chan struct{})
	addr = answering(t, func(q *dns.Msg) *dns.Msg {
		select {
		case <-time.After(after):
		case <-ended:
		}
		return new(dns.Msg).SetRcode(q, dns.RcodeNameError)
	})
	t.Cleanup(func() { close(ended) })
	return addr
}
