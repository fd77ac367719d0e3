package mysqldns

import (
	"github.com/coredns/coredns/plugin"

	"github.com/miekg/dns"
)

// signatureOf returns the signature of a message that the tsig plugin has checked; nil if there is none.
//
// Since CoreDNS 1.15 tsig says the name of the key (tsig.ValidatedKeyName), but this plugin also compiles with older ones, and needs the MAC as well. tsig cuts
// the record off, so it still is behind the end of the additional section; and it passes on only what the server found to be signed well, which
// TsigStatus says again. Where a plugin after tsig has added something to the message, such as rewrite with an edns0 rule, it is overwritten, and the message
// counts as not signed.
func signatureOf(w dns.ResponseWriter, r *dns.Msg) *dns.TSIG {
	n := len(r.Extra)
	if n == cap(r.Extra) || w.TsigStatus() != nil {
		return nil
	}
	signature, _ := r.Extra[:n+1][n].(*dns.TSIG)
	return signature
}

// keyName returns the name of the key as the tsig plugin has it; "" without a signature.
func keyName(signature *dns.TSIG) string {
	if signature == nil {
		return ""
	}
	return plugin.Name(signature.Hdr.Name).Normalize()
}
