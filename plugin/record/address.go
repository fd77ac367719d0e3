package record

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

var (
	ipv4 = address(4)
	ipv6 = address(16)
)

// address is an IP address of so many octets.
func address(octets int) part {
	return part{min: 1, max: 1,
		compose: func(c *composer) *fault {
			word, f := c.word()
			if f != nil {
				return f
			}
			addr, f := parseAddress(word, octets)
			switch {
			case f == nil:
				c.out = append(c.out, addr.AsSlice()...)
			case len(layouts[c.rrtype].parts) > 1: // the type is no matter of the address
				return c.wrong(word, map[int]string{4: "is not an IPv4 address", 16: "is not an IPv6 address"}[octets])
			}
			return f
		},
		show: func(v *viewer) *fault {
			b, f := v.take(octets)
			if f == nil {
				v.word(addressOf(b).String())
			}
			return f
		}}
}

// addressOf is the address of 4 or 16 octets.
func addressOf(b []byte) netip.Addr {
	addr, _ := netip.AddrFromSlice(b)
	return addr
}

// parseAddress reads an address of so many octets, or says what is wrong with it.
func parseAddress(s string, octets int) (netip.Addr, *fault) {
	addr, err := netip.ParseAddr(s)
	switch {
	case err == nil && addr.Zone() == "" && addr.BitLen() == 8*octets:
		return addr, nil
	case err == nil && addr.Zone() != "":
		return addr, &fault{"has an IPv6 zone", "remove the % and what follows it"}
	case octets == 4 && err == nil:
		return addr, &fault{"is an IPv6 address", "set the type to AAAA, or write an IPv4 address, such as 192.0.2.1"}
	case octets == 4:
		return addr, &fault{"is not an IPv4 address", "write four numbers from 0 to 255 without leading zeros, such as 192.0.2.1"}
	case err == nil:
		return addr, &fault{"is an IPv4 address", "set the type to A, or write an IPv6 address, such as 2001:db8::1"}
	}
	return addr, &fault{"is not an IPv6 address", "write one address, such as 2001:db8::1"}
}

// eui is a hardware address of so many octets (RFC 7043, 3.2).
func eui(octets int) part {
	return part{min: 1, max: 1,
		compose: func(c *composer) *fault {
			word, f := c.word()
			if f != nil {
				return f
			}
			b, err := hex.DecodeString(strings.ReplaceAll(word, "-", ""))
			if err != nil || dashed(b) != strings.ToLower(word) || len(b) != octets {
				return c.wrong(word, "is not "+strconv.Itoa(octets)+" pairs of hexadecimal digits with - between them")
			}
			c.out = append(c.out, b...)
			return nil
		},
		show: func(v *viewer) *fault {
			b, f := v.take(octets)
			if f == nil {
				v.word(dashed(b))
			}
			return f
		}}
}

func dashed(b []byte) string {
	pairs := make([]string, len(b))
	for i := range b {
		pairs[i] = hex.EncodeToString(b[i : i+1])
	}
	return strings.Join(pairs, "-")
}

// locator is four groups of up to four hexadecimal digits (RFC 6742, 2.1.1).
var locator = part{min: 1, max: 1,
	compose: func(c *composer) *fault {
		word, f := c.word()
		if f != nil {
			return f
		}
		groups := strings.Split(word, ":")
		for _, g := range groups {
			n, err := strconv.ParseUint(g, 16, 16)
			if err != nil || len(g) > 4 || len(groups) != 4 {
				return c.wrong(word, "is not four groups of hexadecimal digits")
			}
			c.out = appendNumber(c.out, n, 16)
		}
		return nil
	},
	show: func(v *viewer) *fault {
		b, f := v.take(8)
		if f != nil {
			return f
		}
		groups := make([]string, 4)
		for i := range groups {
			groups[i] = hex.EncodeToString(b[2*i : 2*i+2])
		}
		v.word(strings.Join(groups, ":"))
		return nil
	},
}

// prefixes are any number of address prefixes (RFC 3123, 5): [!]FAMILY:ADDRESS/LENGTH.
var prefixes = part{
	compose: func(c *composer) *fault {
		for len(c.fields) > 0 {
			if f := composePrefix(c); f != nil {
				return f
			}
		}
		return nil
	},
	show: func(v *viewer) *fault {
		for len(v.in) > 0 {
			if f := showPrefix(v); f != nil {
				return f
			}
		}
		return nil
	},
}

