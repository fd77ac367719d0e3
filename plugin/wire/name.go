// Package wire handles names and RDATA in wire form, uncompressed (RFC 1035, 3): it packs RDATA, puts it into lower case to compare it, and makes
// keys that sort as names do (RFC 4034, 6). The other packages take these from here, so that all agree on which records are duplicates and on the order of names.
package wire

// MaxName is how many octets the wire form of a name may have (RFC 1035, 3.1).
const MaxName = 255

// NameLen returns the length of the uncompressed name that b begins with, or 0 if there is none.
func NameLen(b []byte) int {
	for n := 0; n < len(b) && n < MaxName; n += 1 + int(b[n]) {
		switch {
		case b[n] == 0:
			return n + 1
		case b[n] > 63:
			return 0
		}
	}
	return 0
}

// Lower puts a letter of ASCII into lower case and leaves every other octet as it is (RFC 4343, 3). The lengths of labels are below 'A', so a whole
// name may go through it.
func Lower(c byte) byte {
	if c-'A' < 26 {
		c += 'a' - 'A'
	}
	return c
}
