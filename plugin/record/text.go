package record

import (
	"encoding/hex"
	"strconv"

	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// genericMark is the first field of RDATA in the form for any type (RFC 3597, 5).
const genericMark = `\#`

// Text is the RDATA of a record in zone-file form, all of it in one line of printable ASCII and names in it absolute: what a row's record column
// or a line of a master file may hold. Types without a text form, and RDATA that is not as its type has it, come as \# LEN HEX. A record that
// cannot be packed has no text, "".
func Text(rr dns.RR) string {
	rdata, err := wire.Pack(dns.Copy(rr)) // others may be reading it
	if err != nil {
		return ""
	}
	return string(AppendText(nil, rr.Header().Rrtype, rdata))
}

// AppendText appends what Text returns, for RDATA in wire form.
func AppendText(out []byte, t uint16, rdata []byte) []byte {
	if _, ok := layouts[t]; ok && (len(rdata) > 0 || mayBeEmpty(t)) {
		if text, f := show(out, t, rdata); f == nil {
			return text
		}
	}
	return AppendGeneric(out, rdata)
}

// AppendGeneric appends RDATA in the form for any type (RFC 3597, 5).
func AppendGeneric(out, rdata []byte) []byte {
	out = strconv.AppendInt(append(out, genericMark+" "...), int64(len(rdata)), 10)
	if len(rdata) > 0 {
		out = hex.AppendEncode(append(out, ' '), rdata)
	}
	return out
}
