package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/mysqldns/mysqldns/test/lab"
)

// at is a time of the tests, in milliseconds.
func at(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }

// lived is a guest that had an A record, got another one (committed at 1,000 ms), was renamed (2,000), removed (3,000), and is getting a
// TXT record (begun at 4,000, not committed).
func lived() *guest {
	return &guest{number: 7, states: []state{
		{row: guestRow{here, dns.TypeA, 60, 0}, begun: 1, done: 1},
		{row: guestRow{here, dns.TypeA, 60, 1}, begun: at(990), done: at(1000)},
		{row: guestRow{away, dns.TypeA, 60, 1}, begun: at(1990), done: at(2000)},
		{begun: at(2990), done: at(3000)},
		{row: guestRow{here, dns.TypeTXT, 61, 4}, begun: at(4000)},
	}}
}

// packed is a reply as CoreDNS packs it: a record in zone-file form, or an rcode and the SOA record.
func packed(t *testing.T, q *question, answer string) []byte {
	t.Helper()
	m := new(dns.Msg)
	if err := m.Unpack(q.appendPacket(nil, 1)); err != nil {
		t.Fatal(err)
	}
	m.SetReply(m)
	m.Authoritative = true
	text := answer
	if rcode, negative := map[string]int{"NODATA": dns.RcodeSuccess, "NXDOMAIN": dns.RcodeNameError, "SERVFAIL": dns.RcodeServerFailure}[answer]; negative {
		m.Rcode, text = rcode, fmt.Sprintf("%s. %d SOA %s", lab.Origin, lab.TTL, lab.SOARecord)
	}
	rr, err := dns.NewRR(text)
	if err != nil {
		t.Fatal(err)
	}
	if text == answer {
		m.Answer = []dns.RR{rr}
	} else {
		m.Ns = []dns.RR{rr}
	}
	packet, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return packet
}

func TestAnswersAreJudgedByWhatTheTableHadWhenTheyWereAsked(t *testing.T) {
	const hereA0, hereA1 = "here00000007.example.org. 60 A 32.7.0.0", "here00000007.example.org. 60 A 32.7.0.1"
	const awayA1, hereTXT = "away00000007.example.org. 60 A 32.7.0.1", `here00000007.example.org. 61 TXT "guest 7 value 4"`
	for _, test := range []struct {
		fact           string
		place          place
		qtype          uint16
		sent, received int
		shown          int
		answer         string
		want           verdict
	}{
		{"the row", here, dns.TypeA, 500, 501, 0, hereA0, verdict{version: 0}},
		{"no such type", here, dns.TypeAAAA, 500, 501, 0, "NODATA", verdict{version: 0}},
		{"no such name", away, dns.TypeA, 500, 501, 0, "NXDOMAIN", verdict{version: 0}},
		{"no such name, where there is one", here, dns.TypeA, 500, 501, 0, "NXDOMAIN", verdict{kind: wrong, version: -1}},
		{"a name in place of no such type", here, dns.TypeAAAA, 500, 501, 0, "NXDOMAIN", verdict{kind: wrong, version: -1}},
		{"another rcode", here, dns.TypeA, 500, 501, 0, "SERVFAIL", verdict{kind: wrong, version: -1}},
		{"the new row while it is committed", here, dns.TypeA, 985, 995, 0, hereA1, verdict{version: 1}},
		{"the new row before its statement", here, dns.TypeA, 980, 989, 0, hereA1, verdict{kind: wrong, version: -1}},
		{"the old row while that is allowed", here, dns.TypeA, 1150, 1160, 0, hereA0, verdict{version: 0}},
		{"the old row after that", here, dns.TypeA, 1251, 1260, 0, hereA0, verdict{version: 0, late: at(251)}},
		{"the old row after the new one was seen", here, dns.TypeA, 1100, 1101, 1, hereA0, verdict{kind: backwards, version: 0}},
		{"the old row, long after the new one was seen", here, dns.TypeA, 1251, 1260, 1, hereA0, verdict{kind: backwards, version: 0, late: at(251)}},
		{"the new name", away, dns.TypeA, 2500, 2501, 1, awayA1, verdict{version: 2}},
		{"the old name no more", here, dns.TypeA, 2500, 2501, 1, "NXDOMAIN", verdict{version: 2}},
		{"the row with another TTL", away, dns.TypeA, 2500, 2501, 0, "away00000007.example.org. 61 A 32.7.0.1", verdict{kind: wrong, version: -1}},
		{"the value of another guest", away, dns.TypeA, 2500, 2501, 0, "away00000007.example.org. 60 A 32.8.0.1", verdict{kind: wrong, version: -1}},
		{"a value that was rolled back", away, dns.TypeA, 2500, 2501, 0, "away00000007.example.org. 60 A 32.7.128.3", verdict{kind: wrong, version: -1}},
		{"the record of another name", away, dns.TypeA, 2500, 2501, 0, hereA1, verdict{kind: wrong}},
		{"a removed row", away, dns.TypeA, 3500, 3501, 2, awayA1, verdict{version: 2, late: at(500)}},
		{"no row", away, dns.TypeA, 3500, 3501, 2, "NXDOMAIN", verdict{version: 3}},
		{"a row that is not committed yet", here, dns.TypeTXT, 4100, 4101, 3, hereTXT, verdict{version: 4}},
		{"no row as long as it is not", here, dns.TypeTXT, 9000, 9001, 3, "NXDOMAIN", verdict{version: 3}},
	} {
		g := lived()
		q := question{guest: g, number: g.number, place: test.place, qtype: test.qtype, shown: test.shown, sent: at(test.sent)}
		got := q.judge(packed(t, &q, test.answer), at(test.received))
		if right := got.kind == right && got.late == 0; right == (got.expect != "") {
			t.Errorf("%s: what was expected is %q", test.fact, got.expect)
		}
		if got.expect = ""; got != test.want {
			t.Errorf("%s: %+v, expected %+v", test.fact, got, test.want)
		}
	}
}

