package record

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// samples holds, for every type that miekg/dns knows and a zone can hold, RDATA that is right. Names in it have no final
// dot wherever a person would leave it out.
var samples = map[uint16][]string{
	dns.TypeA:          {"192.0.2.1", "0.0.0.0", "255.255.255.255"},
	dns.TypeAAAA:       {"2001:db8::1", "::", "::ffff:192.0.2.1", "::192.0.2.1", "FE80::1"},
	dns.TypeAFSDB:      {"1 afs.example.org"},
	dns.TypeAMTRELAY:   {"10 0 1 192.0.2.1", "10 0 2 2001:db8::1", "10 1 0 .", "10 1 1 192.0.2.1", "10 1 3 Relay.example.org", "10 0 3 relay.example.org", "10 0 0 ."},
	dns.TypeAPL:        {"", "1:192.0.2.0/24 !1:192.0.2.128/25", "2:2001:db8::/32"},
	dns.TypeAVC:        {`"app-name:WOLFGANG|app-class:OAM"`, "app-name:x; y"},
	dns.TypeCAA:        {`0 issue "ca.example.org"`, `0 issue ca.example.org`, `0 issue ";"`, `128 tbs ""`, `0 issue "a\\b\"\000c\\\\065"`, "0 issue " + strings.Repeat("x", 400)},
	dns.TypeCDNSKEY:    {"257 3 13 bWRqaG1kamhtZGpo", "0 3 0 AA=="},
	dns.TypeCDS:        {"60485 13 2 0a0b 0C0D", "0 0 0 00"},
	dns.TypeCERT:       {"PKIX 12345 RSASHA256 bWRqaG1k", "1 0 0 bWRqaG1k"},
	dns.TypeCNAME:      {"www.example.org", "www.example.org.", ".", `a\.b.example.org`},
	dns.TypeCSYNC:      {"66 3 A NS AAAA", "66 3 AAAA NS A TYPE65280"},
	dns.TypeDHCID:      {"AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA="},
	dns.TypeDLV:        {"60485 13 2 0a0b0c0d"},
	dns.TypeDNAME:      {"example.net"},
	dns.TypeDNSKEY:     {"257 3 13 bWRqaG1k amhtZGpo"},
	dns.TypeDS:         {"60485 13 2 0a0b 0c0d", "60485 ECDSAP256SHA256 2 0A0B0C0D"},
	dns.TypeEID:        {"e32c6f78163a9348"},
	dns.TypeEUI48:      {"00-00-5e-00-53-2a"},
	dns.TypeEUI64:      {"00-00-5e-ef-10-00-00-2a"},
	dns.TypeGID:        {"1000"},
	dns.TypeGPOS:       {"-32.6882 116.8652 10.0", `"-32.6882" "116.8652" "10.0"`},
	dns.TypeHINFO:      {`"PC" "Linux"`, `PC Linux`, `"Intel i386" ""`, `"a\"b" "\195\169"`},
	dns.TypeHIP:        {"2 200100107B1A74DF365639CC39F1D578 AwEAAbdx rvs.example.org rvs2.example.org", "2 2001 AwEAAbdx"},
	dns.TypeHTTPS:      {`1 . alpn="h2,h3"`, `0 svc.example.org`, `1 . port=8443 alpn=h2 ipv4hint=192.0.2.1,192.0.2.2`},
	dns.TypeIPSECKEY:   {"10 1 2 192.0.2.1 AQNRU3mG", "10 2 2 2001:db8::1 AQNRU3mG", "10 3 2 gw.example.org AQNRU3mG", "10 0 2 . AQNRU3mG", "10 0 0 .", "10 1 2 192.0.2.1"},
	dns.TypeISDN:       {`"150862028003217" "004"`, "150862028003217"},
	dns.TypeKEY:        {"256 3 13 bWRqaG1kamhtZGpo", "NOKEY 3 5", "0xc000 DNSSEC RSASHA1", "NOAUTH|ZONE|SIG5 DNSSEC RSAMD5 AAAA"},
	dns.TypeKX:         {"10 kx.example.org"},
	dns.TypeL32:        {"10 192.0.2.1"},
	dns.TypeL64:        {"10 2001:0DB8:1140:1000", "10 2001:db8:1140:1"},
	dns.TypeLOC:        {"52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m", "52 N 4 E 0m", "42 21 54 N 71 06 18 W -24m 30m", "52 22 N 4 53 E -2m", "60 9 N 24 39 E 10 20 2000 20", "42 N 71 W -24m", "0 0 0.001 S 180 w 42849672.95 90000000m"},
	dns.TypeLP:         {"10 l64.example.org"},
	dns.TypeMB:         {"mail.example.org"},
	dns.TypeMD:         {"mail.example.org"},
	dns.TypeMF:         {"mail.example.org"},
	dns.TypeMG:         {"joe.example.org"},
	dns.TypeMINFO:      {"owner.example.org errors.example.org"},
	dns.TypeMR:         {"joe.example.org"},
	dns.TypeMX:         {"10 mail.example.org", "0 .", "10   mail.example.org", `65535 \065b\ c.example.org`},
	dns.TypeNAPTR:      {`100 10 "S" "SIP+D2U" "" _sip._udp.example.org`, `100 50 "u" "E2U+sip" "!^.*$!sip:\\1@example.org!" .`, `1 2 S SIP "" a.example`},
	dns.TypeNID:        {"10 0014:4fff:ff20:ee64"},
	dns.TypeNIMLOC:     {"32251a030067"},
	dns.TypeNINFO:      {`"foo" "bar"`, "foo bar"},
	dns.TypeNS:         {"ns1.example.org"},
	dns.TypeNSAPPTR:    {"host.example.org"},
	dns.TypeNSEC:       {"next.example.org A MX RRSIG NSEC TYPE1234", "next.example.org NSEC A"},
	dns.TypeNSEC3:      {"1 1 12 AABBCCDD 2t7b4g4vsa5smi47k61mv5bv1a22bojr NS SOA MX DNSKEY", "1 0 0 - 0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM", "1 0 0 - 0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM NS A", "1 0 0 - 0P9MHAVEQVM6T7VB A"},
	dns.TypeNSEC3PARAM: {"1 0 12 aabbccdd", "1 0 0 -"},
	dns.TypeNXT:        {"next.example.org A MX SIG NXT"},
	dns.TypeOPENPGPKEY: {"bWRqaG1k amhtZGpo"},
	dns.TypePTR:        {"www.example.org"},
	dns.TypePX:         {"10 net2.it prmd-net2.admdb.c-it"},
	dns.TypeRESINFO:    {`"qnamemin" "exterr=15-17"`},
	dns.TypeRKEY:       {"256 3 13 bWRqaG1kamhtZGpo"},
	dns.TypeRP:         {"admin.example.org txt.example.org", ". ."},
	dns.TypeRRSIG:      {"A 13 3 3600 20300101000000 20290101000000 12345 example.org bWRqaG1k amhtZGpo", "TYPE65280 13 3 3600 1893456000 1861920000 1 . bWRq"},
	dns.TypeRT:         {"10 relay.example.org"},
	dns.TypeSIG:        {"A 13 3 3600 20300101000000 20290101000000 12345 example.org bWRqaG1k"},
	dns.TypeSMIMEA:     {"3 1 1 0a0b0c0d"},
	dns.TypeSOA:        {"ns1.example.org hostmaster.example.org 2026010101 7200 900 1209600 300", `ns1 john\.doe.example.org 1 2h 15m 2w 5m`},
	dns.TypeSPF:        {`"v=spf1 -all"`, "v=spf1 -all"},
	dns.TypeSRV:        {"0 5 5060 sip.example.org", "0 0 0 ."},
	dns.TypeSSHFP:      {"4 2 0a0b0c0d"},
	dns.TypeSVCB:       {`1 svc.example.org alpn="h2" port=8443`, "0 svc.example.org", `1 . mandatory=port,alpn alpn=h2 no-default-alpn port=53 key65333="a b\"" dohpath=/q{?dns} ech=AAA= ipv6hint=2001:db8::1 ohttp`, `1 . alpn=h2 key7="/dns-query{?dns}"`, `1 . key1="\002h2" key2 key0="\000\003" key3="\032\053"`, `1 . key4=\192\000\002\001 key8= docpath=a,b tls-supported-groups=29,23`, `1 . alpn="a\\,b,c\\\\\\\\d" key65000`},
	dns.TypeTA:         {"60485 13 2 0a0b0c0d"},
	dns.TypeTALINK:     {"a.example.org b.example.org"},
	dns.TypeTLSA:       {"3 1 1 0a0b 0c0d"},
	dns.TypeTXT:        {`"v=spf1 -all"`, "v=spf1 -all", ""},
	dns.TypeUID:        {"1000"},
	dns.TypeUINFO:      {`"a text"`, "text"},
	dns.TypeURI:        {`10 1 "https://www.example.org/"`, `10 1 "a\\b\"\000c\\\\065"`, `1 1 ""`},
	dns.TypeX25:        {"311061700956", `"311061700956"`},
	typeWKS:            {"192.0.2.1 tcp smtp 80 domain", "192.0.2.1 17"},
	typeNSAP:           {"0x47.0005.80.005a00.0000.0001.e133.ffffff000161.00"},
	typeA6:             {"64 ::1 prefix.example.org", "0 2001:db8::1", "128 prefix.example.org", "3 1fff::1 p.example"},
	typeSINK:           {"1 2 3 AAAA", "1 2 3"},
	typeDSYNC:          {"CDS NOTIFY 5359 scanner.example.org", "CSYNC 1 53 s.example"},
	typeHHIT:           {"AAAA"},
	typeBRID:           {"AAAA BBBB"},
	typeDOA:            {`0 1 2 "text/plain" AAAA`, `0 1 2 "" -`},
	typeWALLET:         {`"BTC" "bc1q"`, "ETH 0xABCD"},
	typeCLA:            {`"TCP-v4-v6"`},
	typeIPN:            {"977000100", "18446744073709551615"},
	dns.TypeATMA:       {"+39012.345", "39.246f000e7c9c031200010001000012345678.00"},
	dns.TypeZONEMD:     {"2026010101 1 1 0a0b 0c0d"},
	wire.TypeALIAS:     {"www.example.net", "lb.cdn.example.", `a\.b.example.org`},
}

