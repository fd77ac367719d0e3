package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql" // speaks to the demo's database
	"github.com/miekg/dns"

	"github.com/mysqldns/mysqldns"
	"github.com/mysqldns/mysqldns/demo/engine"
	"github.com/mysqldns/mysqldns/plugin/record"
)

// output is what a running demo has printed so far.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	const within = 30 * time.Second
	for deadline := time.Now().Add(within); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not after %s: %s", within, what)
		}
	}
}

// freeAddr is an address whose port is free for TCP and UDP.
func freeAddr(t *testing.T) string {
	t.Helper()
	for {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		if addr := l.Addr().String(); free("DNS", addr, "-dns", "udp", "tcp") == nil {
			return addr
		}
	}
}

// ask returns the rcode and the records of the answer section, with single blanks between their fields.
func ask(t *testing.T, addr, name string, qtype uint16) string {
	t.Helper()
	reply, err := dns.Exchange(new(dns.Msg).SetQuestion(name, qtype), addr)
	if err != nil {
		t.Fatal(err)
	}
	answer := dns.RcodeToString[reply.Rcode]
	for _, rr := range reply.Answer {
		answer += "; " + strings.Join(strings.Fields(rr.String()), " ")
	}
	return answer
}

// upstream answers every question with one A record.
func upstream(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan struct{})
	s := &dns.Server{PacketConn: conn, NotifyStartedFunc: func() { close(started) }, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		reply := new(dns.Msg).SetReply(q)
		rr, _ := dns.NewRR(q.Question[0].Name + " 30 IN A 198.51.100.1")
		reply.Answer = []dns.RR{rr}
		w.WriteMsg(reply)
	})}
	go s.ActivateAndServe()
	<-started
	t.Cleanup(func() { s.Shutdown() })
	return conn.LocalAddr().String()
}

func TestRun(t *testing.T) {
	dnsAddr, mysqlAddr, httpAddr := freeAddr(t), freeAddr(t), freeAddr(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, ended := new(output), make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-dns", dnsAddr, "-mysql", mysqlAddr, "-http", httpAddr, "-forward", upstream(t)}, out)
	}()
	eventually(t, "it says what to type", func() bool {
		select {
		case err := <-ended:
			t.Fatalf("ended: %v", err)
		default:
		}
		return strings.Contains(out.String(), "Ctrl-C")
	})

	for _, test := range []struct {
		name     string
		qtype    uint16
		expected string
	}{
		{"mydns.", dns.TypeA, "NOERROR; mydns. 60 IN A 111.112.113.114"},
		{"mydns.", dns.TypeAAAA, "NOERROR"},
		{"any.apps.lan.", dns.TypeA, "NOERROR; any.apps.lan. 60 IN A 192.0.2.80"},
		{"example.org.", dns.TypeMX, "NOERROR; example.org. 3600 IN MX 10 mail.example.org."},
		{"www.example.org.", dns.TypeA, "NOERROR; www.example.org. 3600 IN CNAME example.org.; example.org. 3600 IN A 192.0.2.10"},
		{"x.dyn.example.org.", dns.TypeA, "NOERROR; x.dyn.example.org. 3600 IN A 192.0.2.99"},
		{"nothing.example.org.", dns.TypeA, "NXDOMAIN"},
		{"elsewhere.test.", dns.TypeA, "NOERROR; elsewhere.test. 30 IN A 198.51.100.1"},
	} {
		if got := ask(t, dnsAddr, test.name, test.qtype); got != test.expected {
			t.Errorf("%s %s: got %q, expected %q", test.name, dns.TypeToString[test.qtype], got, test.expected)
		}
	}

	response, err := http.Get("http://" + httpAddr + "/dns?domain=mydns")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, err := io.ReadAll(response.Body); err != nil || !strings.Contains(string(text), `"record":"111.112.113.114"`) {
		t.Errorf("over HTTP: %s %v", text, err)
	}

	// The statement and the two ports that the text gives are those that work.
	_, after, _ := strings.Cut(out.String(), `-e "INSERT`)
	statement, _, _ := strings.Cut(after, `"`)
	db, err := sql.Open("mysql", "root@tcp("+mysqlAddr+")/dns")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("INSERT" + statement); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new row is answered", func() bool {
		return ask(t, dnsAddr, "hello.lan.", dns.TypeA) == "NOERROR; hello.lan. 60 IN A 192.0.2.7"
	})
	_, dnsPort, _ := net.SplitHostPort(dnsAddr)
	_, mysqlPort, _ := net.SplitHostPort(mysqlAddr)
	for _, text := range []string{"dig mydns @127.0.0.1 -p " + dnsPort, "mysql -h 127.0.0.1 -P " + mysqlPort + " -u root dns -e", "dig hello.lan @127.0.0.1 -p " + dnsPort} {
		if !strings.Contains(strings.Join(strings.Fields(out.String()), " "), text) {
			t.Errorf("does not say %q:\n%s", text, out)
		}
	}

	stop()
	if err := <-ended; err != nil {
		t.Errorf("stopping: %v", err)
	}
	if err := free("DNS", dnsAddr, "-dns", "udp", "tcp"); err != nil {
		t.Error(err)
	}
}

