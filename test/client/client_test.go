package client

import (
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/port"

	"github.com/miekg/dns"
)

// answering starts a server over UDP and TCP on one port.
func answering(t *testing.T, handler dns.HandlerFunc) (addr string) {
	t.Helper()
	listener, packet, err := port.Listen()
	if err != nil {
		t.Fatal(err)
	}
	for _, server := range []*dns.Server{{PacketConn: packet, Handler: handler}, {Listener: listener, Handler: handler}} {
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		go server.ActivateAndServe()
		<-started
		t.Cleanup(func() { server.Shutdown() })
	}
	return packet.LocalAddr().String()
}

// reply answers with an rcode and records.
func reply(t *testing.T, w dns.ResponseWriter, q *dns.Msg, rcode int, records ...string) {
	m := new(dns.Msg).SetRcode(q, rcode)
	for _, text := range records {
		rr, err := dns.NewRR(text)
		if err != nil {
			t.Error(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	w.WriteMsg(m)
}

// until asks until enough attempts have ended.
func until(t *testing.T, addr string, every time.Duration, enough int, questions ...Question) Tally {
	t.Helper()
	c := Start(addr, every, questions)
	defer c.Stop()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		c.mu.Lock()
		asked := c.tally.Asked
		c.mu.Unlock()
		if asked >= enough {
			return c.Stop()
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d attempts ended, expected %d", asked, enough)
		}
	}
}

func TestEachAnswerIsCountedForWhatItIs(t *testing.T) {
	addr := answering(t, func(w dns.ResponseWriter, q *dns.Msg) {
		switch q.Question[0].Name {
		case "right.":
			reply(t, w, q, dns.RcodeSuccess, "right. 60 A 192.0.2.1")
		case "value.":
			reply(t, w, q, dns.RcodeSuccess, "value. 60 A 192.0.2.2")
		case "more.":
			reply(t, w, q, dns.RcodeSuccess, "more. 60 A 192.0.2.1", "more. 60 A 192.0.2.2")
		case "nxdomain.", "missing.":
			reply(t, w, q, dns.RcodeNameError)
		case "failing.", "refusing.":
			reply(t, w, q, dns.RcodeServerFailure)
		case "another.":
			other := new(dns.Msg).SetQuestion("right.", dns.TypeA)
			other.Id = q.Id
			reply(t, w, other, dns.RcodeSuccess, "another. 60 A 192.0.2.1")
		case "slow.":
			time.Sleep(lateAfter + 100*time.Millisecond)
			reply(t, w, q, dns.RcodeSuccess, "slow. 60 A 192.0.2.1")
		case "stray.": // an answer to somebody else before ours
			stray := q.Copy()
			stray.Id++
			reply(t, w, stray, dns.RcodeServerFailure)
			reply(t, w, q, dns.RcodeSuccess, "stray. 60 A 192.0.2.1")
		}
	})
	const address = "NOERROR; A 192.0.2.1"
	tests := []struct {
		name, want                         string
		right, wrong, servFail, late, lost bool
	}{
		{name: "right", want: address, right: true},
		{name: "stray", want: address, right: true},
		{name: "value", want: address, wrong: true},
		{name: "more", want: address, wrong: true},
		{name: "nxdomain", want: "NXDOMAIN", right: true},
		{name: "missing", want: address, wrong: true},
		{name: "failing", want: address, servFail: true},
		{name: "refusing", want: "SERVFAIL", right: true},
		{name: "another", want: address, wrong: true},
		{name: "slow", want: address, right: true, late: true},
		{name: "silent", want: address, late: true, lost: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := until(t, addr, 20*time.Millisecond, 40, Question{test.name, dns.TypeA, []string{"NOERROR", test.want}})
			all := func(is bool) int {
				if is {
					return got.Asked
				}
				return 0
			}
			if got.Right != all(test.right) || got.Wrong != all(test.wrong) || got.ServFail != all(test.servFail) ||
				got.Late != all(test.late) || got.Lost != all(test.lost) || len(got.Spans) != got.Late {
				t.Errorf("got %+v", got)
			}
			samples := 0
			switch {
			case test.late:
				samples = maxSamples / 2
			case !test.right:
				samples = maxSamples
			}
			if len(got.Samples) != samples || samples > 0 && !strings.Contains(got.Samples[0], test.name) {
				t.Errorf("expected %d samples: %q", samples, got.Samples)
			}
		})
	}
}

func TestNobodyListeningIsLost(t *testing.T) {
	packet, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	packet.Close()
	got := until(t, packet.LocalAddr().String(), time.Millisecond, 50, Question{"www.lan", dns.TypeA, []string{"NOERROR"}})
	if got.Lost != got.Asked || got.Late != got.Asked {
		t.Errorf("got %+v", got)
	}
}

func TestSlowAnswersDoNotHoldUpOthers(t *testing.T) {
	addr := answering(t, func(w dns.ResponseWriter, q *dns.Msg) {
		if q.Question[0].Name == "silent." {
			return
		}
		reply(t, w, q, dns.RcodeSuccess)
	})
	c := Start(addr, 2*time.Millisecond, []Question{{"silent", dns.TypeA, nil}, {"quick", dns.TypeA, []string{"NOERROR"}}})
	defer c.Stop()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		c.mu.Lock()
		got := c.tally
		c.mu.Unlock()
		if got.Right >= 300 && got.Lost == 0 {
			return // hundreds of quick ones, before the first silent one was over
		}
		if got.Lost > 0 || time.Now().After(deadline) {
			t.Fatalf("%d were answered before the first was lost", got.Right)
		}
	}
}