// A row of type ALIAS, by whichever name it goes.
func TestALIAS(t *testing.T) {
	want := mustParse(t, Row{Name: "example.org", Type: "ALIAS", Record: "www.example.net"})
	for _, row := range []Row{{Type: "alias", Record: "www.example.net."}, {Type: "65401", Record: " www.example.net "}, {Type: "TYPE65401", Record: `\# 17 03777777076578616d706c65036e657400`}} {
		row.Name = "Example.org."
		if got := mustParse(t, row); !reflect.DeepEqual(got, want) {
			t.Errorf("%+v makes %s, want %s", row, got, want)
		}
	}
	if row, err := Format(want); err != nil || row.Type != "ALIAS" || row.Record != "www.example.net." {
		t.Errorf("formatted: %+v, %v", row, err)
	}
	for _, record := range []string{"", "a b", "a..b", `"a"`, `\# 3 016101`, "192.0.2.1", "192.0.2.1.", "2001:db8::1"} {
		if rr, err := Parse(Row{Name: "example.org", Type: "ALIAS", Record: record}, 60); err == nil {
			t.Errorf("%q makes %s", record, rr)
		}
	}
}

// metaTypes are the types that miekg/dns knows and no zone can hold.
var metaTypes = []uint16{dns.TypeANY, dns.TypeNXNAME, dns.TypeOPT, dns.TypeTKEY, dns.TypeTSIG}

