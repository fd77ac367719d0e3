package zonedb

import (
	"bytes"
	"encoding/base64"
	"testing"

	"github.com/miekg/dns"
)

// TestPackAroundTheFirstBuffer packs records that end in a name around the size of the packer's first buffer, where each octet of the
// name has room or has none.
func TestPackAroundTheFirstBuffer(t *testing.T) {
	for size := 1990; size < 2060; size++ {
		rr := &dns.HIP{
			Hdr:       dns.RR_Header{Name: "example.org.", Rrtype: dns.TypeHIP, Class: dns.ClassINET},
			HitLength: 1, Hit: "20", PublicKeyAlgorithm: 2, PublicKeyLength: uint16(size),
			PublicKey:         base64.StdEncoding.EncodeToString(make([]byte, size)),
			RendezvousServers: []string{"rvs.example.org."},
		}
		var p packer
		rdata, err := p.pack(rr)
		if err != nil {
			t.Fatalf("%d octets of key: %v", size, err)
		}
		if want := 4 + 1 + size + 17; len(rdata) != want || !bytes.HasSuffix(rdata, []byte("\x03org\x00")) {
			t.Errorf("%d octets of key: %d octets of RDATA, want %d, which end in %q", size, len(rdata), want, rdata[len(rdata)-5:])
		}
	}
}
