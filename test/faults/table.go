package faults

import (
	"fmt"
	"strings"

	"github.com/mysqldns/mysqldns/test/client"

	"github.com/miekg/dns"
)

// fillers is how many names there are besides those below, so that a list of the table takes a while.
const fillers = 20_000

// Names whose addresses change: of meanwhile all the time, of changing when a test wants to know how long that takes to show.
const (
	changing  = "changing.example.org"
	meanwhile = "meanwhile.example.org"
	values    = 250 // that the addresses go through
)

// zones is what bare is told to look at. What the tests forward lies outside of them.
const zones = "example.org example.net lan mydns"

// records are rows written as "name type record".
const records = `
	example.org       SOA    ns1.example.org. hostmaster.example.org. 1 7200 3600 1209600 300
	example.org       NS     ns1.example.org.
	example.org       NS     ns2.example.org.
	example.org       MX     10 mail.example.org.
	example.org       TXT    v=spf1 mx -all
	example.org       CAA    0 issue "ca.example.net"
	ns1.example.org   A      192.0.2.53
	ns1.example.org   AAAA   2001:db8::53
	ns2.example.org   A      192.0.2.54
	mail.example.org  A      192.0.2.25
	www.example.org   A      192.0.2.80
	www.example.org   A      192.0.2.81
	www.example.org   AAAA   2001:db8::80
	alias.example.org CNAME  www.example.org.
	out.example.org   CNAME  www.elsewhere.test.
	*.wild.example.org A     192.0.2.7
	a.b.example.org   A      192.0.2.8
	sub.example.org   NS     ns.sub.example.org.
	ns.sub.example.org A     192.0.2.99
	old.example.org   DNAME  new.example.net.
	_sip._tcp.example.org SRV 0 5 5060 sip.example.org.
	example.net       SOA    ns1.example.org. hostmaster.example.org. 1 7200 3600 1209600 300
	example.net       NS     ns1.example.org.
	x.new.example.net A      192.0.2.9
	odd.example.net   TYPE65280 \# 4 0A000001
	mydns             A      111.112.113.114
	printer.lan       A      192.0.2.44
	printer.lan       TXT    "second floor" "left"
	*.dyn.lan         AAAA   2001:db8::44
	changing.example.org A   10.0.0.0
	meanwhile.example.org A  10.0.0.0
`

// known are questions for these rows, as "name type answer".
const known = `
	example.org       SOA    NOERROR; SOA ns1.example.org. hostmaster.example.org. 1 7200 3600 1209600 300
	example.org       NS     NOERROR; NS ns1.example.org.; NS ns2.example.org.
	example.org       MX     NOERROR; MX 10 mail.example.org.
	example.org       TXT    NOERROR; TXT "v=spf1 mx -all"
	example.org       CAA    NOERROR; CAA 0 issue "ca.example.net"
	ns1.example.org   A      NOERROR; A 192.0.2.53
	ns1.example.org   AAAA   NOERROR; AAAA 2001:db8::53
	mail.example.org  A      NOERROR; A 192.0.2.25
	www.example.org   A      NOERROR; A 192.0.2.80; A 192.0.2.81
	WWW.example.ORG   AAAA   NOERROR; AAAA 2001:db8::80
	alias.example.org A      NOERROR; CNAME www.example.org.; A 192.0.2.80; A 192.0.2.81
	out.example.org   A      NOERROR; CNAME www.elsewhere.test.; A 203.0.113.53
	any.wild.example.org A   NOERROR; A 192.0.2.7
	b.example.org     A      NOERROR
	mail.example.org  TXT    NOERROR
	www.sub.example.org A    NOERROR
	x.old.example.org A      NOERROR; DNAME new.example.net.; CNAME x.new.example.net.; A 192.0.2.9
	_sip._tcp.example.org SRV NOERROR; SRV 0 5 5060 sip.example.org.
	example.net       SOA    NOERROR; SOA ns1.example.org. hostmaster.example.org. 1 7200 3600 1209600 300
	odd.example.net   TYPE65280 NOERROR; TYPE65280 \# 4 0A000001
	mydns             A      NOERROR; A 111.112.113.114
	printer.lan       A      NOERROR; A 192.0.2.44
	printer.lan       TXT    NOERROR; TXT "second floor" "left"
	anything.dyn.lan  AAAA   NOERROR; AAAA 2001:db8::44
	printer.lan       MX     NOERROR
	nothing.example.org A    NXDOMAIN
	h20000.fill.example.org A NXDOMAIN
	nothing.example.net TXT  NXDOMAIN
	x.y.new.example.net A    NXDOMAIN
`

