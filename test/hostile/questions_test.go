package hostile

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/test/client"

	"github.com/miekg/dns"
)

// target is rows of every kind that a question can be led to.
var target = append([]string{
	"q.test SOA ns.q.test. h.q.test. 1 7200 900 1209600 300", "q.test NS ns.q.test", "ns.q.test A 192.0.2.1", "www.q.test A 192.0.2.2", "www.q.test TXT text",
	"*.wild.q.test A 192.0.2.3", "dname.q.test DNAME long.q.test", "cut.q.test NS ns.cut.q.test", "cut.q.test DS 1 8 2 abcd", "ns.cut.q.test A 192.0.2.4",
	"alias.q.test CNAME www.q.test", "l1.q.test CNAME l2.q.test", "l2.q.test CNAME l1.q.test", "any.q.test A 192.0.2.5", "any.q.test MX 10 www.q.test",
	"a.b.c.d.e.ent.q.test A 192.0.2.6", "out.q.test CNAME nobody.test", "*.loosewild A 192.0.2.7",
}, control...)

// attacked is a server with the target rows. What is not in the table is forwarded to a server that refuses.
func attacked(t *testing.T) *instance {
	t.Helper()
	makeTable(t)
	insert(t, target...)
	return start(t, dsn(), "forward . "+refusing(t))
}

// refusing is a server that refuses every question.
func refusing(t *testing.T) (addr string) {
	t.Helper()
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listening := make(chan struct{})
	s := &dns.Server{PacketConn: packets, NotifyStartedFunc: func() { close(listening) }, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		w.WriteMsg(new(dns.Msg).SetRcode(q, dns.RcodeRefused))
	})}
	go s.ActivateAndServe()
	<-listening
	t.Cleanup(func() { s.Shutdown() })
	return packets.LocalAddr().String()
}

