package mysqldns

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

func TestQuestionOfARequest(t *testing.T) {
	tests := []struct{ query, name, qtype string }{
		{"domain=mydns", "mydns.", "A"},
		{"domain=Example.ORG.&type=MX", "example.org.", "MX"},
		{"type=28&domain=example.org", "example.org.", "AAAA"},
		{"domain=example.org&type=type65280", "example.org.", "TYPE65280"},
		{"domain=.&type=NS", ".", "NS"},
		{`domain=a\.b.example.org`, `a\.b.example.org.`, "A"},
		{"domain=%2A.example.org", "*.example.org.", "A"},
	}
	for _, test := range tests {
		q, err := questionOf(test.query)
		if err != nil {
			t.Errorf("%s: %v", test.query, err)
			continue
		}
		if got := q.Question[0]; got.Name != test.name || dns.Type(got.Qtype).String() != test.qtype || !q.RecursionDesired {
			t.Errorf("%s: asks for %s", test.query, got.String())
		}
	}
}

func TestBadRequestsAreToldWhy(t *testing.T) {
	tests := []struct{ query, reason string }{
		{"", "domain is missing"},
		{"domain=", "domain is missing"},
		{"type=A", "domain is missing"},
		{"domain=a..b", "domain: name \"a..b\" has an empty label"},
		{"domain=" + strings.Repeat("a", 64), "domain: name"},
		{"domain=mydns&type=", "type: type is empty"},
		{"domain=mydns&type=NOSUCH", "type: type \"NOSUCH\" is unknown"},
		{"domain=mydns&type=ANY", "type: type \"ANY\" is for queries and messages only"},
		{"domain=mydns&type=AXFR", "type: type \"AXFR\" is for queries and messages only"},
		{"domain=mydns&type=70000", "out of range"},
		{"domain=mydns&domain=other", "domain is given 2 times"},
		{"name=mydns", "unknown parameter \"name\"; expected GET /dns?domain=NAME[&type=TYPE]"},
		{"domain=%zz", "invalid URL escape"},
	}
	for _, test := range tests {
		_, err := questionOf(test.query)
		if err == nil {
			t.Errorf("%s: accepted", test.query)
		} else if !strings.Contains(err.Error(), test.reason) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %q, expected it to contain %q", test.query, err, test.reason)
		}
	}
}

func TestRowsOfTheOriginalService(t *testing.T) {
	tests := []struct{ rr, row string }{
		{"mydns. 60 IN A 111.112.113.114", `[{"name":"mydns","type":1,"class":1,"ttl":60,"record":"111.112.113.114"}]`},
		{"www.baidu.com. 946 IN CNAME www.a.shifen.com.", `[{"name":"www.baidu.com","type":5,"class":1,"ttl":946,"record":"www.a.shifen.com."}]`},
		{". 5 IN NS a.root-servers.net.", `[{"name":".","type":2,"class":1,"ttl":5,"record":"a.root-servers.net."}]`},
		{`t.lan. 5 IN TXT "a \"b\""`, `[{"name":"t.lan","type":16,"class":1,"ttl":5,"record":"\"a \\\"b\\\"\""}]`},
		{`x.lan. 5 IN TYPE65280 \# 1 aa`, `[{"name":"x.lan","type":65280,"class":1,"ttl":5,"record":"\\# 1 aa"}]`},
		{"", `[]`},
	}
	for _, test := range tests {
		var rrs []dns.RR
		if test.rr != "" {
			rr, err := dns.NewRR(test.rr)
			if err != nil {
				t.Fatal(err)
			}
			rrs = append(rrs, rr)
		}
		if got, err := json.Marshal(rowsOf(rrs)); err != nil || string(got) != test.row {
			t.Errorf("%s: got %s (%v), expected %s", test.rr, got, err, test.row)
		}
	}
}
