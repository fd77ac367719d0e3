package master

import (
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/record"

	"github.com/miekg/dns"
)

func TestLines(t *testing.T) {
	tests := []struct{ name, record, expected string }{
		{"common type", "www.example.org. 60 IN MX 10 Mail.example.org.", "www.example.org. 60 IN MX 10 Mail.example.org."},
		{"type that not all servers know", "a. 60 IN UINFO me", `a. 60 IN TYPE100 \# 3 026d65`},
		{"type without a name", `a. 60 IN TYPE65280 \# 2 ABCD`, `a. 60 IN TYPE65280 \# 2 abcd`},
		{"type without RDATA", `a. 60 IN TYPE65280 \# 0`, `a. 60 IN TYPE65280 \# 0`},
		{"keys that all servers know", `a. 60 IN HTTPS 1 . alpn="h2" ipv6hint="::1"`, `a. 60 IN HTTPS 1 . alpn="h2" ipv6hint="::1"`},
		{"key that not all servers know", `a. 60 IN SVCB 1 . key667="x"`, `a. 60 IN TYPE64 \# 8 000100029b000178`},
		{"backslashes in names", `a\\. 60 IN CNAME b\\.`, `a\092. 60 IN CNAME b\092.`},
		{"backslashes in text", `a. 60 IN TXT "b\\"`, `a. 60 IN TXT "b\\"`},
		{"owner name that looks like a directive", `$TTL. 60 IN A 192.0.2.1`, `\$TTL. 60 IN A 192.0.2.1`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rr, err := dns.NewRR(strings.Replace(test.record, "$", `\$`, 1))
			if err != nil {
				t.Fatal(err)
			}
			row, err := record.Format(rr)
			if err != nil {
				t.Fatal(err)
			}
			h := rr.Header()
			buf := make([]byte, 1000)
			end, err := dns.PackRR(rr, buf, 0, nil, false)
			if err != nil {
				t.Fatal(err)
			}
			owner := strings.Replace(row.Name+".", `\$`, "$", 1)
			line := string(AppendLine(nil, owner, h.Rrtype, h.Ttl, buf[end-int(h.Rdlength):end]))
			if got := strings.ReplaceAll(line, "\t", " "); got != test.expected+"\n" {
				t.Errorf("got      %sexpected %s", got, test.expected)
			}
			if records, err := read(line, ""); err != nil || len(records) != 1 {
				t.Errorf("comes back as %q, %v", records, err)
			}
		})
	}
}