func TestAddressInUse(t *testing.T) {
	packet, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer packet.Close()
	stream, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	for _, test := range []struct {
		what, dns, mysql, http string
		expected               string
	}{
		{"UDP", packet.LocalAddr().String(), freeAddr(t), freeAddr(t), "the DNS address " + packet.LocalAddr().String() + " is in use; stop what uses it, or choose another with -dns ADDRESS (make run DNS=ADDRESS)"},
		{"TCP", stream.Addr().String(), freeAddr(t), freeAddr(t), "the DNS address " + stream.Addr().String() + " is in use; stop what uses it, or choose another with -dns ADDRESS (make run DNS=ADDRESS)"},
		{"MySQL", freeAddr(t), stream.Addr().String(), freeAddr(t), "the MySQL address " + stream.Addr().String() + " is in use; stop what uses it, or choose another with -mysql ADDRESS (make run MYSQL=ADDRESS)"},
		{"HTTP", freeAddr(t), freeAddr(t), stream.Addr().String(), "the HTTP address " + stream.Addr().String() + " is in use; stop what uses it, or choose another with -http ADDRESS (make run HTTP=ADDRESS)"},
	} {
		t.Run(test.what, func(t *testing.T) {
			err := run(t.Context(), []string{"-dns", test.dns, "-mysql", test.mysql, "-http", test.http}, new(output))
			if err == nil || err.Error() != test.expected {
				t.Errorf("got %v, expected %s", err, test.expected)
			}
		})
	}
}

func TestBadCommandLine(t *testing.T) {
	for _, args := range [][]string{{"-dns", "1053"}, {"-mysql", "localhost"}, {"-http", "8053"}, {"surplus"}} {
		err := run(t.Context(), args, new(output))
		if err == nil || errors.Is(err, flag.ErrHelp) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: got %v, expected one line that says what is wrong", args, err)
		}
	}
}

func TestUpstreams(t *testing.T) {
	dir := t.TempDir()
	with, without := filepath.Join(dir, "with"), filepath.Join(dir, "without")
	for path, content := range map[string]string{with: "nameserver 192.0.2.53\n", without: "search example.org\n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for path, expected := range map[string]string{with: with, without: "8.8.8.8", filepath.Join(dir, "missing"): "8.8.8.8"} {
		if got, _, _ := strings.Cut(upstreams(path), " "); got != expected {
			t.Errorf("%s: got %q, expected %q", path, got, expected)
		}
	}
}

func TestSeedRowsAreRecords(t *testing.T) {
	s, err := engine.Start("127.0.0.1:0", mysqldns.Schema, seed)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db, err := sql.Open("mysql", s.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT id, name, type, COALESCE(class, ''), COALESCE(ttl, ''), record FROM tb_dns")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var row record.Row
		if err := rows.Scan(&row.ID, &row.Name, &row.Type, &row.Class, &row.TTL, &row.Record); err != nil {
			t.Fatal(err)
		}
		if _, err := record.Parse(row, 3600); err != nil {
			t.Error(err)
		}
	}
	if err := rows.Err(); err != nil || n == 0 {
		t.Errorf("%d rows, %v", n, err)
	}
}
