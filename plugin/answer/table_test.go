package answer_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/answer"
	"github.com/mysqldns/mysqldns/plugin/wire"
	"github.com/mysqldns/mysqldns/plugin/zonedb"

	"github.com/miekg/dns"
)

// table is the rows of one table and the questions put to it. Rows and expected sections are zone-file text; names
// in it are relative to origin, and the TTL is 3600 where none is given.
type table struct {
	origin string
	rows   string
	asks   []ask
}

// ask is one question and the whole answer to it.
type ask struct {
	fact     string // what the case shows
	question string // name and type, as in zone-file text
	head     string // as head writes it: "positive aa in example. from *.example. to www.example.net."

	answer     string // in any order, but for aliases, which stand in the order of the chain
	authority  string
	additional string
}

// The SOA that most of the zones here have, and what it becomes in a negative answer (RFC 2308, 5).
const (
	start  = "@ SOA ns hostmaster 1 7200 900 1209600 300\n"
	denial = "@ 300 SOA ns hostmaster 1 7200 900 1209600 300\n"
)

func (tb table) run(t *testing.T) {
	t.Helper()
	view := load(t, records(t, tb.origin, tb.rows))
	for _, a := range tb.asks {
		t.Run(a.fact, func(t *testing.T) {
			qname, qtype := question(t, tb.origin, a.question)
			resp := across(t, view, qname, qtype)
			if got := head(resp); got != a.head {
				t.Errorf("%s: %s\nwant: %s", a.question, got, a.head)
			}
			compare(t, "answer", resp.Answer, records(t, tb.origin, a.answer))
			compare(t, "authority", resp.Authority, records(t, tb.origin, a.authority))
			compare(t, "additional", resp.Additional, records(t, tb.origin, a.additional))
		})
	}
}

// head is all of a response but its sections.
func head(r answer.Response) string {
	var b strings.Builder
	b.WriteString(r.Result.String())
	if r.Authoritative {
		b.WriteString(" aa")
	}
	if r.Zone == "" {
		b.WriteString(" in no zone")
	} else {
		b.WriteString(" in " + r.Zone)
	}
	if r.Wildcard != "" {
		b.WriteString(" from " + r.Wildcard)
	}
	if r.Alias != "" {
		b.WriteString(" to " + r.Alias)
	}
	if s := r.StandIn; s != nil && s.Away {
		fmt.Fprintf(&b, ", %s has %d of %s", s.Owner, s.TTL, s.Target)
	}
	return b.String()
}

// compare compares a section as a set of records, and its aliases in order.
func compare(t *testing.T, section string, got, want []dns.RR) {
	t.Helper()
	if !slices.Equal(sorted(got), sorted(want)) || !slices.Equal(aliases(got), aliases(want)) {
		t.Errorf("%s section:\n%s\nwant:\n%s", section, lines(got), lines(want))
	}
}

func sorted(rrs []dns.RR) []string {
	var all []string
	for _, rr := range rrs {
		all = append(all, rr.String())
	}
	slices.Sort(all)
	return all
}

func aliases(rrs []dns.RR) []string {
	var chain []string
	for _, rr := range rrs {
		if t := rr.Header().Rrtype; t == dns.TypeCNAME || t == dns.TypeDNAME {
			chain = append(chain, rr.String())
		}
	}
	return chain
}

func lines(rrs []dns.RR) string {
	var b strings.Builder
	for _, rr := range rrs {
		fmt.Fprintf(&b, "\t%s\n", rr)
	}
	if b.Len() == 0 {
		return "\t(empty)\n"
	}
	return b.String()
}

// records reads zone-file text, which may be indented: each line has its owner. The records come out as the rows of a
// table do: the owner name in lower case, names escaped as those that were unpacked from a message.
func records(t testing.TB, origin, text string) []dns.RR {
	t.Helper()
	text = "$TTL 3600\n" + generic(t, indent.ReplaceAllString(text, ""))
	zp := dns.NewZoneParser(strings.NewReader(text), origin, "")
	var rrs []dns.RR
	for rr, ok := zp.Next(); ok; rr, ok = zp.Next() {
		rrs = append(rrs, settled(t, rr))
	}
	if err := zp.Err(); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return rrs
}

// generic writes ALIAS NAME, the name absolute, in the form for any type, as miekg/dns does not know it.
func generic(t testing.TB, text string) string {
	t.Helper()
	return aliasRow.ReplaceAllStringFunc(text, func(row string) string {
		var packed [255]byte
		end, err := dns.PackDomainName(strings.Fields(row)[1], packed[:], 0, nil, false)
		if err != nil {
			t.Fatalf("%v: %s", err, row)
		}
		return fmt.Sprintf(" TYPE%d \\# %d %x", wire.TypeALIAS, end, packed[:end])
	})
}

var aliasRow = regexp.MustCompile(`(?m)[\t ]ALIAS[\t ]+\S+\.$`)

var indent = regexp.MustCompile(`(?m)^[\t ]+`)

func settled(t testing.TB, rr dns.RR) dns.RR {
	t.Helper()
	buf := make([]byte, dns.MaxMsgSize)
	end, err := dns.PackRR(rr, buf, 0, nil, false)
	if err != nil {
		t.Fatalf("%v: %s", err, rr)
	}
	rr, _, err = dns.UnpackRR(buf[:end], 0)
	if err != nil {
		t.Fatalf("%v: %s", err, rr)
	}
	h := rr.Header()
	h.Name, h.Rdlength = strings.ToLower(h.Name), 0
	return rr
}

// load makes the copy of a table.
func load(t testing.TB, rrs []dns.RR) *zonedb.View {
	t.Helper()
	db := zonedb.New()
	l := db.NewLoad()
	for _, rr := range rrs {
		l.Add(rr)
	}
	l.Commit()
	return db.View()
}

// question splits "name type", and spells the name as one that was unpacked from a message.
func question(t testing.TB, origin, text string) (qname string, qtype uint16) {
	t.Helper()
	name, mnemonic, _ := strings.Cut(text, " ")
	qtype, ok := dns.StringToType[mnemonic]
	if !ok {
		t.Fatalf("no type in the question %q", text)
	}
	if name == "@" {
		name = origin
	} else if !dns.IsFqdn(name) {
		name += "." + strings.TrimPrefix(origin, ".")
	}
	var wire [255]byte
	if _, err := dns.PackDomainName(name, wire[:], 0, nil, false); err != nil {
		t.Fatalf("%v: %s", err, name)
	}
	name, _, err := dns.UnpackDomainName(wire[:], 0)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return strings.ToLower(name), qtype
}
