package mysqldns

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mysqldns/mysqldns/plugin/follow"

	"github.com/miekg/dns"
)

func render(t *testing.T, p page) string {
	t.Helper()
	var text bytes.Buffer
	if err := pageTemplate.Execute(&text, p); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// Rows belong to whoever writes them, and questions to whoever made the link.
func TestPageEscapesWhatRowsAndQuestionsHold(t *testing.T) {
	const hostile = `"><script>alert(1)</script>`
	got := render(t, page{
		Copy:    copyState{Table: hostile, Servers: hostile, Host: hostile, Failure: hostile, Filled: true},
		Changes: []recentChange{{Name: hostile, At: time.Now()}},
		Skipped: []follow.SkippedRow{{Name: hostile, Type: hostile, Problem: hostile, Advice: hostile}},
		Asked: &asked{Name: hostile, Type: hostile, Rcode: "NOERROR", How: []string{hostile},
			Sections: []section{{"Answer", []shownRow{{row{Name: hostile, Record: hostile}, "TXT"}}}}},
	})
	if strings.Contains(got, "<script") || strings.Contains(got, `value="">`) {
		t.Errorf("not escaped:\n%s", got)
	}
	if n := strings.Count(got, "&lt;script&gt;"); n < 12 {
		t.Errorf("shown %d times", n)
	}
}

func TestPageOfAnEmptyCopy(t *testing.T) {
	got := render(t, page{Copy: copyState{Table: "tb_dns", Servers: "db:3306/dns", Failure: "no such table"}})
	for _, want := range []string{"not filled yet", "no such table", "None since the start", "every row is a valid record"} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q", want)
		}
	}
}

func TestRecentChangesAreTheLastOnes(t *testing.T) {
	var recent recentChanges
	if got := recent.list(); len(got) != 0 {
		t.Errorf("at first: %v", got)
	}
	at := time.Unix(1, 0)
	recent.add(at, "a", "b")
	recent.add(at.Add(time.Second), "c")
	if got := recent.list(); !slices.Equal(got, []recentChange{{"c", at.Add(time.Second)}, {"b", at}, {"a", at}}) {
		t.Errorf("got %v", got)
	}
	var many []string
	for range 3 * maxRecent {
		many = append(many, "x")
	}
	recent.add(at, append(many, "last")...)
	if got := recent.list(); len(got) != maxRecent || got[0].Name != "last" || got[maxRecent-1].Name != "x" {
		t.Errorf("of many: %v", got)
	}
}

func TestExplanations(t *testing.T) {
	alias := new(dns.Msg)
	alias.Answer = []dns.RR{&dns.CNAME{Hdr: dns.RR_Header{Name: "a.lan."}, Target: "b.lan."}}
	tests := []struct {
		how   explanation
		reply *dns.Msg
		want  string
	}{
		{explanation{}, new(dns.Msg), "Another plugin"},
		{explanation{true, positive, "example.org.", ""}, new(dns.Msg), "From the zone example.org of the table."},
		{explanation{true, positive, "", "*.lan."}, new(dns.Msg), "(a loose name). Made from the wildcard *.lan ("},
		{explanation{true, positive, "", ""}, alias, "a.lan is an alias (CNAME) of b.lan."},
		{explanation{true, handedOn, "", ""}, new(dns.Msg), "the next plugin answered"},
		{explanation{true, nodata, "example.org.", ""}, new(dns.Msg), "NODATA: the zone example.org "},
		{explanation{true, nxdomain, "example.org.", ""}, new(dns.Msg), "NXDOMAIN: the zone example.org "},
		{explanation{true, referral, "example.org.", ""}, new(dns.Msg), "A referral"},
		{explanation{true, yxdomain, "example.org.", ""}, new(dns.Msg), "YXDOMAIN"},
		{explanation{true, servfail, "", ""}, new(dns.Msg), "SERVFAIL"},
		{explanation{true, refused, "", ""}, new(dns.Msg), "REFUSED"},
	}
	for _, test := range tests {
		if got := strings.Join(test.how.sentences(test.reply), " "); !strings.Contains(got, test.want) {
			t.Errorf("%+v: %q does not say %q", test.how, got, test.want)
		}
	}
}
