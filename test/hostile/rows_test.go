package hostile

import (
	"fmt"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/record"
)

// badRow is one row and what is to become of it: it is answered, or skipped for a reason. What a column does not say is that of a
// good row: a name of its own in the zone bad.test, class IN, a TTL of 300.
type badRow struct {
	fact string

	name, typ, class, ttl, record any // as they go into the table; nil is the default

	asked   string // presentation form of the name to ask for, where it is not the row's own
	answers string // RDATA in presentation form; "" if the row is skipped
	seconds uint32 // TTL of the answer; 0: 300
	skipped string // the column at fault
	cast    bool   // a column of numbers makes it a good row
	says    string // part of what the log says is wrong
}

// null is the value of a column that is NULL.
type null struct{}

// long is n times a letter.
func long(n int) string { return strings.Repeat("a", n) }

// labels is n labels of one letter, with dots between them.
func labels(n int) string { return strings.TrimSuffix(strings.Repeat("l.", n), ".") }

// escapes is a label of n octets, each as \DDD, and a dot.
func escapes(n int) string { return strings.Repeat(`\255`, n) + "." }

// badNames have a name that is none, or one at the edge of what is.
var badNames = []badRow{
	{fact: "an empty name", name: "", skipped: record.ReasonName, says: "is empty"},
	{fact: "a name of blanks", name: " \t ", skipped: record.ReasonName, says: "is empty"},
	{fact: "NULL for a name", name: null{}, skipped: record.ReasonName, says: "is empty"},
	{fact: "the root", name: ".", typ: "TYPE65281", record: `\# 1 00`, asked: ".", answers: `\# 1 00`},
	{fact: "two dots", name: "a..bad.test", skipped: record.ReasonName, says: "empty label"},
	{fact: "a dot in front", name: ".a.bad.test", skipped: record.ReasonName, says: "empty label"},
	{fact: "two dots at the end", name: "a.bad.test..", skipped: record.ReasonName, says: "empty label"},
	{fact: "an origin", name: "@", skipped: record.ReasonName, says: "origin"},
	{fact: "a label of 63 octets", name: long(63) + ".bad.test", answers: "192.0.2.1"},
	{fact: "a label of 64 octets", name: long(64) + ".bad.test", skipped: record.ReasonName, says: "more than 63"},
	{fact: "a label of 63 escaped octets", name: strings.Repeat(`\001`, 63) + ".bad.test", answers: "192.0.2.1"},
	{fact: "a label of 64 escaped octets", name: strings.Repeat(`\001`, 64) + ".bad.test", skipped: record.ReasonName, says: "more than 63"},
	{fact: "a name of 255 octets", name: labels(121) + ".ll.bad.test.", answers: "192.0.2.1"},
	{fact: "a name of 256 octets", name: labels(121) + ".lll.bad.test", skipped: record.ReasonName, says: "longer than 255"},
	{fact: "a name of 255 octets, one of them escaped", name: labels(121) + `.l\000.bad.test`, answers: "192.0.2.1"},
	{fact: "a name of 256 octets, one of them escaped", name: labels(121) + `.ll\000.bad.test`, skipped: record.ReasonName, says: "longer than 255"},
	{fact: "127 labels", name: labels(125) + ".t.x", answers: "192.0.2.1"},
	{fact: "128 labels", name: labels(126) + ".t.x", skipped: record.ReasonName, says: "longer than 255"},
	{fact: "1,004 characters of escapes", name: escapes(63) + escapes(63) + escapes(63) + escapes(61), answers: "192.0.2.1"},
	{fact: "blanks around", name: "  blanks.bad.test \t", asked: "blanks.bad.test.", answers: "192.0.2.1"},
	{fact: "a line break behind", name: "lf.bad.test\r\n", asked: "lf.bad.test.", answers: "192.0.2.1"},
	{fact: "a line break inside", name: "l\nf.bad.test", skipped: record.ReasonName, says: "white space"},
	{fact: "a blank inside", name: "bl ank.bad.test", skipped: record.ReasonName, says: "white space"},
	{fact: "an escaped blank inside", name: `bl\032ank.bad.test`, asked: `bl\ ank.bad.test.`, answers: "192.0.2.1"},
	{fact: "an escaped blank at the end", name: `end.bad.test.blank\ `, asked: `end.bad.test.blank\ .`, answers: "192.0.2.1"},
	{fact: "an escaped dot", name: `do\.t.bad.test`, answers: "192.0.2.1"},
	{fact: "a lonely backslash", name: `bad.test\`, skipped: record.ReasonName, says: "escapes nothing"},
	{fact: "an escape of two digits", name: `\12.bad.test`, skipped: record.ReasonName, says: "escapes nothing"},
	{fact: "an escape above 255", name: `\256.bad.test`, skipped: record.ReasonName, says: "escapes nothing"},
	{fact: "an escape of no number", name: `\1x2.bad.test`, skipped: record.ReasonName, says: "escapes nothing"},
	{fact: "NUL, escaped", name: `nul\000.bad.test`, answers: "192.0.2.1"},
	{fact: "NUL", name: "nul\x00.bad.test", skipped: record.ReasonName, says: "control character"},
	{fact: "DEL", name: "del\x7f.bad.test", skipped: record.ReasonName, says: "control character"},
	{fact: "a comment", name: "comment.bad.test;x", skipped: record.ReasonName, says: "bare ;"},
	{fact: "parentheses", name: "(paren.bad.test)", skipped: record.ReasonName, says: "bare ("},
	{fact: "quotes", name: `"quoted.bad.test"`, skipped: record.ReasonName, says: `bare "`},
	{fact: "single quotes", name: `o'clock.bad.test`, asked: `o\'clock.bad.test.`, answers: "192.0.2.1"},
	{fact: "an @ inside", name: `host@master.bad.test`, asked: `host\@master.bad.test.`, answers: "192.0.2.1"},
	{fact: "a directive", name: "$INCLUDE", asked: `$INCLUDE.`, answers: "192.0.2.1"},
	{fact: "a directive and a file", name: "$INCLUDE /etc/passwd", skipped: record.ReasonName, says: "white space"},
	{fact: "a second record in the name", name: "x.bad.test. 60 IN A 192.0.2.9\ny.bad.test", skipped: record.ReasonName, says: "white space"},
	{fact: "SQL in the name", name: "x' OR '1'='1", skipped: record.ReasonName, says: "white space"},
	{fact: "SQL in a name that is one", name: `x'--\.bad.test`, asked: `x\'--\.bad.test.`, answers: "192.0.2.1"},
	{fact: "a U-label", name: "bücher.bad.test", asked: `b\195\188cher.bad.test.`, answers: "192.0.2.1"},
	{fact: "an A-label", name: "xn--bcher-kva.bad.test", answers: "192.0.2.1"},
	{fact: "a byte order mark", name: "\ufeffbom.bad.test", asked: `\239\187\191bom.bad.test.`, answers: "192.0.2.1"},
	{fact: "octets that are no UTF-8", name: "\xff\xfe.bad.test", asked: `\255\254.bad.test.`, answers: "192.0.2.1"},
	{fact: "a character that multi-byte sets read as a quote", name: "\xbf'\xbf\\\\.bad.test", asked: `\191\'\191\\.bad.test.`, answers: "192.0.2.1"},
	{fact: "an emoji", name: "🦊.bad.test", asked: `\240\159\166\138.bad.test.`, answers: "192.0.2.1"},
	{fact: "a full-width dot", name: "full．width.bad.test", asked: `full\239\188\142width.bad.test.`, answers: "192.0.2.1"},
	{fact: "upper case", name: "UPPER.Bad.TEST", answers: "192.0.2.1"},
	{fact: "a KELVIN SIGN", name: "\u212a.bad.test", asked: `\226\132\170.bad.test.`, answers: "192.0.2.1"},
	{fact: "a wildcard inside", name: "x.*.star.test", answers: "192.0.2.1"},
	{fact: "an underscore", name: "_x._tcp.bad.test", answers: "192.0.2.1"},
	{fact: "an address", name: "192.0.2.77", answers: "192.0.2.1"},
	{fact: "a URL", name: "https://www.bad.test/x", asked: `https://www.bad.test/x.`, answers: "192.0.2.1"},
	{fact: "a mail address", name: "joe@bad.test", asked: `joe\@bad.test.`, answers: "192.0.2.1"},
	{fact: "2,000 characters", name: long(2000), skipped: record.ReasonName, says: "more than 63"},
}

// badTypes have a type, a class or a TTL that is none, or one at the edge of what is.
var badTypes = []badRow{
	{fact: "an empty type", typ: "", skipped: record.ReasonType, says: "is empty"},
	{fact: "NULL for a type", typ: null{}, skipped: record.ReasonType, says: "is empty"},
	{fact: "an unknown type", typ: "AAAAA", skipped: record.ReasonType, says: "is unknown"},
	{fact: "type 0", typ: "0", skipped: record.ReasonType, says: "queries and messages only"},
	{fact: "type 65535", typ: "65535", skipped: record.ReasonType, says: "queries and messages only"},
	{fact: "type 65536", typ: "65536", skipped: record.ReasonType, says: "out of range"},
	{fact: "a type of 16 digits", typ: "9999999999999999", skipped: record.ReasonType, says: "out of range"},
	{fact: "a negative type", typ: "-1", skipped: record.ReasonType, says: "is unknown"},
	{fact: "a type in hexadecimal", typ: "0x1", skipped: record.ReasonType, says: "is unknown"},
	{fact: "TYPE without a number", typ: "TYPE", skipped: record.ReasonType, says: "is unknown"},
	{fact: "TYPE and too large a number", typ: "TYPE70000", skipped: record.ReasonType, says: "out of range"},
	{fact: "OPT", typ: "OPT", record: `\# 0`, skipped: record.ReasonType, says: "queries and messages only"},
	{fact: "TSIG", typ: "TSIG", record: `\# 0`, skipped: record.ReasonType, says: "queries and messages only"},
	{fact: "TKEY", typ: "TKEY", record: `\# 0`, skipped: record.ReasonType, says: "queries and messages only"},
	{fact: "AXFR", typ: "AXFR", record: `\# 0`, skipped: record.ReasonType, says: "queries and messages only"},
	{fact: "IXFR", typ: "IXFR", record: `\# 0`, skipped: record.ReasonType, says: "queries and messages only"},
	{fact: "MAILB", typ: "253", record: `\# 0`, skipped: record.ReasonType, says: "queries and messages only"},
	{fact: "ANY", typ: "ANY", skipped: record.ReasonType, says: "queries and messages only"},
	{fact: "ANY as a star", typ: "*", skipped: record.ReasonType, says: "is for queries and messages only"},
	{fact: "a type in lower case with blanks", typ: " a ", answers: "192.0.2.1"},
	{fact: "a type as a number", typ: "1", answers: "192.0.2.1"},
	{fact: "a known type as TYPEnnn", typ: "type1", answers: "192.0.2.1"},
	{fact: "a type with a line break", typ: "A\n", answers: "192.0.2.1"},
	{fact: "two types", typ: "A AAAA", skipped: record.ReasonType, says: "is unknown"},
	{fact: "a type with NUL", typ: "A\x00", skipped: record.ReasonType, says: "is unknown"},
	{fact: "a private type", typ: "65280", record: `\# 3 616263`, answers: `\# 3 616263`},
	{fact: "a private type without data", typ: "65280", record: `\# 0`, answers: `\# 0`},
	{fact: "class CH", class: "CH", skipped: record.ReasonClass, says: "not served"},
	{fact: "class HS as a number", class: "4", skipped: record.ReasonClass, says: "not served"},
	{fact: "class ANY", class: "ANY", skipped: record.ReasonClass, says: "not served"},
	{fact: "class NONE", class: "NONE", skipped: record.ReasonClass, says: "not served"},
	{fact: "class 255", class: "255", skipped: record.ReasonClass, says: "not served"},
	{fact: "class 0", class: "0", skipped: record.ReasonClass, says: "not served"},
	{fact: "class 65537", class: "65537", skipped: record.ReasonClass, says: "not served"},
	{fact: "a class of letters", class: "internet", skipped: record.ReasonClass, says: "not served"},
	{fact: "NULL for a class", class: null{}, answers: "192.0.2.1"},
	{fact: "an empty class", class: "", answers: "192.0.2.1"},
	{fact: "class in lower case", class: "in", answers: "192.0.2.1"},
	{fact: "CLASS1", class: "CLASS1", answers: "192.0.2.1"},
	{fact: "NULL for a TTL", ttl: null{}, answers: "192.0.2.1", seconds: 3600},
	{fact: "an empty TTL", ttl: "", answers: "192.0.2.1", seconds: 3600},
	{fact: "TTL 0", ttl: "0", answers: "192.0.2.1", seconds: zeroTTL},
	{fact: "the largest TTL", ttl: "2147483647", answers: "192.0.2.1", seconds: 2147483647},
	{fact: "TTL 2147483648", ttl: "2147483648", skipped: record.ReasonTTL, says: "is too large"},
	{fact: "TTL 4294967295", ttl: "4294967295", skipped: record.ReasonTTL, says: "is too large"},
	{fact: "TTL 4294967296", ttl: "4294967296", skipped: record.ReasonTTL, says: "is too large"},
	{fact: "a TTL of 30 digits", ttl: strings.Repeat("9", 30), skipped: record.ReasonTTL, says: "is too large"},
	{fact: "a negative TTL", ttl: "-1", skipped: record.ReasonTTL, says: "not a number of seconds"},
	{fact: "a TTL with a unit", ttl: "1h", skipped: record.ReasonTTL, says: "not a number of seconds"},
	{fact: "a TTL in hexadecimal", ttl: "0x3c", skipped: record.ReasonTTL, says: "not a number of seconds"},
	{fact: "a TTL with a point", ttl: "300.0", cast: true, skipped: record.ReasonTTL, says: "not a number of seconds"},
	{fact: "a TTL with an exponent", ttl: "3e2", cast: true, skipped: record.ReasonTTL, says: "not a number of seconds"},
	{fact: "a TTL with a plus", ttl: "+300", cast: true, skipped: record.ReasonTTL, says: "not a number of seconds"},
	{fact: "a TTL of words", ttl: "an hour", skipped: record.ReasonTTL, says: "not a number of seconds"},
	{fact: "a TTL with blanks", ttl: " 300 ", answers: "192.0.2.1"},
	{fact: "a TTL with leading zeros", ttl: "000300", answers: "192.0.2.1"},
}

// zeroTTL stands for a TTL of 0 in badRow.seconds.
const zeroTTL = 1 << 31

// refused is rows of one type that are all skipped for their record.
func refused(typ string, says string, records ...string) (rows []badRow) {
	for _, r := range records {
		shown := r
		if len(shown) > 40 {
			shown = shown[:40] + "…"
		}
		rows = append(rows, badRow{fact: fmt.Sprintf("%s %q", typ, shown), typ: typ, record: r, skipped: record.ReasonRecord, says: says})
	}
	return rows
}

// taken is a row that is answered.
func taken(typ, rdata, answers string) badRow {
	shown := rdata
	if len(shown) > 40 {
		shown = shown[:40] + "…"
	}
	return badRow{fact: fmt.Sprintf("%s %q", typ, shown), typ: typ, record: rdata, answers: answers}
}

// badRecords have a record that is not the RDATA of their type, or one at the edge of what is.
var badRecords = func() (rows []badRow) {
	add := func(more ...badRow) { rows = append(rows, more...) }
	add(badRow{fact: "NULL for a record", record: null{}, skipped: record.ReasonRecord, says: "record is NULL"},
		badRow{fact: "NULL for a text", typ: "TXT", record: null{}, skipped: record.ReasonRecord, says: "record is NULL"}, taken("TXT", "", `""`))
	add(refused("A", "", "", " ", "192.0.2", "192.0.2.1.1", "192.0.2.256", "192.0.2.-1", "192.00.2.1", "0xc0000201", "3221225985", "192.0.2.1/24",
		"192.0.2.1 192.0.2.2", "192.0.2.1,192.0.2.2", "192.0.2.1\n192.0.2.2", "2001:db8::1", "www.bad.test", "١٩٢.0.2.1", "192.0.2.1\x00", "\ufeff192.0.2.1",
		`"192.0.2.1"`, "(192.0.2.1", "192.0.2.1)", "$INCLUDE /etc/passwd", "$GENERATE 1-9 $ A 192.0.2.$", "@", `\# 4 c0000201 00`, `\# 4 c00002`,
		`\# 5 c000020101`, `\# 3 c00002`, `\# 4 c000020g`, `\# 4 c000020`, `\# x c0000201`, `\#`, `\# -4 c0000201`, `\# 65536 00`, `\# 4294967300 c0000201`)...)
	add(taken("A", " 192.0.2.1\r\n", "192.0.2.1"), taken("A", "( 192.0.2.1 )", "192.0.2.1"), taken("A", "192.0.2.1 ; a comment", "192.0.2.1"),
		taken("A", "(\n192.0.2.1 ; with $INCLUDE\n)", "192.0.2.1"), taken("A", `\# 4 C0000201`, "192.0.2.1"), taken("A", `\# 4 c000 0201`, "192.0.2.1"),
		taken("A", "0.0.0.0", "0.0.0.0"), taken("A", "255.255.255.255", "255.255.255.255"))
	add(refused("AAAA", "", "192.0.2.1", "2001:db8::1::2", "2001:db8:::1", "2001:db8::12345", "fe80::1%eth0", "2001:db8::1/64", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "[2001:db8::1]",
		`\# 15 20010db8000000000000000000000001`)...)
	add(taken("AAAA", "2001:DB8::0:1", "2001:db8::1"), taken("AAAA", "::", "::"), taken("AAAA", "::ffff:192.0.2.1", "::ffff:192.0.2.1"))
	for _, typ := range []string{"CNAME", "NS", "PTR", "DNAME"} {
		add(refused(typ, "", "", "a b", "a..b", long(64)+".test", labels(128), `a\`, `\256.test`, `"www.bad.test"`, "a\x00b", `\# 0`, `\# 3 026100`, `\# 2 c000`)...)
	}
	add(taken("PTR", "WWW.Bad.Test", "WWW.Bad.Test."), taken("PTR", ".", "."), taken("PTR", `a\.b\032c`, `a\.b\ c.`), taken("PTR", "ü.test", `\195\188.test.`),
		taken("PTR", `\# 3 016100`, "a."))
	add(refused("MX", "", "mail.bad.test", "10", "10 ", "65536 mail.bad.test", "-1 mail.bad.test", "ten mail.bad.test", "10 mail.bad.test 20", "10,mail.bad.test", "10 a..b", `\# 2 000a`)...)
	add(taken("MX", "0 .", "0 ."), taken("MX", "10\tmail.bad.test", "10 mail.bad.test."), taken("MX", "010 mail.bad.test", "10 mail.bad.test."))
	add(refused("SRV", "", "0 0 sip.bad.test", "0 0 65536 sip.bad.test", "0 0 5060", "0 0 5060 a b", "0 -1 5060 sip.bad.test", "0 0 5060 "+long(64))...)
	add(taken("SRV", "0 5 5060 .", "0 5 5060 ."))
	add(refused("SOA", "", "ns.bad.test", "ns.bad.test. h.bad.test. 1 2 3 4", "ns.bad.test. h.bad.test. 1 2 3 4 5 6", "ns.bad.test. h.bad.test. -1 2 3 4 5",
		"ns.bad.test. h.bad.test. 4294967296 2 3 4 5", "ns.bad.test. h.bad.test. x 2 3 4 5", "ns.bad.test. h.bad.test. 1 2 3 4 9999999999", "ns.bad.test. h.bad.test. ( 1 2 3 4 5")...)
	add(refused("TXT", "", `"unbalanced`, `"a" b`, `\# 1 05`, `\# 0`, `"\256"`, `"a\`)...)
	add(taken("TXT", "", `""`), taken("TXT", `"a" "b"`, `"a" "b"`), taken("TXT", `it's "quoted" and \ raw; (really)`, `"it's \"quoted\" and \\ raw; (really)"`), taken("TXT", `""`, `""`),
		taken("TXT", "tab\there", `"tab\009here"`), taken("TXT", "nul\x00here", `"nul\000here"`), taken("TXT", "two\nlines", `"two\010lines"`),
		taken("TXT", "grüße", `"gr\195\188\195\159e"`), taken("TXT", `( "a"`+"\n"+` "b" ) ; c`, `"a" "b"`), taken("TXT", "$INCLUDE /etc/passwd", `"$INCLUDE /etc/passwd"`),
		taken("TXT", "@", `"@"`), taken("TXT", "; not a comment", `"; not a comment"`), taken("TXT", "(", `"("`), taken("TXT", long(255), `"`+long(255)+`"`),
		taken("TXT", long(256), `"`+long(255)+`" "a"`), taken("TXT", long(65_000), strings.TrimSuffix(strings.Repeat(`"`+long(255)+`" `, 254), " ")+` "`+long(65_000-254*255)+`"`),
		taken("TXT", "'; DROP TABLE tb_dns; --", `"'; DROP TABLE tb_dns; --"`))
	add(refused("TXT", "larger than a DNS message", long(65_536), long(1<<20), long(15<<20), `"`+strings.Repeat(`\065`, 70_000)+`"`)...)
	add(refused("TYPE65280", "", "text", "", `\# 3 6162`, `\# 3 61626g`, `\# 70000 00`, `\# 65535 `+strings.Repeat("00", 65_535), `"\# 3 616263"`)...)
	add(taken("TYPE65280", `\# 65000 `+strings.Repeat("ab", 65_000), `\# 65000 `+strings.Repeat("ab", 65_000)), taken("TYPE65280", "\\# 3 ( 61 62\n63 )", `\# 3 616263`))
	add(refused("CAA", "", `0 issue`, `256 issue "ca.test"`, `-1 issue "ca.test"`, `0 is-sue "ca.test"`, `0 issue ca.test; x=y`, `0 "" "ca.test"`, `0 issue "ca.test" "more"`)...)
	add(taken("CAA", `0 issue ";"`, `0 issue ";"`), taken("CAA", `128 issue "ca.test"`, `128 issue "ca.test"`))
	add(refused("TLSA", "", "3 1 1", "3 1 1 abc", "3 1 1 xyz1", "256 1 1 abcd", "3 1 -1 abcd", "3 1 1 "+strings.Repeat("ab", 70_000))...)
	add(refused("SSHFP", "", "1 1", "256 1 abcd", "1 1 abc", "1 1 zz")...)
	add(refused("DS", "", "1 8 2", "65536 8 2 abcd", "1 256 2 abcd", "1 8 2 abc", "1 8 2 zz")...)
	add(refused("DNSKEY", "", "256 3 13", "65536 3 13 AAAA", "256 3 13 !!!!", "256 3 13 A")...)
	add(refused("NAPTR", "", `100 10 "S" "SIP+D2U" ""`, `65536 10 "S" "SIP" "" .`, `100 10 "S" "SIP" "" a..b`, `100 10 "`+long(256)+`" "SIP" "" .`, `100 10 "S "SIP" "" .`)...)
	add(taken("NAPTR", `100 10 S SIP+D2U "" .`, `100 10 "S" "SIP+D2U" "" .`))
	add(refused("LOC", "", "91 0 0 N 0 0 0 E 0m", "0 0 0 N 181 0 0 E 0m", "0 0 0 X 0 0 0 E 0m", "0 0 0 N 0 0 0 E", "0 0 0 N 0 0 0 E 99999999999m", "0 0 0 N 0 0 0 E NaNm", "0 60 0 N 0 0 0 E 0m")...)
	add(taken("LOC", "52 22 23 N 4 53 32 E -2m", "52 22 23.000 N 04 53 32.000 E -2m 1m 10000m 10m"))
	for _, typ := range []string{"SVCB", "HTTPS"} {
		add(refused(typ, "", "1", "65536 .", "x .", "1 a..b", "1 . alpn", `1 . alpn=""`, "1 . port=65536", "1 . port=x", "1 . port=1 port=2", "1 . ipv4hint=2001:db8::1", "1 . ipv6hint=192.0.2.1", "1 . mandatory=alpn",
			"1 . no-default-alpn", "1 . mandatory=mandatory alpn=h2", "1 . nosuchkey=x", "1 . key65536=x", `1 . alpn="h2`, "1 . alpn=h2 alpn=h3", "1 . ech=!!!", "1 . ipv4hint=")...)
		add(taken(typ, "0 svc.bad.test", "0 svc.bad.test."), taken(typ, "1 . key65280=x", `1 . key65280="x"`),
			taken(typ, "1 . port=8443 alpn=h3,h2", `1 . alpn="h3,h2" port="8443"`))
	}
	add(refused("NSEC", "", "", "a..b A", "x.bad.test NOSUCHTYPE", "x.bad.test TYPE0")...)
	add(refused("RRSIG", "", "A 13", "NOSUCH 13 3 3600 20300101000000 20290101000000 1 bad.test AAAA", "A 13 3 3600 never 20290101000000 1 bad.test AAAA")...)
	add(refused("HINFO", "", `"one"`, `"one" "two" "three"`, `"`+long(256)+`" "x"`)...)
	add(refused("URI", "", `10 1`, `65536 1 "x"`, `10 1 "a" "b"`)...)
	add(refused("APL", "", "1:192.0.2.0/33", "3:192.0.2.0/24", "192.0.2.0/24", "1:192.0.2.0")...)
	add(refused("EUI48", "", "00-00-5e-00-53", "00-00-5e-00-53-2a-00", "zz-00-5e-00-53-2a")...)
	add(refused("OPENPGPKEY", "", "", "!!!!", "AAA")...)
	add(refused("CERT", "", "PKIX 12345", "65536 0 0 AAAA", "PKIX x 0 AAAA")...)
	add(refused("NULL", "", "text", "")...)
	add(refused("X25", "", "abc", long(300))...)
	add(refused("GPOS", "", "x y z", "1 2")...)
	add(refused("CSYNC", "", "66", "x 3 A", "66 3 NOSUCH")...)
	add(refused("IPSECKEY", "", "10 1 2 2001:db8::1 AAAA", "10 4 2 . AAAA", "256 1 2 192.0.2.1 AAAA")...)
	return rows
}()
