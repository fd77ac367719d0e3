package test

import (
	"bytes"
	stdlog "log"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/instance"
	"github.com/mysqldns/mysqldns/test/port"

	"github.com/miekg/dns"
)

// server is a CoreDNS, which runs in this process if serve started it.
type server struct{ *instance.Server }

// serve starts CoreDNS with a Corefile and stops it when the test ends.
func serve(t *testing.T, corefile string) *server {
	t.Helper()
	s, err := tryServe(corefile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func tryServe(corefile string) (*server, error) {
	s, err := instance.Start(corefile)
	return &server{s}, err
}

// reload has a server take another Corefile.
func (s *server) reload(t *testing.T, corefile string) {
	t.Helper()
	if err := s.Reload(corefile); err != nil {
		t.Fatal(err)
	}
}

// ask asks over UDP, as dig would.
func (s *server) ask(t *testing.T, name, qtype string) *dns.Msg {
	t.Helper()
	return s.exchange(t, question(name, qtype), "udp")
}

func question(name, qtype string) *dns.Msg {
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(name), dns.StringToType[qtype])
	return q
}

func (s *server) exchange(t *testing.T, q *dns.Msg, network string) *dns.Msg {
	t.Helper()
	addr := s.UDP
	if network == "tcp" {
		addr = s.TCP
	}
	client := &dns.Client{Net: network, Timeout: 5 * time.Second}
	reply, _, err := client.Exchange(q, addr)
	if err != nil {
		t.Fatalf("asking for %s over %s: %v", q.Question[0].String(), network, err)
	}
	return reply
}

// short is the rcode of a reply and its answer section, without owner names, classes and order of white space.
func short(reply *dns.Msg) string {
	parts := []string{dns.RcodeToString[reply.Rcode]}
	for _, rr := range reply.Answer {
		parts = append(parts, dns.TypeToString[rr.Header().Rrtype]+" "+strings.TrimSpace(strings.TrimPrefix(rr.String(), rr.Header().String())))
	}
	return strings.Join(parts, "; ")
}

// within waits until the answer is what is expected.
func (s *server) within(t *testing.T, limit time.Duration, name, qtype, expected string) {
	t.Helper()
	got := ""
	if !eventually(limit, func() bool {
		got = short(s.ask(t, name, qtype))
		return got == expected
	}) {
		t.Fatalf("%s %s: got %q for %s, expected %q", name, qtype, got, limit, expected)
	}
}

// expect asks once.
func (s *server) expect(t *testing.T, name, qtype, expected string) *dns.Msg {
	t.Helper()
	reply := s.ask(t, name, qtype)
	if got := short(reply); got != expected {
		t.Fatalf("%s %s: got %q, expected %q", name, qtype, got, expected)
	}
	return reply
}

// eventually polls a condition until it holds, and reports whether it did before the limit.
func eventually(limit time.Duration, condition func() bool) bool {
	for deadline := time.Now().Add(limit); ; time.Sleep(5 * time.Millisecond) {
		if condition() {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}

// upstream is a server that the tests forward to: records as zone-file text, by owner and type; NXDOMAIN for the rest.
func upstream(t *testing.T, zone string) (addr string) {
	t.Helper()
	var records []dns.RR
	for line := range strings.Lines(zone) {
		rr, err := dns.NewRR(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		if rr != nil {
			records = append(records, rr)
		}
	}
	return answering(t, func(q *dns.Msg) *dns.Msg {
		reply := new(dns.Msg)
		reply.SetReply(q)
		reply.RecursionAvailable = true
		name := strings.ToLower(q.Question[0].Name)
		for _, rr := range records { // in the order of a chain
			h := rr.Header()
			if h.Name == name && (h.Rrtype == q.Question[0].Qtype || h.Rrtype == dns.TypeCNAME) {
				reply.Answer = append(reply.Answer, rr)
				if alias, ok := rr.(*dns.CNAME); ok {
					name = alias.Target
				}
			}
		}
		if len(reply.Answer) == 0 {
			reply.Rcode = dns.RcodeNameError
		}
		return reply
	})
}

// answering starts a DNS server of one function, over UDP and TCP, until the test ends; it says nothing where that returns nil.
func answering(t *testing.T, answer func(*dns.Msg) *dns.Msg) (addr string) {
	t.Helper()
	stream, packet, err := port.Listen()
	if err != nil {
		t.Fatal(err)
	}
	handler := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		if reply := answer(q); reply != nil {
			w.WriteMsg(reply)
		}
	})
	for _, server := range []*dns.Server{{PacketConn: packet}, {Listener: stream}} {
		started := make(chan struct{})
		server.Handler, server.ReadTimeout, server.NotifyStartedFunc = handler, time.Second, func() { close(started) }
		go server.ActivateAndServe()
		<-started
		t.Cleanup(func() { server.Shutdown() })
	}
	return packet.LocalAddr().String()
}

// logged collects what is logged until the test ends.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func captureLog(t *testing.T) *logged {
	l := new(logged)
	stdlog.SetOutput(l)
	t.Cleanup(func() {
		stdlog.SetOutput(os.Stderr)
		if t.Failed() {
			t.Logf("logged:\n%s", l)
		}
	})
	return l
}

// waitFor waits for a text in the log.
func (l *logged) waitFor(t *testing.T, text string) {
	t.Helper()
	if !eventually(10*time.Second, func() bool { return strings.Contains(l.String(), text) }) {
		t.Fatalf("not logged in 10s: %q; logged was:\n%s", text, l)
	}
}