// forwarded are questions for names that no table has.
const forwarded = `
	www.elsewhere.test  A    NOERROR; A 203.0.113.53
	mail.elsewhere.test A    NOERROR; A 203.0.113.53
	elsewhere.test      MX   NOERROR
`

// fields are the lines of a text, each cut into a name, a type and the rest.
func fields(text string) (lines [][3]string) {
	for line := range strings.Lines(text) {
		name, rest, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		rrtype, rest, _ := strings.Cut(strings.TrimSpace(rest), " ")
		lines = append(lines, [3]string{name, rrtype, strings.TrimSpace(rest)})
	}
	return lines
}

// filler is the name and the address of one.
func filler(i int) (name, address string) {
	return fmt.Sprintf("h%d.fill.example.org", i), fmt.Sprintf("10.%d.%d.%d", 1+i>>16, i>>8&255, i&255)
}

// inserts are statements that fill a table with these columns: name, type, ttl and record.
func inserts(table string) (statements []string) {
	const batch = 2000
	var rows []string
	flush := func() {
		statements = append(statements, "INSERT INTO "+table+" (name, type, ttl, record) VALUES "+strings.Join(rows, ","))
		rows = nil
	}
	for _, row := range fields(records) {
		rows = append(rows, fmt.Sprintf("('%s','%s',300,'%s')", row[0], row[1], strings.ReplaceAll(row[2], `\`, `\\`)))
	}
	for i := range fillers {
		name, address := filler(i)
		rows = append(rows, fmt.Sprintf("('%s','A',300,'%s')", name, address))
		if len(rows) >= batch {
			flush()
		}
	}
	flush()
	return statements
}

// private are the questions for what only the table has, with their right answers.
func private() (questions []client.Question) {
	for _, line := range fields(known) {
		questions = append(questions, question(line))
	}
	for i := 0; i < fillers; i += fillers / 50 {
		name, address := filler(i)
		questions = append(questions, question([3]string{name, "A", "NOERROR; A " + address}))
	}
	var want []string
	for i := range values {
		want = append(want, "NOERROR; A "+value(i))
	}
	return append(questions, client.Question{Name: changing, Type: dns.TypeA, Want: want}, client.Question{Name: meanwhile, Type: dns.TypeA, Want: want})
}

// privateNames are the names of these questions.
func privateNames() (names []string) {
	for _, q := range private() {
		names = append(names, q.Name)
	}
	return names
}

// public are the questions for what is forwarded.
func public() (questions []client.Question) {
	for _, line := range fields(forwarded) {
		questions = append(questions, question(line))
	}
	return questions
}

func question(line [3]string) client.Question {
	qtype, ok := dns.StringToType[line[1]]
	if !ok {
		fmt.Sscanf(line[1], "TYPE%d", &qtype)
	}
	return client.Question{Name: line[0], Type: qtype, Want: []string{line[2]}}
}

// value is the i-th address of a name that changes.
func value(i int) string { return fmt.Sprintf("10.0.0.%d", i%values) }

// orElse returns the questions with another answer that is right as well.
func orElse(questions []client.Question, answer func(client.Question) string) (others []client.Question) {
	for _, q := range questions {
		q.Want = append(append([]string{}, q.Want...), answer(q))
		others = append(others, q)
	}
	return others
}

// only returns the questions with another answer that alone is right.
func only(questions []client.Question, answer func(client.Question) string) (others []client.Question) {
	for _, q := range questions {
		q.Want = []string{answer(q)}
		others = append(others, q)
	}
	return others
}

// passedOn is what the upstream server answers.
func passedOn(q client.Question) string {
	if q.Type == dns.TypeA {
		return "NOERROR; A " + elsewhere
	}
	return "NOERROR"
}

// servFail is the answer of who knows nothing.
func servFail(client.Question) string { return "SERVFAIL" }