func TestEveryKnownTypeHasASampleOrIsMeta(t *testing.T) {
	meta := make(map[uint16]bool)
	for _, m := range metaTypes {
		meta[m] = true
	}
	for typ := range dns.TypeToRR {
		_, sampled := samples[typ]
		if typ == dns.TypeNULL {
			continue // no text form: see TestGenericForm
		}
		if sampled == meta[typ] {
			t.Errorf("%s: sample %v, meta %v: want one of them", dns.Type(typ), sampled, meta[typ])
		}
		if _, formed := layouts[typ]; formed == meta[typ] {
			t.Errorf("%s: layout %v, meta %v: want one of them", dns.Type(typ), formed, meta[typ])
		}
	}
}

func TestEveryTypeRoundTrips(t *testing.T) {
	for typ, records := range samples {
		for _, record := range records {
			t.Run(dns.Type(typ).String()+" "+record, func(t *testing.T) {
				rr := mustParse(t, Row{Name: "Host.Example.org", Type: fmt.Sprint(typ), TTL: "60", Record: record})
				if known := dns.TypeToRR[typ]; known != nil && !isUnfaithful(typ, record) && reflect.TypeOf(rr) != reflect.TypeOf(known()) {
					t.Fatalf("got %T, want %T", rr, known())
				}
				wantSound(t, rr)

				// What is printed reads back as the same record.
				text := Text(rr)
				again := mustParse(t, Row{Name: "host.example.org.", Type: dns.Type(typ).String(), TTL: "60", Record: text})
				if !reflect.DeepEqual(again, rr) {
					t.Errorf("read back from %q:\n%#v\nwant\n%#v", text, again, rr)
				}

				// RFC 3597's form of the same octets is the same record.
				generic := mustParse(t, Row{Name: "host.example.org", Type: dns.Type(typ).String(), TTL: "60", Record: genericText(t, rr)})
				if !reflect.DeepEqual(generic, rr) {
					t.Errorf("in RFC 3597's form:\n%#v\nwant\n%#v", generic, rr)
				}
			})
		}
	}
}

