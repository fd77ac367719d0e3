package record

import (
	"strconv"
	"strings"
)

// mnemonic is a number of so many bits that has names as well, in any case. It is shown as a number, which every server reads.
func mnemonic(bits int, named map[string]uint64) part {
	return part{min: 1, max: 1,
		compose: func(c *composer) *fault {
			word, f := c.word()
			if f != nil {
				return f
			}
			n, ok := named[strings.ToUpper(word)]
			if !ok {
				var err error
				if n, err = strconv.ParseUint(word, 10, bits); err != nil {
					return c.wrong(word, "is not a number from 0 to "+strconv.FormatUint(1<<bits-1, 10)+", nor one's name")
				}
			}
			c.out = appendNumber(c.out, n, bits)
			return nil
		},
		show: number(bits).show}
}

// algorithms are those of DNSSEC, as BIND 9.18 and Knot 3.2 call them.
var algorithms = map[string]uint64{
	"DELETE": 0, "RSAMD5": 1, "DH": 2, "DSA": 3, "ECC": 4, "RSASHA1": 5, "NSEC3DSA": 6, "DSA-NSEC3-SHA1": 6, "NSEC3RSASHA1": 7,
	"RSASHA1-NSEC3-SHA1": 7, "RSASHA256": 8, "RSASHA512": 10, "ECCGOST": 12, "ECC-GOST": 12, "ECDSAP256SHA256": 13, "ECDSA256": 13,
	"ECDSAP384SHA384": 14, "ECDSA384": 14, "ED25519": 15, "ED448": 16, "INDIRECT": 252, "PRIVATEDNS": 253, "PRIVATEOID": 254,
}

// digests are those of DS.
var digests = map[string]uint64{
	"SHA1": 1, "SHA-1": 1, "SHA256": 2, "SHA-256": 2, "GOST": 3, "SHA384": 4, "SHA-384": 4,
}

// certificates are kinds of certificate (RFC 4398, 2.1).
var certificates = map[string]uint64{
	"PKIX": 1, "SPKI": 2, "PGP": 3, "IPKIX": 4, "ISPKI": 5, "IPGP": 6, "ACPKIX": 7, "IACPKIX": 8, "URI": 253, "OID": 254,
}

// schemes are those of DSYNC (RFC 9859, 3).
var schemes = map[string]uint64{"NOTIFY": 1}

// keyProtocols are those of KEY (RFC 2535, 3.1.3).
var keyProtocols = map[string]uint64{"NONE": 0, "TLS": 1, "EMAIL": 2, "DNSSEC": 3, "IPSEC": 4, "ALL": 255}

// flagNames are names of the bits of a key's flags, each with the bits that it is about (RFC 2535, 3.1.2).
var flagNames = map[string][2]uint64{
	"NOCONF": {0x4000, 0xc000}, "NOAUTH": {0x8000, 0xc000}, "NOKEY": {0xc000, 0xc000},
	"FLAG2": {0x2000, 0x2000}, "EXTEND": {0x1000, 0x1000}, "FLAG4": {0x0800, 0x0800}, "FLAG5": {0x0400, 0x0400},
	"USER": {0x0000, 0x0300}, "ZONE": {0x0100, 0x0300}, "HOST": {0x0200, 0x0300}, "NTYP3": {0x0300, 0x0300},
	"FLAG8": {0x0080, 0x0080}, "FLAG9": {0x0040, 0x0040}, "FLAG10": {0x0020, 0x0020}, "FLAG11": {0x0010, 0x0010},
	"KSK": {0x0001, 0x0001}, "REVOKE": {0x0080, 0x0080},
}

// keyFlags is a number, or names of flags with | between them, as BIND reads them.
var keyFlags = part{min: 1, max: 1,
	compose: func(c *composer) *fault {
		word, f := c.word()
		if f != nil {
			return f
		}
		n, err := strconv.ParseUint(word, 10, 16)
		if digits, isHex := strings.CutPrefix(strings.ToLower(word), "0x"); isHex {
			n, err = strconv.ParseUint(digits, 16, 16)
		}
		if err != nil {
			var ok bool
			if n, ok = flagBits(word); !ok {
				return c.wrong(word, "is not a number of flags from 0 to 65535, nor their names")
			}
		}
		c.out = appendNumber(c.out, n, 16)
		return nil
	},
	show: u16.show,
}

// flagBits joins named flags. No two may be about the same bits.
func flagBits(word string) (bits uint64, ok bool) {
	var said uint64
	for _, name := range strings.Split(strings.ToUpper(word), "|") {
		flag, known := flagNames[name]
		if digits, isSignatory := strings.CutPrefix(name, "SIG"); isSignatory {
			n, err := strconv.ParseUint(digits, 10, 4)
			flag, known = [2]uint64{n, 0xf}, err == nil
		}
		if !known || said&flag[1] != 0 {
			return 0, false
		}
		bits, said = bits|flag[0], said|flag[1]
	}
	return bits, true
}

// checkKey refuses a KEY that has no key and does not say so (RFC 2535, 3.1.2).
func checkKey(rdata []byte) *fault {
	const noKey = 0xc0
	if len(rdata) == 4 && rdata[0]&noKey != noKey {
		return refused(typeKEY, "it has no key, and flags that do not say so")
	}
	return nil
}
