package deploy

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coredns/caddy/caddyfile"
	"github.com/miekg/dns"

	"github.com/mysqldns/mysqldns/test/client"
	"github.com/mysqldns/mysqldns/test/coredns"
	"github.com/mysqldns/mysqldns/test/port"
)

// corefile is a Corefile with one server block, as far as other files have to agree with it.
type corefile struct {
	text   string
	port   string
	tokens map[string][]caddyfile.Token
}

func parseCorefile(t *testing.T, text string) corefile {
	t.Helper()
	blocks, err := caddyfile.Parse("Corefile", strings.NewReader(text), nil)
	if err != nil || len(blocks) != 1 {
		t.Fatalf("%d server blocks, %v in:\n%s", len(blocks), err, text)
	}
	_, port, err := net.SplitHostPort(strings.TrimPrefix(blocks[0].Keys[0], "dns://"))
	if err != nil {
		t.Fatal(err)
	}
	return corefile{text, port, blocks[0].Tokens}
}

// after returns the word that follows another in a directive.
func (c corefile) after(t *testing.T, directive, word string) string {
	t.Helper()
	tokens := c.tokens[directive]
	for i, token := range tokens {
		if token.Text == word && i+1 < len(tokens) {
			return tokens[i+1].Text
		}
	}
	t.Fatalf("the Corefile has no %s %s:\n%s", directive, word, c.text)
	return ""
}

// portOf is where a directive of CoreDNS listens.
func (c corefile) portOf(t *testing.T, directive string) string {
	t.Helper()
	defaults := map[string]string{"health": "8080", "ready": "8181", "prometheus": "9153"}
	tokens := c.tokens[directive]
	if len(tokens) == 0 {
		t.Fatalf("the Corefile has no %s", directive)
	}
	if len(tokens) > 1 && strings.Contains(tokens[1].Text, ":") {
		_, port, _ := net.SplitHostPort(tokens[1].Text)
		return port
	}
	return defaults[directive]
}

func (c corefile) lameduck(t *testing.T) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(c.after(t, "health", "lameduck"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// running is a Corefile of this folder in a real CoreDNS, with what is outside of the container put in its place.
type running struct {
	*coredns.Server
	moved    map[string]string // port in the container -> address here
	snapshot string
}

// run starts CoreDNS with the Corefile. Of its text only addresses, paths and the time of the lameduck are changed.
func (c corefile) run(t *testing.T) running {
	t.Helper()
	mysql, passwordFile := needDatabase(t)
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for try := 1; ; try++ {
		dir := t.TempDir()
		r := running{moved: map[string]string{}, snapshot: filepath.Join(dir, "snapshot")}
		text := c.moved(t, r, mysql, passwordFile)
		if r.Server, err = coredns.Start(binary, dir, text); err == nil {
			t.Cleanup(func() { r.Kill() })
			return r
		}
		if try == 3 || !strings.Contains(err.Error(), "address already in use") { // another process took a port meanwhile
			t.Fatal(err)
		}
	}
}

// moved is the text with what is outside of the container put in its place.
func (c corefile) moved(t *testing.T, r running, mysql, passwordFile string) string {
	t.Helper()
	text := c.text
	replace := func(old, new string) {
		if strings.Count(text, old) != 1 {
			t.Fatalf("%q stands %d times in the Corefile, want once:\n%s", old, strings.Count(text, old), text)
		}
		text = strings.Replace(text, old, new, 1)
	}
	replace(":"+c.port+" {", ":{$PORT} {\n    bind 127.0.0.1")
	for _, directive := range []string{"health", "ready", "prometheus"} {
		r.moved[c.portOf(t, directive)] = freeAddr(t)
		argument := ""
		if tokens := c.tokens[directive]; len(tokens) > 1 && strings.Contains(tokens[1].Text, ":") {
			argument = " " + tokens[1].Text
		}
		replace("    "+directive+argument, "    "+directive+" "+r.moved[c.portOf(t, directive)])
	}
	replace("lameduck "+c.lameduck(t).String(), "lameduck 2s")
	replace(c.after(t, "mysqldns", "password_file"), passwordFile)
	replace(c.after(t, "mysqldns", "snapshot"), r.snapshot)
	replace(c.after(t, "forward", "."), upstream(t))
	address := regexp.MustCompile(`dsn \S+@tcp\((.*)\)`).FindStringSubmatch(text)[1]
	if variable, ok := strings.CutPrefix(address, "{$"); ok {
		t.Setenv(strings.TrimSuffix(variable, "}"), mysql)
	} else {
		replace(address, mysql)
	}
	return text
}

// check asks what a user would, and the endpoints that probes and Prometheus ask.
func (r running) check(t *testing.T, healthPath, healthPort, readyPath, readyPort, metricsPort string) {
	t.Helper()
	for question, want := range map[string]string{
		"www.example.org.":  "NOERROR; A 192.0.2.2",
		"none.example.org.": "NXDOMAIN",
		"loose.lan.":        "NOERROR; A 192.0.2.3",
		"www.example.net.":  "NOERROR; A 203.0.113.1", // from upstream
	} {
		for _, network := range []string{"udp", "tcp"} {
			if got := ask(t, network, r.Addr, question); got != want {
				t.Errorf("%s over %s: %s, want %s", question, network, got, want)
			}
		}
	}
	for url, want := range map[string]string{
		"http://" + r.moved[healthPort] + healthPath:  "OK",
		"http://" + r.moved[readyPort] + readyPath:    "OK",
		"http://" + r.moved[metricsPort] + "/metrics": "\ncoredns_mysqldns_records{",
	} {
		if status, body := get(t, url); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.200q, want 200 and %q", url, status, body, want)
		}
	}
	r.awaitSnapshot(t, metricsPort)
	if info, err := os.Stat(r.snapshot); err != nil || info.Size() == 0 {
		t.Errorf("no snapshot: %v", err)
	}
}

// awaitSnapshot waits until the metrics, which it returns, tell of a snapshot on disk.
func (r running) awaitSnapshot(t *testing.T, metricsPort string) (metrics string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if _, metrics = get(t, "http://"+r.moved[metricsPort]+"/metrics"); strings.Contains(metrics, "\ncoredns_mysqldns_snapshot_timestamp_seconds{") {
			return metrics
		}
	}
	t.Fatalf("no snapshot after 20s; the log:\n%s", r.Log())
	return ""
}