// question is a message in wire form.
func question(t *testing.T, name string, qtype uint16, edit func(*dns.Msg)) []byte {
	t.Helper()
	q := new(dns.Msg).SetQuestion(name, qtype)
	if edit != nil {
		edit(q)
	}
	wire, err := q.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

// survives attacks while good questions are asked, and looks at the server after it: it must be there, have answered all good questions,
// and neither have grown nor still be busy.
func survives(t *testing.T, s *instance, attack func()) {
	t.Helper()
	copyBytes := s.metric(t, "coredns_mysqldns_copy_bytes", "")
	goroutines, files := s.metric(t, "go_goroutines", ""), s.metric(t, "process_open_fds", "")
	before, _, memoryErr := s.Resident()
	c := client.Start(s.Addr, 20*time.Millisecond, controlQuestions)
	attack()
	tally := c.Stop()
	if tally.Asked == 0 || tally.Wrong+tally.ServFail > 0 || tally.Lost*2 > tally.Asked { // a flood crowds out datagrams
		t.Errorf("good questions: %d asked, %d wrong, %d SERVFAIL, %d lost:\n%s", tally.Asked, tally.Wrong, tally.ServFail, tally.Lost,
			strings.Join(tally.Samples, "\n"))
	}
	select {
	case <-s.Exited():
		t.Fatalf("the server is gone; its log ends:\n%s", s.Log()[max(0, len(s.Log())-4000):])
	default:
	}
	if n := s.metric(t, "coredns_panics_total", ""); n > 0 {
		t.Errorf("%g panics", n)
	}
	if !eventually(limit, func() bool {
		return s.metric(t, "go_goroutines", "") <= goroutines+20 && s.metric(t, "process_open_fds", "") <= files+20
	}) {
		t.Errorf("goroutines: %g before, %g after; files: %g and %g", goroutines, s.metric(t, "go_goroutines", ""), files, s.metric(t, "process_open_fds", ""))
	}
	if after := s.metric(t, "coredns_mysqldns_copy_bytes", ""); after != copyBytes {
		t.Errorf("the copy has %g octets, had %g", after, copyBytes)
	}
	if after, _, err := s.Resident(); err == nil && memoryErr == nil && after > before+150<<20 {
		t.Errorf("%d octets resident before, %d after", before, after)
	}
}

func TestMalformedQuestions(t *testing.T) {
	s := attacked(t)
	packets := malformed(t)
	t.Logf("%d malformed messages, 15,000 random ones", len(packets))
	survives(t, s, func() {
		sendDatagrams(t, s.Addr, len(packets), func(i int) []byte { return packets[i] })
		random := rand.New(rand.NewPCG(5, 4))
		sendDatagrams(t, s.Addr, 5_000, func(int) []byte { // nothing in order
			b := make([]byte, random.IntN(600))
			for i := range b {
				b[i] = byte(random.Uint32())
			}
			return b
		})
		good := question(t, "www.dname.q.test.", dns.TypeA, func(q *dns.Msg) { q.SetEdns0(1232, true) })
		sendDatagrams(t, s.Addr, 10_000, func(int) []byte { // almost in order
			b := append([]byte(nil), good...)
			for range 1 + random.IntN(4) {
				b[2+random.IntN(len(b)-2)] = byte(random.Uint32())
			}
			return b[:len(b)-random.IntN(2)*random.IntN(len(b))]
		})
		for _, packet := range packets { // what they are over TCP, a few on each connection
			if random.IntN(20) == 0 {
				sendOverTCP(t, s.Addr, packet)
			}
		}
	})
}

// malformed is messages that are none, or say otherwise than they are.
func malformed(t *testing.T) (packets [][]byte) {
	t.Helper()
	add := func(b ...[]byte) { packets = append(packets, b...) }
	edns := func(q *dns.Msg) {
		q.SetEdns0(1232, true)
		q.IsEdns0().Option = []dns.EDNS0{&dns.EDNS0_COOKIE{Code: dns.EDNS0COOKIE, Cookie: "0123456789abcdef"}}
	}
	for _, good := range [][]byte{question(t, "www.q.test.", dns.TypeA, nil), question(t, "x.dname.q.test.", dns.TypeAAAA, edns),
		question(t, "a.b.c.wild.q.test.", dns.TypeANY, edns)} {
		for i := range good { // cut short, and each octet another
			add(good[:i])
			for _, c := range []byte{0, 0x3f, 0x40, 0x80, 0xc0, 0xff, good[i] ^ 1, good[i] ^ 0x20} {
				b := append([]byte(nil), good...)
				b[i] = c
				add(b)
			}
		}
		for count := range 4 { // of questions and records: more than there are, or less
			for _, n := range []uint16{0, 1, 2, 3, 255, 65535} {
				b := append([]byte(nil), good...)
				binary.BigEndian.PutUint16(b[4+2*count:], n)
				add(b)
			}
		}
		add(append(append([]byte(nil), good...), make([]byte, 1000)...), append(append([]byte(nil), good...), good...))
		for flags := range 256 { // QR, opcode, AA, TC, RD
			b := append([]byte(nil), good...)
			b[2] = byte(flags)
			add(b)
		}
	}
	head := []byte{1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	for _, name := range []string{
		"\xc0\x0c", "\xc0\x0e\xc0\x0c", "\xc0\x00", "\xc0\xff", "\xff\xff", "\x01a\xc0\x0c", "\x01a\xc0\x0d", "\x40a\x00", "\x80a\x00", "\x01", "\x3f", "",
		strings.Repeat("\x01a", 126) + "\x01a\x00", strings.Repeat("\x01a", 127) + "\x01a\x00", strings.Repeat("\x01a", 30_000) + "\x00",
		strings.Repeat("\x3f"+long(63), 4) + "\x00", strings.Repeat("\x3f"+long(63), 900) + "\x00", strings.Repeat("\xc0\x0e", 30_000),
		"\x00\x00\x00\x00\x00", "\x01\x00\x00", "\x03\x2e\x2e\x2e\x00", "\x02\\0\x00",
	} {
		add([]byte(string(head) + name + "\x00\x01\x00\x01"))
	}
	two := new(dns.Msg).SetQuestion("www.q.test.", dns.TypeA)
	two.Question = append(two.Question, dns.Question{Name: "alias.q.test.", Qtype: dns.TypeA, Qclass: dns.ClassINET})
	wire, err := two.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return append(packets, wire, nil, make([]byte, 12), make([]byte, 65_507))
}

// sendOverTCP sends a message with its length, and does not wait for an answer.
func sendOverTCP(t *testing.T, addr string, message []byte) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...))
}

