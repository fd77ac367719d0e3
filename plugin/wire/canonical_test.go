package wire

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// withLetters is RDATA in which octets are letters where they can be: 16705 is "AA".
var withLetters = []string{
	"AFSDB 16705 A.b.", "AMTRELAY 65 0 3 A.b.", "AMTRELAY 65 0 1 65.66.67.68", `CAA 65 issue "A.b"`, "CNAME A.b.", "DNAME A.b.",
	"DS 16705 65 65 41424344", `HINFO "A" "b"`, "HIP 2 41424344 QUFBQQ== A.b. C.d.", "HIP 2 4142 QUJD", `HTTPS 16705 A.b. alpn="Ab"`,
	"IPSECKEY 65 3 2 A.b. QUFBQQ==", "IPSECKEY 65 1 2 65.66.67.68 QUFB", "KX 16705 A.b.", "LP 16705 A.b.", "MB A.b.", "MD A.b.", "MF A.b.",
	"MG A.b.", "MINFO A.b. C.d.", "MR A.b.", "MX 16705 A.b.", `NAPTR 16705 16705 "A" "B" "C" D.e.`, "NS A.b.", "NSAP-PTR A.b.",
	"NSEC A.b. TYPE65 TYPE97", "NXT A.b. A NS", "OPENPGPKEY QUFBQQ==", "PTR A.b.", "PX 16705 A.b. C.d.", "RP A.b. C.d.",
	"RRSIG A 65 65 16705 20300101000000 20290101000000 16705 A.b. QUFBQQ==", "RT 16705 A.b.",
	"SIG A 65 65 16705 20300101000000 20290101000000 16705 A.b. QUFBQQ==", "SOA A.b. C.d. 1094795585 1094795585 65 65 65",
	"SPF \"Ab\"", "SRV 16705 16705 16705 A.b.", `SVCB 16705 A.b. alpn="Ab"`, "TALINK A.b. C.d.", "TLSA 65 65 65 41424344", `TXT "Ab"`,
	`URI 65 65 "A"`, "TYPE65280 \\# 4 41424344", "SSHFP 65 65 41424344",
}

// rdataOf packs a record that is written without its owner name.
func rdataOf(t *testing.T, text string) (rrtype uint16, rdata []byte) {
	t.Helper()
	rr, err := dns.NewRR(". 60 IN " + text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if rdata, err = new(Packer).Pack(rr); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return rr.Header().Rrtype, rdata
}

// An octet in the other case makes a duplicate where it is part of a name, and only there; and duplicates have one canonical form.
func TestSameRdata(t *testing.T) {
	for _, text := range withLetters {
		rrtype, rdata := rdataOf(t, text)
		canonical := Canonical(rrtype, rdata)
		flipped := 0
		for i, c := range rdata {
			if lower := Lower(c | 0x20); lower < 'a' || lower > 'z' || c < 'A' {
				continue
			}
			other := bytes.Clone(rdata)
			other[i] ^= 0x20
			h := dns.RR_Header{Name: ".", Rrtype: rrtype, Class: dns.ClassINET, Rdlength: uint16(len(rdata))}
			a, _, _ := dns.UnpackRRWithHeader(h, bytes.Clone(rdata), 0)
			b, _, err := dns.UnpackRRWithHeader(h, bytes.Clone(other), 0)
			if err != nil {
				continue
			}
			flipped++
			want := dns.IsDuplicate(a, b)
			if got := SameRdata(rrtype, rdata, other); got != want {
				t.Errorf("%s: octet %d in the other case is a duplicate: %t, want %t", text, i, got, want)
			}
			if same := bytes.Equal(Canonical(rrtype, other), canonical); same != want {
				t.Errorf("%s: octet %d in the other case has the same canonical form: %t, want %t", text, i, same, want)
			}
		}
		if flipped == 0 {
			t.Errorf("%s: nothing compared", text)
		}
	}
}

// The name in an ALIAS, which miekg/dns takes for octets, is one.
func TestSameALIAS(t *testing.T) {
	lower, upper := []byte("\x01a\x01b\x00"), []byte("\x01A\x01B\x00")
	if !SameRdata(TypeALIAS, lower, upper) || !bytes.Equal(Canonical(TypeALIAS, upper), lower) {
		t.Error("names in different cases are different")
	}
}

// RDATA that breaks off where miekg/dns lets it is put into lower case as far as it goes.
func TestCanonicalOfWhatBreaksOffEarly(t *testing.T) {
	for _, text := range withLetters {
		rrtype, rdata := rdataOf(t, text)
		for i := range rdata {
			if got := Canonical(rrtype, rdata[:i]); !equalFold(got, rdata[:i]) {
				t.Errorf("%s: %x becomes %x", text, rdata[:i], got)
			}
		}
	}
}

func TestAppendCanonicalKeepsWhatIsThere(t *testing.T) {
	for _, text := range withLetters {
		rrtype, rdata := rdataOf(t, text)
		given := bytes.Clone(rdata)
		got := AppendCanonical([]byte("BEFORE"), rrtype, rdata)
		if want := append([]byte("BEFORE"), Canonical(rrtype, rdata)...); !bytes.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
		if !bytes.Equal(rdata, given) {
			t.Errorf("%s: changes what it was given", text)
		}
	}
}

// Whatever type of miekg/dns has a name in its RDATA, namesAt knows it.
func TestNamesOfEveryType(t *testing.T) {
	sampled := map[uint16]bool{}
	for _, text := range withLetters {
		rrtype, _ := rdataOf(t, text)
		sampled[rrtype] = true
	}
	for rrtype, newRR := range dns.TypeToRR {
		switch rrtype {
		case dns.TypeTSIG, dns.TypeTKEY, dns.TypeOPT: // of a message, not of a zone
			continue
		}
		if hasName(reflect.TypeOf(newRR()).Elem()) && !sampled[rrtype] {
			t.Errorf("%s has a name in its RDATA: add it to namesAt, if it is not there, and to withLetters", dns.Type(rrtype))
		}
	}
}

// hasName looks at the tags by which miekg/dns packs a record.
func hasName(record reflect.Type) bool {
	for i := range record.NumField() {
		field := record.Field(i)
		if field.Anonymous && hasName(field.Type) {
			return true
		}
		if tag := field.Tag.Get("dns"); strings.HasSuffix(tag, "domain-name") || tag == "ipsechost" || tag == "amtrelayhost" {
			return true
		}
	}
	return false
}
