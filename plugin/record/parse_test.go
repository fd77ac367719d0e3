package record

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

func replaceWord(s, word, by string) string { return strings.ReplaceAll(s, word, by) }

func TestRowOfTheOriginalServer(t *testing.T) {
	rr := mustParse(t, Row{ID: 1, Name: "mydns", Type: "1", Class: "1", TTL: "60", Record: "111.112.113.114"})
	if got, want := rr.String(), "mydns.\t60\tIN\tA\t111.112.113.114"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOwner(t *testing.T) {
	label63, label64 := strings.Repeat("a", 63), strings.Repeat("a", 64)
	name255 := strings.Repeat(label63+".", 3) + strings.Repeat("b", 61)
	name256 := name255 + "b"
	tests := []struct{ fact, name, want, problem string }{
		{"final dot is optional", "www.example.org", "www.example.org.", ""},
		{"final dot is kept", "www.example.org.", "www.example.org.", ""},
		{"letters are folded", "WWW.Example.ORG", "www.example.org.", ""},
		{"one label", "mydns", "mydns.", ""},
		{"root", ".", ".", ""},
		{"wildcard", "*.example.org", "*.example.org.", ""},
		{"asterisk in the middle", "a.*.example.org", "a.*.example.org.", ""},
		{"underscores", "_sip._tcp.example.org", "_sip._tcp.example.org.", ""},
		{"slash of RFC 2317", "0/25.2.0.192.in-addr.arpa", "0/25.2.0.192.in-addr.arpa.", ""},
		{"dollar begins no directive", "$INCLUDE", "$include.", ""},
		{"white space around it", "\t www.example.org \r\n", "www.example.org.", ""},
		{"escaped dot", `a\.b.example`, `a\.b.example.`, ""},
		{"escaped dot at the end", `example\.`, `example\..`, ""},
		{"escaped backslash at the end", `example\\.`, `example\\.`, ""},
		{"needless escapes go", `\w\119\087.example`, "www.example.", ""},
		{"escaped upper case is folded", `\065\B.example`, "ab.example.", ""},
		{"escaped space", `my\ printer.example`, `my\ printer.example.`, ""},
		{"escaped space in decimal", `my\032printer.example`, `my\ printer.example.`, ""},
		{"escaped space at the end", `printer\ `, `printer\ .`, ""},
		{"escaped space and padding at the end", `printer\   `, `printer\ .`, ""},
		{"octets outside ASCII", "Bücher.example", `b\195\188cher.example.`, ""},
		{"letters outside ASCII keep their case", "Ü.example", `\195\156.example.`, ""},
		{"octets that are not UTF-8", "\xff.example", `\255.example.`, ""},
		{"zero octet in decimal", `\000.example`, `\000.example.`, ""},
		{"at sign within", "a@b.example", `a\@b.example.`, ""},
		{"apostrophe", "it's.example", `it\'s.example.`, ""},
		{"label of 63 octets", label63, label63 + ".", ""},
		{"name of 255 octets", name255, name255 + ".", ""},
		{"label of 63 escaped octets", strings.Repeat(`\200`, 63), strings.Repeat(`\200`, 63) + ".", ""},

		{"empty", "", "", "is empty"},
		{"blank", " \t", "", "is empty"},
		{"origin", "@", "", "stands for an origin"},
		{"leading dot", ".example.org", "", "empty label"},
		{"two dots", "a..b", "", "empty label"},
		{"two dots at the end", "a..", "", "empty label"},
		{"two dots alone", "..", "", "empty label"},
		{"label of 64 octets", label64 + ".example", "", "label of more than 63 octets"},
		{"last label of 64 octets", "a." + label64, "", "label of more than 63 octets"},
		{"label of 64 escaped octets", strings.Repeat(`\200`, 64), "", "label of more than 63 octets"},
		{"name of 256 octets", name256, "", "longer than 255 octets"},
		{"name of 256 octets with dot", name256 + ".", "", "longer than 255 octets"},
		{"space within", "www example.org", "", `as \032 for a space`},
		{"pasted zone file line", "www.example.org. 60 IN A 192.0.2.1", "", "white space"},
		{"line break within", "a\nb.example. 60 IN A 192.0.2.1", "", "control character"},
		{"zero octet", "a\x00b", "", "control character"},
		{"padding of zero octets", "example.org\x00\x00", "", "control character"},
		{"comment", "example.org;x", "", `write \;`},
		{"quotes", `"example.org"`, "", `write \"`},
		{"parenthesis", "(example.org", "", `write \(`},
		{"escape above 255", `\256.example`, "", "backslash that escapes nothing"},
		{"escape of two digits", `\12.example`, "", "backslash that escapes nothing"},
		{"backslash at the end", `example\`, "", "backslash that escapes nothing"},
	}
	for _, tt := range tests {
		t.Run(tt.fact, func(t *testing.T) {
			rr, err := Parse(Row{Name: tt.name, Type: "A", Record: "192.0.2.1"}, 3600)
			if tt.problem != "" {
				wantError(t, err, ReasonName, tt.problem)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if rr.Header().Name != tt.want {
				t.Errorf("got %q, want %q", rr.Header().Name, tt.want)
			}
			wantSound(t, rr)
		})
	}
}

func TestOwnerAloneIsThatOfARecord(t *testing.T) {
	if got, err := Owner(" WWW.Example.org"); err != nil || got != "www.example.org." {
		t.Errorf("got %q, %v", got, err)
	}
	_, err := Owner("a..b")
	wantError(t, err, ReasonName, "empty label")
}

func TestType(t *testing.T) {
	tests := []struct {
		fact, column string
		want         uint16
		problem      string
	}{
		{"number", "1", dns.TypeA, ""},
		{"number with zeros", "0028", dns.TypeAAAA, ""},
		{"mnemonic", "AAAA", dns.TypeAAAA, ""},
		{"mnemonic in any case", "Aaaa", dns.TypeAAAA, ""},
		{"spaces around", " a ", dns.TypeA, ""},
		{"TYPEnnn of a known type", "type1", dns.TypeA, ""},
		{"TYPEnnn", " TYPE65280 ", 65280, ""},
		{"mnemonic with a dash", "nsap-ptr", dns.TypeNSAPPTR, ""},
		{"largest", "65534", 65534, ""},
		{"empty", "", 0, "is empty"},
		{"unknown", "AXX", 0, "unknown"},
		{"negative", "-1", 0, "unknown"},
		{"fraction", "1.0", 0, "unknown"},
		{"two words", "A AAAA", 0, "unknown"},
		{"TYPE alone", "TYPE", 0, "unknown"},
		{"TYPE twice", "TYPETYPE1", 0, "unknown"},
		{"too large", "65536", 0, "out of range"},
		{"far too large", "TYPE99999999999999999999999", 0, "out of range"},
		{"reserved 0", "0", 0, "for queries and messages only"},
		{"reserved 65535", "TYPE65535", 0, "for queries and messages only"},
		{"none", "None", 0, "for queries and messages only"},
		{"OPT", "OPT", 0, "for queries and messages only"},
		{"any", "any", 0, "for queries and messages only"},
		{"AXFR", "AXFR", 0, "for queries and messages only"},
		{"IXFR", "251", 0, "for queries and messages only"},
		{"MAILA", "MAILA", 0, "for queries and messages only"},
		{"MAILB", "MAILB", 0, "for queries and messages only"},
		{"TSIG", "TSIG", 0, "for queries and messages only"},
		{"TKEY", "TKEY", 0, "for queries and messages only"},
		{"NXNAME", "NXNAME", 0, "for queries and messages only"},
		{"first meta type", "TYPE128", 0, "for queries and messages only"},
		{"last meta type", "255", 0, "for queries and messages only"},
	}
	for _, tt := range tests {
		t.Run(tt.fact, func(t *testing.T) {
			got, f := rrtype(tt.column)
			if f == nil && (tt.problem != "" || got != tt.want) {
				t.Errorf("got %d, want %d or problem %q", got, tt.want, tt.problem)
			}
			if f != nil {
				_, err := Parse(Row{Name: "example.org", Type: tt.column, Record: "192.0.2.1"}, 1)
				wantError(t, err, ReasonType, tt.problem)
			}
		})
	}
}

func TestClass(t *testing.T) {
	for _, column := range []string{"", " ", "IN", "in", " In\t", "1", "01", "CLASS1", "class1", " 1 "} {
		if rr := mustParse(t, Row{Name: "example.org", Type: "A", Class: column, Record: "192.0.2.1"}); rr.Header().Class != dns.ClassINET {
			t.Errorf("class %q: got %d", column, rr.Header().Class)
		}
	}
	for _, column := range []string{"CH", "HS", "3", "0", "ANY", "NONE", "255", "CLASS2", "CLASS", "-1", "65537", "IN IN", "internet"} {
		_, err := Parse(Row{Name: "example.org", Type: "A", Class: column, Record: "192.0.2.1"}, 1)
		wantError(t, err, ReasonClass, "only class IN is")
	}
}

func TestTTL(t *testing.T) {
	for column, want := range map[string]uint32{"": 3600, " ": 3600, "0": 0, "60": 60, " 60 ": 60, "007": 7, "2147483647": 2147483647} {
		if rr := mustParse(t, Row{Name: "example.org", Type: "A", TTL: column, Record: "192.0.2.1"}); rr.Header().Ttl != want {
			t.Errorf("ttl %q: got %d, want %d", column, rr.Header().Ttl, want)
		}
	}
	for column, problem := range map[string]string{
		"2147483648": "too large", "4294967295": "too large", "99999999999999999999": "too large",
		"1h": "units as in 1h are not read", "-1": "not a number of seconds", "+1": "not a number", "60.0": "not a number",
		"0x10": "not a number", "1 2": "not a number", "NULL": "NULL for the default", "٣": "not a number",
	} {
		_, err := Parse(Row{Name: "example.org", Type: "A", TTL: column, Record: "192.0.2.1"}, 1)
		wantError(t, err, ReasonTTL, problem)
	}
}

func TestRecord(t *testing.T) {
	tests := []struct{ fact, typ, record, want string }{
		{"surrounding spaces", "A", " 192.0.2.1\r\n", "192.0.2.1"},
		{"comment after an address", "A", "192.0.2.1 ; the gateway", "192.0.2.1"},
		{"comment in a line of its own", "A", "; the gateway\n192.0.2.1\n", "192.0.2.1"},
		{"comment in a second line", "A", "192.0.2.1\n\n; the gateway\n", "192.0.2.1"},
		{"address in parentheses", "A", "( 192.0.2.1 )", "192.0.2.1"},
		{"IPv4-mapped address stays IPv6", "AAAA", "::ffff:192.0.2.1", "::ffff:192.0.2.1"},
		{"target keeps its case", "CNAME", "WWW.Example.org", "WWW.Example.org."},
		{"target outside ASCII", "CNAME", "bücher.example", `b\195\188cher.example.`},
		{"target that looks like a directive", "CNAME", "$INCLUDE", `\$INCLUDE.`},
		{"exchange without dot", "MX", "10 mail.example.org", "10 mail.example.org."},
		{"exchange with dot", "MX", "10 mail.example.org.", "10 mail.example.org."},
		{"exchange after a tab", "MX", "10\tmail.example.org", "10 mail.example.org."},
		{"exchange of one label", "MX", "10 mail", "10 mail."},
		{"null exchange", "MX", "0 .", "0 ."},
		{"target of SRV", "SRV", "0 5 5060 sip.example.org", "0 5 5060 sip.example.org."},
		{"both names of RP", "RP", "a.example b.example", "a.example. b.example."},
		{"replacement of NAPTR", "NAPTR", `1 2 "S" "SIP" "" a.example`, `1 2 "S" "SIP" "" a.example.`},
		{"target of SVCB", "SVCB", "1 svc.example port=53", `1 svc.example. port="53"`},
		{"signer of RRSIG", "RRSIG", "A 13 3 3600 20300101000000 20290101000000 1 example bWRq", "A 13 3 3600 20300101000000 20290101000000 1 example. bWRq"},
		{"servers of HIP", "HIP", "2 2001 AwEAAbdx rvs.example", "2 2001 AwEAAbdx rvs.example."},
		{"SOA over several lines", "SOA", "ns1.example.org. host.example.org. (\n\t2026010101 ; serial\n\t7200 ; refresh (2 hours)\n\t900\n\t1209600\n\t300 ) ; minimum\n",
			"ns1.example.org. host.example.org. 2026010101 7200 900 1209600 300"},
		{"types of NSEC in any order", "NSEC", "b.example NSEC RRSIG A", "b.example. A RRSIG NSEC"},
		{"text may hold a ; in quotes", "CAA", `0 issue "ca.example; policy=ev"`, `0 issue "ca.example; policy=ev"`},
		{"text may hold an escaped ;", "CAA", `0 issue ca.example\;policy=ev`, `0 issue "ca.example;policy=ev"`},
		{"comment after a quoted text", "CAA", `0 issue "ca.example" ; note`, `0 issue "ca.example"`},
		{"words of HINFO are not split", "HINFO", `"Intel i386" ""`, `"Intel i386" ""`},
		{"long URI", "URI", `1 1 "https://example.org/` + strings.Repeat("x", 500) + `"`, `1 1 "https://example.org/` + strings.Repeat("x", 500) + `"`},
		{"unknown type", "TYPE65280", `\# 3 61 6263`, `\# 3 616263`},
		{"unknown type in upper case", "TYPE65280", `\# 2 ABCD`, `\# 2 abcd`},
		{"unknown type without octets", "TYPE65280", `\# 0`, `\# 0`},
		{"known type in octets", "MX", `\# 8 000a 046d61696c00`, "10 mail."},
		{"address in octets", "A", `\# 4 c0000201`, "192.0.2.1"},
		{"octets over several lines", "A", "\\# 4 ( c000\n 0201 )", "192.0.2.1"},
		{"empty APL in octets", "APL", `\# 0`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.fact, func(t *testing.T) {
			rr := mustParse(t, Row{Name: "example.org", Type: tt.typ, Record: tt.record})
			if got := Text(rr); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			wantSound(t, rr)
		})
	}
}

func TestRecordRefused(t *testing.T) {
	tests := []struct{ fact, typ, record, problem string }{
		{"empty", "A", "", `is empty: write it as in 192.0.2.1`},
		{"only a comment", "A", "; nothing", "is empty"},
		{"only parentheses", "MX", "()", "is empty"},
		{"three numbers", "A", "1.2.3", "not an IPv4 address"},
		{"five numbers", "A", "1.2.3.4.5", "not an IPv4 address"},
		{"leading zeros", "A", "192.000.002.001", "without leading zeros"},
		{"number above 255", "A", "192.0.2.256", "not an IPv4 address"},
		{"address and port", "A", "192.0.2.1:53", "not an IPv4 address"},
		{"two addresses", "A", "192.0.2.1 192.0.2.2", "has too many fields for type A (2 instead of 1)"},
		{"addresses with comma", "A", "192.0.2.1,192.0.2.2", "not an IPv4 address"},
		{"address in quotes", "A", `"192.0.2.1"`, "remove the quotes"},
		{"name for an address", "A", "www.example.org", "not an IPv4 address"},
		{"AAAA in A", "A", "2001:db8::1", "set the type to AAAA"},
		{"mapped address in A", "A", "::ffff:192.0.2.1", "set the type to AAAA"},
		{"A in AAAA", "AAAA", "192.0.2.1", "set the type to A"},
		{"IPv6 zone", "AAAA", "fe80::1%eth0", "has an IPv6 zone"},
		{"not IPv6", "AAAA", "2001:db8", "not an IPv6 address"},
		{"comment without space", "A", "192.0.2.1;note", "bare ;"},
		{"origin", "CNAME", "@", "stands for an origin"},
		{"origin in MX", "MX", "10 @", "stands for an origin"},
		{"two targets", "CNAME", "a.example b.example", "has too many fields for type CNAME (2 instead of 1)"},
		{"target with two dots", "CNAME", "a..example", "empty label"},
		{"target with a long label", "NS", strings.Repeat("a", 64), "label of more than 63 octets"},
		{"target in quotes", "CNAME", `"www.example.org"`, "remove the quotes"},
		{"empty quotes", "MX", `10 ""`, "remove the quotes"},
		{"MX without preference", "MX", "mail.example.org", "has too few fields for type MX (1 instead of 2): write it as in 10 mail.example.org"},
		{"MX with a large preference", "MX", "65536 mail.example.org", `"65536" is not a number from 0 to 65535`},
		{"MX with a bad name", "MX", "10 a..b", `a name, "a..b", that has an empty label`},
		{"MX with a long name", "MX", "10 " + strings.Repeat("abcdefg.", 32), "that is longer than 255 octets"},
		{"quote that is never closed", "CAA", `0 issue "ca`, "never closed"},
		{"quote within a field", "HINFO", `a"b c`, "quote inside a field"},
		{"text after a quote", "HINFO", `"a"b`, "right after a closing quote"},
		{"text with a bare ;", "CAA", "0 issue ca.example ; policy=ev", "bare ;"},
		{"text with a bare ; and no space", "CAA", "0 issue ca.example;policy=ev", "bare ;"},
		{"CAA tag with a dash", "CAA", `0 a-b "x"`, "tag of other than letters"},
		{"three strings of HINFO", "HINFO", `"a" "b" "c"`, "too many fields for type HINFO (3"},
		{"two strings of UINFO", "UINFO", `"a" "b"`, "too many fields for type UINFO (2"},
		{"unbalanced (", "SOA", "a b ( 1 2 3 4 5", "( without )"},
		{"unbalanced )", "A", "192.0.2.1 )", ") without ("},
		{"second line", "A", "192.0.2.1\n192.0.2.2", "goes on after a line break"},
		{"second record", "A", "192.0.2.1\nevil.example. 60 IN A 192.0.2.66", "goes on after a line break"},
		{"include", "A", "192.0.2.1\n$INCLUDE /etc/passwd\n", "goes on after a line break"},
		{"include behind a comment", "A", "192.0.2.1 ; x\n$INCLUDE /etc/passwd\n", "goes on after a line break"},
		{"include alone", "A", "\n$INCLUDE /etc/passwd", "fields"},
		{"generate", "CNAME", "$GENERATE 1-10 a$ A 192.0.2.$", "fields"},
		{"control character", "CNAME", "a\x00b", "control character"},
		{"escape above 255", "MX", `10 \256.example`, "escapes nothing"},
		{"SOA time that overflows", "SOA", "a b 1 18446744073709551616 1 1 1", "not the RDATA of type SOA"},
		{"SOA time without number", "SOA", "a b 1 h 1 1 1", "not the RDATA of type SOA"},
		{"SOA without minimum", "SOA", "a b 1 2 3 4", "has too few fields for type SOA (6 instead of 7)"},
		{"L32 of IPv6", "L32", "10 2001:db8::1", "not the RDATA of type L32"},
		{"NID with more digits", "NID", "10 0014:4fff:ff20:ee64ab", "not the RDATA of type NID"},
		{"NID without colons", "L64", "10 0014x4fff:ff20:ee64", "not the RDATA of type L64"},
		{"IPSECKEY of an unknown gateway type", "IPSECKEY", "10 4 2 gateway AQNRU3mG", "not the RDATA of type IPSECKEY"},
		{"AMTRELAY with another discovery bit", "AMTRELAY", "10 2 1 192.0.2.1", "discovery bit"},
		{"HINFO with a long string", "HINFO", `"` + strings.Repeat("a", 256) + `" "b"`, "more than 255 octets"},
		{"AMTRELAY of an unknown type", "AMTRELAY", "10 0 128 192.0.2.1", "not the RDATA of type AMTRELAY"},
		{"NSEC of an unknown type", "NSEC", "a.example FOOO1", "not the RDATA of type NSEC"},
		{"NSEC of type 0", "NSEC", "a.example TYPE0 A", "reserved type"},
		{"RRSIG of type 65535", "RRSIG", "TYPE65535 13 3 3600 20300101000000 20290101000000 1 example bWRq", "reserved type"},
		{"NSEC3 of no hash", "NSEC3", "1 0 0 - - A", "not a hash in Base32"},
		{"HIP with a long tag", "HIP", "2 " + strings.Repeat("ab", 256) + " AwEAAbdx", "not the RDATA of type HIP"},
		{"LOC of no number", "LOC", "52 22 NaN N 4 53 32 E 0m", "not the RDATA of type LOC"},
		{"LOC under the ground", "LOC", "52 N 4 E -100001m", "not the RDATA of type LOC"},
		{"X25 of no digits", "X25", `\# 4 03203030`, "not the RDATA of type X25"},
		{"GPOS of no number", "GPOS", "NaN 1 1", "not the RDATA of type GPOS"},
		{"odd hexadecimal", "TLSA", "3 1 1 abc", "not the RDATA of type TLSA"},
		{"bad base64", "DNSKEY", "257 3 13 !!!!", "not the RDATA of type DNSKEY"},
		{"DS without digest", "DS", "1 13 2", "has too few fields for type DS (3 instead of 4 or more)"},
		{"SVCB key twice", "SVCB", "1 . port=1 port=2", "not the RDATA of type SVCB"},
		{"SVCB value unquoted behind quotes", "SVCB", `1 . alpn="h2"port=1`, "right after a closing quote"},
		{"SVCB mandatory key missing", "SVCB", "1 . mandatory=port", "mandatory"},
		{"SVCB mandatory key unknown", "SVCB", "1 . mandatory=bogus", "mandatory"},
		{"SVCB mandatory key twice", "SVCB", "1 . mandatory=port,port port=1", "mandatory"},
		{"SVCB without mandatory keys", "SVCB", `\# 7 00010000000000`, "empty list of mandatory keys"},
		{"SVCB without alpn", "HTTPS", "1 . no-default-alpn", "no-default-alpn without alpn"},
		{"SVCB with empty alpn", "HTTPS", "1 . alpn=", "empty protocol"},
		{"unknown type in text", "TYPE65280", "abc", `write \# LENGTH HEX`},
		{"NULL in text", "NULL", "abc", `write \# LENGTH HEX`},
		{"UNSPEC in text", "UNSPEC", "abc", `write \# LENGTH HEX`},
		{"octets without length", "TYPE65280", `\#`, `no length after \#`},
		{"octets with a bad length", "TYPE65280", `\# x 00`, `no length after \#`},
		{"octets with a short length", "TYPE65280", `\# 1 0000`, "not the number of its octets"},
		{"octets with a huge length", "TYPE65280", `\# 65536 00`, "larger than a DNS message"},
		{"octets that are not hexadecimal", "TYPE65280", `\# 1 zz`, "other than hexadecimal"},
		{"octets with quotes", "TYPE65280", `\# 1 "00"`, "other than hexadecimal"},
		{"address of three octets", "A", `\# 3 c00002`, "not the RDATA of type A"},
		{"address of five octets", "A", `\# 5 c000020100`, "not the RDATA of type A"},
		{"address of no octets", "A", `\# 0`, "holds no data"},
		{"text of no octets", "TXT", `\# 0`, "holds no data"},
		{"MX that breaks off before the name", "MX", `\# 2 000a`, "has no name"},
		{"SOA that breaks off", "SOA", `\# 6 000000000001`, "breaks off early"},
		{"L32 that breaks off", "L32", `\# 2 000a`, "not the RDATA"},
		{"IPSECKEY that breaks off", "IPSECKEY", `\# 3 0a0102`, "not the RDATA"},
		{"NSEC3PARAM that breaks off", "NSEC3PARAM", `\# 5 010a000060`, "breaks off early"},
		{"gateway of an unknown type in octets", "IPSECKEY", `\# 4 0a900201`, "unknown type of gateway"},
		{"LOC off the earth", "LOC", `\# 16 00001613d8b3cf018810cbce0009895b`, "90 degrees"},
		{"LOC of another version", "LOC", `\# 16 010000008b3cf018810cbce0009895b8`, "version"},
		{"LOC with a bad precision", "LOC", `\# 16 000000fa8b3cf018810cbce0009895b8`, "power of ten"},
		{"compressed name", "NS", `\# 2 c000`, "compressed"},
		{"compressed name in MX", "MX", `\# 4 000ac000`, "compressed"},
		{"name that points at itself", "NS", `\# 2 c017`, "not the RDATA"},
		{"octets too many for a message", "TYPE65280", `\# 65535 ` + strings.Repeat("00", 65535), "larger than a DNS message"},
		{"record without end", "CNAME", strings.Repeat("a", 1<<20), "larger than a DNS message"},
	}
	for _, tt := range tests {
		t.Run(tt.fact, func(t *testing.T) {
			rr, err := Parse(Row{ID: 7, Name: "example.org", Type: tt.typ, Record: tt.record}, 3600)
			if err == nil {
				t.Fatalf("got %v", rr)
			}
			wantError(t, err, ReasonRecord, tt.problem)
		})
	}
}

func TestErrorNamesTheRow(t *testing.T) {
	_, err := Parse(Row{ID: 42, Name: "www.example.org", Type: "A", Record: "1.2.3"}, 3600)
	want := `row 42 ("www.example.org" "A"): record "1.2.3" is not an IPv4 address: ` +
		`write four numbers from 0 to 255 without leading zeros, such as 192.0.2.1`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	var e *Error
	if !errors.As(err, &e) || e.ID != 42 || e.Name != "www.example.org" || e.Type != "A" {
		t.Errorf("got %#v", e)
	}
	_, err = Parse(Row{Name: "a", Type: "A", Record: "1"}, 3600)
	if got := fmt.Sprint(err); !strings.HasPrefix(got, `row ("a" "A"): `) {
		t.Errorf("row without id: %s", got)
	}
}

func TestErrorOfHostileRowIsOneShortLine(t *testing.T) {
	hostile := []string{"x\n2026 FATAL all is lost", "\x1b[2J\x00", strings.Repeat("\U0010ffff", 1<<16), strings.Repeat("\\", 1<<16), "\u2028\u202e", "\xff\xfe"}
	for _, h := range hostile {
		for _, row := range []Row{
			{Name: h, Type: "A", Record: "192.0.2.1 x"}, {Name: "a", Type: h}, {Name: "a", Type: "A", Class: h},
			{Name: "a", Type: "A", TTL: h}, {Name: "a", Type: "A", Record: h}, {Name: "a", Type: "HTTPS", Record: "1 . " + h + "=1"},
			{Name: "a", Type: "MX", Record: "10 a.." + h}, {Name: h, Type: h, Class: h, TTL: h, Record: h},
		} {
			if _, err := Parse(row, 1); err != nil {
				wantLine(t, err)
			}
		}
	}
}

// wantError fails the test if err is not an *Error for reason with fragment in it.
func wantError(t testing.TB, err error, reason, fragment string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	if e.Reason != reason || !strings.Contains(e.Error(), fragment) {
		t.Errorf("got %s: %s\nwant %s: ...%s...", e.Reason, e, reason, fragment)
	}
	wantLine(t, err)
}

// wantLine fails the test if err is not one printable line of bounded length.
func wantLine(t testing.TB, err error) {
	t.Helper()
	s := err.Error()
	if len(s) > 1200 {
		t.Errorf("error of %d octets: %.200s", len(s), s)
	}
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			t.Errorf("octet %#x in error %q", s[i], s)
			return
		}
	}
}

func TestNullIsNoRecord(t *testing.T) {
	for _, typ := range []string{"A", "TXT", "APL", "NULL", "TYPE65280"} {
		_, err := Parse(Row{ID: 7, Name: "example.org", Type: typ, NoRecord: true}, 60)
		var wrong *Error
		if !errors.As(err, &wrong) || wrong.Reason != ReasonRecord || !strings.Contains(err.Error(), "record is NULL") {
			t.Errorf("%s: %v", typ, err)
		}
	}
	if rr := mustParse(t, Row{Name: "example.org", Type: "TXT"}); Text(rr) != `""` {
		t.Errorf("an empty text is %s", rr)
	}
}

// TestNameAtTheLimitOfAMessage finds records refused whose last name has room in no message, or has room but for its last octet.
func TestNameAtTheLimitOfAMessage(t *testing.T) {
	for size := 65480; size < 65500; size++ {
		key := base64.StdEncoding.EncodeToString(make([]byte, size))
		_, err := Parse(Row{Name: "example.org.", Type: "HIP", Record: "2 20 " + key + " rvs.example.org."}, 3600)
		wantError(t, err, ReasonRecord, "larger than a DNS message")
	}
}