func composePrefix(c *composer) *fault {
	word, f := c.word()
	if f != nil {
		return f
	}
	const form = "is not a prefix: !, which may be missing, then 1 and : and IPv4, or 2 and : and IPv6, then / and its length"
	text, negated := strings.CutPrefix(word, "!")
	family, text, _ := strings.Cut(text, ":")
	prefix, err := netip.ParsePrefix(text)
	if err != nil || family != "1" && family != "2" || prefix.Addr().Is4() != (family == "1") || prefix.Addr().Zone() != "" {
		return c.wrong(word, form)
	}
	octets := prefix.Addr().AsSlice()
	for len(octets) > 0 && octets[len(octets)-1] == 0 { // RFC 3123, 4: trailing zeros are not sent
		octets = octets[:len(octets)-1]
	}
	size := byte(len(octets))
	if negated {
		size |= 0x80
	}
	c.out = append(append(c.out, 0, family[0]-'0', byte(prefix.Bits()), size), octets...)
	return nil
}

func showPrefix(v *viewer) *fault {
	head, f := v.take(4)
	if f != nil {
		return f
	}
	octets, f := v.take(int(head[3] & 0x7f))
	if f != nil {
		return f
	}
	full := map[string]int{"\x00\x01": 4, "\x00\x02": 16}[string(head[:2])]
	if len(octets) > full || int(head[2]) > 8*full || len(octets) > 0 && octets[len(octets)-1] == 0 {
		return v.wrong("it has a prefix of another family, or one that is too long or ends in zeros (RFC 3123, 4)")
	}
	addr := addressOf(append(slices.Clone(octets), make([]byte, full-len(octets))...))
	text := string('0'+head[1]) + ":" + addr.String() + "/" + strconv.Itoa(int(head[2]))
	if head[3]&0x80 != 0 {
		text = "!" + text
	}
	v.word(text)
	return nil
}

// hosts are the kinds of gateway of IPSECKEY and of relay of AMTRELAY: nothing, an address, a name (RFC 4025, 2.5; RFC 8777, 4.2.3).
const (
	hostNone = iota
	hostIPv4
	hostIPv6
	hostName
)

func composeHost(c *composer, kind byte) *fault {
	switch kind {
	case hostIPv4:
		return ipv4.compose(c)
	case hostIPv6:
		return ipv6.compose(c)
	case hostName:
		return composeName(c)
	}
	word, f := c.word()
	if f == nil && word != "." {
		return c.wrong(word, "is where nothing is to be: write a dot, or another type of host before it")
	}
	return f
}

func showHost(v *viewer, kind byte) *fault {
	switch kind {
	case hostNone:
		v.word(".")
		return nil
	case hostIPv4:
		return ipv4.show(v)
	case hostIPv6:
		return ipv6.show(v)
	case hostName:
		return showName(v)
	}
	return v.wrong("unknown type of gateway or relay " + strconv.Itoa(int(kind)))
}

// hostKind reads the type of a host.
func hostKind(c *composer) (byte, *fault) {
	word, f := c.word()
	if f != nil {
		return 0, f
	}
	n, err := strconv.ParseUint(word, 10, 8)
	if err != nil || n > hostName {
		return 0, c.wrong(word, "is not a type of host: 0 is none, 1 is IPv4, 2 is IPv6, 3 is a name")
	}
	return byte(n), nil
}

// gateway is type, algorithm and gateway of IPSECKEY, between which the type of the first says what the third is.
var gateway = part{min: 3, max: 3,
	compose: func(c *composer) *fault {
		kind, f := hostKind(c)
		if f != nil {
			return f
		}
		c.out = append(c.out, kind)
		if f := u8.compose(c); f != nil {
			return f
		}
		return composeHost(c, kind)
	},
	show: func(v *viewer) *fault {
		if len(v.in) < 2 {
			return v.wrong("it breaks off early")
		}
		kind := v.in[0]
		if f := u8.show(v); f != nil {
			return f
		}
		if f := u8.show(v); f != nil {
			return f
		}
		return showHost(v, kind)
	},
}

// relay is the discovery bit, type and relay of AMTRELAY; the first two share an octet (RFC 8777, 4.2).
var relay = part{min: 3, max: 3,
	compose: func(c *composer) *fault {
		discovery, f := c.word()
		if f != nil {
			return f
		}
		kind, f := hostKind(c)
		if f != nil {
			return f
		}
		if discovery != "0" && discovery != "1" {
			return c.wrong(discovery, "is not a discovery bit, 0 or 1")
		}
		c.out = append(c.out, kind|(discovery[0]-'0')<<7)
		return composeHost(c, kind)
	},
	show: func(v *viewer) *fault {
		b, f := v.take(1)
		if f != nil {
			return f
		}
		v.word(string('0' + b[0]>>7))
		v.word(strconv.Itoa(int(b[0] & 0x7f)))
		return showHost(v, b[0]&0x7f)
	},
}