// Each question in order gets an answer in order, whatever it asks for.
func TestOddQuestions(t *testing.T) {
	s := attacked(t)
	random := rand.New(rand.NewPCG(7, 6))
	var everyOctet []string
	for c := range 256 {
		everyOctet = append(everyOctet, fmt.Sprintf(`\%03d.q.test.`, c), fmt.Sprintf(`x\%03dx.wild.q.test.`, c))
	}
	names := []string{"www.q.test.", "q.test.", "x.wild.q.test.", "x.dname.q.test.", "x.cut.q.test.", "cut.q.test.", "l1.q.test.", "ent.q.test.", "none.q.test.", ".",
		"loose.", "nobody.test.", "x.loosewild.", strings.Repeat("l.", 123) + "q.test.", strings.Repeat("l.", 120) + "dname.q.test.", strings.Repeat(`\255`, 63) + ".q.test."}
	var types []uint16
	for t := range dns.TypeToString {
		types = append(types, t)
	}
	for range 200 {
		types = append(types, uint16(random.Uint32()))
	}
	c := &dns.Client{Timeout: 5 * time.Second}
	asked := 0
	wantReply := func(q *dns.Msg) *dns.Msg {
		t.Helper()
		asked++
		reply, _, err := c.Exchange(q, s.Addr)
		if err != nil {
			t.Errorf("%s: %v", strings.ReplaceAll(q.String(), "\n", " "), err)
			return new(dns.Msg)
		}
		return reply
	}
	survives(t, s, func() {
		for _, name := range names {
			for _, qtype := range types {
				q := new(dns.Msg).SetQuestion(name, qtype)
				q.SetEdns0(4096, asked%2 == 0)
				reply := wantReply(q)
				if strings.HasSuffix(name, "q.test.") && reply.Rcode == dns.RcodeServerFailure {
					t.Errorf("%s %s: SERVFAIL", name, dns.Type(qtype))
				}
			}
		}
		for _, name := range everyOctet {
			reply := wantReply(new(dns.Msg).SetQuestion(name, dns.TypeA))
			if want := dns.RcodeNameError; strings.HasSuffix(name, "wild.q.test.") {
				if len(reply.Answer) != 1 {
					t.Errorf("%s: %s", name, client.Short(reply))
				}
			} else if reply.Rcode != want {
				t.Errorf("%s: %s", name, client.Short(reply))
			}
		}
		for opcode := range 16 {
			for _, class := range []uint16{0, dns.ClassINET, 2, dns.ClassCHAOS, dns.ClassHESIOD, dns.ClassNONE, dns.ClassANY, 65535} {
				for _, qtype := range []uint16{dns.TypeA, dns.TypeSOA, dns.TypeANY, dns.TypeAXFR, dns.TypeIXFR, 0} {
					q := new(dns.Msg).SetQuestion("q.test.", qtype)
					q.Opcode, q.Question[0].Qclass = opcode, class
					if reply := wantReply(q); class != dns.ClassINET && len(reply.Answer) > 0 {
						t.Errorf("class %d, opcode %d, type %d: %s", class, opcode, qtype, client.Short(reply))
					}
				}
			}
		}
	})
	t.Logf("%d questions", asked)
}

// What EDNS can hold, right or wrong, is answered.
func TestOddEDNS(t *testing.T) {
	s := attacked(t)
	option := func(code uint16, data string) []byte {
		return append(binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, code), uint16(len(data))), data...)
	}
	opt := func(size uint16, flags uint32, options ...[]byte) []byte {
		b := binary.BigEndian.AppendUint16([]byte{0, 0, 41}, size)
		b = binary.BigEndian.AppendUint32(b, flags)
		length := 0
		for _, o := range options {
			length += len(o)
		}
		b = binary.BigEndian.AppendUint16(b, uint16(length))
		for _, o := range options {
			b = append(b, o...)
		}
		return b
	}
	plain := opt(1232, 0)
	tests := []struct {
		fact    string
		records []byte // of the additional section
		count   uint16
		rcode   int // of the answer; -1: any, or no answer
	}{
		{"version 1", opt(1232, 1<<16), 1, dns.RcodeBadVers},
		{"version 255", opt(1232, 255<<16), 1, dns.RcodeBadVers},
		{"size 0", opt(0, 0), 1, 0},
		{"size 1", opt(1, 0), 1, 0},
		{"size 65535", opt(65535, 0), 1, 0},
		{"all flags", opt(1232, 0xffff), 1, 0},
		{"an extended rcode", opt(1232, 0xff<<24), 1, 0},
		{"two OPTs", append(append([]byte(nil), plain...), plain...), 2, -1},
		{"a hundred OPTs", []byte(strings.Repeat(string(plain), 100)), 100, -1},
		{"a cookie", opt(1232, 0, option(10, "12345678")), 1, 0},
		{"a cookie too short", opt(1232, 0, option(10, "1234567")), 1, -1},
		{"a cookie too long", opt(1232, 0, option(10, long(41))), 1, -1},
		{"padding", opt(1232, 0, option(12, strings.Repeat("\x00", 400))), 1, 0},
		{"huge padding", opt(1232, 0, option(12, strings.Repeat("\x00", 40_000))), 1, 0},
		{"an unknown option", opt(1232, 0, option(65001, "x")), 1, 0},
		{"a thousand options", opt(1232, 0, []byte(strings.Repeat(string(option(65001, "x")), 1000))), 1, 0},
		{"a client subnet", opt(1232, 0, option(8, "\x00\x01\x18\x00\xc0\x00\x02")), 1, 0},
		{"a client subnet of no family", opt(1232, 0, option(8, "\xff\xff\xff\xff")), 1, -1},
		{"a client subnet cut short", opt(1232, 0, option(8, "\x00")), 1, -1},
		{"NSID", opt(1232, 0, option(3, "")), 1, 0},
		{"keep-alive", opt(1232, 0, option(11, "\x00\x01")), 1, 0},
		{"keep-alive cut short", opt(1232, 0, option(11, "\x00")), 1, -1},
		{"an option longer than the record", opt(1232, 0, []byte{0, 10, 0xff, 0xff, 1}), 1, -1},
		{"a record longer than the message", append(opt(1232, 0)[:9], 0xff, 0xff), 1, -1},
		{"an owner that is not the root", append([]byte("\x01a"), plain...), 1, -1},
		{"a TSIG that nobody signed", []byte("\x01k\x00\x00\xfa\x00\xff\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), 1, -1},
	}
	survives(t, s, func() {
		var packets [][]byte
		for _, test := range tests {
			q := question(t, "www.q.test.", dns.TypeA, nil)
			binary.BigEndian.PutUint16(q[10:], test.count)
			reply := exchangeTCP(t, s.Addr, append(q, test.records...))
			m := new(dns.Msg)
			if err := m.Unpack(reply); test.rcode >= 0 && (err != nil || m.Rcode != test.rcode) {
				t.Errorf("%s: got %v, %v", test.fact, m, err)
			}
			packets = append(packets, append(q, test.records...))
		}
		sendDatagrams(t, s.Addr, len(packets), func(i int) []byte { return packets[i] })
	})
}

// exchangeTCP sends a message and returns the answer, nil if the server closes the connection.
func exchangeTCP(t *testing.T, addr string, message []byte) []byte {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(15 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...)); err != nil {
		t.Fatal(err)
	}
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil
	}
	reply := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(conn, reply); err != nil {
		t.Errorf("an answer of %d octets breaks off: %v", len(reply), err)
	}
	return reply
}

