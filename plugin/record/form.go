package record

import (
	"fmt"

	"github.com/miekg/dns"
)

// form is what the RDATA of a type looks like.
type form struct {
	min, max int    // number of fields; a max of 0 means any
	example  string // for the advice in errors
}

// forms holds the form of every type that has fields. A type that is missing takes any number of them.
//
// To add a type that miekg/dns has learnt: add its form here and a sample in the tests, and look whether its parser
// drops or invents anything, which checkFields or checkMeaning must then refuse.
var forms = map[uint16]form{
	dns.TypeA:          {1, 1, "192.0.2.1"},
	dns.TypeAAAA:       {1, 1, "2001:db8::1"},
	dns.TypeAFSDB:      {2, 2, "1 afs.example.org"},
	dns.TypeAMTRELAY:   {4, 4, "10 0 1 192.0.2.1"},
	dns.TypeAPL:        {1, 0, "1:192.0.2.0/24 !1:192.0.2.128/25"},
	dns.TypeAVC:        {1, 0, `"app-name:example"`},
	dns.TypeCAA:        {3, 3, `0 issue "ca.example.org"`},
	dns.TypeCDNSKEY:    {4, 0, "257 3 13 BASE64"},
	dns.TypeCDS:        {4, 0, "60485 13 2 HEX"},
	dns.TypeCERT:       {4, 0, "PKIX 12345 RSASHA256 BASE64"},
	dns.TypeCNAME:      {1, 1, "www.example.org"},
	dns.TypeCSYNC:      {2, 0, "66 3 A NS AAAA"},
	dns.TypeDHCID:      {1, 0, "BASE64"},
	dns.TypeDLV:        {4, 0, "60485 13 2 HEX"},
	dns.TypeDNAME:      {1, 1, "example.net"},
	dns.TypeDNSKEY:     {4, 0, "257 3 13 BASE64"},
	dns.TypeDS:         {4, 0, "60485 13 2 HEX"},
	dns.TypeEID:        {1, 0, "HEX"},
	dns.TypeEUI48:      {1, 1, "00-00-5e-00-53-2a"},
	dns.TypeEUI64:      {1, 1, "00-00-5e-ef-10-00-00-2a"},
	dns.TypeGID:        {1, 1, "1000"},
	dns.TypeGPOS:       {3, 3, "-32.6882 116.8652 10.0"},
	dns.TypeHINFO:      {2, 2, `"PC" "Linux"`},
	dns.TypeHIP:        {3, 0, "2 HEX BASE64 rvs.example.org"},
	dns.TypeHTTPS:      {2, 0, `1 . alpn="h2,h3"`},
	dns.TypeIPSECKEY:   {4, 0, "10 1 2 192.0.2.1 BASE64"},
	dns.TypeISDN:       {1, 2, `"150862028003217" "004"`},
	dns.TypeKEY:        {3, 0, "256 3 13 BASE64"},
	dns.TypeKX:         {2, 2, "10 kx.example.org"},
	dns.TypeL32:        {2, 2, "10 192.0.2.1"},
	dns.TypeL64:        {2, 2, "10 2001:0db8:1140:1000"},
	dns.TypeLOC:        {5, 12, "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m"},
	dns.TypeLP:         {2, 2, "10 l64.example.org"},
	dns.TypeMB:         {1, 1, "mail.example.org"},
	dns.TypeMD:         {1, 1, "mail.example.org"},
	dns.TypeMF:         {1, 1, "mail.example.org"},
	dns.TypeMG:         {1, 1, "joe.example.org"},
	dns.TypeMINFO:      {2, 2, "owner.example.org errors.example.org"},
	dns.TypeMR:         {1, 1, "joe.example.org"},
	dns.TypeMX:         {2, 2, "10 mail.example.org"},
	dns.TypeNAPTR:      {6, 6, `100 10 "S" "SIP+D2U" "" _sip._udp.example.org`},
	dns.TypeNID:        {2, 2, "10 0014:4fff:ff20:ee64"},
	dns.TypeNIMLOC:     {1, 0, "HEX"},
	dns.TypeNINFO:      {1, 0, `"text"`},
	dns.TypeNS:         {1, 1, "ns1.example.org"},
	dns.TypeNSAPPTR:    {1, 1, "host.example.org"},
	dns.TypeNSEC:       {1, 0, "next.example.org A MX RRSIG NSEC"},
	dns.TypeNSEC3:      {5, 0, "1 0 0 - 0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM A RRSIG"},
	dns.TypeNSEC3PARAM: {4, 4, "1 0 0 -"},
	dns.TypeNXT:        {1, 0, "next.example.org A MX SIG NXT"},
	dns.TypeOPENPGPKEY: {1, 0, "BASE64"},
	dns.TypePTR:        {1, 1, "www.example.org"},
	dns.TypePX:         {3, 3, "10 net2.it prmd-net2.admdb.c-it"},
	dns.TypeRESINFO:    {1, 0, `"qnamemin" "exterr=15-17"`},
	dns.TypeRKEY:       {4, 0, "256 3 13 BASE64"},
	dns.TypeRP:         {2, 2, "admin.example.org txt.example.org"},
	dns.TypeRRSIG:      {9, 0, "A 13 3 3600 20300101000000 20290101000000 12345 example.org BASE64"},
	dns.TypeRT:         {2, 2, "10 relay.example.org"},
	dns.TypeSIG:        {9, 0, "A 13 3 3600 20300101000000 20290101000000 12345 example.org BASE64"},
	dns.TypeSMIMEA:     {4, 0, "3 1 1 HEX"},
	dns.TypeSOA:        {7, 7, "ns1.example.org hostmaster.example.org 2026010101 7200 900 1209600 300"},
	dns.TypeSPF:        {1, 0, `"v=spf1 -all"`},
	dns.TypeSRV:        {4, 4, "0 5 5060 sip.example.org"},
	dns.TypeSSHFP:      {3, 0, "4 2 HEX"},
	dns.TypeSVCB:       {2, 0, `1 svc.example.org alpn="h2" port=8443`},
	dns.TypeTA:         {4, 0, "60485 13 2 HEX"},
	dns.TypeTALINK:     {2, 2, "a.example.org b.example.org"},
	dns.TypeTLSA:       {4, 0, "3 1 1 HEX"},
	dns.TypeTXT:        {1, 0, `"v=spf1 -all"`},
	dns.TypeUID:        {1, 1, "1000"},
	dns.TypeUINFO:      {1, 1, `"text"`},
	dns.TypeURI:        {3, 3, `10 1 "https://www.example.org/"`},
	dns.TypeX25:        {1, 1, "311061700956"},
	dns.TypeZONEMD:     {4, 0, "2026010101 1 1 HEX"},
}

// adviceFor shows what the RDATA of type t looks like.
func adviceFor(t uint16) string {
	if f, ok := forms[t]; ok {
		return "write it as in " + f.example
	}
	return `write the RDATA as a zone file does, or \# LENGTH HEX`
}

// checkFields refuses too few and too many fields, and quotes in a type without text.
func checkFields(t uint16, fields []field) *fault {
	f, ok := forms[t]
	if !ok {
		return nil
	}
	if n := len(fields); n < f.min || f.max != 0 && n > f.max {
		want := fmt.Sprint(f.min)
		switch {
		case f.max == 0:
			want += " or more"
		case f.max != f.min:
			want += " to " + fmt.Sprint(f.max)
		}
		amount := "few"
		if n > f.min {
			amount = "many"
		}
		return &fault{fmt.Sprintf("has too %s fields for type %s (%d instead of %s)", amount, dns.Type(t), n, want), adviceFor(t)}
	}
	if !holdsText(t) {
		for _, f := range fields {
			if f.quoted {
				return &fault{"has quotes, but type " + dns.Type(t).String() + " holds no text", "remove the quotes; " + adviceFor(t)}
			}
		}
	}
	return checkSpelling(t, fields)
}