// TestAgreesWithZoneParser compares octets with what the zone parser makes of the same text, where the text means the
// same to both.
func TestAgreesWithZoneParser(t *testing.T) {
	for typ, records := range samples {
		for _, record := range records[:1] {
			if dns.TypeToRR[typ] == nil || isUnfaithful(typ, record) {
				continue
			}
			want, err := dns.NewRR("host.example.org. 60 IN " + dns.Type(typ).String() + " " + record)
			if err != nil {
				t.Errorf("%s %q: %v", dns.Type(typ), record, err)
				continue
			}
			got := mustParse(t, Row{Name: "host.example.org", Type: fmt.Sprint(typ), TTL: "60", Record: record})
			if g, w := octetsOf(t, got), octetsOf(t, want); g != w {
				t.Errorf("%s %q:\n%s\nwant\n%s", dns.Type(typ), record, g, w)
			}
		}
	}
}

func TestExamplesInAdviceAreRight(t *testing.T) {
	hexBase := map[string]string{"HEX": "0a0b0c0d", "BASE64": "bWRqaG1k"}
	for typ, l := range layouts {
		record := l.example
		for word, value := range hexBase {
			record = replaceWord(record, word, value)
		}
		wantSound(t, mustParse(t, Row{Name: "example.org", Type: fmt.Sprint(typ), Record: record}))
	}
}

// wantSound fails the test if rr does not keep the promises of Parse.
func wantSound(t testing.TB, rr dns.RR) {
	t.Helper()
	hdr := rr.Header()
	if hdr.Class != dns.ClassINET || hdr.Rdlength != 0 || hdr.Ttl > maxTTL {
		t.Errorf("header %#v", hdr)
	}
	if !Valid(hdr.Rrtype, mustRdata(t, rr)) {
		t.Errorf("%s is not valid", rr)
	}
	m := new(dns.Msg)
	m.SetQuestion(hdr.Name, hdr.Rrtype)
	m.Answer = []dns.RR{rr}
	packed, err := m.Pack()
	if err != nil || len(packed) > dns.MaxMsgSize {
		t.Fatalf("pack: %v, %d octets", err, len(packed))
	}
	got := new(dns.Msg)
	rdata := mustRdata(t, rr)
	if !bytes.HasSuffix(packed, rdata) && len(rdata) > 12+len(hdr.Name)+30 { // a short name may be compressed
		t.Errorf("the message does not end in %x", rdata)
	}
	unpacked := Unpack(*hdr, rdata)
	unpacked.Header().Rdlength = 0
	if !reflect.DeepEqual(unpacked, rr) {
		t.Errorf("unpacked\n%#v\nwant\n%#v", unpacked, rr)
	}
	if _, octets := rr.(*dns.RFC3597); octets {
		packed = packed[:12+questionSize(packed)] // the library cannot unpack it
		packed[7] = 0
	}
	if err := got.Unpack(packed); err != nil {
		t.Fatalf("unpack: %v", err)
	}
	if want := lower(got.Question[0].Name); hdr.Name != want {
		t.Errorf("owner %q, but a query's name unpacks to %q", hdr.Name, want)
	}
}

// lower folds ASCII letters.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func mustParse(t testing.TB, row Row) dns.RR {
	t.Helper()
	rr, err := Parse(row, 3600)
	if err != nil {
		t.Fatal(err)
	}
	return rr
}

// genericText is the RDATA of rr in RFC 3597's form.
func genericText(t testing.TB, rr dns.RR) string {
	t.Helper()
	head := octetsOf(t, &dns.RFC3597{Hdr: *rr.Header()})
	rdata := octetsOf(t, rr)[len(head):]
	return fmt.Sprintf(`\# %d %s`, len(rdata)/2, rdata)
}

// octetsOf is rr in wire form, in hexadecimal.
func octetsOf(t testing.TB, rr dns.RR) string {
	t.Helper()
	buf := make([]byte, dns.MaxMsgSize)
	end, err := dns.PackRR(dns.Copy(rr), buf, 0, nil, false) // PackRR sets Rdlength
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(buf[:end])
}

// mustRdata is the RDATA of rr.
func mustRdata(t testing.TB, rr dns.RR) []byte {
	t.Helper()
	rdata, err := wire.Pack(dns.Copy(rr))
	if err != nil {
		t.Fatal(err)
	}
	return rdata
}

// questionSize is how many octets the question of a message has.
func questionSize(packed []byte) int { return wire.NameLen(packed[12:]) + questionTail }

// isUnfaithful reports whether miekg/dns cannot hold a sample, so that it comes as octets.
func isUnfaithful(t uint16, record string) bool {
	return t == dns.TypeNXT || t == dns.TypeISDN && !strings.Contains(record, " ") || t == dns.TypeAMTRELAY && strings.HasPrefix(record, "10 1 ")
}