func TestEveryQuestionIsAskedOverTCPToo(t *testing.T) {
	var overTCP, overUDP [3]atomic.Int64
	addr := answering(t, func(w dns.ResponseWriter, q *dns.Msg) {
		counter := &overUDP
		if w.RemoteAddr().Network() == "tcp" {
			counter = &overTCP
		}
		counter[q.Question[0].Name[0]-'a'].Add(1)
		reply(t, w, q, dns.RcodeSuccess)
	})
	want := []string{"NOERROR"}
	got := until(t, addr, time.Millisecond, 200, Question{"a", dns.TypeA, want}, Question{"b", dns.TypeA, want}, Question{"c", dns.TypeA, want})
	if got.Right != got.Asked {
		t.Errorf("got %+v", got)
	}
	for i := range overTCP {
		if overTCP[i].Load() == 0 || overUDP[i].Load() < 5*overTCP[i].Load() {
			t.Errorf("question %d: %d over TCP, %d over UDP", i, overTCP[i].Load(), overUDP[i].Load())
		}
	}
}

func TestRepliesThatDoNotFitAreFetchedOverTCP(t *testing.T) {
	addr := answering(t, func(w dns.ResponseWriter, q *dns.Msg) {
		if w.RemoteAddr().Network() == "udp" {
			m := new(dns.Msg).SetReply(q)
			m.Truncated = true
			w.WriteMsg(m)
			return
		}
		reply(t, w, q, dns.RcodeSuccess, "big. 60 TXT whole")
	})
	const whole = `NOERROR; TXT "whole"`
	if got := until(t, addr, time.Millisecond, 50, Question{"big", dns.TypeTXT, []string{whole}}); got.Right != got.Asked {
		t.Errorf("got %+v", got)
	}
	if got, err := Ask(addr, "big", dns.TypeTXT); got != whole || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestMarkBeginsAnew(t *testing.T) {
	addr := answering(t, func(w dns.ResponseWriter, q *dns.Msg) { reply(t, w, q, dns.RcodeSuccess) })
	c := Start(addr, time.Millisecond, []Question{{"a", dns.TypeA, []string{"NOERROR"}}})
	total := 0
	for marked := 0; marked < 5; time.Sleep(10 * time.Millisecond) {
		if got := c.Mark(); got.Asked > 0 {
			total += got.Asked
			marked++
		}
	}
	if got := c.Stop(); got.Asked > total {
		t.Errorf("%d after %d that were marked", got.Asked, total)
	}
	if got := c.Stop(); got.Asked != 0 {
		t.Errorf("the second Stop returns %+v", got)
	}
}

func TestShortSortsEachRRset(t *testing.T) {
	m := new(dns.Msg)
	for _, text := range []string{"www. 60 CNAME a.", "a. 60 A 192.0.2.2", "a. 60 A 192.0.2.1", `a. 60 TYPE65280 \# 2 0a01`} {
		rr, err := dns.NewRR(text)
		if err != nil {
			t.Fatal(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	if got, expected := Short(m), `NOERROR; CNAME a.; A 192.0.2.1; A 192.0.2.2; TYPE65280 \# 2 0A01`; got != expected {
		t.Errorf("got %q, expected %q", got, expected)
	}
}
