package record

import (
	"bytes"
	"encoding/hex"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// Unpack makes the record of RDATA in wire form, uncompressed, which it copies. It packs to these octets again: where the struct of miekg/dns for
// this type cannot hold them, it comes as *dns.RFC3597 with the type's own number.
func Unpack(hdr dns.RR_Header, rdata []byte) dns.RR {
	hdr.Rdlength = uint16(len(rdata))
	if dns.TypeToRR[hdr.Rrtype] == nil {
		return unknown(hdr, rdata)
	}
	rr, _, err := dns.UnpackRRWithHeader(hdr, bytes.Clone(rdata), 0) // some types keep the octets
	if err != nil {
		return unknown(hdr, rdata)
	}
	Escape(rr)
	if !isFaithful[hdr.Rrtype] && !packsTo(rr, rdata) {
		return unknown(hdr, rdata)
	}
	return rr
}

// Escape makes a record, as miekg/dns has just unpacked it, one that packs to the same octets: CAA and URI it unpacks as they are, and takes their
// backslashes for escapes when it packs them.
func Escape(rr dns.RR) {
	switch own := rr.(type) {
	case *dns.CAA:
		own.Value = strings.ReplaceAll(own.Value, `\`, `\\`)
	case *dns.URI:
		own.Target = strings.ReplaceAll(own.Target, `\`, `\\`)
	}
}

// unknown is a record whose RDATA is octets and nothing else.
func unknown(hdr dns.RR_Header, rdata []byte) dns.RR {
	return &dns.RFC3597{Hdr: hdr, Rdata: hex.EncodeToString(rdata)}
}

// isFaithful has the types whose RDATA miekg/dns always packs as it unpacked it: there is no need to look each time.
// TestFaithfulTypes shows it.
var isFaithful = func() map[uint16]bool {
	faithful := make(map[uint16]bool)
	for _, t := range []uint16{
		dns.TypeA, dns.TypeAAAA, dns.TypeCAA, dns.TypeCDNSKEY, dns.TypeCDS, dns.TypeCNAME, dns.TypeDNAME, dns.TypeDNSKEY, dns.TypeDS, dns.TypeHTTPS,
		dns.TypeMX, dns.TypeNAPTR, dns.TypeNS, dns.TypeNSEC, dns.TypeNSEC3, dns.TypeNSEC3PARAM, dns.TypePTR, dns.TypeRRSIG, dns.TypeSOA,
		dns.TypeSRV, dns.TypeSSHFP, dns.TypeSVCB, dns.TypeTLSA, dns.TypeTXT, dns.TypeURI,
	} {
		faithful[t] = true
	}
	return faithful
}()

// packsTo reports whether a record has this RDATA.
func packsTo(rr dns.RR, rdata []byte) bool {
	packed, err := wire.Pack(rr)
	return err == nil && bytes.Equal(packed, rdata)
}

// Valid reports whether a record of a type may have this RDATA, in wire form and uncompressed.
func Valid(t uint16, rdata []byte) bool { return validate(t, rdata) == nil }

// validate says why RDATA is none of a type.
func validate(t uint16, rdata []byte) *fault {
	if len(rdata) == 0 {
		if mayBeEmpty(t) {
			return nil
		}
		return &fault{"holds no data", adviceFor(t)}
	}
	if _, ok := layouts[t]; !ok {
		return nil
	}
	if _, f := show(nil, t, rdata); f != nil && f != noText {
		return f
	}
	return nil
}
