package record

import (
	"encoding/base64"
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// Obsolete types that BIND still reads. Each has a form of its own.

const typeKEY = dns.TypeKEY

// services are protocol and ports of WKS (RFC 1035, 3.4.2).
var services = part{min: 1,
	compose: func(c *composer) *fault {
		word, f := c.word()
		if f != nil {
			return f
		}
		protocol, err := strconv.ParseUint(word, 10, 8)
		if n, ok := protocols[strings.ToLower(word)]; ok {
			protocol, err = n, nil
		}
		if err != nil {
			return c.wrong(word, "is not a protocol: write its number, or tcp or udp")
		}
		var ports []byte
		for len(c.fields) > 0 {
			if word, f = c.word(); f != nil {
				return f
			}
			port, err := strconv.ParseUint(word, 10, 16)
			if n, ok := wellKnown[strings.ToLower(word)]; ok {
				port, err = n, nil
			}
			if err != nil {
				return c.wrong(word, "is not a port, nor the name of one that is known here: write its number")
			}
			ports = setBit(ports, 0, uint16(port))
		}
		c.out = append(append(c.out, byte(protocol)), ports...)
		return nil
	},
	show: func(v *viewer) *fault {
		if f := u8.show(v); f != nil {
			return f
		}
		bits := v.rest()
		if len(bits) > 8192 || len(bits) > 0 && bits[len(bits)-1] == 0 {
			return v.wrong("its bitmap of ports is too long, or ends in zeros")
		}
		for i := range 8 * len(bits) {
			if bits[i/8]&(0x80>>(i%8)) != 0 {
				v.word(strconv.Itoa(i))
			}
		}
		return nil
	},
}

var protocols = map[string]uint64{"icmp": 1, "tcp": 6, "udp": 17}

// wellKnown are ports by the names that RFC 1010 gave them, and their usual short ones.
var wellKnown = map[string]uint64{
	"echo": 7, "discard": 9, "users": 11, "systat": 11, "daytime": 13, "quote": 17, "qotd": 17, "chargen": 19, "ftp-data": 20, "ftp": 21, "ssh": 22,
	"telnet": 23, "smtp": 25, "time": 37, "nameserver": 42, "nicname": 43, "whois": 43, "domain": 53, "bootps": 67, "bootpc": 68, "tftp": 69,
	"gopher": 70, "finger": 79, "http": 80, "www": 80, "hostname": 101, "hostnames": 101, "pop2": 109, "pop3": 110, "sunrpc": 111, "auth": 113,
	"sftp": 115, "nntp": 119, "ntp": 123, "netbios-ns": 137, "netbios-dgm": 138, "netbios-ssn": 139, "imap": 143, "imap2": 143, "snmp": 161,
	"bgp": 179, "irc": 194, "ldap": 389, "https": 443,
}

// nsap is an address of OSI (RFC 1706, 7): 0x and hexadecimal digits, between which dots mean nothing.
var nsap = part{min: 1, max: 1,
	compose: func(c *composer) *fault {
		word, f := c.word()
		if f != nil {
			return f
		}
		digits, ok := strings.CutPrefix(strings.ToLower(word), "0x")
		b, err := hex.DecodeString(strings.ReplaceAll(digits, ".", ""))
		if !ok || err != nil || len(b) == 0 {
			return c.wrong(word, "is not 0x and an even number of hexadecimal digits")
		}
		c.out = append(c.out, b...)
		return nil
	},
	show: func(v *viewer) *fault {
		if len(v.in) == 0 {
			return v.wrong("it breaks off early")
		}
		v.word("0x" + hex.EncodeToString(v.rest()))
		return nil
	},
}

// Formats of an ATM address.
const (
	atmAESA = 0 // octets, as NSAP
	atmE164 = 1 // digits of a telephone number
)

// atm is an ATM address (af-saa-0069.000, 5.1.1): + and digits, or hexadecimal digits, between which dots mean nothing.
var atm = part{min: 1, max: 1,
	compose: func(c *composer) *fault {
		word, f := c.word()
		if f != nil {
			return f
		}
		number, isE164 := strings.CutPrefix(word, "+")
		digits := strings.ReplaceAll(number, ".", "")
		if isE164 {
			if !isDigits(digits) {
				return c.wrong(word, "is not + and digits")
			}
			c.out = append(append(c.out, atmE164), digits...)
			return nil
		}
		b, err := hex.DecodeString(digits)
		if err != nil || len(b) == 0 {
			return c.wrong(word, "is not an even number of hexadecimal digits")
		}
		c.out = append(append(c.out, atmAESA), b...)
		return nil
	},
	show: func(v *viewer) *fault {
		format, f := v.take(1)
		if f != nil {
			return f
		}
		b := v.rest()
		switch {
		case len(b) > 0 && format[0] == atmAESA:
			v.word(hex.EncodeToString(b))
		case format[0] == atmE164 && isDigits(string(b)):
			v.word("+" + string(b))
		default:
			return v.wrong("it has neither octets nor digits of an address")
		}
		return nil
	},
}

// a6 is the length of a prefix, the rest of the address, and whose prefix it is (RFC 2874, 3.1).
var a6 = part{min: 2, max: 3,
	compose: func(c *composer) *fault {
		word, f := c.word()
		if f != nil {
			return f
		}
		length, err := strconv.ParseUint(word, 10, 8)
		if err != nil || length > 128 {
			return c.wrong(word, "is not the length of a prefix, from 0 to 128")
		}
		c.out = append(c.out, byte(length))
		if length < 128 {
			if word, f = c.word(); f != nil {
				return f
			}
			addr, f := parseAddress(word, 16)
			if f != nil {
				return f
			}
			c.out = append(c.out, a6Suffix(addr, int(length))...)
		}
		if length == 0 {
			return nil
		}
		if len(c.fields) == 0 {
			return c.wrong(word, "needs the name of the prefix behind it")
		}
		return composeName(c)
	},
	show: func(v *viewer) *fault {
		b, f := v.take(1)
		if f != nil {
			return f
		}
		length := int(b[0])
		v.word(strconv.Itoa(length))
		if length > 128 {
			return v.wrong("its prefix is longer than 128 bits")
		}
		if length < 128 {
			suffix, f := v.take(16 - length/8)
			if f != nil {
				return f
			}
			addr := addressOf(append(make([]byte, length/8), suffix...))
			if !slices.Equal(a6Suffix(addr, length), suffix) {
				return v.wrong("its address has bits where the prefix is")
			}
			v.word(addr.String())
		}
		if length == 0 {
			return nil
		}
		return showName(v)
	},
}

// a6Suffix is the octets of an address behind a prefix, with zeros for what of the first octet belongs to the prefix.
func a6Suffix(addr netip.Addr, length int) []byte {
	octets := addr.AsSlice()[length/8:]
	if len(octets) > 0 {
		octets[0] &= 0xff >> (length % 8)
	}
	return octets
}

// identity is algorithm, identity and key of HIP (RFC 8005, 5), with their lengths before them.
var identity = part{min: 3, max: 3,
	compose: func(c *composer) *fault {
		start := len(c.out)
		c.out = append(c.out, 0)
		if f := u8.compose(c); f != nil {
			return f
		}
		c.out = append(c.out, 0, 0)
		identity, f := c.word()
		if f != nil {
			return f
		}
		hit, err := hex.DecodeString(identity)
		if err != nil || len(hit) == 0 || len(hit) > 255 {
			return c.wrong(identity, "is not an identity: at most 255 octets in hexadecimal")
		}
		key := &composer{rrtype: c.rrtype, fields: []Field{c.next()}}
		if f := composeBase64(key); f != nil {
			return f
		}
		c.out[start] = byte(len(hit))
		c.out[start+2], c.out[start+3] = byte(len(key.out)>>8), byte(len(key.out))
		c.out = append(append(c.out, hit...), key.out...)
		return nil
	},
	show: func(v *viewer) *fault {
		head, f := v.take(4)
		if f != nil {
			return f
		}
		hit, f := v.take(int(head[0]))
		if f != nil {
			return f
		}
		key, f := v.take(int(head[2])<<8 | int(head[3]))
		if f != nil {
			return f
		}
		if len(hit) == 0 || len(key) == 0 {
			return v.wrong("its identity or its key is empty")
		}
		v.word(strconv.Itoa(int(head[1])))
		v.word(hex.EncodeToString(hit))
		v.word(base64.StdEncoding.EncodeToString(key))
		return nil
	},
}
