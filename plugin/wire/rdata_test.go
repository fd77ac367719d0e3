package wire

import (
	"bytes"
	"encoding/base64"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// Every type packs as miekg/dns packs it into a message, and the header stays as it is.
func TestPack(t *testing.T) {
	var p Packer
	for _, text := range append([]string{"A 192.0.2.1", "AAAA 2001:db8::1", "AAAA ::ffff:192.0.2.1", `TXT ` + strings.Repeat(strings.Repeat("t", 255)+" ", 40)}, withLetters...) {
		rr, err := dns.NewRR("Www.Example.org. 60 IN " + text)
		if err != nil {
			t.Fatal(err)
		}
		rr.Header().Rdlength = 7
		got, err := p.Pack(rr)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if rr.Header().Rdlength != 7 {
			t.Errorf("%s: the header is changed", text)
		}
		message := make([]byte, 2*maxRecord)
		end, err := dns.PackRR(rr, message, 0, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		if want := message[end-int(rr.Header().Rdlength) : end]; !bytes.Equal(got, want) {
			t.Errorf("%s: %x, want %x", text, got, want)
		}
	}
}

func TestPackRefuses(t *testing.T) {
	h := dns.RR_Header{Name: "www.example.org.", Class: dns.ClassINET}
	var p Packer
	for _, rr := range []dns.RR{
		&dns.A{Hdr: h, A: net.ParseIP("2001:db8::1")},
		&dns.AAAA{Hdr: h, AAAA: net.IP{192, 0, 2}},
		&dns.NS{Hdr: h, Ns: "relative"},
		&dns.TXT{Hdr: h, Txt: slices.Repeat([]string{strings.Repeat("t", 255)}, 300)},
	} {
		if rdata, err := p.Pack(rr); err == nil {
			t.Errorf("%T: %x", rr, rdata)
		}
	}
}

// Records that end in a name around the size of a Packer's first buffer, where each octet of the name has room or has none.
func TestPackAroundTheFirstBuffer(t *testing.T) {
	for size := 1990; size < 2060; size++ {
		rr := &dns.HIP{
			Hdr:       dns.RR_Header{Name: "example.org.", Rrtype: dns.TypeHIP, Class: dns.ClassINET},
			HitLength: 1, Hit: "20", PublicKeyAlgorithm: 2, PublicKeyLength: uint16(size),
			PublicKey:         base64.StdEncoding.EncodeToString(make([]byte, size)),
			RendezvousServers: []string{"rvs.example.org."},
		}
		var p Packer
		rdata, err := p.Pack(rr)
		if err != nil {
			t.Fatalf("%d octets of key: %v", size, err)
		}
		if want := 4 + 1 + size + 17; len(rdata) != want || !bytes.HasSuffix(rdata, []byte("\x03org\x00")) {
			t.Errorf("%d octets of key: %d octets of RDATA, want %d, which end in %q", size, len(rdata), want, rdata[len(rdata)-5:])
		}
	}
}
