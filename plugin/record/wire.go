package record

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"sync"

	"github.com/miekg/dns"
)

// Octets of a message that carries one record (RFC 1035, 4.1; RFC 6891, 6.1.2).
const (
	maxMessage   = 65535
	messageHead  = 12
	questionTail = 4  // after the name
	recordTail   = 10 // between the name and the RDATA
	optRecord    = 11
)

var tooLarge = &fault{"is larger than a DNS message can carry", "shorten it"}

// buffers are a pair for settle, each larger than any record in a message.
type buffers struct{ first, second [maxMessage + 1]byte }

var bufferPool = sync.Pool{New: func() any { return new(buffers) }}

// settle returns the record as whoever asks for it unpacks it. It refuses one that would come out otherwise than the
// row says, or that no message can carry. A *dns.RFC3597 of a known type comes back as that type's own struct.
func settle(said dns.RR) (dns.RR, *fault) {
	hdr := *said.Header()
	buf := bufferPool.Get().(*buffers)
	defer bufferPool.Put(buf)
	end, err := dns.PackRR(said, buf.first[:], 0, nil, false)
	if errors.Is(err, dns.ErrBuf) || err != nil && strings.Contains(err.Error(), "overflow packing") {
		return nil, tooLarge
	}
	if err != nil {
		return nil, refused(hdr.Rrtype, err.Error())
	}
	rr, _, err := dns.UnpackRR(buf.first[:end], 0)
	if err != nil {
		return nil, refused(hdr.Rrtype, err.Error())
	}
	size := int(rr.Header().Rdlength)
	nameSize := end - recordTail - size
	if messageHead+nameSize+questionTail+end+optRecord > maxMessage {
		return nil, tooLarge
	}
	if size == 0 && !mayBeEmpty(hdr.Rrtype) {
		return nil, &fault{"holds no data", adviceFor(hdr.Rrtype)}
	}
	again, err := dns.PackRR(rr, buf.second[:], 0, nil, false)
	if err != nil || !bytes.Equal(buf.first[:end], buf.second[:again]) {
		return nil, unfaithful(hdr.Rrtype)
	}
	said.Header().Rdlength, rr.Header().Rdlength = 0, 0
	if size == 0 {
		return rr, nil
	}
	if f := checkRecord(said, rr); f != nil {
		return nil, f
	}
	return rr, nil
}

// checkRecord refuses a record, as unpacked, that reads otherwise than the row, or whose RDATA miekg/dns took although it
// breaks off early.
func checkRecord(said, rr dns.RR) *fault {
	t := rr.Header().Rrtype
	switch rr.(type) {
	case *dns.RFC3597, *dns.PrivateRR, *dns.NULL:
		return nil // no text of ours
	}
	text := rr.String()
	if _, generic := said.(*dns.RFC3597); !generic && !strings.EqualFold(said.String(), text) {
		return unfaithful(t)
	}
	fields, f := split(strings.TrimPrefix(text, rr.Header().String()), t)
	if f != nil || len(fields) < forms[t].min {
		return refused(t, "breaks off early")
	}
	for _, f := range fields {
		if f.text == "<nil>" || f.text == "" {
			return refused(t, "an empty field")
		}
	}
	return checkMeaning(rr)
}

// unfaithful says that what is served would not be what the row says.
func unfaithful(t uint16) *fault {
	return &fault{"does not survive being encoded as type " + dns.Type(t).String(),
		"remove what the type has no room for, such as a backslash or a surplus digit; " + adviceFor(t)}
}

// mayBeEmpty reports whether a record of type t may have no RDATA (RFC 1035, 3.3.10; RFC 3123, 4; RFC 3597).
func mayBeEmpty(t uint16) bool {
	return t == dns.TypeNULL || t == dns.TypeAPL || dns.TypeToRR[t] == nil
}

// isHex reports whether s is hexadecimal digits only.
func isHex(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i] | 0x20; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// genericMark is the first field of RDATA in the form for any type (RFC 3597, 5).
const genericMark = `\#`

// genericRdata makes a record of any type from the fields after genericMark.
func genericRdata(hdr dns.RR_Header, fields []field) (dns.RR, *fault) {
	const advice = `write \# and the number of octets and then the octets in hexadecimal, such as \# 3 616263`
	var hex strings.Builder
	for _, f := range fields[min(1, len(fields)):] {
		hex.WriteString(f.text)
	}
	if len(fields) == 0 || !isDigits(fields[0].text) {
		return nil, &fault{`has no length after \#`, advice}
	}
	length, err := strconv.ParseUint(fields[0].text, 10, 16)
	if err != nil {
		return nil, tooLarge
	}
	if !isHex(hex.String()) {
		return nil, &fault{`has something other than hexadecimal digits after \# and the length`, advice}
	}
	if hex.Len() != 2*int(length) {
		return nil, &fault{`gives a length after \# that is not the number of its octets`, advice}
	}
	return settle(&dns.RFC3597{Hdr: hdr, Rdata: strings.ToLower(hex.String())})
}
