package faults

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mysqldns/mysqldns/test/client"
	"github.com/mysqldns/mysqldns/test/coredns"

	"github.com/miekg/dns"
)

const (
	steadyEvery = 4 * time.Millisecond
	otherEvery  = 10 * time.Millisecond

	stopsWithin = 3 * time.Second // after SIGTERM
	mostLines   = 6               // that one fault may log, however often it is met
)

// instance is a CoreDNS and the client that asks it.
type instance struct {
	*coredns.Server
	name  string
	stage *stage

	port      string
	every     time.Duration
	questions []client.Question
	client    *client.Client
	tally     client.Tally
	before    int // length of the log before the fault

	mu   sync.Mutex
	gone time.Time     // when it was told to end; zero while it runs
	away []client.Span // in which it was not there
}

// instances are the servers that there are, steady first.
func (s *stage) instances() []*instance {
	if s.fault.alone {
		return []*instance{s.steady}
	}
	return []*instance{s.steady, s.kept, s.bare}
}

// startInstances starts the three servers and the clients that ask them.
func (s *stage) startInstances() {
	s.writePassword(firstSecret)
	questions := append(private(), public()...)
	if s.fault.emptied {
		questions = append(orElse(private(), passedOn), public()...)
	}
	strict := questions
	if strings.Contains(s.fault.properties, "max_shrink") { // which the one that is not restarted follows
		strict = append(private(), public()...)
	}
	var starting sync.WaitGroup
	starting.Go(func() { s.steady = s.startInstance("steady", "", "", steadyEvery, strict) })
	if !s.fault.alone {
		starting.Go(func() { s.kept = s.startInstance("kept", "", "snapshot "+s.snapshot(), otherEvery, questions) })
		starting.Go(func() { s.bare = s.startInstance("bare", zones, "", otherEvery, orElse(questions, servFail)) })
	}
	starting.Wait()
	if slices.Contains(s.instances(), nil) {
		s.t.FailNow()
	}
	if !s.fault.alone && !eventually(limit, func() bool { _, err := os.Stat(s.snapshot()); return err == nil }) {
		s.t.Fatal("there is no snapshot after the first load")
	}
}

// startInstance returns nil after an error, which it reports.
func (s *stage) startInstance(name, zones, snapshot string, every time.Duration, questions []client.Question) *instance {
	dir := filepath.Join(s.dir, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		s.t.Error(err)
		return nil
	}
	server, err := coredns.Start(program, dir, s.corefile(zones, snapshot))
	if err != nil {
		s.t.Errorf("%s: %v", name, err)
		return nil
	}
	s.t.Cleanup(func() { server.Kill() })
	_, port, _ := strings.Cut(server.Addr, ":")
	return &instance{Server: server, name: name, stage: s, port: port, every: every, questions: questions}
}

// startAsking starts the client.
func (i *instance) startAsking() {
	i.client = client.Start(i.Addr, i.every, i.questions)
	i.stage.t.Cleanup(func() { i.client.Stop() })
}

func (s *stage) snapshot() string { return filepath.Join(s.disk(), "copy") }
func (s *stage) password() string { return filepath.Join(s.dir, "password") }

