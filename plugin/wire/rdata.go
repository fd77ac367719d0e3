package wire

import (
	"bytes"
	"errors"
	"net"
	"sync"

	"github.com/miekg/dns"
)

// Octets of a record at the root (RFC 1035, 3.2.1).
const (
	beforeRdata = 1 + 10 // the owner name, the fixed fields
	maxRecord   = beforeRdata + 0xffff
)

// errAddress is returned by Packer.Pack when an A holds no IPv4 address, or an AAAA none of 16 octets.
var errAddress = errors.New("the address is not of the record's type")

// packers are for Pack.
var packers = sync.Pool{New: func() any { return new(Packer) }}

// Pack is Packer.Pack for RDATA that is to be kept. Any goroutine may call it.
func Pack(rr dns.RR) ([]byte, error) {
	p := packers.Get().(*Packer)
	defer packers.Put(p)
	rdata, err := p.Pack(rr)
	return bytes.Clone(rdata), err
}

// Packer packs RDATA of one record after the other. Its zero value is ready; it is not safe for concurrent use.
type Packer struct{ buf []byte }

// Pack returns the RDATA of rr, uncompressed and with names in the case that they have in rr, valid until the next call. It looks neither at the
// owner name nor whether the RDATA makes sense for its type: an A record without an address has none, and a record of DNSSEC may break off
// early. While it works it writes to the header of rr, as dns.PackRR does, so no other goroutine may read rr meanwhile.
func (p *Packer) Pack(rr dns.RR) ([]byte, error) {
	if p.buf == nil {
		p.buf = make([]byte, 2048)
	}
	switch rr := rr.(type) { // the quick way for most records; and miekg/dns makes 0.0.0.0 of an A that is none
	case *dns.A:
		ip := rr.A.To4()
		if ip == nil && len(rr.A) > 0 {
			return nil, errAddress
		}
		return append(p.buf[:0], ip...), nil
	case *dns.AAAA:
		if len(rr.AAAA) != net.IPv6len && len(rr.AAAA) > 0 {
			return nil, errAddress
		}
		return append(p.buf[:0], rr.AAAA...), nil
	}
	hdr := *rr.Header()
	defer func() { *rr.Header() = hdr }() // PackRR writes the length
	rr.Header().Name = "."
	end, err := packAtRoot(rr, p.buf)
	if err != nil && len(p.buf) < maxRecord {
		p.buf = make([]byte, maxRecord)
		end, err = packAtRoot(rr, p.buf)
	}
	if err != nil {
		return nil, err
	}
	return p.buf[beforeRdata:end], nil
}

// packAtRoot is dns.PackRR without compression. Before 1.1.72, miekg/dns counts the zero that ends a name as written when there was no room
// for it.
func packAtRoot(rr dns.RR, buf []byte) (end int, err error) {
	end, err = dns.PackRR(rr, buf, 0, nil, false)
	if err == nil && end > len(buf) {
		err = dns.ErrBuf
	}
	return end, err
}
