package record

import (
	"fmt"

	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// layout is what the RDATA of a type is made of, in text and on the wire.
//
// To add a type: add its layout to layouts, its mnemonic to moreTypes if miekg/dns does not know it, a sample to the tests. If its RDATA has names,
// say so in wire.Canonical. What a part cannot see of its own, such as which parts go together, is for check.
type layout struct {
	example string // for the advice in errors
	parts   []part
	check   func(rdata []byte) *fault // of RDATA that the parts have found right; may be nil
}

// part is one part of RDATA: it makes octets of fields, and text of octets.
type part struct {
	min, max int  // fields that it takes; a max of 0 means any number
	text     bool // its fields are free text, which may be quoted and may hold a ;

	compose func(*composer) *fault // fields to octets
	show    func(*viewer) *fault   // octets to fields; it refuses octets that are none of this part's
}

// composer makes RDATA of fields.
type composer struct {
	rrtype uint16
	fields []Field // not taken yet
	origin []byte  // of relative names, in wire form; nil in a row
	out    []byte
}

// next takes a field.
func (c *composer) next() Field {
	f := c.fields[0]
	c.fields = c.fields[1:]
	return f
}

// word takes a field that is no free text. Its escapes stay.
func (c *composer) word() (string, *fault) {
	f := c.next()
	if f.Quoted {
		return "", &fault{"has quotes around " + quote(f.inner()) + ", which is no text", "remove the quotes; " + adviceFor(c.rrtype)}
	}
	return f.Text, nil
}

// wrong says what is wrong with a field.
func (c *composer) wrong(word, why string) *fault { return refused(c.rrtype, quote(word)+" "+why) }

// viewer makes text of RDATA.
type viewer struct {
	rrtype uint16
	rdata  []byte // all of it
	in     []byte // not shown yet
	out    []byte
}

// take takes n octets.
func (v *viewer) take(n int) ([]byte, *fault) {
	if n > len(v.in) {
		return nil, refused(v.rrtype, "it breaks off early")
	}
	b := v.in[:n]
	v.in = v.in[n:]
	return b, nil
}

// rest takes all octets that are left.
func (v *viewer) rest() []byte {
	b := v.in
	v.in = nil
	return b
}

// begin begins a field of text.
func (v *viewer) begin() {
	if len(v.out) > 0 {
		v.out = append(v.out, ' ')
	}
}

// word shows a field.
func (v *viewer) word(s string) {
	v.begin()
	v.out = append(v.out, s...)
}

// wrong says what is wrong with octets.
func (v *viewer) wrong(why string) *fault { return refused(v.rrtype, why) }

// noText is about RDATA that is right, but that no text makes.
var noText = &fault{"has no text form", `write \# LENGTH HEX`}

// refused says that RDATA is not that of type t, and why.
func refused(t uint16, why string) *fault {
	if why != "" {
		why = " (" + why + ")"
	}
	return &fault{"is not the RDATA of type " + TypeName(t) + why, adviceFor(t)}
}

// adviceFor shows what the RDATA of type t looks like.
func adviceFor(t uint16) string {
	if l, ok := layouts[t]; ok {
		return "write it as in " + l.example
	}
	return `write \# LENGTH HEX, such as \# 3 616263`
}

// holdsText reports whether type t has fields of free text.
func holdsText(t uint16) bool {
	for _, p := range layouts[t].parts {
		if p.text {
			return true
		}
	}
	return false
}

// mayBeEmpty reports whether a record of type t may have no RDATA (RFC 3123, 4; RFC 3597).
func mayBeEmpty(t uint16) bool {
	l, ok := layouts[t]
	return !ok || l.fewest() == 0
}

// fewest is how many fields there are at least.
func (l *layout) fewest() (n int) {
	for _, p := range l.parts {
		n += p.min
	}
	return n
}

// most is how many fields there may be; 0 means any number.
func (l *layout) most() (n int) {
	for _, p := range l.parts {
		if p.max == 0 {
			return 0
		}
		n += p.max
	}
	return n
}

// compose makes RDATA of fields. Names without a final dot are relative to origin, which is nil in a row.
func compose(t uint16, fields []Field, origin []byte) ([]byte, *fault) {
	l, ok := layouts[t]
	if !ok {
		return nil, &fault{"has no text form that is known for this type", adviceFor(t)}
	}
	if f := l.checkNumber(t, len(fields)); f != nil {
		return nil, f
	}
	c := &composer{rrtype: t, fields: fields, origin: origin}
	for _, p := range l.parts {
		if f := p.compose(c); f != nil {
			return nil, f
		}
	}
	if len(c.fields) > 0 {
		return nil, c.wrong(c.fields[0].Text, "is one field too many")
	}
	if l.check != nil {
		if f := l.check(c.out); f != nil {
			return nil, f
		}
	}
	return c.out, nil
}

// checkNumber refuses too few and too many fields.
func (l *layout) checkNumber(t uint16, n int) *fault {
	least, most := l.fewest(), l.most()
	if n >= least && (most == 0 || n <= most) {
		return nil
	}
	want := fmt.Sprint(least)
	switch {
	case most == 0:
		want += " or more"
	case most != least:
		want += " to " + fmt.Sprint(most)
	}
	amount := "few"
	if n > least {
		amount = "many"
	}
	return &fault{fmt.Sprintf("has too %s fields for type %s (%d instead of %s)", amount, TypeName(t), n, want), adviceFor(t)}
}

// show appends the text of RDATA, or says why it is none of this type.
func show(out []byte, t uint16, rdata []byte) ([]byte, *fault) {
	l := layouts[t]
	v := &viewer{rrtype: t, rdata: rdata, in: rdata}
	for _, p := range l.parts {
		if f := p.show(v); f != nil {
			return out, f
		}
	}
	if len(v.in) > 0 {
		return out, v.wrong("it has octets behind its end")
	}
	if l.check != nil {
		if f := l.check(rdata); f != nil {
			return out, f
		}
	}
	return append(out, v.out...), nil
}

// Parts that many types have.
var (
	u8        = number(8)
	u16       = number(16)
	u32       = number(32)
	name      = part{min: 1, max: 1, compose: composeName, show: showName}
	str       = part{min: 1, max: 1, text: true, compose: composeString, show: showString}
	strs      = part{min: 1, text: true, compose: composeStrings, show: showStrings}
	hexes     = part{min: 1, compose: composeHex, show: showHex}
	base64s   = part{min: 1, compose: composeBase64, show: showBase64}
	someBase  = part{compose: composeBase64, show: showSomeBase64}
	coveredBy = part{min: 1, max: 1, compose: composeType, show: showType}
	types     = part{compose: composeBitmap, show: showBitmap}
	algorithm = mnemonic(8, algorithms)
	digest    = mnemonic(8, digests)
)

var (
	oneName = []part{name}
	ranked  = []part{u16, name}
	texts   = []part{strs}
	keyed   = []part{keyFlags, mnemonic(8, keyProtocols), algorithm, base64s}
	hashed  = []part{u16, algorithm, digest, hexes}
	signed  = []part{coveredBy, algorithm, u8, u32, instant, instant, u16, name, base64s}
	matched = []part{u8, u8, u8, hexes}
)

// layouts holds every type of IANA's registry that a zone can hold and that has a text form. Text of others is refused.
var layouts map[uint16]layout

// init, and no literal, as the advice of the parts' own errors looks up layouts.
func init() {
	layouts = map[uint16]layout{
		dns.TypeA:          {"192.0.2.1", []part{ipv4}, nil},
		dns.TypeNS:         {"ns1.example.org", oneName, nil},
		dns.TypeMD:         {"mail.example.org", oneName, nil},
		dns.TypeMF:         {"mail.example.org", oneName, nil},
		dns.TypeCNAME:      {"www.example.org", oneName, nil},
		dns.TypeSOA:        {"ns1.example.org hostmaster.example.org 2026010101 7200 900 1209600 300", []part{name, name, u32, period, period, period, period}, nil},
		dns.TypeMB:         {"mail.example.org", oneName, nil},
		dns.TypeMG:         {"joe.example.org", oneName, nil},
		dns.TypeMR:         {"joe.example.org", oneName, nil},
		typeWKS:            {"192.0.2.1 6 25 53", []part{ipv4, services}, nil},
		dns.TypePTR:        {"www.example.org", oneName, nil},
		dns.TypeHINFO:      {`"PC" "Linux"`, []part{str, str}, nil},
		dns.TypeMINFO:      {"owner.example.org errors.example.org", []part{name, name}, nil},
		dns.TypeMX:         {"10 mail.example.org", ranked, nil},
		dns.TypeTXT:        {`"v=spf1 -all"`, texts, nil},
		dns.TypeRP:         {"admin.example.org txt.example.org", []part{name, name}, nil},
		dns.TypeAFSDB:      {"1 afs.example.org", ranked, nil},
		dns.TypeX25:        {"311061700956", []part{str}, checkX25},
		dns.TypeISDN:       {`"150862028003217" "004"`, []part{str, maybe(str)}, nil},
		dns.TypeRT:         {"10 relay.example.org", ranked, nil},
		typeNSAP:           {"0x47000580005a0000000001e133ffffff00016100", []part{nsap}, nil},
		dns.TypeNSAPPTR:    {"host.example.org", oneName, nil},
		dns.TypeSIG:        {"A 13 3 3600 20300101000000 20290101000000 12345 example.org BASE64", signed, nil},
		dns.TypeKEY:        {"256 3 13 BASE64", []part{keyFlags, mnemonic(8, keyProtocols), algorithm, someBase}, checkKey},
		dns.TypePX:         {"10 net2.it prmd-net2.admdb.c-it", []part{u16, name, name}, nil},
		dns.TypeGPOS:       {"-32.6882 116.8652 10.0", []part{str, str, str}, checkGPOS},
		dns.TypeAAAA:       {"2001:db8::1", []part{ipv6}, nil},
		dns.TypeLOC:        {"52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m", []part{location}, nil},
		dns.TypeNXT:        {"next.example.org A MX SIG NXT", []part{name, oldBitmap}, nil},
		dns.TypeEID:        {"HEX", []part{hexes}, nil},
		dns.TypeNIMLOC:     {"HEX", []part{hexes}, nil},
		dns.TypeSRV:        {"0 5 5060 sip.example.org", []part{u16, u16, u16, name}, nil},
		dns.TypeATMA:       {"+390123456789", []part{atm}, nil},
		dns.TypeNAPTR:      {`100 10 "S" "SIP+D2U" "" _sip._udp.example.org`, []part{u16, u16, str, str, str, name}, nil},
		dns.TypeKX:         {"10 kx.example.org", ranked, nil},
		dns.TypeCERT:       {"PKIX 12345 RSASHA256 BASE64", []part{mnemonic(16, certificates), u16, algorithm, base64s}, nil},
		typeA6:             {"64 ::1 prefix.example.org", []part{a6}, nil},
		dns.TypeDNAME:      {"example.net", oneName, nil},
		typeSINK:           {"1 2 3 BASE64", []part{u8, u8, u8, someBase}, nil},
		dns.TypeAPL:        {"1:192.0.2.0/24 !1:192.0.2.128/25", []part{prefixes}, nil},
		dns.TypeDS:         {"60485 13 2 HEX", hashed, nil},
		dns.TypeSSHFP:      {"4 2 HEX", []part{u8, u8, hexes}, nil},
		dns.TypeIPSECKEY:   {"10 1 2 192.0.2.1 BASE64", []part{u8, gateway, someBase}, nil},
		dns.TypeRRSIG:      {"A 13 3 3600 20300101000000 20290101000000 12345 example.org BASE64", signed, nil},
		dns.TypeNSEC:       {"next.example.org A MX RRSIG NSEC", []part{name, types}, nil},
		dns.TypeDNSKEY:     {"257 3 13 BASE64", keyed, nil},
		dns.TypeDHCID:      {"BASE64", []part{base64s}, nil},
		dns.TypeNSEC3:      {"1 0 0 - 0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM A RRSIG", []part{u8, u8, u16, salt, nextHash, types}, nil},
		dns.TypeNSEC3PARAM: {"1 0 0 -", []part{u8, u8, u16, salt}, nil},
		dns.TypeTLSA:       {"3 1 1 HEX", matched, nil},
		dns.TypeSMIMEA:     {"3 1 1 HEX", matched, nil},
		dns.TypeHIP:        {"2 HEX BASE64 rvs.example.org", []part{identity, names}, nil},
		dns.TypeNINFO:      {`"text"`, texts, nil},
		dns.TypeRKEY:       {"0 3 13 BASE64", keyed, nil},
		dns.TypeTALINK:     {"a.example.org b.example.org", []part{name, name}, nil},
		dns.TypeCDS:        {"60485 13 2 HEX", hashed, nil},
		dns.TypeCDNSKEY:    {"257 3 13 BASE64", keyed, nil},
		dns.TypeOPENPGPKEY: {"BASE64", []part{base64s}, nil},
		dns.TypeCSYNC:      {"66 3 A NS AAAA", []part{u32, u16, types}, nil},
		dns.TypeZONEMD:     {"2026010101 1 1 HEX", []part{u32, u8, u8, hexes}, nil},
		dns.TypeSVCB:       {`1 svc.example.org alpn="h2" port=8443`, []part{u16, name, params}, nil},
		dns.TypeHTTPS:      {`1 . alpn="h2,h3"`, []part{u16, name, params}, nil},
		typeDSYNC:          {"CDS NOTIFY 5359 scanner.example.org", []part{coveredBy, mnemonic(8, schemes), u16, name}, nil},
		typeHHIT:           {"BASE64", []part{base64s}, nil},
		typeBRID:           {"BASE64", []part{base64s}, nil},
		dns.TypeSPF:        {`"v=spf1 -all"`, texts, nil},
		dns.TypeUINFO:      {`"text"`, []part{str}, nil},
		dns.TypeUID:        {"1000", []part{u32}, nil},
		dns.TypeGID:        {"1000", []part{u32}, nil},
		dns.TypeNID:        {"10 0014:4fff:ff20:ee64", []part{u16, locator}, nil},
		dns.TypeL32:        {"10 192.0.2.1", []part{u16, ipv4}, nil},
		dns.TypeL64:        {"10 2001:0db8:1140:1000", []part{u16, locator}, nil},
		dns.TypeLP:         {"10 l64.example.org", ranked, nil},
		dns.TypeEUI48:      {"00-00-5e-00-53-2a", []part{eui(6)}, nil},
		dns.TypeEUI64:      {"00-00-5e-ef-10-00-00-2a", []part{eui(8)}, nil},
		dns.TypeURI:        {`10 1 "https://www.example.org/"`, []part{u16, u16, longText}, nil},
		dns.TypeCAA:        {`0 issue "ca.example.org"`, []part{u8, tag, longText}, nil},
		dns.TypeAVC:        {`"app-name:example"`, texts, nil},
		typeDOA:            {`1234567890 1 2 "image/gif" BASE64`, []part{u32, u32, u8, str, dashBase}, nil},
		dns.TypeAMTRELAY:   {"10 0 1 192.0.2.1", []part{u8, relay}, nil},
		dns.TypeRESINFO:    {`"qnamemin" "exterr=15-17"`, texts, nil},
		typeWALLET:         {`"ETH" "0xABCD"`, texts, nil},
		typeCLA:            {`"TCP-v4-v6"`, texts, nil},
		typeIPN:            {"977000100", []part{number(64)}, nil},
		dns.TypeTA:         {"60485 13 2 HEX", hashed, nil},
		dns.TypeDLV:        {"60485 13 2 HEX", hashed, nil},
		wire.TypeALIAS:     {"www.example.net", oneName, checkALIAS},
	}
}