// writePassword puts another password into the file.
func (s *stage) writePassword(secret string) {
	if err := os.WriteFile(s.password(), []byte(secret+"\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// corefile has ready and prometheus on other loopback addresses, so that one port is enough.
func (s *stage) corefile(zones, snapshot string) string {
	addr := s.server.Addr
	if s.proxy != nil {
		addr = s.proxy.Addr
	}
	dsn := "reader@tcp(" + addr + ")/dns" + s.fault.options
	if s.second != nil {
		dsn += " reader@tcp(" + s.secondAddr + ")/dns"
	}
	table := ""
	if s.fault.table != "" {
		table = "table " + s.fault.table
		dsn = strings.ReplaceAll(dsn, "/dns", "/")
	}
	return ".:{$PORT} {\n bind 127.0.0.1\n mysqldns " + zones + " {\n" +
		strings.Join([]string{"dsn " + dsn, "password_file " + s.password(), table, snapshot, s.fault.properties}, "\n") +
		"\n }\n forward . " + s.upstream.Addr + "\n ready 127.0.0.2:{$PORT}\n prometheus 127.0.0.3:{$PORT}\n}\n"
}

// ask asks for an address, and returns the answer or why there is none, in words.
func (i *instance) ask(name string) string { return i.askFor(name, dns.TypeA) }

func (i *instance) askFor(name string, qtype uint16) string {
	got, err := client.Ask(i.Addr, name, qtype)
	if err != nil {
		return err.Error()
	}
	return got
}

// answers waits until it has an address of changing, for at most limit since then.
func (i *instance) answers(when, address string, since time.Time) {
	i.stage.t.Helper()
	got := ""
	if !eventually(time.Until(since.Add(limit)), func() bool {
		got = i.ask(changing)
		return got == "NOERROR; A "+address
	}) {
		i.stage.t.Errorf("%s: %s answers %q for %s after %s, expected %s; its log:\n%s", when, i.name, got, changing, limit, address, i.tail())
	}
}

// Stop is the server's, and notes since when it is away.
func (i *instance) Stop() error {
	i.mu.Lock()
	if i.gone.IsZero() {
		i.gone = time.Now()
	}
	i.mu.Unlock()
	return i.Server.Stop()
}

// Restart is the server's, after Stop, and notes how long it was away.
func (i *instance) Restart() error {
	if err := i.Server.Restart(); err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.away = append(i.away, client.Span{From: i.gone, To: time.Now()})
	i.gone = time.Time{}
	return nil
}

// unexcused are the late and lost answers of a time at which it was there.
func (i *instance) unexcused() (spans []client.Span) {
	for _, span := range i.tally.Spans {
		if !slices.ContainsFunc(i.away, func(away client.Span) bool { return overlap(span, away) }) {
			spans = append(spans, span)
		}
	}
	return spans
}

// fetch gets a page by HTTP.
func (i *instance) fetch(host, path string) (status int, body string) {
	client := http.Client{Timeout: 5 * time.Second}
	reply, err := client.Get("http://" + host + ":" + i.port + path)
	if err != nil {
		return 0, err.Error()
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		return 0, err.Error()
	}
	return reply.StatusCode, string(text)
}

// expectReady waits until the ready plugin says so, or that it is not.
func (i *instance) expectReady(ready bool) {
	i.stage.t.Helper()
	expected := http.StatusServiceUnavailable
	if ready {
		expected = http.StatusOK
	}
	status, body := 0, ""
	if !eventually(time.Second, func() bool {
		status, body = i.fetch("127.0.0.2", "/ready")
		return status == expected
	}) {
		i.stage.t.Errorf("%s: /ready has status %d %q, expected %d", i.name, status, body, expected)
	}
}

// expectUp waits until the metrics say that the table can be read, or that it can not.
func (i *instance) expectUp(up bool) {
	i.stage.t.Helper()
	expected := "0"
	if up {
		expected = "1"
	}
	got := ""
	if !eventually(limit, func() bool {
		got = i.metric("coredns_mysqldns_database_up")
		return got == expected
	}) {
		i.stage.t.Errorf("%s: database_up is %q, expected %s; its log:\n%s", i.name, got, expected, i.tail())
	}
}

// metric is the value of the first metric of that name, "" without one.
func (i *instance) metric(name string) string {
	_, body := i.fetch("127.0.0.3", "/metrics")
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, name+"{") || strings.HasPrefix(line, name+" ") {
			return strings.TrimSpace(line[strings.LastIndexByte(line, ' '):])
		}
	}
	return ""
}

// since is what it logged since the fault.
func (i *instance) since() string { return i.Log()[i.before:] }

// tail is the last lines of its log.
func (i *instance) tail() string {
	lines := strings.Split(strings.TrimSpace(i.Log()), "\n")
	return strings.Join(lines[max(0, len(lines)-12):], "\n")
}

// restart ends kept and bare as an administrator would and starts them again, while the fault lasts.
func (s *stage) restart() {
	s.t.Helper()
	var both sync.WaitGroup
	for _, i := range []*instance{s.kept, s.bare} {
		both.Go(func() {
			took, err := i.restart()
			if err != nil {
				s.t.Errorf("%s: %v", i.name, err)
				return
			}
			if i == s.kept {
				s.result.Kept = "right after " + seconds(took)
			} else {
				s.result.Bare = "right after " + seconds(took)
			}
		})
	}
	both.Wait()
}

// restart returns how long it was away.
func (i *instance) restart() (took time.Duration, err error) {
	from := time.Now()
	if err := i.Stop(); err != nil {
		return 0, err
	}
	if took := time.Since(from); took > stopsWithin {
		return 0, fmt.Errorf("it ended %s after SIGTERM, expected at most %s", took, stopsWithin)
	}
	err = i.Restart()
	return time.Since(from), err
}

// inside checks what can be seen while the fault lasts.
func (s *stage) inside() {
	s.t.Helper()
	logged := s.fault.logged
	if *roundTrip > 0 { // the proxy takes connections, and ends them when there is no server
		logged = strings.TrimPrefix(logged, "connection refused. ")
	}
	if logged != "" && !eventually(limit, func() bool { return strings.Contains(s.steady.since(), logged) }) {
		s.t.Errorf("steady does not log %q but\n%s", logged, s.steady.since())
	}
	if s.fault.during != nil {
		s.fault.during(s)
	}
	switch {
	case !s.fault.blind && !s.fault.readOnly && !s.fault.emptied:
		s.answers("while it lasts", s.change(), time.Now())
		return
	case !s.fault.blind:
		return
	case s.fault.following:
		s.steady.answers("while it lasts", s.change(), time.Now())
	default:
		s.steady.expectUp(false)
	}
	s.kept.expectReady(true)
	s.bare.expectReady(false)
	s.bare.expect(append(only(private(), servFail), public()...))
}

// expect asks questions once each.
func (i *instance) expect(questions []client.Question) {
	i.stage.t.Helper()
	for _, q := range questions {
		if got := i.askFor(q.Name, q.Type); !slices.Contains(q.Want, got) {
			i.stage.t.Errorf("%s answers %q for %s %s, expected %s; its log:\n%s", i.name, got, q.Name, dns.Type(q.Type), q.Want, i.tail())
			return
		}
	}
}

// stop ends the client and the server.
func (i *instance) stop() {
	i.tally = i.client.Stop()
	if err := i.Stop(); err != nil {
		i.stage.t.Errorf("%s: %v", i.name, err)
	}
	complaints := strings.Count(i.since(), "[ERROR] plugin/mysqldns") + strings.Count(i.since(), "[WARNING] plugin/mysqldns")
	if i.stage.fault.play == nil && complaints > mostLines {
		i.stage.t.Errorf("%s logged %d complaints, expected at most %d:\n%s", i.name, complaints, mostLines, i.since())
	}
}