// Names that were never asked for before cost neither memory nor the others' answers.
func TestRandomNames(t *testing.T) {
	s := attacked(t)
	random := rand.New(rand.NewPCG(9, 8))
	survives(t, s, func() {
		for _, suffix := range []string{".q.test.", ".loose.", ".wild.q.test.", ".dname.q.test.", ".cut.q.test.", ".loosewild."} {
			const questions = 5_000
			replies := sendDatagrams(t, s.Addr, questions, func(i int) []byte {
				return question(t, fmt.Sprintf("%016x.%x%s", random.Uint64(), i, suffix), dns.TypeA, nil)
			})
			if replies < questions/2 {
				t.Errorf("%s: %d replies to %d questions", suffix, replies, questions)
			}
		}
	})
}

// Connections that do nothing, little or too much cost no other client an answer, and go when they are closed.
func TestOddConnections(t *testing.T) {
	s := attacked(t)
	good := question(t, "www.q.test.", dns.TypeA, nil)
	framed := append(binary.BigEndian.AppendUint16(nil, uint16(len(good))), good...)
	survives(t, s, func() {
		var connections []net.Conn
		for range 200 { // open, and silent
			conn, err := net.DialTimeout("tcp", s.Addr, 5*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			connections = append(connections, conn)
		}
		for i, conn := range connections { // or in the middle of something
			switch i % 5 {
			case 0:
				conn.Write([]byte{0xff})
			case 1:
				conn.Write([]byte{0xff, 0xff, 1, 2, 3})
			case 2:
				conn.Write(framed[:len(framed)-1])
			case 3:
				conn.Write([]byte{0, 0})
			}
		}
		var writers sync.WaitGroup
		for range 20 { // one octet after the other
			writers.Go(func() { writeSlowly(t, s.Addr, framed) })
		}
		for range 5 { // all at once, and the answers not read until all is written
			writers.Go(func() { pipeline(t, s.Addr, framed, 500) })
		}
		writers.Wait()
		for _, conn := range connections {
			conn.Close()
		}
	})
}

func writeSlowly(t *testing.T, addr string, framed []byte) {
	conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	for i := range framed {
		if _, err := conn.Write(framed[i : i+1]); err != nil {
			return // the server need not be that patient
		}
		time.Sleep(10 * time.Millisecond)
	}
	wantReplies(t, conn, 1)
}

func pipeline(t *testing.T, addr string, framed []byte, n int) {
	conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(strings.Repeat(string(framed), n))); err != nil {
		t.Error(err)
		return
	}
	wantReplies(t, conn, 100) // after 128, CoreDNS's library closes a connection
}

// wantReplies reads n messages.
func wantReplies(t *testing.T, conn net.Conn, n int) {
	c := &dns.Conn{Conn: conn}
	if err := conn.SetReadDeadline(time.Now().Add(15 * time.Second)); err != nil {
		t.Error(err)
		return
	}
	for i := range n {
		if reply, err := c.ReadMsg(); err != nil || client.Short(reply) != "NOERROR; A 192.0.2.2" {
			t.Errorf("reply %d of %d over TCP: %v, %v", i+1, n, reply, err)
			return
		}
	}
}
