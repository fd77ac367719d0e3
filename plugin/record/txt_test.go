package record

import (
	"fmt"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

func TestText(t *testing.T) {
	a255, a256 := strings.Repeat("a", 255), strings.Repeat("a", 256)
	tests := []struct {
		fact, record string
		want         []string // as miekg/dns holds them
	}{
		{"without quotes it is one string", "v=spf1 include:example.org -all", []string{"v=spf1 include:example.org -all"}},
		{"spaces are kept", "a  b\tc", []string{`a  b\009c`}},
		{"spaces around are trimmed", "  a b \n", []string{"a b"}},
		{"semicolons are kept", "v=DKIM1; k=rsa; p=MIGf", []string{"v=DKIM1; k=rsa; p=MIGf"}},
		{"parentheses are kept", "(a) b (", []string{"(a) b ("}},
		{"backslashes are literal", `C:\dir \065 \`, []string{`C:\\dir \\065 \\`}},
		{"quotes inside are literal", `say "hi"`, []string{`say \"hi\"`}},
		{"line breaks are kept", "a\nb", []string{`a\010b`}},
		{"UTF-8 is kept", "é", []string{`\195\169`}},
		{"zero octet is kept", "a\x00b", []string{`a\000b`}},
		{"at sign alone", "@", []string{"@"}},
		{"directive", "$INCLUDE /etc/passwd", []string{"$INCLUDE /etc/passwd"}},
		{"empty", "", []string{""}},
		{"blank", "  ", []string{""}},
		{"255 octets", a255, []string{a255}},
		{"256 octets are split", a256, []string{a255, "a"}},
		{"split counts octets, not characters", strings.Repeat("é", 128), []string{strings.Repeat(`\195\169`, 127) + `\195`, `\169`}},
		{"split counts octets, not escapes", strings.Repeat(`\`, 256), []string{strings.Repeat(`\\`, 255), `\\`}},
		{"hash after a backslash that is text", `\#4 things`, []string{`\\#4 things`}},

		{"quoted", `"v=spf1 -all"`, []string{"v=spf1 -all"}},
		{"quoted spaces are kept", `"  a  "`, []string{"  a  "}},
		{"quoted semicolon", `"a; b"`, []string{"a; b"}},
		{"several strings", `"a" "b"	"c"`, []string{"a", "b", "c"}},
		{"several strings without space", `"a""b"`, []string{"a", "b"}},
		{"escapes in quotes", `"\"\\\065\;\000"`, []string{`\"\\A;\000`}},
		{"UTF-8 in quotes", `"é"`, []string{`\195\169`}},
		{"line break in quotes", "\"a\nb\"", []string{`a\010b`}},
		{"empty string in quotes", `""`, []string{""}},
		{"empty strings among others", `"" "a" ""`, []string{"", "a", ""}},
		{"long string in quotes is split", `"` + a256 + `" "b"`, []string{a255, "a", "b"}},
		{"in parentheses over lines", "( \"v=DKIM1; k=rsa; \"\n\t\"p=MIGf\" )  ; ----- key of example.org", []string{"v=DKIM1; k=rsa; ", "p=MIGf"}},
		{"octets", `\# 4 03616263`, []string{"abc"}},
	}
	for _, tt := range tests {
		t.Run(tt.fact, func(t *testing.T) {
			for _, typ := range []uint16{dns.TypeTXT, dns.TypeSPF, dns.TypeAVC, dns.TypeNINFO, dns.TypeRESINFO} {
				rr := mustParse(t, Row{Name: "example.org", Type: fmt.Sprint(typ), Record: tt.record})
				if got := stringsOf(rr); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", tt.want) {
					t.Errorf("%s: got %q, want %q", dns.Type(typ), got, tt.want)
				}
				wantSound(t, rr)
			}
		})
	}
}

func TestTextRefused(t *testing.T) {
	tests := []struct{ fact, record, problem string }{
		{"quote that is never closed", `"abc`, "never closed"},
		{"second quote that is never closed", `"abc" "d`, "never closed"},
		{"escaped closing quote", `"abc\"`, "never closed"},
		{"text after quotes", `"abc" def`, "text outside the quotes"},
		{"text right after quotes", `"abc"def`, "right after a closing quote"},
		{"second line", "\"abc\"\n\"def\"", "goes on after a line break"},
		{"escape above 255", `"\256"`, "escapes nothing"},
		{"octets with a wrong length", `\# 3 616263`, "not the RDATA of type TXT"},
		{"octets without length", `\#`, "no length"},
		{"more than a message holds", strings.Repeat("a", 65535), "larger than a DNS message"},
		{"more than a message holds, quoted", `"` + strings.Repeat("a", 65535) + `"`, "larger than a DNS message"},
		{"more than anything holds", strings.Repeat("a", 1<<20), "larger than a DNS message"},
	}
	for _, tt := range tests {
		t.Run(tt.fact, func(t *testing.T) {
			_, err := Parse(Row{Name: "example.org", Type: "TXT", Record: tt.record}, 3600)
			wantError(t, err, ReasonRecord, tt.problem)
		})
	}
}

// TestLargestText finds that a text that just fits into a message is taken, and one octet more is not.
func TestLargestText(t *testing.T) {
	const owner = "example.org."
	const room = 65535 - 12 - (13 + 4) - (13 + 10) - 11
	n := 0 // octets of text whose strings make RDATA of room octets
	for size := 0; size+256 <= room; size += 256 {
		n += 255
	}
	n += room%256 - 1
	wantSound(t, mustParse(t, Row{Name: owner, Type: "TXT", Record: strings.Repeat("a", n)}))
	wantSound(t, mustParse(t, Row{Name: owner, Type: "TXT", Record: strings.Repeat("\\", n)}))
	_, err := Parse(Row{Name: owner, Type: "TXT", Record: strings.Repeat("a", n+1)}, 3600)
	wantError(t, err, ReasonRecord, "larger than a DNS message")
}

func stringsOf(rr dns.RR) []string {
	switch rr := rr.(type) {
	case *dns.SPF:
		return rr.Txt
	case *dns.AVC:
		return rr.Txt
	case *dns.NINFO:
		return rr.ZSData
	case *dns.RESINFO:
		return rr.Txt
	}
	return rr.(*dns.TXT).Txt
}
