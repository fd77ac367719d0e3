// Package order brings records into the canonical order of DNSSEC (RFC 4034, 6), also where they are more than memory may hold:
// whoever reads them so sees a name before all that is below it, and duplicates side by side.
package order

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/miekg/dns"
)

// Key is an owner name in a form whose order as octets is the canonical order of names (RFC 4034, 6.1): its labels from the root down,
// in lower case, each ended by a zero. So the key of a name is a prefix of those of all names below it, and of no others; that of the
// root is empty.
type Key []byte

// KeyOf makes the key of a fully qualified name, escaped as in a zone file.
func KeyOf(name string) (Key, error) { return appendKey(nil, name) }

// appendKey appends the key of a name.
func appendKey(key Key, name string) (Key, error) {
	var wire [255]byte
	end, err := dns.PackDomainName(name, wire[:], 0, nil, false)
	// Before 1.1.72, miekg/dns counts a last zero as written for which there was no room.
	if err != nil || end > len(wire) || !strings.HasSuffix(name, ".") {
		return nil, fmt.Errorf("%q is no fully qualified name", name)
	}
	return appendWireKey(key, wire[:end]), nil
}

// KeyOfWire makes the key of a name in wire form, uncompressed and with nothing behind it.
func KeyOfWire(wire []byte) (Key, error) {
	name, end, err := dns.UnpackDomainName(wire, 0)
	if err != nil || end != len(wire) {
		return nil, fmt.Errorf("%x is no name", wire)
	}
	return KeyOf(name)
}

// appendWireKey appends the key of a name in wire form. Within a label, where zero is an octet as any other, 0 and 1 become two octets.
func appendWireKey(key Key, wire []byte) Key {
	var labels [128]uint8
	n := 0
	for at := 0; wire[at] != 0; at += 1 + int(wire[at]) {
		labels[n] = uint8(at)
		n++
	}
	for n--; n >= 0; n-- {
		at := int(labels[n])
		for _, c := range wire[at+1 : at+1+int(wire[at])] {
			switch {
			case 'A' <= c && c <= 'Z':
				c += 'a' - 'A'
			case c <= 1:
				key = append(key, 1)
				c++
			}
			key = append(key, c)
		}
		key = append(key, 0)
	}
	return key
}

// Name is the name in lower case, escaped as miekg/dns escapes what it unpacks.
func (k Key) Name() string {
	var wire [256]byte
	at := len(wire) - 1 // of the root's zero; labels are put before it
	for rest := []byte(k); len(rest) > 0; {
		end := bytes.IndexByte(rest, 0)
		label := unescape(rest[:end])
		at -= len(label) + 1
		if at < 0 {
			return "" // no key that KeyOf made
		}
		wire[at] = byte(len(label))
		copy(wire[at+1:], label)
		rest = rest[end+1:]
	}
	name, _, err := dns.UnpackDomainName(wire[at:], 0)
	if err != nil {
		return ""
	}
	return name
}

// unescape returns the octets of a label.
func unescape(label []byte) []byte {
	if bytes.IndexByte(label, 1) < 0 {
		return label
	}
	out := make([]byte, 0, len(label))
	for i := 0; i < len(label); i++ {
		if label[i] == 1 {
			i++
			out = append(out, label[i]-1)
			continue
		}
		out = append(out, label[i])
	}
	return out
}

// Holds reports whether a name is this one or below it.
func (k Key) Holds(name Key) bool { return bytes.HasPrefix(name, k) }

// Equal reports whether two names are the same.
func (k Key) Equal(other Key) bool { return bytes.Equal(k, other) }

// Parent is the key of the name one label up. The root has none.
func (k Key) Parent() Key { return k[:bytes.LastIndexByte(k[:len(k)-1], 0)+1] }

// Label is the first label of the name, as octets of the key. The root has none.
func (k Key) Label() []byte { return k[len(k.Parent()) : len(k)-1] }
