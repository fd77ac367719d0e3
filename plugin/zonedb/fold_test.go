package zonedb

import (
	"bytes"
	"fmt"
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

// An octet in the other case makes a duplicate where it is part of a name, and only there; and duplicates have one hash.
func TestSameRdata(t *testing.T) {
	for _, text := range withLetters {
		rr := mustRR(t, ". 60 IN "+text)
		rrtype := rr.Header().Rrtype
		var p packer
		rdata, err := p.pack(rr)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		rdata = bytes.Clone(rdata)
		set := collected{rrtype: rrtype}
		flipped := 0
		for i, c := range rdata {
			if lower(c|0x20) < 'a' || lower(c|0x20) > 'z' || c < 'A' {
				continue
			}
			other := bytes.Clone(rdata)
			other[i] ^= 0x20
			if !validRdata(rrtype, other) {
				continue
			}
			h := dns.RR_Header{Name: ".", Rrtype: rrtype, Class: dns.ClassINET}
			a := newRR(h, rdata)
			b := newRR(h, other)
			flipped++
			want := dns.IsDuplicate(a, b)
			if got := sameRdata(rrtype, rdata, other); got != want {
				t.Errorf("%s: octet %d in the other case is a duplicate: %t, want %t", text, i, got, want)
			}
			if same := set.hash(rdata) == set.hash(other); same != want {
				t.Errorf("%s: octet %d in the other case has the same hash: %t, want %t", text, i, same, want)
			}
		}
		if flipped == 0 {
			t.Errorf("%s: nothing compared", text)
		}
	}
}

// RDATA that breaks off where miekg/dns lets it is folded as far as it goes.
func TestFoldedBreaksOffEarly(t *testing.T) {
	for _, text := range withLetters {
		rr := mustRR(t, ". 60 IN "+text)
		rrtype := rr.Header().Rrtype
		var p packer
		rdata, err := p.pack(rr)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for i := range rdata {
			if got := folded(rrtype, rdata[:i]); !equalFold(got, rdata[:i]) {
				t.Errorf("%s: %x is folded to %x", text, rdata[:i], got)
			}
		}
	}
}

// Records that differ only in the case of letters that are no names cost no more than others: each must not be compared with all.
func TestRecordsThatDifferInCase(t *testing.T) {
	for _, form := range []string{"TYPE65280 \\# 16 %x", `NAPTR 1 1 "S" "SIP" "%s" .`, `SVCB 1 . alpn="%s"`} {
		o := new(owner)
		var p packer
		const records = 5_000
		var rrtype uint16
		for i := range records {
			var letters strings.Builder
			for bit := range 16 {
				letters.WriteByte("aA"[i>>bit&1])
			}
			rr := mustRR(t, "x. 60 IN "+fmt.Sprintf(form, letters.String()))
			rdata, err := p.pack(rr)
			if err != nil {
				t.Fatal(err)
			}
			rrtype = rr.Header().Rrtype
			o.add(rrtype, 60, rdata)
		}
		set := o.set(rrtype)
		if set.count != records || len(set.seen) != records {
			t.Errorf("%s: %d records with %d hashes, want %d", form, set.count, len(set.seen), records)
		}
	}
}
