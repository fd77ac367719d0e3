package check

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/wire"
)

// reverseAddress is the address that a name below in-addr.arpa or ip6.arpa stands for (RFC 1035, 3.5; RFC 3596, 2.5), as octets; nil if it stands for
// none.
func reverseAddress(owner wire.Key) []byte {
	name := strings.TrimSuffix(owner.Name(), ".")
	if v4, ok := strings.CutSuffix(name, ".in-addr.arpa"); ok {
		parts := strings.Split(v4, ".")
		slices.Reverse(parts)
		if addr, err := netip.ParseAddr(strings.Join(parts, ".")); err == nil && addr.Is4() {
			return addr.AsSlice()
		}
		return nil
	}
	v6, ok := strings.CutSuffix(name, ".ip6.arpa")
	digits := strings.Split(v6, ".")
	if !ok || len(digits) != 32 || len(v6) != 63 {
		return nil
	}
	slices.Reverse(digits)
	addr, err := hex.DecodeString(strings.Join(digits, ""))
	if err != nil {
		return nil
	}
	return addr
}

// reverse tells of a PTR whose target is in the table and has not the address that the PTR is about.
func (w *targetWalk) reverse(t target, what has) error {
	addr := reverseAddress(t.owner)
	if addr == nil || what.many || slices.ContainsFunc(what.addresses, func(a []byte) bool { return bytes.Equal(a, addr) }) {
		return nil
	}
	text, _ := netip.AddrFromSlice(addr)
	return w.tell(t, ReverseDiffers, fmt.Sprintf("its name %s has no address %s, so who checks the PTR does not believe it", t.name.Name(), text),
		"add the address, or name another host")
}
