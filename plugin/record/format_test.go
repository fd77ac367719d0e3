package record

import (
	"errors"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// Every type, as miekg/dns reads it from a zone file.
func TestFormatIsTheReverseOfParse(t *testing.T) {
	for rrtype, records := range samples {
		for _, text := range records {
			rr, err := Parse(Row{Name: "www.example.org", Type: dns.Type(rrtype).String(), TTL: "60", Record: text}, 0)
			if err != nil {
				t.Fatal(err)
			}
			row, err := Format(rr)
			if err != nil {
				t.Errorf("%s: %v", rr, err)
				continue
			}
			if row.Name != "www.example.org" || row.TTL != "60" || row.Class != "IN" {
				t.Errorf("%s became %+v", rr, row)
			}
			if back, err := Parse(row, 0); err != nil || octetsOf(t, back) != octetsOf(t, rr) {
				t.Errorf("%s became %+v, which is %v, %v", rr, row, back, err)
			}
		}
	}
}

func TestFormatWritesRows(t *testing.T) {
	tests := []struct{ name, record, expected string }{
		{"name loses its final dot and keeps its case", "WWW.Example.ORG. 60 IN A 192.0.2.1", "WWW.Example.ORG A 60 192.0.2.1"},
		{"root keeps its dot", ". 60 IN NS a.example.", ". NS 60 a.example."},
		{"blank at the end keeps the dot behind it", `a\032. 60 IN A 192.0.2.1`, `a\ . A 60 192.0.2.1`},
		{"escaped dot at the end", `a\.. 60 IN A 192.0.2.1`, `a\. A 60 192.0.2.1`},
		{"strings keep their borders", `a. 60 IN TXT one "two words"`, `a TXT 60 "one" "two words"`},
		{"unknown type", `a. 60 IN TYPE65280 \# 2 ABCD`, `a TYPE65280 60 \# 2 abcd`},
		{"text that reads as another place", `a. 60 IN LOC \# 16 001903627f372efc7f0bdb4787925737`, `a LOC 60 \# 16 001903627f372efc7f0bdb4787925737`},
		{"known type in the form of an unknown one", `a. 60 IN TYPE1 \# 4 C0000201`, `a A 60 192.0.2.1`},
		{"type without a text form", `a. 60 IN NULL \# 3 616263`, `a NULL 60 \# 3 616263`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rr, err := dns.NewRR(test.record)
			if err != nil {
				t.Fatal(err)
			}
			row, err := Format(rr)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join([]string{row.Name, row.Type, row.TTL, row.Record}, " "); got != test.expected {
				t.Errorf("got      %s\nexpected %s", got, test.expected)
			}
		})
	}
}

func TestFormatRefusesWhatNoRowMakes(t *testing.T) {
	tests := []struct {
		record, reason string
	}{
		{"a. 60 CH A 192.0.2.1", ReasonClass},
		{"a. 4294967295 IN A 192.0.2.1", ReasonTTL},
		{"a. 60 IN SVCB 1 . no-default-alpn", ReasonRecord},
		{`a. 60 IN CAA 0 is-sue "a"`, ReasonRecord},
	}
	for _, test := range tests {
		rr, err := dns.NewRR(test.record)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Format(rr)
		var wrong *Error
		if !errors.As(err, &wrong) || wrong.Reason != test.reason {
			t.Errorf("%s: %v, expected one about the %s", test.record, err, test.reason)
		}
	}
}