func TestWhatWasSeenIsNotTakenBack(t *testing.T) {
	g := lived()
	ask := func(place place, sent int, answer string) verdict {
		q := question{guest: g, number: g.number, place: place, qtype: dns.TypeA, shown: g.shown, sent: at(sent)}
		return q.judge(packed(t, &q, answer), at(sent+1))
	}
	ask(here, 1010, "here00000007.example.org. 60 A 32.7.0.1")
	if v := ask(here, 1020, "here00000007.example.org. 60 A 32.7.0.0"); v.kind != backwards {
		t.Errorf("older than the answer before: %+v", v)
	}
	// It may be that it was renamed or that it was removed: only the first of them is sure.
	if v := ask(here, 3100, "NXDOMAIN"); v.kind != right || g.shown != 2 {
		t.Errorf("%+v, and version %d is sure, expected 2", v, g.shown)
	}
}

func TestATransactionShowsAsAWhole(t *testing.T) {
	one, other := lived(), lived()
	one.states[1].with = []member{{one, 1}, {other, 1}}
	q := question{guest: one, number: one.number, place: here, qtype: dns.TypeA, sent: at(1010)}
	q.judge(packed(t, &q, "here00000007.example.org. 60 A 32.7.0.1"), at(1011))
	half := other.question()
	half.place, half.qtype, half.sent = here, dns.TypeA, at(1012)
	if v := half.judge(packed(t, &half, "here00000007.example.org. 60 A 32.7.0.0"), at(1013)); v.kind != backwards {
		t.Errorf("the other half of the transaction was seen: %+v", v)
	}
}

func TestNamesThatDoNotChangeAreJudgedByValue(t *testing.T) {
	host, miss := hostQuestion(1234), hostQuestion(1234)
	miss.absent = true
	for _, test := range []struct {
		q      question
		answer string
		want   verdictKind
	}{
		{host, "host00001234.example.org. 300 A 10.0.4.210", right},
		{host, "host00001234.example.org. 300 A 10.0.4.211", wrong},
		{host, "host00001234.example.org. 301 A 10.0.4.210", wrong},
		{host, "host00001235.example.org. 300 A 10.0.4.210", wrong},
		{host, "NXDOMAIN", wrong},
		{miss, "NXDOMAIN", right},
		{miss, "NODATA", wrong},
		{miss, "miss00001234.example.org. 300 A 10.0.4.210", wrong},
	} {
		if v := test.q.judge(packed(t, &test.q, test.answer), at(1)); v.kind != test.want {
			t.Errorf("%s is %s: %+v, expected %d", &test.q, test.answer, v, test.want)
		}
	}
}

func TestRepliesOfAnotherFormAreWrong(t *testing.T) {
	q := hostQuestion(1)
	good := packed(t, &q, "host00000001.example.org. 300 A 10.0.0.1")
	for fact, change := range map[string]func(b []byte) []byte{
		"not authoritative":  func(b []byte) []byte { b[2] &^= 4; return b },
		"truncated":          func(b []byte) []byte { b[2] |= 2; return b },
		"a question":         func(b []byte) []byte { b[2] &^= 0x80; return b },
		"another question":   func(b []byte) []byte { b[labelAt]++; return b },
		"another type asked": func(b []byte) []byte { b[len(questionForm)-3]++; return b },
		"octets missing":     func(b []byte) []byte { return b[:len(b)-1] },
		"octets too many":    func(b []byte) []byte { return append(b, 0) },
		"header alone":       func(b []byte) []byte { return b[:headerLength] },
		"nothing":            func([]byte) []byte { return nil },
		"two answers":        func(b []byte) []byte { b[7] = 2; return b },
		"a name without end": func(b []byte) []byte { b[len(questionForm)] = 63; return b },
	} {
		if v := q.judge(change(append([]byte(nil), good...)), at(1)); v.kind != wrong {
			t.Errorf("%s: %+v", fact, v)
		}
	}
	if v := q.judge(good, at(1)); v.kind != right {
		t.Errorf("%+v", v)
	}
	compressed := new(dns.Msg)
	if err := compressed.Unpack(good); err != nil {
		t.Fatal(err)
	}
	compressed.Compress = true
	small, err := compressed.Pack()
	if err != nil {
		t.Fatal(err)
	}
	if v := q.judge(small, at(1)); v.kind != right || len(small) >= len(good) {
		t.Errorf("compressed: %+v", v)
	}
}

func TestRecordsAreTheirRDATA(t *testing.T) {
	g := &guest{number: 4999}
	for _, rtype := range guestTypes {
		for _, value := range []uint16{0, 1, 300, rolledBack | 1} {
			text := fmt.Sprintf("x. 1 %s %s", dns.TypeToString[rtype], g.record(rtype, value))
			if rtype == dns.TypeTXT {
				text = fmt.Sprintf("x. 1 TXT %q", g.record(rtype, value))
			}
			rr, err := dns.NewRR(text)
			if err != nil {
				t.Fatal(err)
			}
			packet := make([]byte, 512)
			end, err := dns.PackRR(rr, packet, 0, nil, false)
			if err != nil {
				t.Fatal(err)
			}
			if want := g.appendRDATA(nil, rtype, value); string(packet[end-len(want):end]) != string(want) {
				t.Errorf("%s: %x, expected %x", text, packet[:end], want)
			}
		}
	}
}