// checkStop tells the server to stop, as a container runtime does. During its lameduck it has to answer.
func (r running) checkStop(t *testing.T) {
	t.Helper()
	asking := client.Start(r.Addr, 5*time.Millisecond, []client.Question{{Name: "www.example.org.", Type: dns.TypeA, Want: []string{"NOERROR; A 192.0.2.2"}}})
	stopped := make(chan error)
	began := time.Now()
	go func() { stopped <- r.Stop() }()
	time.Sleep(900 * time.Millisecond) // well within the lameduck
	if tally := asking.Stop(); tally.Right != tally.Asked || tally.Asked < 20 {
		t.Errorf("during the lameduck %d of %d answers were right: %q", tally.Right, tally.Asked, tally.Samples)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took < 2*time.Second {
		t.Errorf("it stopped after %s, before its lameduck was over", took)
	}
}

func ask(t *testing.T, network, addr, name string) string {
	t.Helper()
	c := dns.Client{Net: network, Timeout: 5 * time.Second}
	reply, _, err := c.Exchange(new(dns.Msg).SetQuestion(name, dns.TypeA), addr)
	if err != nil {
		return err.Error()
	}
	return client.Short(reply)
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	c := http.Client{Timeout: 5 * time.Second}
	reply, err := c.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply.StatusCode, string(text)
}

// upstream is a server that answers every question with the same address.
func upstream(t *testing.T) (addr string) {
	t.Helper()
	listener, conn, err := port.Listen()
	if err != nil {
		t.Fatal(err)
	}
	handler := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		reply := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			reply.Answer = []dns.RR{&dns.A{
				Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60},
				A:   net.IPv4(203, 0, 113, 1),
			}}
		}
		w.WriteMsg(reply)
	})
	for _, server := range []*dns.Server{{PacketConn: conn, Handler: handler}, {Listener: listener, Handler: handler}} {
		go server.ActivateAndServe()
		t.Cleanup(func() { server.Shutdown() })
	}
	return conn.LocalAddr().String()
}

func freeAddr(t *testing.T) string {
	t.Helper()
	addr, err := port.Free()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

// corefiles are all that this folder has, and where each comes from.
func corefiles(t *testing.T) map[string]corefile {
	t.Helper()
	all := map[string]corefile{
		"ConfigMap": configMapCorefile(t),
		"compose":   parseCorefile(t, read(t, "compose/Corefile")),
		"helm":      parseCorefile(t, helmValues(t).corefile()),
	}
	return all
}

func TestCorefilesAreForTheImage(t *testing.T) {
	config, _, err := image(t, read(t, dockerfile))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range corefiles(t) {
		want := []string{c.port + "/udp", c.port + "/tcp"}
		for _, directive := range []string{"health", "ready", "prometheus"} {
			want = append(want, c.portOf(t, directive)+"/tcp")
		}
		for _, port := range want {
			if _, ok := config.ExposedPorts[port]; !ok {
				t.Errorf("%s: the Dockerfile does not EXPOSE %s", name, port)
			}
		}
		if folder := filepath.Dir(c.after(t, "mysqldns", "snapshot")); !strings.Contains(instruction(t, "COPY"), "--chown="+config.User+" /empty "+folder+"\n") &&
			!strings.HasSuffix(instruction(t, "COPY"), "--chown="+config.User+" /empty "+folder) {
			t.Errorf("%s: the Dockerfile makes no folder %s for %s", name, folder, config.User)
		}
	}
}

func TestCorefilesStart(t *testing.T) {
	for name, c := range corefiles(t) {
		t.Run(name, func(t *testing.T) {
			r := c.run(t)
			r.check(t, "/health", c.portOf(t, "health"), "/ready", c.portOf(t, "ready"), c.portOf(t, "prometheus"))
			r.checkStop(t)
		})
	}
}
